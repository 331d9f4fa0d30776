//! The rungs of one notice's current gate.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::{Reminder, Rung, second};
use crate::calendar::Calendar;
use crate::case::{Case, Life};
use crate::command::{asked_beside, taken};
use crate::context::Context;
use crate::deadline::{self, Dates, after, before};
use crate::fact::Zone;
use crate::gate::{Freshness, RequirementState, RequirementView, current_gate, requirements};
use crate::ids::PersonId;
use crate::procedure::{Distance, Gate, Ladder as Rules, Unit};
use crate::text::Digest;

pub(super) struct Ladder<'a> {
    case: &'a Case,
    context: &'a Context,
    calendar: &'a Calendar,
    until: DateTime<Utc>,
    /// When presence or duty changes: between two of these the same people are missing.
    changes: Vec<DateTime<Utc>>,
    rungs: Vec<Reminder>,
}

/// One requirement being asked for.
struct Asking<'a> {
    view: &'a RequirementView,
    dates: &'a Dates,
    due: DateTime<Utc>,
    since: DateTime<Utc>,
    rules: &'a Rules,
    /// Who fills a requirement of this gate already.
    taken: Vec<PersonId>,
    /// The newest signature of each person here that holds no longer.
    outdated: BTreeMap<PersonId, Digest>,
    /// Who is missing, by how many changes of the directory a moment comes after. A ladder asks it for each of its days.
    missing: RefCell<BTreeMap<usize, Vec<PersonId>>>,
}

impl<'a> Ladder<'a> {
    /// All rungs reached by `until`, if nothing happens.
    pub fn of(case: &'a Case, context: &'a Context, until: DateTime<Utc>) -> Self {
        let mut ladder = Self::empty(case, context, until);
        match case.life {
            Life::Open => {
                let gate = current_gate(case, context);
                ladder.climb(gate, asked_since(case, gate));
                ladder.rungs.extend(second::rungs(case, context, gate, until));
            }
            Life::Closed { at } | Life::Dismissed { at } => ladder.last_check(at),
            Life::Historic | Life::Merged { .. } => {}
        }
        ladder
    }

    fn empty(case: &'a Case, context: &'a Context, until: DateTime<Utc>) -> Self {
        let changes = context.directory.changes();
        Self { case, context, calendar: context.calendar(case), until, changes, rungs: Vec::new() }
    }

    /// The rungs of one gate, if it is asked for from `since` on and passes at `until`.
    pub fn of_gate(
        case: &'a Case,
        context: &'a Context,
        gate: Gate,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Self {
        let mut ladder = Self::empty(case, context, until);
        ladder.climb(gate, since);
        ladder
    }

    pub fn rungs(self) -> Vec<Reminder> {
        one_a_day(self.rungs)
    }

    fn climb(&mut self, gate: Gate, since: DateTime<Utc>) {
        let (case, context) = (self.case, self.context);
        let (Some(procedure), Some(dates)) = (context.procedure(case), deadline::dates(case, context)) else { return };
        let Some(due) = dates.due.get(&gate).copied() else { return };
        let views = requirements(case, gate, context);
        let (taken, outdated) = (taken(case, gate), outdated(case, gate));
        let unmet = views.iter().any(|view| !view.is_met());
        // With every signature there, something else holds the gate, or nobody has closed the notice yet: who signed is told.
        let asked = views.iter().filter(|view| !view.is_met()).chain(views.first().filter(|_| !unmet));
        for view in asked {
            let (taken, outdated, rules) = (taken.clone(), outdated.clone(), &procedure.ladder);
            let since = if unmet { since } else { last_signed(case, gate).max(since) };
            let missing = RefCell::default();
            let asking = Asking { view, dates: &dates, due, since, rules, taken, outdated, missing };
            self.first(&asking);
            self.countdown(&asking);
            self.overdue(&asking);
            self.silence(&asking);
        }
    }

    /// Who has to do something at a moment: those asked to sign, objectors, administrators where there is nobody; and where
    /// every signature is there, those who gave them.
    fn missing(&self, asking: &Asking<'_>, at: DateTime<Utc>) -> Vec<PersonId> {
        let after = self.changes.partition_point(|change| *change <= at);
        let mut known = asking.missing.borrow_mut();
        known.entry(after).or_insert_with(|| self.missing_at(asking, at)).clone()
    }

    fn missing_at(&self, asking: &Asking<'_>, at: DateTime<Utc>) -> Vec<PersonId> {
        let directory = &self.context.directory;
        let mut people = if asking.view.is_met() {
            asking.taken.clone()
        } else {
            asked_beside(self.case, asking.view, &asking.taken, self.context, at)
        };
        let objectors = asking.view.objections.iter().filter_map(|entry| self.case.sign_off(*entry));
        people.extend(objectors.map(|s| s.person));
        people.retain(|person| directory.person(*person).is_some_and(|p| p.active));
        if people.is_empty() && asking.view.state == RequirementState::Objected {
            // Whoever objected has left: the objection is answered from above.
            people.extend(
                directory.above(&asking.view.level).map_or_else(Vec::new, |above| directory.able(&above.id, at)),
            );
        }
        if people.is_empty() {
            people.extend(directory.administrators().map(|p| p.id));
        }
        people.sort();
        people.dedup();
        people
    }

    /// Being asked: at once, at any hour.
    fn first(&mut self, asking: &Asking<'_>) {
        if asking.view.is_met() {
            return;
        }
        let case = self.case;
        let vacant = asked_beside(case, asking.view, &asking.taken, self.context, self.context.now).is_empty();
        for person in self.missing(asking, self.context.now) {
            let since = self.since(asking, person);
            let (rung, at) = match case.announced_at.filter(|at| *at > since) {
                _ if asking.outdated.contains_key(&person) => (Rung::Stale, case.revised_at.max(since)),
                Some(at) => (Rung::Revised, at),
                None if vacant => (Rung::Vacant, since),
                None => (Rung::Assigned, since),
            };
            self.add(asking, person, rung, at, 1);
            if rung == Rung::Revised && !vacant {
                self.add(asking, person, Rung::Assigned, since, 1);
            }
        }
    }

    /// Set distances before the gate's due date, act-by and the hard deadline, and the day itself.
    fn countdown(&mut self, asking: &Asking<'_>) {
        let (dates, due, rules) = (asking.dates, asking.due, asking.rules);
        self.distances(asking, Rung::BeforeDue, &rules.before_due, due);
        self.distances(asking, Rung::BeforeActBy, &rules.before_act_by, dates.act_by);
        self.on(asking, Rung::DueToday, self.calendar.day(due), 1);
        let Some(hard) = dates.hard else { return };
        self.distances(asking, Rung::BeforeHard, &rules.before_hard, hard.at);
        let (first, last) = (before(self.calendar, hard.at, rules.insist_from), hard.passed_at);
        self.daily(asking, Rung::LastDays, self.calendar.day(first), self.calendar.day(last));
    }

    /// Distances in days are reached in the morning of that day or the last worked one before, those in hours to the hour.
    fn distances(&mut self, asking: &Asking<'_>, rung: Rung, distances: &[Distance], to: DateTime<Utc>) {
        for (n, distance) in (1..).zip(distances) {
            let at = before(self.calendar, to, *distance);
            if distance.unit == Unit::Hours {
                self.exactly(asking, rung, at, n);
            } else {
                self.on(asking, rung, self.calendar.business_days_before(self.calendar.day(at), 0), n);
            }
        }
    }

    fn overdue(&mut self, asking: &Asking<'_>) {
        let first = self.calendar.day(asking.due) + Duration::days(1);
        self.daily(asking, Rung::Overdue, first, self.calendar.day(self.until));
    }

    /// Each business day from one to another, both included.
    fn daily(&mut self, asking: &Asking<'_>, rung: Rung, first: NaiveDate, last: NaiveDate) {
        let last = last.min(self.calendar.day(self.until) + Duration::days(1));
        let days = first.iter_days().take_while(|day| *day <= last).filter(|day| self.calendar.is_business_day(*day));
        for (n, day) in (1..).zip(days.collect::<Vec<_>>()) {
            self.on(asking, rung, day, n);
        }
    }

    /// Silence after the due date: the next level, then everybody.
    fn silence(&mut self, asking: &Asking<'_>) {
        let directory = &self.context.directory;
        let day = |distance: Option<Distance>| distance.map(|d| self.calendar.day(after(self.calendar, asking.due, d)));
        if let (Some(day), Some(above)) = (day(asking.rules.next_level_after), directory.above(&asking.view.level)) {
            let at = self.calendar.evening_of(day);
            let people = directory.able(&above.id, at);
            self.tell(asking, Rung::NextLevel, day, people);
        }
        if let Some(day) = day(asking.rules.everybody_after) {
            let at = self.calendar.evening_of(day);
            let present = directory.acting().filter(|p| directory.is_present(p.id, at)).map(|p| p.id).collect();
            self.tell(asking, Rung::Everybody, day, present);
        }
    }

    /// A rung for people whose own signature is not missing.
    fn tell(&mut self, asking: &Asking<'_>, rung: Rung, day: NaiveDate, people: Vec<PersonId>) {
        let missing = self.missing(asking, self.calendar.evening_of(day));
        for person in people.into_iter().filter(|person| !missing.contains(person)) {
            let at = self.morning(day, person);
            self.add(asking, person, rung, at, 1);
        }
    }

    /// A rung for those whose signature is missing on a day, in each one's own morning.
    fn on(&mut self, asking: &Asking<'_>, rung: Rung, day: NaiveDate, occurrence: u32) {
        for person in self.missing(asking, self.calendar.evening_of(day)) {
            let at = self.morning(day, person);
            self.remind(asking, person, rung, at, occurrence);
        }
    }

    fn exactly(&mut self, asking: &Asking<'_>, rung: Rung, at: DateTime<Utc>, occurrence: u32) {
        for person in self.missing(asking, at) {
            self.remind(asking, person, rung, at, occurrence);
        }
    }

    fn remind(&mut self, asking: &Asking<'_>, person: PersonId, rung: Rung, at: DateTime<Utc>, occurrence: u32) {
        let insists = rung == Rung::LastDays;
        if at > self.since(asking, person) && (insists || !self.is_quiet(asking, person, at)) {
            self.add(asking, person, rung, at, occurrence);
        }
    }

    /// "I have it until …" quiets a person up to that day, and never past the day when it is due.
    fn is_quiet(&self, asking: &Asking<'_>, person: PersonId, at: DateTime<Utc>) -> bool {
        let due = self.calendar.day(asking.due);
        self.case.acknowledgements.iter().any(|a| {
            let mine = a.person == person && a.gate == asking.view.gate;
            mine && a.at >= self.case.counted_from && a.at < at && self.calendar.day(at) < a.until.min(due)
        })
    }

    fn add(&mut self, asking: &Asking<'_>, person: PersonId, rung: Rung, at: DateTime<Utc>, occurrence: u32) {
        if at > self.until || at < asking.since {
            return;
        }
        let gate = asking.view.gate;
        let subject = asking.outdated.get(&person).copied().unwrap_or(Digest::ZERO);
        let level = Some(asking.view.level.clone());
        let due = asking.due;
        self.rungs.push(Reminder { at, person, rung, gate, level, due, subject, occurrence, entry: None });
    }

    /// Since when this person is asked.
    fn since(&self, asking: &Asking<'_>, person: PersonId) -> DateTime<Utc> {
        let view = asking.view;
        let mine = |gate, level| gate == view.gate && level == &view.level;
        let assigned = self.case.assignments.iter().rev().find(|a| a.person == person && mine(a.gate, &a.level));
        assigned.map_or(asking.since, |a| a.at.max(asking.since))
    }

    /// When a person's day begins: by their own hours, else in the house's morning in their zone.
    fn morning(&self, day: NaiveDate, person: PersonId) -> DateTime<Utc> {
        let person = self.context.directory.person(person);
        let zone = person.map_or(self.calendar.zone, |p| p.zone);
        match person.and_then(|p| p.hours) {
            Some(hours) => Zone::Named(zone).at(day, hours.from),
            None => self.calendar.morning_of(day, zone),
        }
    }

    /// On the hard date of a closed notice, those who signed its last gate look once more.
    fn last_check(&mut self, ended: DateTime<Utc>) {
        let Some(hard) = deadline::hard(self.case).filter(|hard| hard.passed_at > ended) else { return };
        let day = self.calendar.day(hard.at);
        let gate = if matches!(self.case.life, Life::Dismissed { .. }) { Gate::Dismiss } else { Gate::Close };
        let mut people: Vec<PersonId> = self.case.standing_at(gate).map(|s| s.person).collect();
        people.extend(self.case.watchers.iter().copied());
        people.retain(|person| self.context.directory.person(*person).is_some_and(|p| p.active));
        people.sort();
        people.dedup();
        for person in people {
            let at = self.morning(day, person);
            if at > ended && at <= self.until {
                let (rung, due, subject) = (Rung::LastCheck, hard.at, Digest::ZERO);
                let (level, occurrence, entry) = (None, 1, None);
                self.rungs.push(Reminder { at, person, rung, gate, level, due, subject, occurrence, entry });
            }
        }
    }
}

/// What each person signed at a gate and has changed since.
fn outdated(case: &Case, gate: Gate) -> BTreeMap<PersonId, Digest> {
    let fresh = Freshness::of(case, gate);
    let stale = case.standing_at(gate).filter(|s| !fresh.holds(&s.subject));
    stale.map(|s| (s.person, s.subject.digest)).collect()
}

/// Since when a gate waits: the last thing that passed the one before.
fn asked_since(case: &Case, gate: Gate) -> DateTime<Utc> {
    let before = |earlier: Gate| earlier < gate && earlier != Gate::Dismiss && gate != Gate::Dismiss;
    let signed = case.sign_offs.iter().filter(|s| before(s.gate) && s.stands()).map(|s| s.at);
    let overridden = case.overrides.iter().filter(|o| before(o.bypass.covers())).filter_map(|o| o.held_from());
    let dismissal = case.dismissal.filter(|_| gate == Gate::Dismiss).map(|d| d.at);
    signed.chain(overridden).chain(dismissal).chain([case.counted_from]).max().unwrap_or(case.counted_from)
}

/// When the last signature at a gate was given.
fn last_signed(case: &Case, gate: Gate) -> DateTime<Utc> {
    case.standing_at(gate).map(|s| s.at).max().unwrap_or(case.counted_from)
}

/// Where two rungs fall on one moment for one person, the weightier one. Rungs of a day share its morning.
fn one_a_day(mut rungs: Vec<Reminder>) -> Vec<Reminder> {
    rungs.sort_by(|a, b| (a.person, a.entry, a.at, b.rung).cmp(&(b.person, b.entry, b.at, a.rung)));
    rungs.dedup_by(|later, first| (later.person, later.entry, later.at) == (first.person, first.entry, first.at));
    rungs
}
