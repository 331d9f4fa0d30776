//! Entries of the record, each with a sentence.

use super::gates::actor;
use super::names::Names;
use super::{house, sentence};
use crate::notice::chain::{Stored, Stream};
use crate::notice::event::{Actor, Event};
use crate::notice::stored::read;
use crate::web::view::record::RecordEntry;

/// One event as people read it. An event of a newer program is shown by its type.
#[must_use]
pub fn entry(stored: &Stored, names: &Names<'_>, number: Option<u32>) -> RecordEntry {
    let who: Actor = serde_json::from_value(stored.actor.clone()).unwrap_or(Actor::System);
    let sentence = match stored.stream {
        Stream::Notice(_) => read::<Event>(stored).ok().map(|recorded| sentence::of(&recorded.event, names)),
        Stream::People | Stream::Installation | Stream::Procedures => house::sentence(stored, names),
    };
    RecordEntry {
        stream: stored.stream.to_string(),
        sequence: i64::try_from(stored.sequence).unwrap_or(i64::MAX),
        at: stored.at,
        actor: actor(names, &who),
        sort: stored.name.clone(),
        sentence: sentence.unwrap_or_else(|| format!("{} (written by a newer version)", stored.name.replace('_', " "))),
        hash: stored.hash.to_string(),
        prev: stored.prev.to_string(),
        notice: number.map(i64::from),
    }
}
