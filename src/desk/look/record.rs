//! The record across streams.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{people_names, team_names};
use crate::desk::project::Texts;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::{Stored, Stream};
use crate::notice::sight::Sight;
use crate::store::entity::notices;
use crate::store::record::{self, Place};
use crate::store::{At, lists, sight, texts};

/// Where a page of the record goes on.
pub type RecordPlace = Place;

/// A page of the record, newest first, with what its ids stand for.
#[derive(Debug, Clone)]
pub struct RecordPage {
    pub events: Vec<Stored>,
    pub names: BTreeMap<Uuid, String>,
    pub teams: BTreeMap<Uuid, String>,
    pub texts: Texts,
    /// The notices whose streams occur.
    pub notices: BTreeMap<Uuid, notices::Model>,
}

impl Desk {
    /// A page of the record, or of one stream, newest first, after the given place, without what happened to notices that may
    /// not be seen.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn record(
        &self,
        sight: Sight,
        stream: Option<Stream>,
        before: Option<&RecordPlace>,
        limit: u64,
    ) -> Result<RecordPage, DeskError> {
        let db = self.store.reader();
        let events = self.events_seen(sight, stream, before.cloned(), limit).await?;
        let streams: BTreeSet<Uuid> = events.iter().filter_map(notice_of).collect();
        let mentioned: BTreeSet<Uuid> = events.iter().flat_map(|stored| text_ids(&stored.payload)).collect();
        Ok(RecordPage {
            names: people_names(db).await?,
            teams: team_names(db).await?,
            texts: texts::by_id(db, &mentioned).await?,
            notices: lists::by_id(db, streams.into_iter().collect(), sight).await?,
            events,
        })
    }
}

impl Desk {
    /// Events of what may be seen. A stream's name does not tell the database which notice it is, so this goes on asking
    /// until it has enough.
    async fn events_seen(
        &self,
        sight: Sight,
        stream: Option<Stream>,
        mut before: Option<RecordPlace>,
        limit: u64,
    ) -> Result<Vec<Stored>, DeskError> {
        let (db, wanted) = (self.store.reader(), usize::try_from(limit).unwrap_or(usize::MAX));
        let mut found: Vec<Stored> = Vec::new();
        loop {
            let some = record::page(db, stream, before.as_ref(), limit).await?;
            let whole = some.len() < wanted;
            before = some.last().map(|last| (At::from(last.at), last.stream.to_string(), signed(last.sequence)));
            let seen = sight::seen_of(db, some.iter().filter_map(notice_of).collect(), sight).await?;
            found.extend(some.into_iter().filter(|stored| notice_of(stored).is_none_or(|id| seen.contains(&id))));
            if whole || found.len() >= wanted {
                found.truncate(wanted);
                return Ok(found);
            }
        }
    }
}

fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

const fn notice_of(stored: &Stored) -> Option<Uuid> {
    match stored.stream {
        Stream::Notice(id) => Some(id.0),
        Stream::Installation | Stream::People | Stream::Procedures => None,
    }
}

/// Ids of the texts that an event refers to: whatever has a commitment beside its id.
pub fn text_ids(value: &serde_json::Value) -> Vec<Uuid> {
    match value {
        serde_json::Value::Object(map) => {
            let own = map.get("commitment").and(map.get("id")).and_then(|id| id.as_str()?.parse().ok());
            own.into_iter().chain(map.values().flat_map(text_ids)).collect()
        }
        serde_json::Value::Array(items) => items.iter().flat_map(text_ids).collect(),
        _ => Vec::new(),
    }
}
