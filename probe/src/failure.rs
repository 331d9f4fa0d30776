//! A client that cannot connect at all: that is something seen, too.
//!
//! Owns which failures are evidence and how they are told. One of whoever asked (a name that does not resolve, a host that is
//! not allowed) is none: nothing was connected to.

use serde::{Deserialize, Serialize};

use crate::{Observation, ProbeError, Settings, Target, probe};

/// At what a connection broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Nobody listens there, or nothing leads there.
    Connect,
    /// No answer in time.
    Timeout,
    /// The server does not speak TLS there.
    NoTls,
    /// The connection broke off before TLS began.
    Broken,
    /// TLS began and failed before a certificate was seen.
    Handshake,
}

impl ProbeError {
    /// At what it broke off, and at which address, where something was connected to.
    #[must_use]
    pub fn seen(&self) -> Option<(Failure, String)> {
        Some(match self {
            Self::Connect { address, .. } => (Failure::Connect, address.to_string()),
            Self::Timeout { address, .. } => (Failure::Timeout, address.to_string()),
            Self::NoTls { address, .. } => (Failure::NoTls, address.to_string()),
            Self::Broken { address, .. } => (Failure::Broken, address.to_string()),
            Self::Handshake { address, .. } => (Failure::Handshake, address.to_string()),
            Self::Resolve { .. } | Self::NoAddress { .. } | Self::Refused(_) | Self::ServerName(_) => return None,
        })
    }
}

/// As [`probe`], and a connection that failed is an observation of that: the client there does not connect.
///
/// # Errors
/// Where nothing was connected to.
pub async fn witnessed(target: &Target, settings: &Settings) -> Result<Observation, ProbeError> {
    let error = match probe(target, settings).await {
        Ok(seen) => return Ok(seen),
        Err(error) => error,
    };
    let Some((failure, address)) = error.seen() else { return Err(error) };
    Ok(Observation {
        target: target.to_string(),
        address,
        vantage: settings.vantage.clone(),
        at: settings.now,
        tls_version: None,
        chain: Vec::new(),
        trusted: false,
        name_matches: false,
        reason: Some(error.to_string()),
        trust: settings.trust.name(),
        failure: Some(failure),
    })
}
