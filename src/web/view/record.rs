//! The append-only record as people read it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::notice::fact::words;

words! {
    /// Who or what did something.
    ActorKind { Person = "person", System = "system", Provider = "provider" }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Actor)]
pub struct ActorView {
    pub kind: ActorKind,
    /// The person's id, or that of the provider's message.
    pub id: Option<Uuid>,
    pub name: String,
}

/// One event of a stream, with its place in the hash chain.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecordEntry {
    /// `notice/<uuid>`, `installation`, `people` or `procedures`.
    pub stream: String,
    /// From 1, without gaps.
    pub sequence: i64,
    pub at: DateTime<Utc>,
    pub actor: ActorView,
    #[serde(rename = "type")]
    pub sort: String,
    /// What happened, in words.
    pub sentence: String,
    /// SHA-256 over this event and `prev`, in hex.
    pub hash: String,
    pub prev: String,
    /// Number of the notice that the stream belongs to.
    pub notice: Option<i64>,
}

words! {
    /// How far verifying is.
    VerificationState { Never = "never", Running = "running", Sound = "sound", Damaged = "damaged", Failed = "failed" }
}

/// What verifying the record found, by this process of the installation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Verification {
    pub state: VerificationState,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub streams: u64,
    pub events: u64,
    pub texts: u64,
    pub messages: u64,
    pub files: u64,
    /// In the database.
    pub checkpoints: u64,
    /// In the file that is kept beside the database.
    pub checkpoints_in_file: u64,
    /// One sentence each; why it could not look where `state` is `failed`.
    pub damage: Vec<String>,
    /// What was forgotten on purpose, which is no damage.
    pub erased: Vec<ErasedView>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErasedView {
    pub stream: String,
    pub what: String,
    pub at: DateTime<Utc>,
}

/// The ends of streams at one time, signed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckpointView {
    pub number: u64,
    pub at: DateTime<Utc>,
    /// How many streams had moved since the one before.
    pub heads: u64,
    /// SHA-256 of what was signed, which the next checkpoint carries on.
    pub digest: String,
    /// Which of the installation's keys signed it.
    pub key_id: String,
}

/// Which checkpoints.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CheckpointQuery {
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// How many at most: 1 to 200, 50 where it is left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// Which notices an evidence pack is to hold, with everything that proves them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceForm {
    /// By number (`12`, `N-12`) or id. Left out: all to which something happened in the time given.
    #[serde(default)]
    pub notices: Vec<String>,
    /// The first day or instant, in UTC.
    pub from: Option<String>,
    /// The day or instant before which, in UTC.
    pub to: Option<String>,
}

/// Which part of the record.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecordQuery {
    /// `notice/<uuid>`, `installation`, `people` or `procedures`; left out: all, newest first.
    pub stream: Option<String>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// How many at most: 1 to 200, 50 where it is left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}
