//! Filing: to which notice a message belongs, and what it does there.
//!
//! Exact keys join by themselves. Messages are filed in one transaction: their readings, their notices, the keys and the new
//! states stand together or not at all, so a worker that dies leaves messages that are read again and nothing twice.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, DatabaseTransaction};
use uuid::Uuid;

use crate::desk::announce::{Wording, announced};
use crate::desk::pile::Pile;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::case::{Case, Life};
use crate::notice::chain::Stream;
use crate::notice::command::{Command, decide};
use crate::notice::event::{Actor, Cause, Event, Manner, MessageRef};
use crate::notice::fact::Authenticity;
use crate::notice::ids::{MessageId, NoticeId};
use crate::reading::{Announcement, Reading};
use crate::store::entity::{message_notices, messages, notice_keys, readings};
use crate::store::intake::state;
use crate::store::projection::{self, Words};
use crate::store::{At, record, texts};

/// The reader that made a reading, as kept beside it: readings of an older one can be made again.
const READER: &str = concat!("countersign ", env!("CARGO_PKG_VERSION"));

/// Characters of a message that full-text search covers.
const SEARCHED: usize = 20_000;

/// A message in hand and what the reader found in it.
pub(crate) struct Read {
    pub message: messages::Model,
    pub reading: Reading,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filed {
    pub notices: Vec<FiledUnder>,
    /// Why a person has to look, where they do.
    pub needs_person: Option<String>,
}

/// One announcement of a message and the notice that it went to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiledUnder {
    pub notice: NoticeId,
    pub relation: Relation,
    /// Which announcement of the reading, from 0.
    pub announcement: usize,
}

/// What a message did to a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Opened,
    Updated,
    /// A further page of what it had begun to say.
    Continued,
    Repeated,
}

impl Relation {
    /// As stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Continued => "continued",
            Self::Repeated => "repeated",
        }
    }
}

impl Desk {
    /// Files messages by their readings, in the order given, all or none. Nothing is done with a message whose lease was lost
    /// meanwhile: somebody else has it in hand.
    pub(super) async fn file(&self, read: &[Read]) -> Result<(), DeskError> {
        let touched = transact!(self, |txn| Pile::new(self, txn, read).await?.file().await)?;
        for notice in touched {
            self.tell_notice(notice);
        }
        Ok(())
    }

    /// A message as it stands once it has been read.
    pub(super) fn settled(&self, Read { message, reading }: &Read) -> messages::Model {
        let done = if reading.automatic.is_some() { state::AUTOMATIC } else { state::FILED };
        let original = reading.original.as_ref();
        let subject = original.and_then(|original| original.subject.clone());
        let mut row = messages::Model {
            state: done.to_owned(),
            reason: None,
            leased_until: None,
            read_at: Some(self.clock.now().into()),
            format: Some(reading.format.clone()),
            sender: original.and_then(|original| original.from.clone()).or(reading.from.clone()),
            forwarded_by: reading.forwarded_by.clone(),
            subject: subject.or_else(|| reading.notices.first().map(|found| found.title.clone())),
            ..message.clone()
        };
        if let Some(doubt) = doubted(message, reading) {
            row.authenticity = reading.authenticity.word().to_owned();
            row.authenticity_reason = doubt;
        }
        row
    }

    /// A reading as it is kept; its number is given when it is.
    pub(super) fn reading_row(&self, message: Uuid, reading: &Reading) -> readings::Model {
        let body = serde_json::to_string(reading).unwrap_or_default();
        readings::Model { message, number: 0, reader: READER.to_owned(), at: self.clock.now().into(), body }
    }

    /// A notice, or where it went if it was merged.
    pub(super) async fn gone_to(&self, txn: &DatabaseTransaction, id: NoticeId) -> Result<Case, DeskError> {
        let mut case = self.load(txn, id).await?;
        for _ in 0..10 {
            let Life::Merged { into } = case.life else { break };
            case = self.load(txn, into).await?;
        }
        Ok(case)
    }

    /// Tells a notice what a further message announces.
    pub(super) async fn update(
        &self,
        txn: &DatabaseTransaction,
        id: NoticeId,
        message: &messages::Model,
        found: &Announcement,
        authenticity: Authenticity,
    ) -> Result<(Case, Relation), DeskError> {
        let stream = Stream::Notice(id);
        record::queue(txn, stream).await?;
        let mut case = self.load(txn, id).await?;
        let world = self.world(txn).await?;
        let context = self.context_of(&world, self.clock.now());
        let mut wording = Wording::new(self, texts::rows(txn, stream).await?);
        let (reference, message) = (committed(message), MessageId(message.id));
        let announced = Box::new(announced(found, &mut wording));
        let command = Command::Announce { message: reference, authenticity, announced };
        let made = decide(&case, command, &Actor::Provider { message }, &context).map_err(DeskError::Refused)?;
        let manner = made.iter().find_map(|made| match &made.event {
            Event::MessageAttached { message: m, manner, .. } if m.id == message => Some(*manner),
            _ => None,
        });
        if !made.is_empty() {
            let cause = Cause { message: Some(message), command: None };
            self.commit(txn, Some(&mut case), &world, made, (cause, wording.drafts)).await?;
        }
        let relation = match manner {
            Some(Manner::Update) => Relation::Updated,
            Some(Manner::Page) => Relation::Continued,
            _ => Relation::Repeated,
        };
        Ok((case, relation))
    }

    /// That one announcement of a message went to this notice.
    pub(super) fn placed(&self, message: Uuid, case: &Case, n: usize, relation: &str) -> message_notices::Model {
        message_notices::Model {
            message,
            notice: case.id.0,
            announcement: i32::try_from(n).unwrap_or(i32::MAX),
            relation: relation.to_owned(),
            at: self.clock.now().into(),
        }
    }
}

/// What the reader saw that makes a message prove less than its door knew, in words; none where it proves the same.
fn doubted(message: &messages::Model, reading: &Reading) -> Option<String> {
    let doubt = reading.trouble.first().filter(|_| reading.authenticity.word() != message.authenticity)?;
    Some(format!("{} The door's own word was: {}", doubt.message, message.authenticity_reason))
}

/// A message as the record refers to it, with the commitment to its bytes.
pub(super) fn committed(message: &messages::Model) -> MessageRef {
    MessageRef { id: MessageId(message.id), commitment: message.commitment.parse().ok() }
}

/// Whether there is anything in it to act on or to be told by: a date, a thing that is touched, or words that say what kind
/// of announcement it is. The reader makes the best of every mail, also of one about lunch.
#[must_use]
pub fn announces(found: &Announcement) -> bool {
    let named = found.kind.span.is_some() || found.kind.confidence >= 0.5;
    named || !found.deadlines.is_empty() || !found.windows.is_empty() || !found.resources.is_empty()
}

/// Why a message that belongs nowhere waits for a person.
pub(super) fn unrecognised(reading: &Reading) -> String {
    let told: Vec<&str> = reading.trouble.iter().map(|trouble| trouble.message.as_str()).take(3).collect();
    if told.is_empty() { "Nothing in it was recognised as an announcement.".to_owned() } else { told.join(" ") }
}

/// The announcements of one message, each with its place in the reading and the keys that join it: one that several have in
/// common, such as the mail's own id, tells the mail and not the announcement, and joins together with that place.
pub(super) fn with_keys(
    found: Vec<(usize, Cow<'_, Announcement>)>,
) -> Vec<(usize, Cow<'_, Announcement>, BTreeSet<String>)> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for (_, announcement) in &found {
        let own: BTreeSet<&String> = announcement.correlation.keys.iter().collect();
        own.into_iter().for_each(|key| *times.entry(key.clone()).or_default() += 1);
    }
    let exact = |n: usize, key: &String| if times[key] > 1 { format!("{key}#{n}") } else { key.clone() };
    let mut keyed = Vec::with_capacity(found.len());
    for (n, found) in found {
        let keys = found.correlation.keys.iter().map(|key| exact(n, key)).collect();
        keyed.push((n, found, keys));
    }
    keyed
}

/// That these keys lead to a notice.
pub(super) fn key_rows(keys: impl IntoIterator<Item = String>, notice: NoticeId, at: At) -> Vec<notice_keys::Model> {
    keys.into_iter().map(|key| notice_keys::Model { key, notice: notice.0, at }).collect()
}

pub(super) async fn set_state(
    txn: &DatabaseTransaction,
    message: Uuid,
    to: &str,
    reason: Option<&str>,
) -> Result<(), DeskError> {
    messages::ActiveModel {
        id: Set(message),
        state: Set(to.to_owned()),
        reason: Set(reason.map(str::to_owned)),
        leased_until: Set(None),
        ..Default::default()
    }
    .update(txn)
    .await?;
    Ok(())
}

/// The words by which a notice's message is found, and their place in the index.
pub(super) fn search_row(case: &Case, message: Uuid, reading: &Reading) -> (i64, Words) {
    let place = case.messages.iter().position(|attached| attached.message.0 == message).unwrap_or(0);
    let part = u16::try_from(place + 1).unwrap_or(u16::MAX);
    let body: String = reading
        .texts
        .iter()
        .flat_map(|part| part.text.chars().chain(['\n']))
        .filter(|c| *c != '\0')
        .take(SEARCHED)
        .collect();
    (projection::search_row(i64::from(case.number), part), Words { body, ..Words::default() })
}
