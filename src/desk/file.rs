//! Filing: to which notice a message belongs, and what it does there.
//!
//! Exact keys join by themselves. A message is filed in one transaction: its reading, its notices, its keys and its new
//! state stand together or not at all, so a worker that dies leaves a message that is read again and nothing twice.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel as _,
    QueryFilter, sea_query::Expr, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::desk::announce::{Wording, announced};
use crate::desk::pages::put_together;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::case::{Case, Life};
use crate::notice::chain::Stream;
use crate::notice::command::{Command, Open, decide, open};
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

/// What the reader saw that makes a message prove less than its door knew, in words; none where it proves the same.
fn doubted(message: &messages::Model, reading: &Reading) -> Option<String> {
    let doubt = reading.trouble.first().filter(|_| reading.authenticity.word() != message.authenticity)?;
    Some(format!("{} The door's own word was: {}", doubt.message, message.authenticity_reason))
}

impl Desk {
    /// Files a message by its reading. `None` where the lease was lost meanwhile and somebody else has it in hand.
    pub(super) async fn file(&self, message: &messages::Model, reading: &Reading) -> Result<Option<Filed>, DeskError> {
        let filed = transact!(self, |txn| {
            if !self.settle_message(txn, message, reading).await? {
                return Ok(None);
            }
            self.keep_reading(txn, message.id, reading).await?;
            let mut filed = Filed::default();
            if let Some(words) = self.canary(txn, message, reading).await? {
                set_state(txn, message.id, state::AUTOMATIC, Some(&words)).await?;
                return Ok(Some(filed));
            }
            if reading.automatic.is_some() {
                return Ok(Some(filed));
            }
            let found = put_together(&reading.notices);
            let shared = shared_keys(&found);
            for (n, found) in &found {
                let keys = exact_keys(found, *n, &shared);
                match self.file_one(txn, message, (*n, found), &keys, reading).await {
                    Ok(under) => filed.notices.extend(under),
                    Err(DeskError::Refused(refusal)) => filed.needs_person = Some(refusal.to_string()),
                    Err(error) => return Err(error),
                }
            }
            if filed.notices.is_empty() && filed.needs_person.is_none() {
                filed.needs_person = Some(unrecognised(reading));
            }
            if let Some(reason) = &filed.needs_person {
                set_state(txn, message.id, state::NEEDS_PERSON, Some(reason)).await?;
            }
            self.plan_receipt(txn, message, reading, &filed).await?;
            Ok(Some(filed))
        })?;
        for under in filed.iter().flat_map(|filed| &filed.notices) {
            self.tell_notice(under.notice);
        }
        Ok(filed)
    }

    /// Marks the message as done, only while the lease that gave us this attempt is ours. First in the transaction, so
    /// that two workers cannot both file it.
    pub(super) async fn settle_message(
        &self,
        txn: &DatabaseTransaction,
        message: &messages::Model,
        reading: &Reading,
    ) -> Result<bool, DeskError> {
        let done = if reading.automatic.is_some() { state::AUTOMATIC } else { state::FILED };
        let original = reading.original.as_ref();
        let subject = original.and_then(|original| original.subject.clone());
        let text = |value: Option<String>| Expr::value(value);
        let mut settled = messages::Entity::update_many();
        if let Some(doubt) = doubted(message, reading) {
            settled = settled
                .col_expr(messages::Column::Authenticity, Expr::value(reading.authenticity.word()))
                .col_expr(messages::Column::AuthenticityReason, Expr::value(doubt));
        }
        let updated = settled
            .col_expr(messages::Column::State, Expr::value(done))
            .col_expr(messages::Column::Reason, text(None))
            .col_expr(messages::Column::LeasedUntil, Expr::value(Option::<i64>::None))
            .col_expr(messages::Column::ReadAt, Expr::value(At::from(self.clock.now())))
            .col_expr(messages::Column::Format, text(Some(reading.format.clone())))
            .col_expr(messages::Column::Sender, text(original.and_then(|o| o.from.clone()).or(reading.from.clone())))
            .col_expr(messages::Column::ForwardedBy, text(reading.forwarded_by.clone()))
            .col_expr(messages::Column::Subject, text(subject.or_else(|| first_title(reading))))
            .filter(messages::Column::Id.eq(message.id))
            .filter(messages::Column::State.eq(state::READING))
            .filter(messages::Column::Attempts.eq(message.attempts))
            .exec(txn)
            .await?;
        Ok(updated.rows_affected == 1)
    }

    /// Keeps a reading beside those made before.
    pub(super) async fn keep_reading(
        &self,
        txn: &DatabaseTransaction,
        message: Uuid,
        reading: &Reading,
    ) -> Result<(), DeskError> {
        let before = crate::store::intake::readings(txn, message).await?;
        let row = readings::Model {
            message,
            number: before.last().map_or(1, |last| last.number + 1),
            reader: READER.to_owned(),
            at: self.clock.now().into(),
            body: serde_json::to_string(reading).unwrap_or_default(),
        };
        readings::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(txn).await?;
        Ok(())
    }

    /// Files one announcement: under one notice, and those that were split off it; none where it joins nothing and announces
    /// nothing.
    async fn file_one(
        &self,
        txn: &DatabaseTransaction,
        message: &messages::Model,
        (n, found): (usize, &Announcement),
        keys: &[String],
        reading: &Reading,
    ) -> Result<Vec<FiledUnder>, DeskError> {
        let authenticity = reading.authenticity;
        let (case, relation) = match self.joined(txn, keys).await? {
            Some(id) => self.update(txn, id, message, found, authenticity).await?,
            None if !announces(found) => return Ok(Vec::new()),
            None => self.open_from(txn, message, found, authenticity).await?,
        };
        let at = At::from(self.clock.now());
        self.likeness(txn, &case, found, relation == Relation::Opened).await?;
        if relation == Relation::Opened {
            // Without "on conflict": of two workers who open the same notice at once, the later one begins anew and joins.
            let rows = keys.iter().map(|key| notice_key(key, case.id, at));
            if !keys.is_empty() {
                notice_keys::Entity::insert_many(rows).exec_without_returning(txn).await?;
            }
        } else {
            add_keys(txn, case.id, keys, at).await?;
        }
        let mut filed = vec![self.filed(txn, message, (n, reading), &case, relation).await?];
        // What was split off is of the same announcement: a new date reaches each part.
        for split in &case.split_off {
            let mut own = found.clone();
            own.correlation.page = None;
            own.resources.retain(|found| split.resources.iter().any(|resource| resource.key == found.id));
            let (case, relation) = self.update(txn, split.notice, message, &own, authenticity).await?;
            filed.push(self.filed(txn, message, (n, reading), &case, relation).await?);
        }
        Ok(filed)
    }

    /// Writes to which notice an announcement went.
    async fn filed(
        &self,
        txn: &DatabaseTransaction,
        message: &messages::Model,
        (n, reading): (usize, &Reading),
        case: &Case,
        relation: Relation,
    ) -> Result<FiledUnder, DeskError> {
        let row = message_notices::Model {
            message: message.id,
            notice: case.id.0,
            announcement: i32::try_from(n).unwrap_or(i32::MAX),
            relation: relation.word().to_owned(),
            at: self.clock.now().into(),
        };
        message_notices::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(txn).await?;
        index_message(txn, case, message.id, reading).await?;
        Ok(FiledUnder { notice: case.id, relation, announcement: n })
    }

    /// The notice that shares a key; the oldest where several do. Follows a notice that was merged to where it went.
    async fn joined(&self, txn: &DatabaseTransaction, keys: &[String]) -> Result<Option<NoticeId>, DeskError> {
        let rows = notice_keys::Entity::find().filter(notice_keys::Column::Key.is_in(keys.to_vec())).all(txn).await?;
        let Some(first) = rows.into_iter().min_by_key(|row| (row.at, row.notice)) else { return Ok(None) };
        Ok(Some(self.gone_to(txn, NoticeId(first.notice)).await?.id))
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

    async fn open_from(
        &self,
        txn: &DatabaseTransaction,
        message: &messages::Model,
        found: &Announcement,
        authenticity: Authenticity,
    ) -> Result<(Case, Relation), DeskError> {
        let world = self.world(txn).await?;
        let context = self.context_of(&world, self.clock.now());
        let mut wording = Wording::new(self, Vec::new());
        let announced = announced(found, &mut wording);
        let number = projection::next_number(txn).await?;
        let (reference, message) = (committed(message), MessageId(message.id));
        let asked = Open {
            notice: NoticeId(self.ids.id()),
            number: u32::try_from(number).unwrap_or(u32::MAX),
            message: Some(reference),
            authenticity,
            announced,
        };
        let made = open(asked, &Actor::Provider { message }, &context).map_err(DeskError::Refused)?;
        let cause = Cause { message: Some(message), command: None };
        let case = self.commit(txn, None, &world, made, (cause, wording.drafts)).await?;
        Ok((case, Relation::Opened))
    }

    async fn update(
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
fn unrecognised(reading: &Reading) -> String {
    let told: Vec<&str> = reading.trouble.iter().map(|trouble| trouble.message.as_str()).take(3).collect();
    if told.is_empty() { "Nothing in it was recognised as an announcement.".to_owned() } else { told.join(" ") }
}

fn first_title(reading: &Reading) -> Option<String> {
    reading.notices.first().map(|found| found.title.clone())
}

/// Keys that several announcements of one message have in common, such as the mail's own id: they tell the mail and not the
/// announcement.
fn shared_keys(found: &[(usize, Cow<'_, Announcement>)]) -> BTreeSet<String> {
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, announcement) in found {
        let own: BTreeSet<&str> = announcement.correlation.keys.iter().map(String::as_str).collect();
        own.into_iter().for_each(|key| *counted.entry(key).or_default() += 1);
    }
    counted.into_iter().filter(|(_, times)| *times > 1).map(|(key, _)| key.to_owned()).collect()
}

/// The keys that join an announcement: a shared one together with the announcement's place in its message.
fn exact_keys(found: &Announcement, n: usize, shared: &BTreeSet<String>) -> Vec<String> {
    let keys: BTreeSet<String> = found
        .correlation
        .keys
        .iter()
        .map(|key| if shared.contains(key) { format!("{key}#{n}") } else { key.clone() })
        .collect();
    keys.into_iter().collect()
}

fn notice_key(key: &str, notice: NoticeId, at: At) -> notice_keys::ActiveModel {
    notice_keys::ActiveModel { key: Set(key.to_owned()), notice: Set(notice.0), at: Set(at) }
}

/// Adds keys that a notice does not have yet; one that another notice has stays with that one.
pub(super) async fn add_keys(
    txn: &DatabaseTransaction,
    notice: NoticeId,
    keys: &[String],
    at: At,
) -> Result<(), DeskError> {
    if keys.is_empty() {
        return Ok(());
    }
    notice_keys::Entity::insert_many(keys.iter().map(|key| notice_key(key, notice, at)))
        .on_conflict(OnConflict::column(notice_keys::Column::Key).do_nothing().to_owned())
        .exec_without_returning(txn)
        .await?;
    Ok(())
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

/// Makes a notice's message findable by its words.
pub(super) async fn index_message(
    txn: &DatabaseTransaction,
    case: &Case,
    message: Uuid,
    reading: &Reading,
) -> Result<(), DeskError> {
    let place = case.messages.iter().position(|attached| attached.message.0 == message).unwrap_or(0);
    let part = u16::try_from(place + 1).unwrap_or(u16::MAX);
    let body: String = reading
        .texts
        .iter()
        .flat_map(|part| part.text.chars().chain(['\n']))
        .filter(|c| *c != '\0')
        .take(SEARCHED)
        .collect();
    let row = projection::search_row(i64::from(case.number), part);
    projection::index(txn, vec![(row, Words { body, ..Words::default() })]).await?;
    Ok(())
}
