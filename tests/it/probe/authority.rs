//! Certificate authorities of our own: an old and a new one, as in a rotation.

use std::sync::Arc;

use countersign::probe::Trust;
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// An authority that issues server certificates.
pub struct Authority {
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
    /// The last year of what it issues.
    until: i32,
}

impl Authority {
    /// One whose certificates ran out when rds-ca-2019 did.
    pub fn new(name: &str) -> Self {
        Self::until(name, 2024)
    }

    /// One whose certificates are still good by the machine's own clock.
    pub fn lasting(name: &str) -> Self {
        Self::until(name, 2060)
    }

    fn until(name: &str, until: i32) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = rcgen::date_time_ymd(2019, 8, 22);
        params.not_after = rcgen::date_time_ymd(2061, 5, 21);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key), until }
    }

    /// A certificate for these names, and its key.
    fn issue(&self, names: &[&str]) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2019, 8, 22);
        params.not_after = rcgen::date_time_ymd(self.until, 8, 22);
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// What a server needs to show such a certificate.
    pub fn server(&self, name: &str) -> ServerConfig {
        self.server_of(&[name])
    }

    /// The same for a server that has several names.
    pub fn server_of(&self, names: &[&str]) -> ServerConfig {
        let (certificate, key) = self.issue(names);
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(certificate.der().to_vec())],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap()
    }

    /// The same as PEM files: certificate, then key.
    pub fn server_pem(&self, name: &str) -> (String, String) {
        let (certificate, key) = self.issue(&[name]);
        (certificate.pem(), key.serialize_pem())
    }

    /// What a client holds that trusts this authority alone.
    pub fn trusted(&self) -> Trust {
        Trust::pem(self.pem.as_bytes()).expect("an authority's PEM holds its certificate")
    }
}
