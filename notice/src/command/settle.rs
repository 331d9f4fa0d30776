//! What follows by itself: whom to ask for each missing signature, and downgrades whose delay is over.

use chrono::{DateTime, Utc};

use super::downgrade;
use super::draft::Draft;
use crate::case::Case;
use crate::context::Context;
use crate::event::{Actor, Event};
use crate::gate::{Freshness, RequirementView, requirements};
use crate::ids::{LevelId, PersonId};
use crate::procedure::Gate;

/// Brings an open notice up to date. Recorded as the system's doing.
pub(super) fn settle(draft: &mut Draft<'_>) {
    if !draft.case.is_open() {
        return;
    }
    downgrade::accept_those_due(draft);
    let gates = if draft.case.dismissal.is_some() { vec![Gate::Dismiss] } else { track(draft) };
    for gate in gates {
        for (level, person) in to_assign(&draft.case, gate, draft.context) {
            draft.push_as(Actor::System, Event::Assigned { gate, level, person });
        }
    }
}

fn track(draft: &Draft<'_>) -> Vec<Gate> {
    draft.context.procedure(&draft.case).map(|procedure| procedure.track().collect()).unwrap_or_default()
}

/// Who is asked at a level at a moment: those whose signature there has gone stale, then those last assigned, of each who can
/// sign then, as many as are missing. `taken` are those who fill a requirement of this gate already.
fn asked(
    case: &Case,
    view: &RequirementView,
    taken: &[PersonId],
    context: &Context,
    at: DateTime<Utc>,
) -> Vec<PersonId> {
    let stale = view.stale.iter().filter_map(|entry| case.sign_off(*entry)).map(|s| s.person);
    let assigned = case.assignments.iter().rev().filter(|a| a.gate == view.gate && a.level == view.level);
    let mut asked: Vec<PersonId> = Vec::new();
    for person in stale.chain(assigned.map(|a| a.person)).filter(|person| !taken.contains(person)) {
        if !asked.contains(&person) && context.directory.is_able(person, &view.level, at) {
            asked.push(person);
        }
    }
    asked.truncate(view.missing() as usize);
    asked
}

/// Who is asked for a requirement at a moment: those assigned, and in the place of people who are away then those who would
/// be asked for them.
#[must_use]
pub fn asked_at(case: &Case, view: &RequirementView, context: &Context, at: DateTime<Utc>) -> Vec<PersonId> {
    asked_beside(case, view, &taken(case, view.gate), context, at)
}

/// The same for who already knows `taken`: a ladder asks this for each of its rungs.
pub(crate) fn asked_beside(
    case: &Case,
    view: &RequirementView,
    taken: &[PersonId],
    context: &Context,
    at: DateTime<Utc>,
) -> Vec<PersonId> {
    let mut people = asked(case, view, taken, context, at);
    let left = (view.missing() as usize).saturating_sub(people.len());
    if left > 0 {
        let teams = context.directory.teams_of(&case.facts);
        let mut busy = taken.to_vec();
        busy.extend(case.assignments.iter().filter(|a| a.gate == view.gate).map(|a| a.person));
        let free = context.directory.whom_to_ask(&view.level, &teams, case.id, at).into_iter();
        people.extend(free.filter(|person| !busy.contains(person)).take(left));
    }
    people
}

/// People whose signature at this gate stands and holds: they fill one requirement and cannot fill another.
pub(crate) fn taken(case: &Case, gate: Gate) -> Vec<PersonId> {
    let fresh = Freshness::of(case, gate);
    case.standing_at(gate).filter(|s| fresh.holds(&s.subject)).map(|s| s.person).collect()
}

/// The people to ask anew at a gate, the scarcest level first, nobody twice.
fn to_assign(case: &Case, gate: Gate, context: &Context) -> Vec<(LevelId, PersonId)> {
    let directory = &context.directory;
    let teams = directory.teams_of(&case.facts);
    let mut views = requirements(case, gate, context);
    views.retain(|view| view.missing() > 0);
    views.sort_by_key(|view| directory.able(&view.level, context.now).len());
    let taken = taken(case, gate);
    let mut busy = taken.clone();
    busy.extend(views.iter().flat_map(|view| asked(case, view, &taken, context, context.now)));
    let mut found = Vec::new();
    for view in &views {
        let wanted = (view.missing() as usize).saturating_sub(asked(case, view, &taken, context, context.now).len());
        let free = directory.whom_to_ask(&view.level, &teams, case.id, context.now).into_iter();
        for person in free.filter(|person| !busy.contains(person)).take(wanted).collect::<Vec<_>>() {
            busy.push(person);
            found.push((view.level.clone(), person));
        }
    }
    found
}
