//! What follows from notices as they stand now: mails and hooks that are owed, entries for calendars, and the rows that
//! lists show.
//!
//! Works on sets: a tick with thousands of notices due asks the database as often for fifty of them as for one.

use std::collections::BTreeMap;

use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::desk::letters::AddressBook;
use crate::desk::project::{Texts, project, words};
use crate::desk::{Desk, DeskError, World};
use crate::notice::case::Case;
use crate::notice::chain::Stream;
use crate::notice::command::{Command, decide};
use crate::notice::context::Context;
use crate::notice::event::{Actor, Recorded};
use crate::notice::reminder::{self, Reminder};
use crate::store::deliveries::{self, Delivery, Planned};
use crate::store::{At, projection, record, texts};

/// A notice with what has just happened to it.
pub(super) struct Grown {
    pub case: Case,
    pub news: Vec<Recorded>,
}

/// What the database knows of a notice beside its record.
#[derive(Default)]
pub(crate) struct Known {
    pub texts: Texts,
    /// Reminders that its ladder calls for and that are not planned yet, with their keys.
    pub fresh: Vec<(Reminder, String)>,
    /// The moment at which there was something to do next, as it stood before.
    pub looked_at: Option<At>,
    /// What calendars were sent, oldest first.
    pub appointments: Vec<Delivery>,
}

impl Desk {
    /// Plans what notices owe to whom now, puts on record who is told, and writes their rows anew.
    pub(super) async fn refresh(
        &self,
        txn: &DatabaseTransaction,
        grown: &mut [Grown],
        world: &World,
    ) -> Result<(), DeskError> {
        if grown.is_empty() {
            return Ok(());
        }
        let context = self.context_of(world, self.clock.now());
        let mut known = known(txn, grown, &context).await?;
        let book = AddressBook::read(txn).await?;
        let (mut planned, mut stored): (Vec<Planned>, Vec<_>) = (Vec::new(), Vec::new());
        for Grown { case, news } in grown.iter_mut() {
            let known = known.entry(case.id.0).or_default();
            let (letters, told) = self.letters_of((case, known), (world, &context, &book), news);
            planned.extend(letters);
            planned.extend(self.hooks_of((case, &known.texts), (world, &context, &book), news, &told));
            if !told.is_empty() {
                let made = decide(case, Command::NoteReminders { reminders: told }, &Actor::System, &context);
                self.seal(case, made.map_err(DeskError::Refused)?, context.now, &mut stored);
            }
            planned.extend(self.appointments_of((case, known), (world, &context, &book)));
        }
        record::append(txn, &stored).await?;
        deliveries::plan(txn, planned, context.now).await?;
        let all = grown.iter().map(|Grown { case, .. }| (case, known.remove(&case.id.0).unwrap_or_default().texts));
        self.project_in(txn, all.collect(), &context, world.version).await
    }

    /// Writes the rows and words by which lists and searches find notices.
    pub(super) async fn project_in(
        &self,
        txn: &DatabaseTransaction,
        cases: Vec<(&Case, Texts)>,
        context: &Context,
        world: i64,
    ) -> Result<(), DeskError> {
        let rows = cases.iter().map(|(case, texts)| project(case, context, world, texts)).collect();
        projection::write(txn, rows).await?;
        let words =
            cases.iter().map(|(case, texts)| (projection::search_row(i64::from(case.number), 0), words(case, texts)));
        projection::index(txn, words.collect()).await?;
        Ok(())
    }
}

/// Everything that the database knows of these notices, each sort in one question; withdraws reminders that are called for
/// no longer.
async fn known(
    txn: &DatabaseTransaction,
    grown: &[Grown],
    context: &Context,
) -> Result<BTreeMap<Uuid, Known>, DeskError> {
    let ids: Vec<Uuid> = grown.iter().map(|grown| grown.case.id.0).collect();
    let streams = grown.iter().map(|grown| Stream::Notice(grown.case.id)).collect();
    let mut texts = texts::of_streams(txn, streams).await?;
    let mut due: BTreeMap<Uuid, Vec<(Reminder, String)>> = BTreeMap::new();
    for Grown { case, .. } in grown {
        let reminders = reminder::due(case, context).into_iter();
        due.insert(
            case.id.0,
            reminders.map(|reminder| (reminder.key(case.id), reminder)).map(|(k, r)| (r, k)).collect(),
        );
    }
    let keys = due.values().flatten().map(|(_, key)| key.clone()).collect();
    let standing = deliveries::settle_keys(txn, &ids, &keys).await?;
    let (mut next, mut sent) =
        (projection::next_due(txn, &ids).await?, deliveries::of_notices(txn, &ids, "appointment").await?);
    let of = |(notice, mut fresh): (Uuid, Vec<(Reminder, String)>)| {
        fresh.retain(|(_, key)| !standing.contains(key));
        let known = Known {
            texts: texts.remove(&Stream::Notice(crate::notice::ids::NoticeId(notice))).unwrap_or_default(),
            fresh,
            looked_at: next.remove(&notice),
            appointments: sent.remove(&notice).unwrap_or_default(),
        };
        (notice, known)
    };
    Ok(due.into_iter().map(of).collect())
}
