//! One decision about one notice: load it, let `notice` decide, and commit the events with everything that follows from
//! them (rows, words, mails owed) in one transaction.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::desk::refresh::Grown;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic, World};
use crate::notice::case::Case;
use crate::notice::chain::{Stored, Stream};
use crate::notice::command::{Command, Made, decide};
use crate::notice::event::{Actor, Cause, Event, Recorded};
use crate::notice::ids::NoticeId;
use crate::notice::refusal::Refusal;
use crate::notice::stored::{read, seal_all};
use crate::notice::subject;
use crate::notice::text::Digest;
use crate::store::texts::{self, Draft, Kept};
use crate::store::{evidence, projection, record};

/// Which notice: by its id or by its short number (`12`, `N-12`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeRef {
    Id(NoticeId),
    Number(u32),
}

impl From<NoticeId> for NoticeRef {
    fn from(id: NoticeId) -> Self {
        Self::Id(id)
    }
}

impl fmt::Display for NoticeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Number(number) => write!(f, "N-{number}"),
        }
    }
}

impl FromStr for NoticeRef {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let digits = written.strip_prefix("N-").or_else(|| written.strip_prefix("n-")).unwrap_or(written);
        if let Ok(number) = digits.parse() {
            return Ok(Self::Number(number));
        }
        let id = Uuid::parse_str(written);
        id.map(|id| Self::Id(NoticeId(id)))
            .map_err(|_| format!("“{written}” is neither a notice's number (12 or N-12) nor its id"))
    }
}

/// A command with the texts that it refers to and what led to it.
#[derive(Debug, Clone)]
pub struct Asked {
    pub command: Command,
    pub texts: Vec<Draft>,
    /// Files that the command refers to.
    pub files: Vec<evidence::Draft>,
    pub cause: Cause,
}

impl From<Command> for Asked {
    fn from(command: Command) -> Self {
        Self { command, texts: Vec::new(), files: Vec::new(), cause: Cause::default() }
    }
}

impl Asked {
    #[must_use]
    pub fn with(command: Command, texts: impl IntoIterator<Item = Draft>) -> Self {
        Self { command, texts: texts.into_iter().collect(), files: Vec::new(), cause: Cause::default() }
    }
}

/// What was decided on one notice and is not written yet.
pub(super) struct Decided {
    /// `None` for a notice that begins with these events.
    pub case: Option<Case>,
    pub made: Vec<Made>,
    pub cause: Cause,
    pub drafts: Vec<Draft>,
}

impl Decided {
    /// Seals the events and folds them in; what goes into the record and the words that it refers to are added to those given.
    fn grow(self, now: DateTime<Utc>, record: &mut Vec<Stored>, words: &mut Vec<Kept>) -> Result<Grown, DeskError> {
        let Self { case, made, cause, drafts } = self;
        let (id, last) = match (&case, made.first().map(|made| &made.event)) {
            (Some(case), _) => (case.id, (case.sequence, case.head)),
            (None, Some(Event::Opened(opened))) => (opened.notice, (0, Digest::ZERO)),
            (None, _) => return Err(DeskError::Unopened),
        };
        let stream = Stream::Notice(id);
        let author = made.iter().find_map(|made| made.actor.person()).map(|person| person.0);
        let sealed = seal_all(stream, last, now, cause, made.into_iter().map(|made| (made.actor, made.event)));
        let (stored, news): (Vec<Stored>, Vec<Recorded>) = sealed.into_iter().unzip();
        let used = drafts.into_iter().filter(|draft| mentions(&stored, draft));
        words.extend(used.map(|draft| Kept { stream, author, draft }));
        record.extend(stored);
        let case = match case {
            Some(mut case) => {
                news.iter().for_each(|recorded| case.apply(recorded));
                case
            }
            None => Case::fold(&news).map_err(|_| DeskError::Unopened)?,
        };
        Ok(Grown { case, news })
    }
}

impl Desk {
    /// Carries out a command. Two at once on one notice are put in order by the record itself; each decides upon what the
    /// one before it left.
    ///
    /// # Errors
    /// `Refused` with every reason, `NotFound`, `ReadOnly` for a notice that a newer version of the program wrote to.
    pub async fn act(&self, notice: NoticeRef, actor: Actor, asked: impl Into<Asked>) -> Result<Case, DeskError> {
        let asked = asked.into();
        let (case, happened) = transact!(self, |txn| {
            let id = self.resolve(txn, notice).await?;
            record::queue(txn, Stream::Notice(id)).await?;
            let mut case = self.load(txn, id).await?;
            let world = self.world(txn).await?;
            let context = self.context_of(&world, self.clock.now());
            let made = match decide(&case, asked.command.clone(), &actor, &context) {
                Ok(made) => made,
                Err(refusal) => return Err(self.explained(txn, &case, &asked.command, refusal).await?),
            };
            let happened = !made.is_empty();
            if happened {
                self.commit(txn, Some(&mut case), &world, made, (asked.cause, asked.texts.clone())).await?;
                for file in &asked.files {
                    evidence::keep(txn, id.0, file, self.clock.now()).await?;
                }
            }
            Ok((case, happened))
        })?;
        if happened {
            self.tell_notice(case.id);
        }
        Ok(case)
    }

    /// A refusal with what changed since the page was shown, where that is the reason: only the record knows what stood
    /// there then.
    async fn explained(
        &self,
        txn: &DatabaseTransaction,
        case: &Case,
        command: &Command,
        mut refusal: Refusal,
    ) -> Result<DeskError, DeskError> {
        if let (Command::Sign(sign), "subject_changed", None) = (command, refusal.code, &refusal.difference) {
            let stored = record::load(txn, Stream::Notice(case.id)).await?;
            let recorded: Vec<Recorded> =
                stored.iter().map(read).collect::<Result<_, _>>().map_err(DeskError::ReadOnly)?;
            refusal.difference = subject::shown(&recorded, sign.gate, sign.subject)
                .map(|then| subject::difference(&then.body, &subject::subject(case, sign.gate).body));
        }
        Ok(DeskError::Refused(refusal))
    }

    /// The case as the record stands now.
    ///
    /// # Errors
    /// `NotFound`, `ReadOnly`, or the database does not answer.
    pub async fn case(&self, notice: NoticeRef) -> Result<Case, DeskError> {
        let db = self.store.reader();
        let id = self.resolve(db, notice).await?;
        self.load(db, id).await
    }

    /// Appends what was decided, folds it in, keeps the texts that it refers to, and writes what follows. `case` is `None`
    /// for a notice that begins with these events.
    pub(super) async fn commit(
        &self,
        txn: &DatabaseTransaction,
        case: Option<&mut Case>,
        world: &World,
        made: Vec<Made>,
        with: (Cause, Vec<Draft>),
    ) -> Result<Case, DeskError> {
        let (cause, drafts) = with;
        let decided = Decided { case: case.as_deref().cloned(), made, cause, drafts };
        let grown = self.commit_all(txn, vec![decided], world).await?.pop().ok_or(DeskError::Unopened)?;
        if let Some(case) = case {
            case.clone_from(&grown);
        }
        Ok(grown)
    }

    /// As [`Desk::commit`], for any number of notices, each of which is among them once. Gives them as they stand then.
    pub(super) async fn commit_all(
        &self,
        txn: &DatabaseTransaction,
        decided: Vec<Decided>,
        world: &World,
    ) -> Result<Vec<Case>, DeskError> {
        let now = self.clock.now();
        let (mut stored, mut words, mut grown) = (Vec::new(), Vec::new(), Vec::with_capacity(decided.len()));
        for one in decided {
            grown.push(one.grow(now, &mut stored, &mut words)?);
        }
        record::append(txn, &stored).await?;
        texts::keep(txn, words, now).await?;
        for Grown { case, news } in &grown {
            self.learn(txn, case, news).await?;
        }
        self.refresh(txn, &mut grown, world).await?;
        Ok(grown.into_iter().map(|grown| grown.case).collect())
    }

    /// The id behind a reference.
    pub(super) async fn resolve(&self, db: &impl ConnectionTrait, notice: NoticeRef) -> Result<NoticeId, DeskError> {
        match notice {
            NoticeRef::Id(id) => Ok(id),
            NoticeRef::Number(number) => projection::by_number(db, i64::from(number))
                .await?
                .map(|row| NoticeId(row.id))
                .ok_or_else(|| missing(&notice)),
        }
    }

    /// Seals what was decided on a case and folds it in. What is sealed goes into the record with `stored`.
    pub(super) fn seal(
        &self,
        case: &mut Case,
        made: Vec<Made>,
        now: DateTime<Utc>,
        stored: &mut Vec<Stored>,
    ) -> Vec<Recorded> {
        let made = made.into_iter().map(|made| (made.actor, made.event));
        let sealed = seal_all(Stream::Notice(case.id), (case.sequence, case.head), now, Cause::default(), made);
        let (sealed, recorded): (Vec<Stored>, Vec<Recorded>) = sealed.into_iter().unzip();
        recorded.iter().for_each(|recorded| case.apply(recorded));
        stored.extend(sealed);
        recorded
    }

    /// Folds a notice's record.
    pub(super) async fn load(&self, db: &impl ConnectionTrait, id: NoticeId) -> Result<Case, DeskError> {
        let stored = record::load(db, Stream::Notice(id)).await?;
        if stored.is_empty() {
            return Err(missing(&NoticeRef::Id(id)));
        }
        fold(&stored)
    }

    /// After a commit: pages look again, and the sender and the worker wake.
    pub(super) fn tell_notice(&self, id: NoticeId) {
        self.hub.tell(Topic::Notice, Some(id.0));
        self.wake.notify_waiters();
        self.wake.notify_one();
    }
}

/// The fold of stored events.
pub(super) fn fold(stored: &[Stored]) -> Result<Case, DeskError> {
    let recorded: Vec<Recorded> = stored.iter().map(read).collect::<Result<_, _>>().map_err(DeskError::ReadOnly)?;
    Case::fold(&recorded).map_err(|_| DeskError::Unopened)
}

fn missing(notice: &NoticeRef) -> DeskError {
    DeskError::NotFound { what: "notice", id: notice.to_string() }
}

/// Whether an event refers to this text. A text that nothing refers to is not kept.
fn mentions(stored: &[Stored], draft: &Draft) -> bool {
    let id = draft.reference.id.to_string();
    stored.iter().any(|stored| holds(&stored.payload, &id))
}

fn holds(value: &serde_json::Value, id: &str) -> bool {
    match value {
        serde_json::Value::String(text) => text == id,
        serde_json::Value::Array(items) => items.iter().any(|item| holds(item, id)),
        serde_json::Value::Object(map) => map.values().any(|item| holds(item, id)),
        _ => false,
    }
}
