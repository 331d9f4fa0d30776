//! What shows that a step was done, as the API takes and shows it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::probe::Observation;

/// A note for a step.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteForm {
    #[schema(min_length = 1, max_length = 50_000)]
    pub note: String,
    /// The step's `place`; left out for a step that is done once.
    pub scope: Option<String>,
}

/// What a file is called and where its step was done.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AttachmentQuery {
    /// The file's name, 1 to 200 characters.
    pub name: String,
    /// The step's `place`; left out for a step that is done once.
    pub scope: Option<String>,
}

/// What a probe saw, as `countersign probe --json` prints it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeForm {
    pub seen: Observation,
    /// The step's `place`; left out for a step that is done once.
    pub scope: Option<String>,
}

/// A probe to be run from here.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeRunForm {
    /// `postgres://host`, `mysql://host`, `smtp://host`, `https://host` or `tls://host:port`.
    pub target: String,
    /// The name that the certificate must bear, where it is not the host.
    pub name: Option<String>,
    /// The client's bundle of authorities as PEM. Left out: the trust store of the server.
    #[schema(max_length = 500_000)]
    pub bundle: Option<String>,
    /// The step's `place`; left out for a step that is done once.
    pub scope: Option<String>,
}

/// A probe that is on record.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProbeTaken {
    /// What the record commits to; the address of the whole result.
    pub digest: String,
    /// Whether a client that checks would connect.
    pub success: bool,
    /// What the step still lacks, in words; null where this is enough.
    pub lacks: Option<String>,
}

/// What can be probed from where the server stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProbesFromHere {
    /// What such a probe is said to come from.
    pub vantage: String,
    /// Hosts and networks that the configuration allows. Empty: none.
    pub hosts: Vec<String>,
}
