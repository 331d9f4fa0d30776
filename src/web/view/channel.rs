//! The ways in, and how each fares.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::desk::history::History;

/// One channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Channel {
    /// `smtp`, `imap/ops`, `webhook/aws`, `poll/page`, `upload`, `pipe`
    pub id: String,
    pub messages: u64,
    /// When it last brought something; null where it never did.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Hours of silence after which the alarm is raised; null where silence says nothing yet.
    pub allowed_hours: Option<f64>,
    /// Whether a person said so; else it was learned.
    pub by_person: bool,
    pub silent: bool,
    /// How its mailbox or poller fares; null where it has none, or has not been looked at yet.
    pub source: Option<ChannelSource>,
    /// Mails that its mailbox does not hand out, oldest first. They stay there as they are.
    pub passed_over: Vec<PassedOver>,
    pub canary: Canary,
}

/// A mail that a mailbox does not hand out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PassedOver {
    pub id: Uuid,
    /// The mail's number in its mailbox (RFC 9051, 2.3.1.1).
    pub uid: u32,
    pub reason: String,
    pub since: DateTime<Utc>,
    pub tried_at: DateTime<Utc>,
    pub attempts: u32,
    /// Somebody asked to have it tried again, and the mailbox's reader does so within a minute.
    pub again: bool,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelSource {
    /// When it was last read without trouble.
    pub well_at: Option<DateTime<Utc>>,
    /// What is wrong with it now.
    pub trouble: Option<String>,
    pub trouble_since: Option<DateTime<Utc>>,
    /// Old mail that lay there before anybody pointed us at it, and waits for a date from which to act on it.
    pub history: Option<History>,
    /// Somebody gave the date, and the mailbox's reader acts on it within a minute.
    pub history_chosen: bool,
}

/// From which date old mail is acted on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetHistory {
    /// What came on this day or after it. Null: none of it.
    pub since: Option<NaiveDate>,
}

/// A mail of ours through the real forwarding path.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Canary {
    /// Where it is sent; null where nobody has said so.
    pub address: Option<String>,
    /// By itself every so many hours; null: only by the button.
    pub every_hours: Option<f64>,
    pub sent_at: Option<DateTime<Utc>>,
    pub seen_at: Option<DateTime<Utc>>,
    /// It is under way.
    pub waiting: bool,
    /// It has been under way for too long.
    pub lost: bool,
}

/// How long a channel may be silent.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetExpectation {
    /// Null: as it has learned. 0: silence says nothing.
    #[schema(minimum = 0, maximum = 87600)]
    pub hours: Option<u32>,
}

/// Where a channel's canary goes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCanary {
    /// The address that people forward to. Empty: no canary.
    pub address: String,
    /// Null: only by the button.
    #[schema(minimum = 1, maximum = 8760)]
    pub every_hours: Option<u32>,
}
