//! The first page: what waits on one, what one follows, and the next 90 days.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::common::Named;
use super::notice::NoticeRow;
use crate::notice::procedure::Gate;

/// What the person who is signed in should see first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Home {
    /// What needs their signature, the least time left first.
    pub waiting: Vec<WaitingItem>,
    /// What they watch, sign or work on, without what waits on them.
    pub following: Vec<NoticeRow>,
    /// Every dated thing of the next 90 days, and what is already past due.
    pub horizon: Vec<HorizonEntry>,
    pub counts: Counts,
}

#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct Counts {
    pub open: u64,
    pub overdue: u64,
    /// Messages that nobody could file yet.
    pub needs_person: u64,
}

/// One gate that waits for this person's signature.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WaitingItem {
    pub notice: NoticeRow,
    pub gate: Gate,
    /// Id of the level at which they are asked.
    pub level: String,
    /// Null where the notice has no date that the gate's due date could count from.
    pub due: Option<DateTime<Utc>>,
    pub overdue: bool,
    /// One sentence.
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HorizonWhat {
    HardDeadline,
    ActBy,
    Window,
    GateDue,
}

/// One mark on the strip of the next 90 days.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HorizonEntry {
    pub at: DateTime<Utc>,
    /// Only windows end.
    pub end: Option<DateTime<Utc>>,
    pub what: HorizonWhat,
    pub notice: HorizonNotice,
    pub label: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HorizonNotice {
    pub id: Uuid,
    pub number: i64,
    pub title: String,
    pub provider: Named,
}
