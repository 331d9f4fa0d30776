//! The Outbox: every mail and hook, sent or not.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::desk::DeliveryPage;
use crate::notice::fact::{UnknownWord, words};
use crate::notice::letter::SECRET;
use crate::paper::Kept;
use crate::store::entity::delivery_attempts;
use crate::store::{At, deliveries};
use crate::web::problem::Problem;
use crate::web::view::mailing::Attempt;

words! {
    /// `gathered`: a line that went into a digest, which is a delivery of its own.
    DeliveryState { Waiting = "waiting", Leased = "leased", Sent = "sent", Failed = "failed", Superseded = "superseded", Gathered = "gathered" }
}

/// One mail or hook.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryRow {
    pub id: Uuid,
    /// `mail`, `webhook`, or `line` for what waits for a digest.
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
    /// Each try that failed, and of a hook all, oldest first.
    pub attempts_made: Vec<Attempt>,
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

impl DeliveryRow {
    /// A delivery with the names of whom and what it is about.
    ///
    /// # Errors
    /// Where a row holds a word that this program does not know.
    pub fn of(row: &deliveries::Delivery, page: &DeliveryPage) -> Result<Self, Problem> {
        let person = row.person.and_then(|id| page.people.get(&id)).filter(|name| !name.is_empty());
        let notice = row.notice.and_then(|id| page.notices.get(&id));
        Ok(Self {
            id: row.id,
            kind: row.kind.clone(),
            template: row.template.clone(),
            state: row.state.parse().map_err(|e: UnknownWord| Problem::internal(&e))?,
            to: person.map_or_else(|| row.address.clone(), |name| format!("{name} <{}>", row.address)),
            subject: sent(row).map(|sent| sent.subject),
            notice: notice.map(|n| DeliveryNotice { id: n.id, number: n.number, title: n.title.clone() }),
            due_at: row.due_at.utc(),
            sent_at: row.sent_at.map(At::utc),
            attempts: u32::try_from(row.attempts).unwrap_or(0),
            next_attempt_at: (row.state == "waiting").then(|| row.next_attempt_at.utc()),
            last_error: row.last_error.clone(),
        })
    }
}

impl Delivery {
    /// A delivery with what was sent.
    ///
    /// # Errors
    /// As [`DeliveryRow::of`].
    pub fn of(
        row: &deliveries::Delivery,
        page: &DeliveryPage,
        attempts: Vec<delivery_attempts::Model>,
        reads_all: bool,
    ) -> Result<Self, Problem> {
        let rendered = sent(row).map(|sent| {
            if hidden(row, reads_all) {
                let text = "What this mail said lets its reader in; it is shown to nobody else.".to_owned();
                return Rendered { subject: sent.subject, text, has_html: false };
            }
            Rendered { has_html: sent.has_html(&row.data), subject: sent.subject, text: sent.text }
        });
        let attempts_made = attempts.into_iter().map(Attempt::from).collect();
        Ok(Self { row: DeliveryRow::of(row, page)?, rendered, attempts_made })
    }
}

/// What the sender keeps of a mail.
fn sent(row: &deliveries::Delivery) -> Option<Kept> {
    serde_json::from_str(row.rendered.as_deref()?).ok()
}

/// The HTML of a mail that was sent.
#[must_use]
pub fn rendered_html(row: &deliveries::Delivery, reads_all: bool) -> Option<String> {
    if hidden(row, reads_all) { None } else { sent(row)?.html(&row.data) }
}

/// Whether a mail lets its reader in, and whoever asks must not read it.
fn hidden(row: &deliveries::Delivery, reads_all: bool) -> bool {
    SECRET.contains(&row.template.as_str()) && !reads_all
}
