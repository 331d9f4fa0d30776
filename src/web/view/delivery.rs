//! The Outbox: every mail and hook, sent or not.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::notice::fact::words;

words! {
    DeliveryState { Waiting = "waiting", Leased = "leased", Sent = "sent", Failed = "failed", Superseded = "superseded" }
}

/// One mail or hook.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryRow {
    pub id: Uuid,
    /// `mail` or `webhook`.
    pub kind: String,
    /// Which template, such as `assigned`, `reminder`, `escalated`.
    pub template: String,
    pub state: DeliveryState,
    /// Name or address of who gets it.
    pub to: String,
    /// The subject line once it has been rendered.
    pub subject: Option<String>,
    pub notice: Option<DeliveryNotice>,
    pub due_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
    pub attempts: u32,
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryNotice {
    pub id: Uuid,
    pub number: i64,
    pub title: String,
}

/// One mail with what was sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Delivery {
    #[serde(flatten)]
    pub row: DeliveryRow,
    /// Null until it has been sent.
    pub rendered: Option<Rendered>,
}

/// A mail as it was sent. Its HTML is at `/api/v1/deliveries/{id}/html`, for a sandboxed frame.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub has_html: bool,
}

/// Which deliveries.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    pub state: Option<DeliveryState>,
    /// Id or number of a notice.
    pub notice: Option<String>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// How many at most: 1 to 200, 50 where it is left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}
