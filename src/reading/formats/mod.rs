//! Structured formats: what a provider sends as data and not as prose. One file an adapter, one line each in
//! [`ADAPTERS`].
//!
//! Owns the registry and what an adapter gives back. An adapter is a pure function from a parsed payload to outlines; it
//! must not guess at prose: texts go into the outline's document, which the general reader reads for whatever the
//! structure leaves open.

use chrono::{DateTime, FixedOffset};

use super::document::Document;
use super::{Deadline, Fact, Page, Resource, Trouble, Update, Window};
use crate::notice::fact::{Kind, Status};

/// A payload as far as its outer syntax goes.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    Json(&'a serde_json::Value),
    /// The text of an iCalendar file, line folding and faults as they came.
    Calendar(&'a str),
}

/// One format: its name in `Reading::format`, and the function that reads it or gives none where the payload is not its.
#[derive(Debug, Clone, Copy)]
pub struct Adapter {
    pub name: &'static str,
    pub read: fn(&Payload<'_>) -> Option<Structured>,
}

/// Asked in this order; the first that knows the payload reads it.
pub const ADAPTERS: &[Adapter] = &[];

/// What an adapter found.
#[derive(Debug, Clone)]
pub enum Structured {
    /// The announcements, none where the payload is understood and announces nothing.
    Notices(Vec<Outline>, Vec<Trouble>),
    /// An envelope: what it holds is read as if it had come by itself (SNS, mail services).
    Wrapped { bytes: Vec<u8>, media: Option<String>, subject: Option<String>, sent: Option<DateTime<FixedOffset>> },
}

/// What the structure says outright. What is none or empty is read from the texts of `document`.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// The texts, each part's id a JSON pointer (or a property's name in a calendar); subject where there is one.
    pub document: Document,
    pub provider: Option<Fact<String>>,
    pub kind: Option<Fact<Kind>>,
    pub status: Option<Fact<Status>>,
    pub title: Option<String>,
    pub deadlines: Vec<Deadline>,
    pub windows: Vec<Window>,
    pub resources: Vec<Resource>,
    pub impact: Option<String>,
    pub links: Vec<String>,
    /// Exact correlation keys.
    pub keys: Vec<String>,
    pub page: Option<Page>,
    pub updates: Vec<Update>,
    /// Whether the prose is asked for what the structure leaves empty. Never where the structure is known to be whole,
    /// such as a calendar with its windows.
    pub read_windows: bool,
    pub read_deadlines: bool,
    pub read_resources: bool,
    pub trouble: Vec<Trouble>,
}

/// Asks every adapter.
#[must_use]
pub fn read(payload: &Payload<'_>) -> Option<(&'static str, Structured)> {
    ADAPTERS.iter().find_map(|a| (a.read)(payload).map(|found| (a.name, found)))
}
