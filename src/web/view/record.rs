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
