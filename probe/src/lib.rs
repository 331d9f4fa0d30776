//! What a client sees when it connects: the chain that a server shows, and whether a given trust store believes it.
//!
//! Owns connecting, the plain-text beginnings of PostgreSQL, MySQL and SMTP, the handshake, and reading certificates. It
//! must not know notices: what a result proves is decided where evidence is judged. The handshake always completes
//! where it can, so that the chain is on record even when it is not believed.

mod allow;
mod certificate;
pub mod command;
mod failure;
mod preamble;
mod target;
mod trust;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

pub use allow::{AllowList, Refused};
pub use certificate::Certificate;
pub use failure::{Failure, witnessed};
pub use target::{Protocol, Target, TargetError};
pub use trust::{Trust, TrustError};

/// What one probe saw. Times are UTC; `at` is the machine's clock where it ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Observation {
    /// As asked for: `postgres://db.example.com:5432`.
    pub target: String,
    /// The address that answered, or was tried last; empty where none was.
    pub address: String,
    /// Where it was run, in the words of whoever ran it: `production, eu-west-1, orders`.
    pub vantage: String,
    pub at: DateTime<Utc>,
    /// `TLSv1.3`
    pub tls_version: Option<String>,
    /// The server's certificate first.
    pub chain: Vec<Certificate>,
    /// Whether the trust store believes the chain at this time, whatever name it bears.
    pub trusted: bool,
    /// Whether the certificate bears the name that was asked for.
    pub name_matches: bool,
    /// Why it is not believed, for people. Empty where it is.
    pub reason: Option<String>,
    /// Which trust store: `system`, or `bundle` with the SHA-256 of the file.
    pub trust: String,
    /// At what it broke off before a certificate was seen; none where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl Observation {
    /// Whether a client that checks the chain and the name would connect.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.trusted && self.name_matches
    }
}

/// Why nothing could be observed.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error(
        "{host}: the name does not resolve: {source}; check the spelling, and that this machine asks the right name server"
    )]
    Resolve { host: String, source: std::io::Error },
    #[error("{host}: the name resolves to no address")]
    NoAddress { host: String },
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("{address}: cannot connect: {source}; check that the server listens there and that no firewall is between")]
    Connect { address: SocketAddr, source: std::io::Error },
    #[error("{address}: no answer within {seconds} s")]
    Timeout { address: SocketAddr, seconds: u64 },
    #[error("{address}: the server does not offer TLS on this port: it said “{said}”")]
    NoTls { address: SocketAddr, said: String },
    #[error("{address}: the connection broke off: {source}")]
    Broken { address: SocketAddr, source: std::io::Error },
    #[error("{address}: the handshake failed before a certificate was seen: {source}")]
    Handshake { address: SocketAddr, source: std::io::Error },
    #[error("“{0}” cannot stand in a certificate as a server's name")]
    ServerName(String),
}

/// What a probe needs to know beside its target.
#[derive(Debug, Clone)]
pub struct Settings {
    pub trust: Trust,
    pub vantage: String,
    /// The time that validity is judged at and that the observation bears.
    pub now: DateTime<Utc>,
    /// For the whole of one probe.
    pub limit: Duration,
    /// Which addresses may be connected to. `None`: any, as for whoever runs the command on their own machine.
    pub allow: Option<AllowList>,
}

/// Connects, takes the chain, and judges it.
///
/// The name is resolved once, every address of it is checked against the allow-list, and one of those very addresses is
/// connected to, so that a name server that answers differently the second time changes nothing.
///
/// # Errors
/// Where no certificate could be seen; a chain that is not believed is a result and not an error.
pub async fn probe(target: &Target, settings: &Settings) -> Result<Observation, ProbeError> {
    let addresses = resolve(target, settings.allow.as_ref()).await?;
    let (address, seconds) = (addresses[0], settings.limit.as_secs());
    timeout(settings.limit, observe(target, &addresses, settings))
        .await
        .map_err(|_elapsed| ProbeError::Timeout { address, seconds })?
}

async fn resolve(target: &Target, allow: Option<&AllowList>) -> Result<Vec<SocketAddr>, ProbeError> {
    let host = target.host.clone();
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), target.port))
        .await
        .map_err(|source| ProbeError::Resolve { host: host.clone(), source })?
        .collect();
    // One address that may not be connected to is enough to refuse the name: which one answers must not be left to chance.
    for address in &found {
        allow.map_or(Ok(()), |allow| allow.check(&host, address.ip()))?;
    }
    if found.is_empty() { Err(ProbeError::NoAddress { host }) } else { Ok(found) }
}

/// Connects to the first of a name's addresses that answers, as clients do.
async fn connect(addresses: &[SocketAddr]) -> Result<(SocketAddr, TcpStream), ProbeError> {
    let mut last = None;
    for address in addresses.iter().copied() {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok((address, stream)),
            Err(source) => last = Some(ProbeError::Connect { address, source }),
        }
    }
    Err(last.unwrap_or_else(|| ProbeError::NoAddress { host: String::new() }))
}

async fn observe(target: &Target, addresses: &[SocketAddr], settings: &Settings) -> Result<Observation, ProbeError> {
    let (address, mut stream) = connect(addresses).await?;
    preamble::begin_tls(target.protocol, &mut stream).await.map_err(|e| e.at(address))?;

    let name = target.server_name().to_owned();
    let server_name = ServerName::try_from(name.clone()).map_err(|_invalid| ProbeError::ServerName(name.clone()))?;
    let (config, witness) = trust::witness(&settings.trust, settings.now);
    let handshake = TlsConnector::from(Arc::new(config)).connect(server_name, stream).await;
    let verdict = witness.verdict();
    // A server may break off after the certificate, for want of a client's; what was seen until then counts.
    let tls_version = match (&handshake, &verdict) {
        (Ok(tls), _) => tls.get_ref().1.protocol_version().and_then(|v| v.as_str().map(str::to_owned)),
        (Err(_), Some(_)) => None,
        (Err(_), None) => {
            let source = handshake.expect_err("the arm says so");
            return Err(ProbeError::Handshake { address, source });
        }
    };
    let verdict = verdict.unwrap_or_default();
    Ok(Observation {
        target: target.to_string(),
        address: address.to_string(),
        vantage: settings.vantage.clone(),
        at: settings.now,
        tls_version,
        chain: verdict.chain.iter().map(|der| Certificate::read(der)).collect(),
        trusted: verdict.trusted,
        name_matches: verdict.name_matches,
        reason: verdict.reason,
        trust: settings.trust.name(),
        failure: None,
    })
}
