//! What has to be settled before a gate can be signed: each condition, its code and its sentence.

use std::collections::BTreeSet;

use super::{RequirementView, overridden, shown};
use crate::case::Case;
use crate::context::Context;
use crate::deadline;
use crate::event::{Bypass, Place};
use crate::facts::Window;
use crate::ids::Environment;
use crate::procedure::{Gate, Procedure, Scope, Step};
use crate::refusal::Blocker;

/// What one signs at a gate, as it stands in a sentence.
pub(super) const fn signing(gate: Gate) -> &'static str {
    match gate {
        Gate::Assess => "the assessment",
        Gate::Schedule => "the schedule",
        Gate::Close => "the closing",
        Gate::Dismiss => "the dismissal",
    }
}

/// A gate's own conditions, without signatures and without earlier gates.
pub(super) fn of(case: &Case, gate: Gate, procedure: &Procedure, context: &Context) -> Vec<Blocker> {
    let mut found = match gate {
        Gate::Assess => assess(case),
        Gate::Schedule => schedule(case, context),
        Gate::Close => close(case, procedure, context),
        Gate::Dismiss => dismiss(case),
    };
    // Where a light procedure has no assessment, its first gate is where the list is judged.
    if gate == Gate::Dismiss || procedure.gates.keys().next() == Some(&gate) {
        found.extend(pages_missing(case, gate));
    }
    for step in procedure.steps_of(gate) {
        found.extend(step_left(case, step, context));
    }
    found
}

fn assess(case: &Case) -> Vec<Blocker> {
    let mut found = Vec::new();
    for deadline in case.facts.deadlines.iter().filter(|d| !d.confirmed) {
        let sentence = format!("The date {} was not clear in the message; somebody has to confirm it.", deadline.when);
        found.push(Blocker::new(Gate::Assess, "deadline_unconfirmed", sentence));
    }
    for resource in case.facts.resources.iter().filter(|r| r.mapping.is_none() && !r.set_aside) {
        let sentence = format!("{} has no environment and owner yet.", resource.key);
        found.push(Blocker::new(Gate::Assess, "resource_unmapped", sentence).resource(resource.id));
    }
    if case.impact.is_none() {
        found.push(Blocker::new(Gate::Assess, "impact_missing", "Nobody has written down yet what this means for us."));
    }
    found
}

/// Nobody judges a list of which parts are still to come.
fn pages_missing(case: &Case, gate: Gate) -> Option<Blocker> {
    let missing = case.pages.missing();
    let of = case.pages.newest()?.of;
    let (named, verb) = match missing.as_slice() {
        [] => return None,
        [one] => (format!("Page {one}"), "has"),
        [first, second] => (format!("Pages {first} and {second}"), "have"),
        [first, .., last] => (format!("{} pages, from {first} to {last},", missing.len()), "have"),
    };
    let sentence = format!(
        "{named} of {of} of the provider's announcement {verb} not come yet: wait, or confirm that the list is complete."
    );
    Some(Blocker::new(gate, "pages_missing", sentence))
}

fn schedule(case: &Case, context: &Context) -> Vec<Blocker> {
    let blocker = |code, sentence: String| vec![Blocker::new(Gate::Schedule, code, sentence)];
    let Some(planned) = &case.plan else {
        return blocker("plan_missing", "No window is planned for the work yet.".to_owned());
    };
    if overridden(case, &Bypass::Window, context).is_some() {
        return Vec::new();
    }
    let plan = &planned.plan;
    // Without a date to come, act-by is only our own review date: it binds nobody's window.
    let act_by = deadline::dates(case, context).filter(|dates| dates.hard.is_some()).map(|dates| dates.act_by);
    if let Some(by) = act_by.filter(|act_by| plan.end > *act_by) {
        let by = by.format("%Y-%m-%d");
        let sentence = format!("The planned window ends after {by}, when we want to have acted; move it, or override.");
        return blocker("window_after_act_by", sentence);
    }
    let freeze = context.calendars_of(case).find_map(|calendar| calendar.freeze_within(plan.start, plan.end));
    freeze.map_or_else(Vec::new, |freeze| {
        let sentence = format!("The planned window falls into the freeze “{}”; move it, or override.", freeze.label);
        blocker("window_in_freeze", sentence)
    })
}

/// The window is over: the planned one, or the provider's own where there is none to plan.
fn close(case: &Case, procedure: &Procedure, context: &Context) -> Vec<Blocker> {
    let planned = case.plan.as_ref().map(|planned| planned.plan.end);
    let (whose, end) = if procedure.gate(Gate::Schedule).is_some() {
        ("planned", planned)
    } else {
        ("provider's", case.facts.windows.iter().filter_map(Window::passed_at).max())
    };
    if end.is_none_or(|end| end <= context.now) {
        return Vec::new();
    }
    vec![Blocker::new(Gate::Close, "window_not_over", format!("The {whose} window is not over yet."))]
}

fn dismiss(case: &Case) -> Vec<Blocker> {
    if case.dismissal.is_some() {
        return Vec::new();
    }
    vec![Blocker::new(
        Gate::Dismiss,
        "dismissal_missing",
        "Nobody has proposed to dismiss this notice, with a reason and what follows.",
    )]
}

/// Where a step has to be done for this notice. A step for each resource of a notice that names none is done once.
#[must_use]
pub fn places(case: &Case, step: &Step) -> Vec<Place> {
    let resources = || case.facts.resources.iter().filter(|r| !r.set_aside);
    let places: Vec<Place> = match step.scope {
        Scope::Once => Vec::new(),
        Scope::Resource => resources().map(|r| Place::Resource(r.id)).collect(),
        Scope::Environment => {
            let environments: BTreeSet<Environment> =
                resources().filter_map(|r| r.mapping.as_ref()).map(|m| m.environment.clone()).collect();
            environments.into_iter().map(Place::Environment).collect()
        }
    };
    if places.is_empty() { vec![Place::Once] } else { places }
}

fn step_left(case: &Case, step: &Step, context: &Context) -> Option<Blocker> {
    let places = places(case, step);
    let of = places.len();
    let done = |place: &Place| case.steps.get(&(step.id.clone(), place.clone())).filter(|done| done.done);
    let left = places.iter().filter(|place| done(place).is_none()).count();
    let lacking: Vec<(&Place, String)> =
        places.iter().filter_map(|place| Some((place, shown::lacks(case, step, place, done(place)?)?))).collect();
    let settled = left == 0 && lacking.is_empty();
    if settled || overridden(case, &Bypass::Step { step: step.id.clone() }, context).is_some() {
        return None;
    }
    let (code, sentence) = match (left, lacking.split_first()) {
        (0, Some(((place, lack), others))) => {
            let (at, more) = (shown::at(case, place), others.len());
            let more =
                if more == 0 { String::new() } else { format!(" The same holds for {more} more of its places.") };
            ("evidence_missing", format!("The step “{}”{at} still lacks {lack}.{more}", step.title))
        }
        _ if of == 1 => ("step_not_done", format!("The step “{}” is not done.", step.title)),
        _ => ("step_not_done", format!("The step “{}” is not done in {left} of {of} places.", step.title)),
    };
    Some(Blocker::new(step.gate, code, sentence).step(&step.id))
}

/// At `close`: that somebody who performed no step is among those who signed at the lowest required level.
pub(super) fn independence(case: &Case, gate: Gate, views: &[RequirementView], context: &Context) -> Option<Blocker> {
    let rule = context.procedure(case)?.gate(gate)?;
    let lowest = views.iter().filter(|v| v.needed > 0).min_by_key(|v| context.directory.rank(&v.level))?;
    let signers: Vec<_> = lowest.valid.iter().filter_map(|entry| case.sign_off(*entry)).map(|s| s.person).collect();
    let performers = case.performers();
    let free = signers.iter().any(|person| !performers.contains(person));
    if !rule.independent.contains(&case.procedure.size) || signers.is_empty() || free {
        return None;
    }
    if overridden(case, &Bypass::Independence, context).is_some() {
        return None;
    }
    let level = context.directory.level_name(&lowest.level);
    let sentence = format!("At least one {level} who performed no step has to sign the closing.");
    Some(Blocker::new(gate, "not_independent", sentence).level(&lowest.level))
}
