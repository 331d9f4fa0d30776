//! The ladder: whom to remind of what, when, if nothing else happens.
//!
//! Owns when a rung is reached and who stands on it. It sends nothing and remembers nothing: what was sent already is the
//! outbox's to know, by each reminder's key.

mod ladder;
mod second;
mod travel;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::case::{Case, ProposalState};
use super::context::Context;
use super::event::TakesEffect;
use super::fact::words;
use super::gate::current_gate;
use super::ids::{Entry, LevelId, NoticeId, PersonId};
use super::procedure::Gate;
use super::text::Digest;
use super::{deadline, priority};
use ladder::Ladder;
pub use travel::{Manner, digest_at, within_hours};

words! {
    /// What a reminder is about. Later ones go before earlier ones where two fall on one day.
    Rung {
        /// Somebody was asked for the first time.
        Assigned = "assigned",
        BeforeDue = "before_due",
        BeforeActBy = "before_act_by",
        BeforeHard = "before_hard",
        /// The day on which the gate is due.
        DueToday = "due_today",
        /// Once each business day after.
        Overdue = "overdue",
        /// Each business day shortly before the hard deadline, whatever anybody acknowledged.
        LastDays = "last_days",
        /// Silence: told to the next level.
        NextLevel = "next_level",
        /// More silence: told to everybody.
        Everybody = "everybody",
        /// Nobody there could sign: told to administrators.
        Vacant = "vacant",
        /// The provider changed something before this person signed.
        Revised = "revised",
        /// What this person signed has changed.
        Stale = "stale",
        /// Something waits for a second person: a change for the worse, or an override.
        SecondPerson = "second_person",
        /// On the hard date of a notice that is closed: one last look.
        LastCheck = "last_check",
    }
}

/// One mail that a rung calls for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reminder {
    /// When it falls due, UTC.
    pub at: DateTime<Utc>,
    pub person: PersonId,
    pub rung: Rung,
    pub gate: Gate,
    /// At which level a signature is missing; none for the last check.
    pub level: Option<LevelId>,
    /// When the gate is due, UTC; the hard date for the last check.
    pub due: DateTime<Utc>,
    /// The subject that this person signed and that holds no longer; zero if they have not signed. Part of the key, so that
    /// one change asks once, however many edits it is made of.
    pub subject: Digest,
    /// Counts rungs that come more than once, from 1.
    pub occurrence: u32,
    /// What waits for a second person, by its place in the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Entry>,
}

impl Reminder {
    /// What makes a delivery unique: the same reminder planned twice is one.
    #[must_use]
    pub fn key(&self, notice: NoticeId) -> String {
        let Self { gate, person, rung, subject, due, occurrence, entry, .. } = self;
        let waits = entry.map(|entry| format!("/{entry}")).unwrap_or_default();
        format!("{notice}/{gate}/{person}/{rung}/{subject}/{}/{occurrence}{waits}", due.timestamp())
    }

    /// The mail's template.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        match self.rung {
            Rung::Assigned => "assigned",
            Rung::BeforeDue | Rung::BeforeActBy | Rung::BeforeHard | Rung::DueToday => "reminder",
            Rung::Overdue | Rung::LastDays => "overdue",
            Rung::NextLevel | Rung::Everybody | Rung::Vacant => "escalated",
            Rung::Revised | Rung::Stale => "stale",
            Rung::SecondPerson => "second_person",
            Rung::LastCheck => "last_check",
        }
    }
}

/// What is due now: for each person, and each thing that waits for a second one, the newest rung that has been reached. A tick that was missed heals at the next, and
/// nobody gets the mails of a week at once.
#[must_use]
pub fn due(case: &Case, context: &Context) -> Vec<Reminder> {
    let mut newest: Vec<Reminder> = Vec::new();
    for reminder in Ladder::of(case, context, context.now).rungs() {
        let same = |known: &Reminder| (known.person, known.entry) == (reminder.person, reminder.entry);
        match newest.iter_mut().find(|known| same(known)) {
            Some(known) if (known.at, known.rung) <= (reminder.at, reminder.rung) => *known = reminder,
            Some(_) => {}
            None => newest.push(reminder),
        }
    }
    newest.retain(|reminder| reminder.at <= context.now);
    newest.sort();
    newest
}

/// The ladder from the present request on, past rungs included, as far as a month after the last date, if nothing else
/// happens.
#[must_use]
pub fn schedule(case: &Case, context: &Context) -> Vec<Reminder> {
    let dates = deadline::dates(case, context);
    let last = dates.and_then(|dates| dates.due.values().copied().chain(dates.hard.map(|h| h.passed_at)).max());
    let until = last.map_or(context.now, |last| last.max(context.now)) + Duration::days(30);
    let mut rungs = Ladder::of(case, context, until).rungs();
    rungs.sort();
    rungs
}

/// When silence about a level's sign-off goes up to the next one, if nobody signs; none where it has gone up already, or
/// nobody stands above. `schedule` is this notice's.
#[must_use]
pub fn goes_up(schedule: &[Reminder], level: &LevelId, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let up = schedule.iter().filter(|r| r.rung == Rung::NextLevel && r.level.as_ref() == Some(level));
    let first = up.map(|reminder| reminder.at).min()?;
    (first > now).then_some(first)
}

/// One gate of a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    pub gate: Gate,
    /// When its people are asked, UTC.
    pub asked: DateTime<Utc>,
    pub due: DateTime<Utc>,
    pub reminders: Vec<Reminder>,
}

/// Which mail would go to whom when, if each gate that is left passed on the moment it is due. What is sent if nobody acts at
/// all is [`schedule`].
#[must_use]
pub fn rehearse(case: &Case, context: &Context) -> Vec<Act> {
    let (Some(procedure), Some(dates)) = (context.procedure(case), deadline::dates(case, context)) else {
        return Vec::new();
    };
    let mut asked = context.now;
    let first = current_gate(case, context);
    let gates: Vec<Gate> = if first == Gate::Dismiss { vec![first] } else { procedure.track().collect() };
    let left = gates.into_iter().skip_while(|gate| *gate != first);
    left.filter_map(|gate| {
        let due = dates.due.get(&gate).copied()?.max(asked);
        let reminders = Ladder::of_gate(case, context, gate, asked, due).rungs();
        let act = Act { gate, asked, due, reminders };
        asked = due;
        Some(act)
    })
    .collect()
}

/// When a notice's row in a list changes by waiting alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Thresholds {
    /// When the current gate is, or was, due.
    pub overdue_at: Option<DateTime<Utc>>,
    pub priority_rises_at: Option<DateTime<Utc>>,
    /// The next moment at which a tick has something to do: a reminder, or something to `Settle`.
    pub next_due_at: Option<DateTime<Utc>>,
}

/// The moments to store beside a projection. Exact as long as neither record, directory nor calendars change.
#[must_use]
pub fn thresholds(case: &Case, context: &Context) -> Thresholds {
    let next =
        schedule(case, context).into_iter().map(|r| r.at).chain(settling(case)).filter(|at| *at > context.now).min();
    if !case.is_open() {
        return Thresholds { next_due_at: next, ..Thresholds::default() };
    }
    let gate = current_gate(case, context);
    Thresholds {
        overdue_at: deadline::dates(case, context).and_then(|dates| dates.due.get(&gate).copied()),
        priority_rises_at: priority::rises_at(case, context),
        next_due_at: next,
    }
}

/// When overrides and proposals of somebody who is alone take hold.
fn settling(case: &Case) -> Vec<DateTime<Utc>> {
    let at = |takes_effect: &TakesEffect| match takes_effect {
        TakesEffect::At(at) => Some(*at),
        TakesEffect::OnConfirmation => None,
    };
    let overrides = case.overrides.iter().filter(|o| !o.withdrawn).filter_map(|o| at(&o.takes_effect));
    let waiting = case.proposals.iter().filter(|p| p.state == ProposalState::Waiting);
    overrides.chain(waiting.filter_map(|p| at(&p.takes_effect))).collect()
}
