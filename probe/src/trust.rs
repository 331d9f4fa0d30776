//! Which authorities are believed, and a verifier that judges a chain without breaking off.

use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};

/// A set of authorities.
#[derive(Debug, Clone)]
pub struct Trust {
    roots: Arc<RootCertStore>,
    name: String,
}

/// Why a trust store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error("{path}: cannot be read: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("{path}: holds no certificate; give a PEM file with at least one BEGIN CERTIFICATE block")]
    Empty { path: String },
    #[error("this machine has no trust store that could be read; give one with --ca")]
    NoSystem,
}

impl Trust {
    /// The machine's own trust store.
    ///
    /// # Errors
    /// Where none can be read.
    pub fn system() -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(TrustError::NoSystem);
        }
        Ok(Self { roots: Arc::new(roots), name: "system".to_owned() })
    }

    /// A PEM file such as a client's own bundle.
    ///
    /// # Errors
    /// Where the file cannot be read or holds no certificate.
    pub fn bundle(path: &Path) -> Result<Self, TrustError> {
        let shown = path.display().to_string();
        let bytes =
            std::fs::read(path).map_err(|e| TrustError::Unreadable { path: shown.clone(), reason: e.to_string() })?;
        Self::pem(&bytes).ok_or(TrustError::Empty { path: shown })
    }

    /// PEM text; `None` where it holds no certificate.
    #[must_use]
    pub fn pem(bytes: &[u8]) -> Option<Self> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(bytes).filter_map(Result::ok));
        let name = format!("bundle {}", hex::encode(Sha256::digest(bytes)));
        (!roots.is_empty()).then(|| Self { roots: Arc::new(roots), name })
    }

    /// `system`, or `bundle` and the SHA-256 of its file.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.clone()
    }
}

/// What the chain was worth.
#[derive(Debug, Clone, Default)]
pub(super) struct Verdict {
    pub chain: Vec<Vec<u8>>,
    pub trusted: bool,
    pub name_matches: bool,
    pub reason: Option<String>,
}

/// Sees every certificate and lets the handshake go on.
#[derive(Debug)]
pub(super) struct Witness {
    judge: Arc<WebPkiServerVerifier>,
    at: UnixTime,
    seen: Mutex<Option<Verdict>>,
}

impl Witness {
    /// What was seen; `None` where the handshake ended before a certificate came.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.seen.lock().ok().and_then(|seen| seen.clone())
    }
}

/// A client that believes nothing by itself and asks `trust` for its opinion of the chain as of `now`.
pub(super) fn witness(trust: &Trust, now: DateTime<Utc>) -> (ClientConfig, Arc<Witness>) {
    let provider = Arc::new(ring::default_provider());
    let judge = WebPkiServerVerifier::builder_with_provider(trust.roots.clone(), provider.clone())
        .build()
        .expect("a trust store is never empty, and no revocation list is given");
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let witness = Arc::new(Witness { judge, at, seen: Mutex::new(None) });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(witness.clone())
        .with_no_client_auth();
    (config, witness)
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judged = self.judge.verify_server_cert(end_entity, intermediates, server_name, &[], self.at);
        let chain = std::iter::once(end_entity).chain(intermediates).map(|c| c.to_vec()).collect();
        let (trusted, name_matches, reason) = match judged {
            Ok(_) => (true, true, None),
            // The name is looked at only after the chain has been believed.
            Err(
                ref error @ Error::InvalidCertificate(
                    CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
                ),
            ) => (true, false, Some(error.to_string())),
            Err(error) => (false, bears_name(end_entity, server_name), Some(error.to_string())),
        };
        if let Ok(mut seen) = self.seen.lock() {
            *seen = Some(Verdict { chain, trusted, name_matches, reason });
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

/// Whether the certificate bears the name, told apart from whether it is believed.
fn bears_name(end_entity: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    rustls::server::ParsedCertificate::try_from(end_entity)
        .is_ok_and(|parsed| rustls::client::verify_server_name(&parsed, name).is_ok())
}
