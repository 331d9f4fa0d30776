//! Reading again what is filed already, after the reader or a profile improved.
//!
//! Owns the comparison of a message's last reading with a new one, for each notice that it went to. It only proposes: what
//! the new reading found and the notice does not know is offered to a person, who takes it over by the usual commands. A fact
//! that somebody works by is never changed from here.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::desk::announce::{Wording, announced};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::case::Case;
use crate::notice::fact::Kind;
use crate::notice::facts::{Announced, AnnouncedDeadline, AnnouncedResource, Deadline};
use crate::notice::ids::{NoticeId, ProviderId};
use crate::reading::{Announcement, Reading};
use crate::store::entity::{message_notices, messages};
use crate::store::filing;
use crate::store::intake::{self, state};

/// What one notice would be told differently today.
#[derive(Debug, Clone)]
pub struct Reread {
    pub notice: NoticeId,
    pub number: u32,
    pub differences: Vec<Difference>,
}

/// One thing that the two readings of a message do not agree upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Found now, and not on the notice.
    Deadline(AnnouncedDeadline),
    Resource(AnnouncedResource),
    /// Found before, and not now.
    NoDeadline(AnnouncedDeadline),
    NoResource(AnnouncedResource),
    Kind {
        was: Kind,
        now: Kind,
    },
    Provider {
        was: ProviderId,
        now: ProviderId,
    },
}

impl Desk {
    /// Reads a filed message with today's reader and profiles, and tells what that would say differently. The new reading is
    /// kept beside the old one where they differ; the notices stay as they are.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` (`message_not_filed`, `message_erased`, `reader_failed`).
    pub async fn reread(&self, id: Uuid) -> Result<Vec<Reread>, DeskError> {
        let db = self.store.reader();
        let missing = || DeskError::NotFound { what: "message", id: id.to_string() };
        let conflict = |code, message: &str| DeskError::Conflict { code, message: message.to_owned() };
        let row: messages::Model = intake::get(db, id).await?.ok_or_else(missing)?;
        if row.state != state::FILED {
            return Err(conflict(
                "message_not_filed",
                "this message belongs to no notice yet; have it read again there",
            ));
        }
        let Some(raw) = intake::raw(db, row.blob).await? else {
            return Err(conflict("message_erased", "the bytes of this message were erased; there is nothing to read"));
        };
        let last = intake::readings(db, id).await?.pop();
        let before: Option<Reading> = last.and_then(|kept| serde_json::from_str(&kept.body).ok());
        let Some(before) = before else {
            return Err(conflict(
                "no_reading",
                "nothing is kept of how this message was read, so nothing can be compared",
            ));
        };
        let now = self.reading_of(&row, raw).await.map_err(|told| conflict("reader_failed", &told))?;
        let mut told = Vec::new();
        for (notice, place) in self.filed_places(id).await? {
            let case = self.load(db, notice).await?;
            let differences = self.read_differently(&case, before.notices.get(place), now.notices.get(place));
            if !differences.is_empty() {
                told.push(Reread { notice, number: case.number, differences });
            }
        }
        if !told.is_empty() {
            transact!(self, |txn| Ok(filing::keep_readings(txn, vec![self.reading_row(id, &now)]).await?))?;
        }
        Ok(told)
    }

    /// Messages that were filed, oldest first: what `reread` can be asked of.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn filed_messages(&self) -> Result<Vec<Uuid>, DeskError> {
        let mut rows: Vec<messages::Model> = messages::Entity::find()
            .filter(messages::Column::State.eq(state::FILED))
            .filter(messages::Column::ErasedAt.is_null())
            .all(self.store.reader())
            .await?;
        rows.sort_by_key(|row| (row.received_at, row.id));
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// The notices that a message went to, each with the announcement of the message that did.
    async fn filed_places(&self, message: Uuid) -> Result<BTreeMap<NoticeId, usize>, DeskError> {
        let rows = message_notices::Entity::find()
            .filter(message_notices::Column::Message.eq(message))
            .all(self.store.reader())
            .await?;
        let place = |row: &message_notices::Model| usize::try_from(row.announcement).unwrap_or_default();
        Ok(rows.iter().map(|row| (NoticeId(row.notice), place(row))).collect())
    }

    /// Compares two readings of one announcement, and leaves out what the notice knows anyway.
    fn read_differently(&self, case: &Case, was: Option<&Announcement>, now: Option<&Announcement>) -> Vec<Difference> {
        let mut wording = Wording::new(self, Vec::new());
        let mut told = |found: Option<&Announcement>| found.map(|found| announced(found, &mut wording));
        let (was, now) = (told(was), told(now));
        let mut found = dates(case, was.as_ref(), now.as_ref());
        found.extend(things(case, was.as_ref(), now.as_ref()));
        if let (Some(was), Some(now)) = (was, now) {
            if was.kind != now.kind && now.kind != case.facts.kind {
                found.push(Difference::Kind { was: was.kind, now: now.kind });
            }
            if was.provider != now.provider && now.provider != case.facts.provider {
                found.push(Difference::Provider { was: was.provider, now: now.provider });
            }
        }
        found
    }
}

fn dates(case: &Case, was: Option<&Announced>, now: Option<&Announced>) -> Vec<Difference> {
    let of = |told: Option<&Announced>| told.map(|told| told.deadlines.clone()).unwrap_or_default();
    let (was, now) = (of(was), of(now));
    let within = |all: &[AnnouncedDeadline], one: &AnnouncedDeadline| {
        all.iter().any(|other| other.role == one.role && other.when == one.when)
    };
    let known = |one: &AnnouncedDeadline| {
        let same = |known: &Deadline| known.when == one.when || known.refinement(one.when).is_some();
        case.facts.deadlines.iter().any(|known| known.role == one.role && same(known))
    };
    let new = now.iter().filter(|one| !within(&was, one) && !known(one)).cloned().map(Difference::Deadline);
    let gone = was.iter().filter(|one| !within(&now, one)).cloned().map(Difference::NoDeadline);
    new.chain(gone).collect()
}

fn things(case: &Case, was: Option<&Announced>, now: Option<&Announced>) -> Vec<Difference> {
    let of = |told: Option<&Announced>| told.map(|told| told.resources.clone()).unwrap_or_default();
    let (was, now) = (of(was), of(now));
    let known = |one: &AnnouncedResource| case.facts.resource_like(one).is_some() || case.is_split_off(one);
    let new = now.iter().filter(|one| !was.contains(one) && !known(one)).cloned().map(Difference::Resource);
    let gone = was.iter().filter(|one| !now.contains(one)).cloned().map(Difference::NoResource);
    new.chain(gone).collect()
}
