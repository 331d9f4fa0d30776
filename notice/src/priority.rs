//! Priority: assigned by events and signed; effective by time, computed, and never stored or signed.

use chrono::{DateTime, Utc};

use super::case::Case;
use super::context::Context;
use super::deadline::{before, hard};
use super::facts::{Facts, Priority};
use super::procedure::PriorityRule;

/// Where priority starts: from the kind's rule, one higher where much is touched.
#[must_use]
pub fn assigned(rule: &PriorityRule, facts: &Facts) -> Priority {
    let broad = rule.broad_from.is_some_and(|from| facts.resources.len() >= from as usize);
    if broad { higher(rule.assigned) } else { rule.assigned }
}

fn higher(priority: Priority) -> Priority {
    Priority::ALL.iter().copied().find(|p| *p > priority).unwrap_or(priority)
}

/// The priority that drives order and reminders now: the assigned one, or higher as time runs out.
#[must_use]
pub fn effective(case: &Case, context: &Context) -> Priority {
    let reached = rises(case, context).into_iter().filter(|(at, _)| *at <= context.now).map(|(_, priority)| priority);
    reached.chain([case.priority]).max().unwrap_or(case.priority)
}

/// The next moment at which the effective priority rises by itself.
#[must_use]
pub fn rises_at(case: &Case, context: &Context) -> Option<DateTime<Utc>> {
    let now = effective(case, context);
    rises(case, context).into_iter().filter(|(at, to)| *at > context.now && *to > now).map(|(at, _)| at).min()
}

/// Every moment at which time alone raises the priority, and to what, past ones too. In the procedure's order.
#[must_use]
pub fn rises(case: &Case, context: &Context) -> Vec<(DateTime<Utc>, Priority)> {
    let (Some(procedure), Some(hard)) = (context.procedure(case), hard(case)) else { return Vec::new() };
    let calendar = context.calendar(case);
    let rises = procedure.priority.rises.iter();
    rises.map(|(distance, priority)| (before(calendar, hard.at, *distance), *priority)).collect()
}
