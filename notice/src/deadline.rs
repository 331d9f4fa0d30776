//! Dates counted backwards: the hard deadline, when we want to have acted, and when each gate is due.
//!
//! Owns what the anchors of due rules mean for a notice. Nothing here is stored: a changed date or calendar changes the
//! answer at once.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use super::calendar::Calendar;
use super::case::Case;
use super::context::Context;
use super::fact::Role;
use super::facts::{Deadline, Facts};
use super::ids::DeadlineId;
use super::procedure::{Anchor, Distance, DueRule, DueTerm, Gate, Side, Unit};

/// The earliest date at which something happens whether or not we act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HardDeadline {
    /// For comparing: the first instant that the written date can mean.
    pub at: DateTime<Utc>,
    /// The first instant after which it has passed everywhere.
    pub passed_at: DateTime<Utc>,
    /// None where it is the start of the provider's own window.
    pub deadline: Option<DeadlineId>,
}

/// A notice's dates, all in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dates {
    pub hard: Option<HardDeadline>,
    pub act_by: DateTime<Utc>,
    pub due: BTreeMap<Gate, DateTime<Utc>>,
}

/// The hard deadline of a notice: the first that had not passed when it was opened, activated or reopened, and stays it when
/// it passes while we work. Where all had passed, the first of all.
#[must_use]
pub fn hard(case: &Case) -> Option<HardDeadline> {
    let all = hard_deadlines(&case.facts);
    all.iter().find(|hard| hard.passed_at > case.counted_from).or_else(|| all.first()).copied()
}

/// Every dated consequence that comes without our doing, the earliest first. Where none is dated, the starts of the
/// provider's windows, since then something happens by itself.
#[must_use]
pub fn hard_deadlines(facts: &Facts) -> Vec<HardDeadline> {
    let dated = facts.deadlines.iter().filter(|d| d.role.is_hard());
    let dated = dated.map(|d| HardDeadline { at: d.at(), passed_at: d.passed_at(), deadline: Some(d.id) });
    let mut all: Vec<HardDeadline> = dated.collect();
    if all.is_empty() {
        let starts = facts.windows.iter().filter_map(|w| w.start);
        all.extend(starts.map(|s| HardDeadline { at: s.earliest(), passed_at: s.latest(), deadline: None }));
    }
    all.sort_by_key(|hard| hard.at);
    all
}

/// All dates of a notice; none where its procedure is lost.
#[must_use]
pub fn dates(case: &Case, context: &Context) -> Option<Dates> {
    let procedure = context.procedure(case)?;
    let ours = procedure.gate(Gate::Schedule).is_some();
    let counting = Counting { case, calendar: context.calendar(case), hard: hard(case), act_by: None, ours };
    let act_by = counting.act_by(&procedure.act_by, &procedure.review);
    let counting = Counting { act_by: Some(act_by), ..counting };
    let mut due = BTreeMap::new();
    let mut earlier = case.counted_from;
    for (gate, rule) in &procedure.gates {
        let mut at = counting.due(*gate, &rule.due, act_by);
        // No gate is due before the one that it waits for; dismissing waits for none.
        if *gate != Gate::Dismiss {
            at = at.max(earlier);
            earlier = at;
        }
        due.insert(*gate, at);
    }
    Some(Dates { hard: counting.hard, act_by, due })
}

/// One notice's anchors while its dates are counted.
struct Counting<'a> {
    case: &'a Case,
    calendar: &'a Calendar,
    hard: Option<HardDeadline>,
    act_by: Option<DateTime<Utc>>,
    /// Whether the work is ours to plan. Where the provider's own window is what is closed, that is after the hard deadline.
    ours: bool,
}

impl Counting<'_> {
    /// When we want to have acted: the rule's date before the hard deadline, or the provider's own recommendation if that is
    /// earlier. On short notice two thirds of what time there is; without a date to come, the review date.
    fn act_by(&self, rule: &DueRule, review: &DueRule) -> DateTime<Utc> {
        let opening = self.case.counted_from;
        let recommended = self.case.facts.deadlines.iter().filter(|d| d.role == Role::RecommendedBy).map(Deadline::at);
        let recommended = recommended.filter(|at| *at > opening).min();
        let Some(hard) = self.hard.filter(|hard| hard.at > opening) else {
            let review = self.earliest(review).unwrap_or(opening);
            return recommended.map_or(review, |at| at.min(review));
        };
        let by_rule = self.earliest(rule).filter(|at| *at > opening);
        let by_rule = by_rule.unwrap_or_else(|| opening + (hard.at - opening) * 2 / 3);
        recommended.map_or(by_rule, |at| at.min(by_rule)).min(hard.at)
    }

    /// A gate's due date: by its rule, but assess no later than half way to act-by, schedule no later than act-by, and close,
    /// where the work is ours, no later than the hard deadline. After the provider changed something there is one business
    /// day to look again.
    fn due(&self, gate: Gate, rule: &DueRule, act_by: DateTime<Utc>) -> DateTime<Utc> {
        let opening = self.case.counted_from;
        let latest = match gate {
            Gate::Assess => opening + (act_by - opening) / 2,
            Gate::Schedule | Gate::Dismiss => act_by,
            Gate::Close => {
                self.hard.filter(|hard| self.ours && hard.at > opening).map_or(DateTime::<Utc>::MAX_UTC, |h| h.at)
            }
        };
        // On short notice a rule can give a day before the notice came: that is none.
        let by_rule = rule.terms.iter().filter_map(|term| self.term(term)).filter(|at| *at > opening).min();
        let due = by_rule.unwrap_or(act_by).min(latest);
        let again = self.case.announced_at.map(|at| {
            let next = self.calendar.business_days_after(self.calendar.day(at), 1);
            self.calendar.evening_of(next).min(latest.max(act_by))
        });
        again.map_or(due, |again| due.max(again))
    }

    /// The earliest term that can be computed.
    fn earliest(&self, rule: &DueRule) -> Option<DateTime<Utc>> {
        rule.terms.iter().filter_map(|term| self.term(term)).min()
    }

    fn term(&self, term: &DueTerm) -> Option<DateTime<Utc>> {
        let anchor = self.anchor(term.anchor)?;
        Some(match term.side {
            Side::At => anchor,
            Side::Before => before(self.calendar, anchor, term.distance).min(anchor),
            Side::After => after(self.calendar, anchor, term.distance).max(anchor),
        })
    }

    fn anchor(&self, anchor: Anchor) -> Option<DateTime<Utc>> {
        let plan = self.case.plan.map(|planned| planned.plan);
        let windows = &self.case.facts.windows;
        match anchor {
            Anchor::Opening => Some(self.case.counted_from),
            Anchor::ActBy => self.act_by,
            Anchor::HardDeadline => self.hard.map(|hard| hard.at),
            Anchor::WindowStart => plan
                .map(|plan| plan.start)
                .or_else(|| windows.iter().filter_map(|w| w.start).map(|when| when.earliest()).min()),
            Anchor::WindowEnd => plan
                .map(|plan| plan.end)
                .or_else(|| windows.iter().filter_map(|w| w.end).map(|when| when.earliest()).max()),
        }
    }
}

/// So long before a moment. Days end in the evening; hours are exact.
#[must_use]
pub fn before(calendar: &Calendar, at: DateTime<Utc>, distance: Distance) -> DateTime<Utc> {
    let (day, count) = (calendar.day(at), distance.count);
    match distance.unit {
        Unit::Hours => at - Duration::hours(i64::from(count)),
        Unit::Days => calendar.evening_of(day - Duration::days(i64::from(count))),
        Unit::Weeks => calendar.evening_of(day - Duration::weeks(i64::from(count))),
        Unit::BusinessDays => calendar.evening_of(calendar.business_days_before(day, count)),
    }
}

/// So long after a moment. Days end in the evening; hours are exact.
#[must_use]
pub fn after(calendar: &Calendar, at: DateTime<Utc>, distance: Distance) -> DateTime<Utc> {
    let (day, count) = (calendar.day(at), distance.count);
    match distance.unit {
        Unit::Hours => at + Duration::hours(i64::from(count)),
        Unit::Days => calendar.evening_of(day + Duration::days(i64::from(count))),
        Unit::Weeks => calendar.evening_of(day + Duration::weeks(i64::from(count))),
        Unit::BusinessDays => calendar.evening_of(calendar.business_days_after(day, count)),
    }
}
