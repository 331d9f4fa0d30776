//! The record as a chain: canonical bytes, hashes, and finding what was edited, removed, reordered or cut off.
//!
//! Owns the one spelling of JSON that is hashed, and verifying. It knows no event: a stored event is its type's name, a
//! version and a payload.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::ids::NoticeId;
use super::text::Digest;

/// The one spelling that is hashed and signed: keys sorted by their bytes, no white space, strings escaped as `serde_json`
/// does. Values that we write hold no floating-point numbers; one that somebody planted is spelled as `serde_json` would.
#[must_use]
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(map) => {
            out.push(b'{');
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            for (n, (key, value)) in sorted.into_iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                write(&Value::String(key.clone()), out);
                out.push(b':');
                write(value, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        scalar => out.extend_from_slice(scalar.to_string().as_bytes()),
    }
}

/// Which sequence of events: one per notice, and three of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    Notice(NoticeId),
    Installation,
    People,
    Procedures,
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notice(id) => write!(f, "notice/{id}"),
            Self::Installation => f.write_str("installation"),
            Self::People => f.write_str("people"),
            Self::Procedures => f.write_str("procedures"),
        }
    }
}

impl FromStr for Stream {
    type Err = BadStream;

    fn from_str(s: &str) -> Result<Self, BadStream> {
        match s {
            "installation" => Ok(Self::Installation),
            "people" => Ok(Self::People),
            "procedures" => Ok(Self::Procedures),
            _ => s
                .strip_prefix("notice/")
                .and_then(|id| Uuid::parse_str(id).ok())
                .map(|id| Self::Notice(NoticeId(id)))
                .ok_or_else(|| BadStream(s.to_owned())),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a stream; write notice/<uuid>, installation, people or procedures")]
pub struct BadStream(pub String);

impl Serialize for Stream {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stream {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An event as it lies in the table. `actor`, `cause` and `payload` are canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub stream: Stream,
    /// From 1, without gaps.
    pub sequence: u64,
    /// UTC, in whole microseconds.
    pub at: DateTime<Utc>,
    pub actor: Value,
    pub cause: Value,
    #[serde(rename = "type")]
    pub name: String,
    pub version: u16,
    pub payload: Value,
    pub prev: Digest,
    pub hash: Digest,
}

impl Stored {
    /// Puts an event behind `prev` and closes it with its hash.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.at = self.at.trunc_subsecs(6);
        self.hash = self.computed();
        self
    }

    /// The SHA-256 over canonical JSON of everything but the hash.
    #[must_use]
    pub fn computed(&self) -> Digest {
        Digest::of(&canonical(&json!({
            "stream": self.stream.to_string(),
            "sequence": self.sequence,
            "at": micros(self.at),
            "actor": self.actor,
            "cause": self.cause,
            "type": self.name,
            "version": self.version,
            "payload": self.payload,
            "prev": self.prev.to_string(),
        })))
    }
}

/// A time as it is hashed: RFC 3339 in UTC with six decimals.
#[must_use]
pub fn micros(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// The end of a stream as it stood once, kept outside the database: what shows that the end was cut off or written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub stream: Stream,
    pub sequence: u64,
    pub hash: Digest,
}

/// What is wrong with a stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("{stream}: event {sequence} was edited: its content does not give its hash")]
    Edited { stream: Stream, sequence: u64 },
    #[error("{stream}: event {sequence} is missing")]
    Missing { stream: Stream, sequence: u64 },
    #[error("{stream}: event {sequence} does not follow the one before it: an event was replaced, removed or moved")]
    Broken { stream: Stream, sequence: u64 },
    #[error("{stream}: event {sequence} stands after event {after}: the order was changed")]
    Reordered { stream: Stream, sequence: u64, after: u64 },
    #[error("{stream}: event {sequence} belongs to another stream")]
    Foreign { stream: Stream, sequence: u64 },
    #[error("{stream}: it ends at event {ends_at}, but a checkpoint has seen event {seen}: the end was cut off")]
    Truncated { stream: Stream, ends_at: u64, seen: u64 },
    #[error("{stream}: event {sequence} is not the one that a checkpoint has seen: the stream was written anew")]
    Rewritten { stream: Stream, sequence: u64 },
}

/// Everything wrong with one stream, in order; nothing for a sound one. `heads` are this stream's from checkpoints.
#[must_use]
pub fn verify(stream: Stream, events: &[Stored], heads: &[Head]) -> Vec<Damage> {
    let mut damage = Vec::new();
    let (mut last, mut prev) = (0, Digest::ZERO);
    for event in events {
        let sequence = event.sequence;
        if event.stream != stream {
            damage.push(Damage::Foreign { stream, sequence });
        }
        if sequence <= last {
            damage.push(Damage::Reordered { stream, sequence, after: last });
        } else {
            damage.extend((last + 1..sequence).take(20).map(|sequence| Damage::Missing { stream, sequence }));
        }
        if event.computed() != event.hash {
            damage.push(Damage::Edited { stream, sequence });
        } else if event.prev != prev && sequence == last + 1 {
            damage.push(Damage::Broken { stream, sequence });
        }
        (last, prev) = (sequence, event.hash);
    }
    damage.extend(heads.iter().filter(|head| head.stream == stream).filter_map(|head| against(head, events, last)));
    damage
}

fn against(head: &Head, events: &[Stored], ends_at: u64) -> Option<Damage> {
    let Head { stream, sequence, hash } = *head;
    match events.iter().find(|event| event.sequence == sequence) {
        Some(event) if event.hash == hash => None,
        Some(_) => Some(Damage::Rewritten { stream, sequence }),
        None if sequence > ends_at => Some(Damage::Truncated { stream, ends_at, seen: sequence }),
        None => None,
    }
}
