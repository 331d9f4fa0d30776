//! A pile of messages on its way to their notices, within one transaction.
//!
//! What opens a notice is gathered and written together; what a notice is told that is there already is written at once,
//! after all that was gathered before it. So the order in which messages came is the order in which they count.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sea_orm::DatabaseTransaction;

use crate::desk::act::Decided;
use crate::desk::alike::likeness_key;
use crate::desk::announce::{Wording, announced};
use crate::desk::file::{
    Filed, FiledUnder, Read, Relation, announces, committed, key_rows, search_row, unrecognised, with_keys,
};
use crate::desk::pages::put_together;
use crate::desk::{Desk, DeskError, World};
use crate::notice::case::Case;
use crate::notice::command::{Open, open};
use crate::notice::event::{Actor, Cause};
use crate::notice::ids::{MessageId, NoticeId};
use crate::reading::Announcement;
use crate::store::entity::{messages, notice_keys};
use crate::store::intake::state;
use crate::store::{At, filing, projection};

pub(super) struct Pile<'a> {
    desk: &'a Desk,
    txn: &'a DatabaseTransaction,
    now: At,
    world: Arc<World>,
    read: &'a [Read],
    /// The messages as they will stand; none where somebody else has one in hand by now.
    rows: Vec<Option<messages::Model>>,
    filed: Vec<Filed>,
    /// What each message announces, with the keys that join it.
    found: Vec<Vec<Found<'a>>>,
    /// Which notice a key leads to, and since when; also those that are gathered and not written.
    keys: BTreeMap<String, (At, NoticeId)>,
    /// What the newest notices look like.
    looks: BTreeMap<String, NoticeId>,
    opening: Vec<Opening>,
    /// The number of the notice that was opened last.
    number: Option<i64>,
}

type Found<'a> = (usize, Cow<'a, Announcement>, BTreeSet<String>);

/// A notice that begins with an announcement.
struct Opening {
    /// Which message of the pile, and which of its announcements.
    message: usize,
    announcement: usize,
    keys: BTreeSet<String>,
    /// The notice that looked like it so far.
    alike: Option<NoticeId>,
    decided: Decided,
}

impl<'a> Pile<'a> {
    /// Takes in hand what is still ours, and asks once for everything that the database knows of it.
    pub(super) async fn new(desk: &'a Desk, txn: &'a DatabaseTransaction, read: &'a [Read]) -> Result<Self, DeskError> {
        let ids: Vec<_> = read.iter().map(|one| one.message.id).collect();
        let ours = filing::in_hand(txn, &ids).await?;
        let ours = |one: &Read| ours.get(&one.message.id) == Some(&one.message.attempts);
        let rows: Vec<_> = read.iter().map(|one| ours(one).then(|| desk.settled(one))).collect();
        let announced = |(one, row): (&'a Read, &Option<messages::Model>)| match row {
            Some(_) if one.reading.automatic.is_none() => with_keys(put_together(&one.reading.notices)),
            _ => Vec::new(),
        };
        let found: Vec<Vec<Found<'a>>> = read.iter().zip(&rows).map(announced).collect();
        let asked = found.iter().flatten().flat_map(|(_, found, keys)| keys.iter().cloned().chain(likeness_key(found)));
        let keys = filing::keys(txn, asked.collect()).await?;
        let keys = keys.into_iter().map(|row| (row.key, (row.at, NoticeId(row.notice)))).collect();
        Ok(Self {
            desk,
            txn,
            now: desk.clock.now().into(),
            world: desk.world(txn).await?,
            read,
            rows,
            filed: vec![Filed::default(); read.len()],
            found,
            keys,
            looks: BTreeMap::new(),
            opening: Vec::new(),
            number: None,
        })
    }

    /// Files them, and says which notices they went to.
    pub(super) async fn file(mut self) -> Result<Vec<NoticeId>, DeskError> {
        self.keep_readings().await?;
        for message in 0..self.read.len() {
            self.file_one(message).await?;
        }
        self.write_opened().await?;
        self.settle().await?;
        Ok(self.filed.iter().flat_map(|filed| &filed.notices).map(|under| under.notice).collect())
    }

    async fn keep_readings(&self) -> Result<(), DeskError> {
        let ours = self.read.iter().zip(&self.rows).filter(|(_, row)| row.is_some());
        let rows = ours.map(|(Read { message, reading }, _)| self.desk.reading_row(message.id, reading)).collect();
        Ok(filing::keep_readings(self.txn, rows).await?)
    }

    async fn file_one(&mut self, message: usize) -> Result<(), DeskError> {
        let Read { message: row, reading } = self.of(message);
        if self.rows[message].is_none() {
            return Ok(());
        }
        if let Some(words) = self.desk.canary(self.txn, row, reading).await? {
            self.found[message].clear();
            self.stands(message, state::AUTOMATIC, words);
            return Ok(());
        }
        for found in std::mem::take(&mut self.found[message]) {
            match self.file_announcement(message, found).await {
                Err(DeskError::Refused(refusal)) => self.filed[message].needs_person = Some(refusal.to_string()),
                done => done?,
            }
        }
        Ok(())
    }

    fn of(&self, message: usize) -> &'a Read {
        &self.read[message]
    }

    /// Has a message end in this state, for this reason.
    fn stands(&mut self, message: usize, state: &str, reason: String) {
        if let Some(row) = &mut self.rows[message] {
            (row.state, row.reason) = (state.to_owned(), Some(reason));
        }
    }

    /// Files one announcement: under one notice, and those that were split off it; under none where it joins nothing and
    /// announces nothing.
    async fn file_announcement(&mut self, message: usize, (n, found, keys): Found<'_>) -> Result<(), DeskError> {
        let known = keys.iter().filter_map(|key| self.keys.get(key)).min().map(|(_, notice)| *notice);
        match known {
            // The oldest notice that shares a key, or where it went if it was merged.
            Some(notice) => {
                self.write_opened().await?;
                let notice = self.desk.gone_to(self.txn, notice).await?.id;
                self.update(message, (n, &found, keys), notice).await
            }
            None if announces(&found) => self.open(message, (n, &found, keys)).await,
            None => Ok(()),
        }
    }

    async fn open(
        &mut self,
        message: usize,
        (n, found, keys): (usize, &Announcement, BTreeSet<String>),
    ) -> Result<(), DeskError> {
        let Read { message: row, reading } = self.of(message);
        let context = self.desk.context_of(&self.world, self.now.utc());
        let mut wording = Wording::new(self.desk, Vec::new());
        let announced = announced(found, &mut wording);
        let number = match self.number {
            Some(last) => last + 1,
            None => projection::next_number(self.txn).await?,
        };
        let asked = Open {
            notice: NoticeId(self.desk.ids.id()),
            number: u32::try_from(number).unwrap_or(u32::MAX),
            message: Some(committed(row)),
            authenticity: reading.authenticity,
            announced,
        };
        let (notice, by) = (asked.notice, MessageId(row.id));
        self.number = Some(number);
        let made = open(asked, &Actor::Provider { message: by }, &context).map_err(DeskError::Refused)?;
        for key in &keys {
            self.keys.insert(key.clone(), (self.now, notice));
        }
        let alike = likeness_key(found).and_then(|key| self.looks_so(key, notice));
        let cause = Cause { message: Some(by), command: None };
        let decided = Decided { case: None, made, cause, drafts: wording.drafts };
        self.opening.push(Opening { message, announcement: n, keys, alike, decided });
        Ok(())
    }

    /// The newest notice stands for a likeness: what comes next is compared with that one. Gives the one before.
    fn looks_so(&mut self, key: String, notice: NoticeId) -> Option<NoticeId> {
        let before = self.keys.get(&key).map(|(_, notice)| *notice);
        self.looks.insert(key, notice).or(before)
    }

    /// Writes what was gathered.
    async fn write_opened(&mut self) -> Result<(), DeskError> {
        let Some(number) = self.number.take() else { return Ok(()) };
        projection::numbered_to(self.txn, number).await?;
        let (mut places, mut decided) = (Vec::new(), Vec::new());
        for Opening { message, announcement, keys, alike, decided: one } in std::mem::take(&mut self.opening) {
            places.push((message, announcement, keys, alike));
            decided.push(one);
        }
        let cases = self.desk.commit_all(self.txn, decided, &self.world).await?;
        let (mut keys, mut rows, mut words, mut alike) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (case, (message, n, own, like)) in cases.iter().zip(places) {
            let Read { message: row, reading } = self.of(message);
            keys.extend(key_rows(own, case.id, self.now));
            rows.push(self.desk.placed(row.id, case, n, Relation::Opened.word()));
            words.push(search_row(case, row.id, reading));
            alike.push((case, like));
            self.filed[message].notices.push(under(case, n, Relation::Opened));
        }
        filing::new_keys(self.txn, keys).await?;
        filing::place(self.txn, rows).await?;
        projection::index(self.txn, words).await?;
        self.desk.propose_alike(self.txn, &self.world, alike).await
    }

    async fn update(
        &mut self,
        message: usize,
        (n, found, keys): (usize, &Announcement, BTreeSet<String>),
        notice: NoticeId,
    ) -> Result<(), DeskError> {
        let Read { message: row, reading } = self.of(message);
        let (case, relation) = self.desk.update(self.txn, notice, row, found, reading.authenticity).await?;
        if let Some(key) = likeness_key(found) {
            self.looks_so(key, case.id);
        }
        for key in &keys {
            self.keys.entry(key.clone()).or_insert((self.now, case.id));
        }
        filing::add_keys(self.txn, key_rows(keys, case.id, self.now)).await?;
        self.joins(message, &case, (n, relation)).await?;
        // What was split off is of the same announcement: a new date reaches each part.
        for split in &case.split_off {
            let mut own = found.clone();
            own.correlation.page = None;
            own.resources.retain(|found| split.resources.iter().any(|resource| resource.key == found.id));
            let (part, relation) = self.desk.update(self.txn, split.notice, row, &own, reading.authenticity).await?;
            self.joins(message, &part, (n, relation)).await?;
        }
        Ok(())
    }

    /// Writes that an announcement went to a notice that was there before.
    async fn joins(&mut self, message: usize, case: &Case, (n, relation): (usize, Relation)) -> Result<(), DeskError> {
        let Read { message: row, reading } = self.of(message);
        filing::place(self.txn, vec![self.desk.placed(row.id, case, n, relation.word())]).await?;
        projection::index(self.txn, vec![search_row(case, row.id, reading)]).await?;
        self.filed[message].notices.push(under(case, n, relation));
        Ok(())
    }

    /// Writes how the messages stand, and plans the answers to those who forwarded them.
    async fn settle(&mut self) -> Result<(), DeskError> {
        for (message, Read { reading, .. }) in self.read.iter().enumerate() {
            let filed = &self.filed[message];
            let nowhere =
                filed.notices.is_empty() && self.rows[message].as_ref().is_some_and(|row| row.state == state::FILED);
            let reason = filed.needs_person.clone().or_else(|| nowhere.then(|| unrecognised(reading)));
            if let Some(reason) = reason {
                self.filed[message].needs_person = Some(reason.clone());
                self.stands(message, state::NEEDS_PERSON, reason);
            }
        }
        let looks = std::mem::take(&mut self.looks).into_iter();
        let looks = looks.map(|(key, notice)| notice_keys::Model { key, notice: notice.0, at: self.now });
        filing::turn_keys(self.txn, looks.collect()).await?;
        for (Read { message, reading }, (filed, row)) in self.read.iter().zip(self.filed.iter().zip(&self.rows)) {
            if row.as_ref().is_some_and(|row| row.state != state::AUTOMATIC) {
                self.desk.plan_receipt(self.txn, message, reading, filed).await?;
            }
        }
        Ok(filing::settle(self.txn, self.rows.iter().flatten().cloned().collect()).await?)
    }
}

fn under(case: &Case, announcement: usize, relation: Relation) -> FiledUnder {
    FiledUnder { notice: case.id, relation, announcement }
}
