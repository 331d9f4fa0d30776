//! One person's share of the work, also after they left.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::gate::SignatureState;
use super::home::WaitingItem;
use super::notice::NoticeName;
use crate::notice::event::Verdict;
use crate::notice::gate::Stage;
use crate::notice::procedure::Gate;

/// What waits for a person, and what they said.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonWork {
    /// What needs their signature, the least time left first.
    pub waiting: Vec<WaitingItem>,
    /// Their signatures and objections, the newest first; at most 200.
    pub signed: Vec<PersonSignature>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonSignature {
    pub notice: NoticeName,
    pub stage: Stage,
    /// Its place in the notice's record.
    pub id: u64,
    pub gate: Gate,
    pub level: String,
    pub verdict: Verdict,
    pub at: DateTime<Utc>,
    pub state: SignatureState,
    /// An objection that still blocks, until somebody answers it.
    pub blocks: bool,
}
