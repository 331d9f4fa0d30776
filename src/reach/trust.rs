//! Whose certificates are believed: the system's authorities, and one's own where the operator names a file of them.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConfig, RootCertStore};

/// The system's, read once: that takes a while, and a restart reads them anew.
static SYSTEM: LazyLock<RootCertStore> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
});

/// What a client holds. `ca_file` is empty, or names a PEM file of further authorities; `key` is the setting that names it.
///
/// # Errors
/// Where the file cannot be read or holds no certificate.
pub fn tls(ca_file: &Path, key: &str) -> Result<ClientConfig, String> {
    let mut roots = SYSTEM.clone();
    if !ca_file.as_os_str().is_empty() {
        let told = |what: String| format!("{key}: {}: {what}", ca_file.display());
        let certificates = CertificateDer::pem_file_iter(ca_file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let certificates = certificates.map_err(|error| told(error.to_string()))?;
        if roots.add_parsable_certificates(certificates).0 == 0 {
            return Err(told("there is no certificate in it".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Why a TLS connection did not come about; `key` is the setting that names authorities of one's own.
#[must_use]
pub fn explain(error: &std::io::Error, key: &str) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(why)) = inner else { return error.to_string() };
    match why {
        CertificateError::UnknownIssuer => {
            format!(
                "its certificate is not from an authority that is trusted here; {key} names authorities of your own"
            )
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired; whoever keeps that server must renew it".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name".to_owned()
        }
        other => format!("its certificate is refused: {other}"),
    }
}
