//! From a provider's bytes to facts one can trust: every value with the span of the text it came from and a confidence.
//!
//! Pure and repeatable: no I/O, no clock, no configuration; what a door knows (when it arrived, who proved to have sent
//! it) comes in with [`Input`]. It must not decide what follows from a fact. Nothing here panics on any input.

mod automatic;
mod beside;
mod budget;
mod charset;
mod correlate;
mod cues;
pub mod dates;
mod deadlines;
pub mod document;
pub mod formats;
mod forward;
pub mod html;
pub mod impact;
pub mod kind;
mod labels;
mod layout;
pub mod links;
mod look_alike;
mod mail;
pub mod meaning;
mod organisation;
pub mod outlook;
mod pairs;
mod pipeline;
pub mod profile;
pub mod provider;
pub mod report;
pub mod resources;
mod same_window;
mod sections;
mod sheet;
mod small_print;
mod sniff;
pub mod status;
pub mod text;
pub mod title;
mod windows;
mod words;
mod wrapped;

use std::borrow::Cow;
use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::pipeline::read;
use countersign_notice::fact::{Authenticity, Kind, Role, Status, When};

/// One message as a door took it, with what only the door can know.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    pub bytes: &'a [u8],
    /// The media type or file extension where the door was told one (`message/rfc822`, `text/html`, `ics`); else it is
    /// told from the bytes.
    pub media: Option<&'a str>,
    /// When it arrived. Relative dates count from the message's own date, and from here where it has none.
    pub received: Option<DateTime<Utc>>,
    /// Stands in for the subject that a bare body lacks.
    pub subject: Option<&'a str>,
    pub authenticity: Authenticity,
}

/// What the reader found in one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Which format was recognised: `mail`, `html`, `text`, `ics`, `aws_health`, `statuspage`, …
    pub format: String,
    /// The sender of the outermost message.
    pub from: Option<String>,
    /// The sender of the outermost message where that one only forwarded.
    pub forwarded_by: Option<String>,
    /// The unwrapped mail of a forward; for a mail as it came, that mail itself.
    pub original: Option<Original>,
    pub authenticity: Authenticity,
    /// What the forwarder wrote above the forwarded mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    pub notices: Vec<Announcement>,
    /// What a person should look at.
    pub trouble: Vec<Trouble>,
    /// The normalised texts that spans point into, in the order shown. Not printed by `countersign read`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<PartText>,
    /// Set where the message must never open a notice: a bounce, an auto-reply, a mail of our own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<Automatic>,
    /// Which rule found what, for somebody who writes a profile. Only `countersign read --explain` prints it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trail: Vec<Trace>,
}

/// One rule that found one fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// `provider`, `kind`, `status`, `title`, `resource`, `deadline`, `window`, `impact`.
    pub fact: Cow<'static, str>,
    pub value: String,
    /// The rule's stable name, such as `profile:aws/domain` or `cue:retire`.
    pub rule: String,
    pub span: Option<Span>,
}

/// The headers of the mail that a provider wrote, as far as a forward kept them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Original {
    pub from: Option<String>,
    pub subject: Option<String>,
    /// RFC 3339; as written where it could not be understood.
    pub date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
}

/// Why a message was sent by a machine in answer to another mail (RFC 3834, RFC 3464).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Automatic {
    Bounce,
    AutoReply,
    OwnMail,
}

/// One normalised text of a message: a MIME part, or the subject (part id `subject`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartText {
    /// `subject`, or the MIME part's path such as `1.2`, or a JSON pointer in structured formats.
    pub part: String,
    pub text: String,
}

/// Where in the normalised text a value stands. Offsets are bytes of UTF-8 in the text of `part`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub part: String,
    pub start: usize,
    pub end: usize,
    /// The sentence or table row around it, for people.
    pub quote: String,
}

impl Span {
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// A value with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact<T> {
    pub value: T,
    pub span: Option<Span>,
    /// From 0 to 1. Below 0.7 a person is asked to confirm.
    pub confidence: f32,
}

/// One thing that a provider announces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Announcement {
    /// The profile's id, such as `aws`; for an unknown sender its organisation's name as far as it can be told.
    pub provider: Fact<String>,
    pub kind: Fact<Kind>,
    pub status: Fact<Status>,
    /// For people: no ticket prefixes, no `Fwd:`.
    pub title: String,
    pub deadlines: Vec<Deadline>,
    pub windows: Vec<Window>,
    pub resources: Vec<Resource>,
    /// The provider's own severity or impact, as told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    /// The provider's own instructions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    pub correlation: Correlation,
    /// The provider's timeline of updates, oldest first, where it keeps one (Statuspage, Google Cloud).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<Update>,
}

impl Announcement {
    /// The earliest date at which something happens whether or not we act.
    #[must_use]
    pub fn hard_deadline(&self) -> Option<&Deadline> {
        self.deadlines.iter().filter(|d| d.role.is_hard()).min_by_key(|d| d.at.earliest())
    }
}

/// A dated consequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deadline {
    pub role: Role,
    pub at: When,
    pub as_written: String,
    pub span: Option<Span>,
    pub confidence: f32,
}

/// A time in which the provider works. Either end may be missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    pub start: Option<When>,
    pub end: Option<When>,
    pub as_written: String,
    pub span: Option<Span>,
    pub confidence: f32,
}

/// What is affected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    pub id: String,
    /// `rds_instance`, `circuit`, `host`, `aws_account`, `project`, … in snake case; `resource` where it cannot be told.
    #[serde(rename = "type")]
    pub sort: String,
    pub account: Option<String>,
    pub region: Option<String>,
    pub span: Option<Span>,
}

/// What joins messages to one notice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correlation {
    /// Exact keys, `scheme:value`, such as `aws-health:arn:…`, `reference:aws:CHG0012`, `message-id:<…>`, `text:<sha256>`.
    /// One shared key joins by itself.
    pub keys: Vec<String>,
    /// Provider, normalised subject and resources as one string: only ever proposes a merge to a person.
    pub likeness: Option<String>,
    /// One page of an event that arrives in several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
}

/// Pages count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Which version of which announcement it is a page of: pages of one set together name all that is affected.
    #[serde(default)]
    pub set: String,
    pub number: u32,
    pub of: u32,
    /// Other pages of the same set that came in the same message, once they were put together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<u32>,
}

/// One entry of the provider's own timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Update {
    pub at: Option<DateTime<Utc>>,
    pub status: String,
    /// Plain text, also where the provider wrote HTML.
    pub text: String,
}

/// Something that a person should look at, told so that they can act on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Stable, in snake case: `ambiguous_date`, `unreadable`, `weekday_contradicts_date`, …
    pub code: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}
