//! What people judge: the impact, a higher priority, the planned window, that nothing need be done, which procedure.

use chrono::{DateTime, Utc};

use super::draft::{Draft, said};
use crate::event::{Event, Plan};
use crate::facts::Priority;
use crate::ids::ProcedureId;
use crate::procedure::{Gate, Procedure, Size};
use crate::refusal::Refusal;
use crate::text::TextRef;

pub(super) fn state_impact(draft: &mut Draft<'_>, text: TextRef) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    said(&text, "The statement of impact")?;
    if draft.case.impact.is_none_or(|known| known.text != text) {
        draft.push(Event::ImpactStated { text });
    }
    Ok(())
}

pub(super) fn raise_priority(draft: &mut Draft<'_>, to: Priority, reason: Option<TextRef>) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    if to < draft.case.priority {
        let message = "A lower priority takes a second person: propose it with what follows from it.";
        return Err(Refusal::state("countersignature_needed", message));
    }
    if to > draft.case.priority {
        draft.push(Event::PriorityAssigned { priority: to, reason });
    }
    Ok(())
}

pub(super) fn plan_window(
    draft: &mut Draft<'_>,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    text: TextRef,
) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    if end <= start {
        return Err(Refusal::request("window_backwards", "The window ends before it begins."));
    }
    let plan = Plan { start, end, text };
    if draft.case.plan.is_none_or(|known| known.plan != plan) {
        draft.push(Event::WindowPlanned { plan });
    }
    Ok(())
}

pub(super) fn propose_dismissal(draft: &mut Draft<'_>, reason: TextRef, consequence: TextRef) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    said(&reason, "The reason for dismissing")?;
    said(&consequence, "What follows from dismissing")?;
    if draft.context.procedure(&draft.case).is_none_or(|procedure| procedure.gate(Gate::Dismiss).is_none()) {
        return Err(Refusal::state(
            "gate_not_applicable",
            "The procedure of this notice does not allow dismissing it.",
        ));
    }
    draft.push(Event::DismissalProposed { reason, consequence });
    Ok(())
}

/// By anybody: going back to the work takes no second person.
pub(super) fn withdraw_dismissal(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    if draft.case.dismissal.is_some() {
        draft.push(Event::DismissalWithdrawn);
    }
    Ok(())
}

/// To a newer version of the same procedure that asks for no less. Anything else is proposed.
pub(super) fn move_procedure(draft: &mut Draft<'_>, id: &ProcedureId, version: u32, size: Size) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    let procedure = installed(draft, id, version)?;
    let pinned = &draft.case.procedure;
    if *id != pinned.id || size != pinned.size || version < pinned.version {
        let message =
            "Only a newer version of the same procedure is taken at once; another takes a second person: propose it.";
        return Err(Refusal::state("countersignature_needed", message));
    }
    let less = draft.context.procedure(&draft.case).map(|now| procedure.asks_less_than(now)).unwrap_or_default();
    if !less.is_empty() {
        let message =
            format!("This version asks for less, which takes a second person: propose it. {}", less.join(" "));
        return Err(Refusal::state("countersignature_needed", message));
    }
    let pin = procedure.pin(size);
    if pin != draft.case.procedure {
        draft.push(Event::ProcedureMoved { procedure: pin });
    }
    Ok(())
}

pub(super) fn installed<'c>(draft: &Draft<'c>, id: &ProcedureId, version: u32) -> Result<&'c Procedure, Refusal> {
    let found = draft.context.procedures.version(id, version);
    found.ok_or_else(|| Refusal::missing(format!("There is no version {version} of a procedure “{id}”.")))
}
