//! The formats in which providers send structure instead of prose: one file each, one line each in [`ADAPTERS`].
//!
//! An adapter takes what stands in fields, with the field as evidence, and hands back the prose that general reading goes
//! on with. It must not read dates out of prose, know where a message came in, or decide what follows from a fact.

pub mod aws_health;
pub mod azure;
pub mod cloud_events;
pub mod draft;
mod field;
pub mod gcp;
mod ics;
mod json;
pub mod maintnote;
pub mod own;
pub mod rds;
pub mod sns;
pub mod statuspage;
mod time;

use chrono::{DateTime, Utc};
use serde_json::Value;

pub use draft::{Draft, Prose, Settled};

use super::profile::Providers;
use super::{Input, Original, PartText, Trace, Trouble};

/// What an adapter took out of a structured message.
#[derive(Debug, Default)]
pub struct Structured {
    /// The format's name, such as `aws_health`.
    pub format: &'static str,
    /// Who sent it and when, where the structure says so.
    pub original: Option<Original>,
    pub drafts: Vec<Draft>,
    pub trouble: Vec<Trouble>,
    /// The fields that facts were taken from: part is a JSON pointer or a calendar property, and spans point into it.
    pub texts: Vec<PartText>,
    pub trail: Vec<Trace>,
    /// A message that this one only carries. It is read in place of the envelope.
    pub inner: Option<Inner>,
}

/// The payload of an envelope.
#[derive(Debug)]
pub struct Inner {
    pub bytes: Vec<u8>,
    /// A media type or file extension where the envelope names one.
    pub media: Option<String>,
    pub subject: Option<String>,
    pub received: Option<DateTime<Utc>>,
}

/// A payload as far as every adapter needs it, parsed once.
struct Payload<'a> {
    text: &'a str,
    json: Option<Value>,
}

type Adapter = fn(&Payload<'_>, &Providers) -> Option<Structured>;

/// In the order of asking: envelopes first, the loosest shape last.
const ADAPTERS: &[(&str, Adapter)] = &[
    ("sns", sns::read),
    ("cloud_events", cloud_events::read),
    ("aws_health", aws_health::read),
    ("rds", rds::read),
    ("azure", azure::read),
    ("gcp", gcp::read),
    ("statuspage", statuspage::read),
    ("maintnote", maintnote::read),
    ("own", own::read),
];

/// Reads a structured message. `None` where the bytes are prose, or a structure that nobody here knows.
#[must_use]
pub fn read(input: &Input<'_>, providers: &Providers) -> Option<Structured> {
    let text = std::str::from_utf8(input.bytes).ok()?.trim_start_matches('\u{feff}').trim();
    if !matches!(text.as_bytes().first()?, b'{' | b'[' | b'<' | b'B' | b'b') {
        return None;
    }
    let (json, repaired) = json::parse(text);
    let payload = Payload { text, json };
    let (format, mut found) =
        ADAPTERS.iter().find_map(|(name, adapter)| adapter(&payload, providers).map(|found| (*name, found)))?;
    found.format = format;
    if repaired {
        found.trouble.push(Trouble {
            code: "repaired_json".into(),
            message: "The payload is not valid JSON (a comma too many); it was read all the same. Compare it with the \
                      original before you sign."
                .into(),
            span: None,
        });
    }
    Some(found)
}
