//! What arrived, and what became of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::common::WhenView;
use super::notice::{FactView, TextPart};
use crate::notice::fact::{Authenticity, Kind, Role, words};

words! {
    /// How far a message has come.
    MessageState {
        /// Stored, and not read yet.
        Received = "received",
        Reading = "reading",
        /// Attached to a notice.
        Filed = "filed",
        /// A bounce, an auto-reply or a mail of our own: kept, and never a notice.
        Automatic = "automatic",
        /// Nobody could file it by rule; a person is asked.
        NeedsPerson = "needs_person",
        /// Put aside by a person.
        Dismissed = "dismissed",
    }
}

/// One message in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageRow {
    pub id: Uuid,
    pub received_at: DateTime<Utc>,
    /// `smtp`, `upload`, `webhook/…`
    pub channel: String,
    pub from: Option<String>,
    /// Who forwarded it.
    pub forwarded_by: Option<String>,
    pub subject: Option<String>,
    pub authenticity: Authenticity,
    pub authenticity_reason: String,
    pub state: MessageState,
    /// Why it is in that state, in a sentence; null where there is nothing to say.
    pub reason: Option<String>,
    pub notices: Vec<MessageNotice>,
    /// Bytes as they arrived.
    pub size: u64,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageNotice {
    pub id: Uuid,
    pub number: i64,
    pub title: String,
}

/// One message with its text and what the reader found in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Message {
    #[serde(flatten)]
    pub row: MessageRow,
    /// SHA-256 of the raw bytes, in hex.
    pub sha256: String,
    /// The recognised format, such as `mail` or `aws_health`; null until it has been read.
    pub format: Option<String>,
    /// The provider's own headers where it was forwarded.
    pub original: Option<OriginalView>,
    /// What the forwarder wrote above it.
    pub remark: Option<String>,
    pub envelope_from: Option<String>,
    pub envelope_to: Vec<String>,
    pub facts: Vec<FactView>,
    /// What the reader made of it, for a form to start with; null until it has been read.
    pub draft: Option<Announces>,
    pub text: Vec<TextPart>,
    pub trouble: Vec<TroubleView>,
    /// Whether `/api/v1/messages/{id}/html` has something to show.
    pub has_html: bool,
    /// Whether the raw bytes are still there; false once they were erased.
    pub has_raw: bool,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OriginalView {
    pub from: Option<String>,
    pub subject: Option<String>,
    /// As the provider's mail wrote it.
    pub date: Option<String>,
}

/// Something that a person should look at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TroubleView {
    pub code: String,
    pub message: String,
}

/// What became of an upload.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Uploaded {
    pub id: Uuid,
    /// The same bytes had arrived before; nothing was stored twice.
    pub duplicate: bool,
}

/// Why a message is no notice.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dismiss {
    pub reason: Option<String>,
}

/// A drafted provider profile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProfileText {
    /// The profile's id, which is also its file's name without `.toml`.
    pub id: String,
    /// The file's text.
    pub toml: String,
}

/// A provider profile as a person wrote it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileForm {
    /// The file's text; docs/providers.md lists its fields.
    #[schema(min_length = 1, max_length = 100_000)]
    pub toml: String,
}

/// What a message says to a reader that knows a profile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tried {
    /// What it announces; empty where it would still wait for a person.
    pub notices: Vec<Announces>,
}

/// An announcement as a form to open a notice starts with it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Announces {
    /// The provider's id; null where nothing tells who it is.
    pub provider: Option<String>,
    /// The provider by its profile's name.
    pub provider_name: Option<String>,
    pub kind: Kind,
    pub title: String,
    pub deadlines: Vec<DeadlineFound>,
    pub resources: Vec<ResourceFound>,
}

/// What a filed message says differently to today's reader. Nothing was changed by looking.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Comparison {
    pub items: Vec<ReadDifferently>,
}

/// One thing that the new reading sees otherwise.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReadDifferently {
    /// The number of the notice that the message went to.
    pub notice: u32,
    pub sentence: String,
    /// A date that the notice does not know: to be sent to its `deadlines`.
    pub deadline: Option<DeadlineFound>,
    /// A resource that the notice does not know: to be sent to its `resources`.
    pub resource: Option<ResourceFound>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeadlineFound {
    pub role: Role,
    pub when: WhenView,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ResourceFound {
    pub key: String,
    #[serde(rename = "type")]
    pub sort: String,
    pub account: Option<String>,
    pub region: Option<String>,
}

/// Which messages.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessageQuery {
    pub state: Option<MessageState>,
    /// Only messages for whose sender nothing speaks: unverified or failed.
    pub unverified: Option<bool>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// How many at most: 1 to 200, 50 where it is left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// To which notice a message belongs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachForm {
    /// Its number (`12`, `N-12`) or id.
    pub notice: String,
}
