//! One certificate as people and records need it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

/// What one certificate of a chain says of itself. Times are UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Certificate {
    /// Lower-case hex, without colons.
    pub sha256: String,
    pub subject: String,
    pub issuer: String,
    /// Lower-case hex.
    pub serial: String,
    pub not_before: Option<DateTime<Utc>>,
    pub not_after: Option<DateTime<Utc>>,
    /// DNS names and addresses that it is for.
    pub names: Vec<String>,
    /// Whether it may sign others.
    pub is_ca: bool,
}

impl Certificate {
    /// Reads DER. One that cannot be read keeps its fingerprint, so that the record still says what was shown.
    #[must_use]
    pub fn read(der: &[u8]) -> Self {
        let sha256 = hex::encode(Sha256::digest(der));
        let Ok((_, parsed)) = X509Certificate::from_der(der) else {
            return Self { sha256, subject: "unreadable certificate".to_owned(), ..Self::default() };
        };
        Self {
            sha256,
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            serial: hex::encode(parsed.raw_serial()),
            not_before: DateTime::from_timestamp(parsed.validity().not_before.timestamp(), 0),
            not_after: DateTime::from_timestamp(parsed.validity().not_after.timestamp(), 0),
            names: names(&parsed),
            is_ca: parsed.is_ca(),
        }
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    extension
        .value
        .general_names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(dns) => Some((*dns).to_owned()),
            GeneralName::IPAddress(octets) => address(octets),
            _ => None,
        })
        .collect()
}

fn address(octets: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(octets) {
        return Some(std::net::Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(octets).ok().map(|sixteen| std::net::Ipv6Addr::from(sixteen).to_string())
}
