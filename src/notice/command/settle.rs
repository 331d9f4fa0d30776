//! What follows by itself: whom to ask for each missing signature, and downgrades whose delay is over.

use chrono::{DateTime, Utc};

use super::downgrade;
use super::draft::Draft;
use crate::notice::case::Case;
use crate::notice::context::Context;
use crate::notice::event::{Actor, Event};
use crate::notice::gate::{RequirementView, requirements};
use crate::notice::ids::{LevelId, PersonId};
use crate::notice::procedure::Gate;

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

/// Who is asked at a level at a moment: those last assigned who can sign then, as many as are missing.
fn asked(case: &Case, view: &RequirementView, context: &Context, at: DateTime<Utc>) -> Vec<PersonId> {
    let able = context.directory.able(&view.level, at);
    let taken = taken(case, view.gate);
    let mut asked: Vec<PersonId> = Vec::new();
    let here = case.assignments.iter().rev().filter(|a| a.gate == view.gate && a.level == view.level);
    for assignment in here.filter(|a| able.contains(&a.person) && !taken.contains(&a.person)) {
        if !asked.contains(&assignment.person) {
            asked.push(assignment.person);
        }
    }
    asked.truncate(view.missing() as usize);
    asked
}

/// The same, filled up with those who would be asked in the place of people who are away then.
pub fn asked_at(case: &Case, view: &RequirementView, context: &Context, at: DateTime<Utc>) -> Vec<PersonId> {
    let mut people = asked(case, view, context, at);
    let left = (view.missing() as usize).saturating_sub(people.len());
    if left > 0 {
        let teams = context.directory.teams_of(&case.facts);
        let mut busy = taken(case, view.gate);
        busy.extend(case.assignments.iter().filter(|a| a.gate == view.gate).map(|a| a.person));
        let free = context.directory.whom_to_ask(&view.level, &teams, case.id, at).into_iter();
        people.extend(free.filter(|person| !busy.contains(person)).take(left));
    }
    people
}

/// People whose signature at this gate stands and holds: they fill one requirement and cannot fill another.
fn taken(case: &Case, gate: Gate) -> Vec<PersonId> {
    case.standing_at(gate).filter(|s| crate::notice::gate::is_current(case, s)).map(|s| s.person).collect()
}

/// The people to ask anew at a gate, the scarcest level first, nobody twice.
fn to_assign(case: &Case, gate: Gate, context: &Context) -> Vec<(LevelId, PersonId)> {
    let directory = &context.directory;
    let teams = directory.teams_of(&case.facts);
    let mut views = requirements(case, gate, context);
    views.retain(|view| view.missing() > 0);
    views.sort_by_key(|view| directory.able(&view.level, context.now).len());
    let mut busy = taken(case, gate);
    busy.extend(views.iter().flat_map(|view| asked(case, view, context, context.now)));
    let mut found = Vec::new();
    for view in &views {
        let wanted = (view.missing() as usize).saturating_sub(asked(case, view, context, context.now).len());
        let free = directory.whom_to_ask(&view.level, &teams, case.id, context.now).into_iter();
        for person in free.filter(|person| !busy.contains(person)).take(wanted).collect::<Vec<_>>() {
            busy.push(person);
            found.push((view.level.clone(), person));
        }
    }
    found
}
