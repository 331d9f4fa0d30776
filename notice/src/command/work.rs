//! The steps of the procedure, as people do them, and what shows it.

use super::draft::{Draft, said};
use crate::event::{Actor, Event, Evidence, Place};
use crate::gate::places;
use crate::ids::StepId;
use crate::refusal::Refusal;
use crate::text::TextRef;

/// Whether there is such a step, here.
fn exists(draft: &Draft<'_>, id: &StepId, place: &Place) -> Result<(), Refusal> {
    let procedure = draft.context.procedure(&draft.case);
    let step = procedure.and_then(|procedure| procedure.step(id));
    let step =
        step.ok_or_else(|| Refusal::missing(format!("There is no step “{id}” in the procedure of this notice.")))?;
    if places(&draft.case, step).contains(place) {
        return Ok(());
    }
    let message =
        format!("The step “{}” is done for each {} of this notice; name one of them.", step.title, step.scope);
    Err(Refusal::request("no_such_place", message))
}

fn is_done(draft: &Draft<'_>, step: &StepId, place: &Place) -> bool {
    draft.case.steps.get(&(step.clone(), place.clone())).is_some_and(|done| done.done)
}

/// Steps are people's, and the system's where a provider's own API says what is done: its answer stands as the evidence.
fn person_or_answer(draft: &Draft<'_>) -> Result<(), Refusal> {
    if draft.actor == Actor::System { Ok(()) } else { draft.person().map(drop) }
}

pub(super) fn do_step(
    draft: &mut Draft<'_>,
    step: StepId,
    place: Place,
    evidence: Vec<Evidence>,
) -> Result<(), Refusal> {
    draft.open()?;
    person_or_answer(draft)?;
    exists(draft, &step, &place)?;
    if is_done(draft, &step, &place) {
        return Err(Refusal::state("step_done", "This step is done already; add evidence to it instead."));
    }
    draft.push(Event::StepDone { step, place, evidence });
    Ok(())
}

pub(super) fn undo_step(draft: &mut Draft<'_>, step: StepId, place: Place, reason: TextRef) -> Result<(), Refusal> {
    draft.open()?;
    person_or_answer(draft)?;
    said(&reason, "The reason for undoing a step")?;
    if !is_done(draft, &step, &place) {
        return Err(Refusal::state("step_not_done", "This step is not done."));
    }
    draft.push(Event::StepUndone { step, place, reason });
    Ok(())
}

/// Evidence may also come from a program: a probe is run where the clients run.
pub(super) fn add_evidence(
    draft: &mut Draft<'_>,
    step: StepId,
    place: Place,
    evidence: Evidence,
) -> Result<(), Refusal> {
    draft.open()?;
    exists(draft, &step, &place)?;
    draft.push(Event::EvidenceAdded { step, place, evidence });
    Ok(())
}
