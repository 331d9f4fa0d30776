//! Events between the table and the fold: names, versions, and how an older version is read today.
//!
//! Owns the step from a stored row to an event and back. An event is never rewritten; what an older program wrote is brought
//! up to date here, on reading. A type that this program does not know makes the notice read-only, which the store tells.

use chrono::{DateTime, SubsecRound, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::chain::{Stored, Stream};
use super::event::{Actor, Cause, Event, Recorded};
use super::text::Digest;

/// Events of one sort of stream.
pub trait Recordable: Serialize + DeserializeOwned {
    /// The version that an event of this name is written with today.
    fn current(name: &str) -> u16;

    /// Brings an older payload one version further.
    ///
    /// # Errors
    /// If there is no way from that version.
    fn upcast(name: &str, version: u16, payload: Map<String, Value>) -> Result<Map<String, Value>, Unreadable>;
}

/// A stored event that this program cannot read. The notice is served read-only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error(
        "event {sequence} is of type “{name}” version {version}, which this program does not know; a newer one wrote it"
    )]
    Unknown { sequence: u64, name: String, version: u16 },
    #[error("event {sequence} (“{name}” version {version}) does not have the shape of its type: {why}")]
    Misshapen { sequence: u64, name: String, version: u16, why: String },
}

impl Recordable for Event {
    fn current(_name: &str) -> u16 {
        1
    }

    fn upcast(name: &str, version: u16, _payload: Map<String, Value>) -> Result<Map<String, Value>, Unreadable> {
        Err(Unreadable::Unknown { sequence: 0, name: name.to_owned(), version })
    }
}

/// What goes around an event when it is stored.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub stream: Stream,
    pub sequence: u64,
    pub at: DateTime<Utc>,
    pub actor: Actor,
    pub cause: Cause,
    pub prev: Digest,
}

/// Closes an event into its place in the chain. The time is truncated to microseconds first.
#[must_use]
pub fn seal<E: Recordable>(event: &E, place: Place) -> Stored {
    let (name, payload) = split(event);
    let stored = Stored {
        stream: place.stream,
        sequence: place.sequence,
        at: place.at.trunc_subsecs(6),
        actor: plain(&place.actor),
        cause: plain(&place.cause),
        version: E::current(&name),
        name,
        payload: Value::Object(payload),
        prev: place.prev,
        hash: Digest::ZERO,
    };
    stored.sealed()
}

/// Seals events one behind the other and gives both their stored and their folded form. `last` is the sequence and hash of
/// the stream's end, `(0, Digest::ZERO)` for a new one.
#[must_use]
pub fn seal_all<E: Recordable>(
    stream: Stream,
    last: (u64, Digest),
    at: DateTime<Utc>,
    cause: Cause,
    events: impl IntoIterator<Item = (Actor, E)>,
) -> Vec<(Stored, Recorded<E>)> {
    let (mut sequence, mut prev) = last;
    events
        .into_iter()
        .map(|(actor, event)| {
            sequence += 1;
            let stored = seal(&event, Place { stream, sequence, at, actor, cause, prev });
            prev = stored.hash;
            let recorded = Recorded { sequence, at: stored.at, actor, cause, event, hash: stored.hash };
            (stored, recorded)
        })
        .collect()
}

/// Reads a stored event as of today.
///
/// # Errors
/// If a newer program wrote it, or it is damaged.
pub fn read<E: Recordable>(stored: &Stored) -> Result<Recorded<E>, Unreadable> {
    let Stored { sequence, name, version, .. } = stored;
    let misshapen =
        |why: String| Unreadable::Misshapen { sequence: *sequence, name: name.clone(), version: *version, why };
    let unknown = || Unreadable::Unknown { sequence: *sequence, name: name.clone(), version: *version };
    let mut payload = stored.payload.as_object().cloned().ok_or_else(|| misshapen("it is no object".to_owned()))?;
    if *version > E::current(name) {
        return Err(unknown());
    }
    for older in *version..E::current(name) {
        payload = E::upcast(name, older, payload).map_err(|_| unknown())?;
    }
    payload.insert("type".to_owned(), Value::String(name.clone()));
    let event = serde_json::from_value(Value::Object(payload)).map_err(|e| {
        let why = e.to_string();
        if why.starts_with("unknown variant") { unknown() } else { misshapen(why) }
    })?;
    let actor = serde_json::from_value(stored.actor.clone()).map_err(|e| misshapen(e.to_string()))?;
    let cause = serde_json::from_value(stored.cause.clone()).map_err(|e| misshapen(e.to_string()))?;
    Ok(Recorded { sequence: *sequence, at: stored.at, actor, cause, event, hash: stored.hash })
}

fn split<E: Serialize>(event: &E) -> (String, Map<String, Value>) {
    let Value::Object(mut payload) = plain(event) else { return (String::new(), Map::new()) };
    match payload.shift_remove("type") {
        Some(Value::String(name)) => (name, payload),
        _ => (String::new(), payload),
    }
}

/// Our own types always have a JSON form: string keys only, no custom serialiser that fails.
fn plain<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
