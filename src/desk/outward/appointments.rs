//! Entries for calendars: the planned window for everybody concerned, and the day by which to act for those who do the work.
//!
//! What a person's calendar holds is what was sent to them last; what it should hold follows from the notice. Where the two
//! differ, the difference is planned: an invitation, a newer version of it, or its end.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::desk::letters::{AddressBook, brief};
use crate::desk::outward::choices::{Voluntary, wants};
use crate::desk::project::{Texts, words_of};
use crate::desk::refresh::Known;
use crate::desk::{Desk, World};
use crate::notice::case::Case;
use crate::notice::context::Context;
use crate::notice::deadline;
use crate::notice::ids::PersonId;
use crate::notice::letter::{Appointment, AppointmentSort, Body, Letter};
use crate::notice::reminder::within_hours;
use crate::store::deliveries::{Delivery, Planned, state};

/// How long the hold before an act-by moment is.
const HOLD: TimeDelta = TimeDelta::minutes(30);

/// What a calendar shows of an entry; two entries with the same are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    words: String,
}

impl From<&Appointment> for Entry {
    fn from(sent: &Appointment) -> Self {
        Self { start: sent.start, end: sent.end, words: sent.words.clone() }
    }
}

impl Desk {
    /// What makes people's calendars agree with the notice.
    pub(crate) fn appointments_of(
        &self,
        (case, known): (&Case, &Known),
        (world, context, book): (&World, &Context, &AddressBook),
    ) -> Vec<Planned> {
        let texts = &known.texts;
        let wanted = wanted(case, texts, context);
        let sent = sent(&known.appointments);
        let mut changes: Vec<(PersonId, AppointmentSort, Entry, bool)> = Vec::new();
        for ((person, sort), entry) in &wanted {
            let known = sent.get(&(*person, word(*sort)));
            if known.is_none_or(|known| known.cancelled || Entry::from(known) != *entry)
                && (known.is_some() || wants(&world.choices, *person, Voluntary::Calendar))
            {
                changes.push((*person, *sort, entry.clone(), false));
            }
        }
        for ((person, _), known) in &sent {
            // What is over by itself needs no end.
            let stands = !known.cancelled && known.end > context.now;
            if stands && !wanted.contains_key(&(*person, known.sort)) {
                changes.push((*person, known.sort, Entry::from(known), true));
            }
        }
        let mut letters = Vec::new();
        for (person, sort, entry, cancelled) in changes {
            let Some(row) = book.reachable(person) else { continue };
            let sequence = u32::try_from(case.sequence).unwrap_or(u32::MAX);
            let body = Body::Appointment(Appointment {
                notice: brief(case, texts),
                sort,
                uid: format!("{}.{}.{}", word(sort), case.id, person),
                sequence,
                start: entry.start,
                end: entry.end,
                cancelled,
                words: entry.words,
            });
            let key = format!("{}/appointment/{}/{person}/{sequence}/{cancelled}", case.id, word(sort));
            let link = self.unsubscribe_url(person, Voluntary::Calendar);
            let mut letter = self.letter_of(row, key, body, Some(link));
            letter.notice = Some(case.id.0);
            if !self.settings.local_mode {
                letter.due_at = within_hours(person, context.now, context);
            }
            letters.push(letter);
        }
        letters
    }
}

const fn word(sort: AppointmentSort) -> &'static str {
    match sort {
        AppointmentSort::Window => "window",
        AppointmentSort::ActBy => "act-by",
    }
}

/// What calendars should hold now.
fn wanted(case: &Case, texts: &Texts, context: &Context) -> BTreeMap<(PersonId, AppointmentSort), Entry> {
    let mut entries = BTreeMap::new();
    if !case.is_open() {
        return entries;
    }
    if let Some(plan) = case.plan.map(|planned| planned.plan).filter(|plan| plan.end > context.now) {
        let entry = Entry { start: plan.start, end: plan.end, words: words_of(texts, plan.text.id) };
        entries.extend(concerned(case).into_iter().map(|person| ((person, AppointmentSort::Window), entry.clone())));
    }
    let act_by = deadline::dates(case, context).map(|dates| dates.act_by).filter(|at| *at > context.now);
    if let Some(act_by) = act_by {
        let entry = Entry { start: act_by - HOLD, end: act_by, words: String::new() };
        let workers = workers(case, context);
        entries.extend(workers.into_iter().map(|person| ((person, AppointmentSort::ActBy), entry.clone())));
    }
    entries.retain(|(person, _), _| context.directory.person(*person).is_some_and(|p| p.active));
    entries
}

/// Everybody who was asked, signed or watches.
fn concerned(case: &Case) -> BTreeSet<PersonId> {
    let asked = case.assignments.iter().map(|assignment| assignment.person);
    asked.chain(case.sign_offs.iter().map(|s| s.person)).chain(case.watchers.iter().copied()).collect()
}

/// Those asked at the lowest level that was asked: they do the work.
fn workers(case: &Case, context: &Context) -> BTreeSet<PersonId> {
    let rank = |level| context.directory.rank(level);
    let lowest = case.assignments.iter().map(|assignment| rank(&assignment.level)).min();
    let asked = case.assignments.iter().filter(|assignment| Some(rank(&assignment.level)) == lowest);
    asked.map(|assignment| assignment.person).collect()
}

/// What each calendar was sent last.
fn sent(rows: &[Delivery]) -> BTreeMap<(PersonId, &'static str), Appointment> {
    let mut latest = BTreeMap::new();
    for row in rows.iter().filter(|row| row.state != state::FAILED && row.state != state::SUPERSEDED) {
        let letter: Result<Letter, _> = serde_json::from_str(&row.data);
        if let (Some(person), Ok(Letter { body: Body::Appointment(appointment), .. })) = (row.person, letter) {
            latest.insert((PersonId(person), word(appointment.sort)), appointment);
        }
    }
    latest
}
