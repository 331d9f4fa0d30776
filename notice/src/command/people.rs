//! Who is asked, who has it in hand, who follows and what they say.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::draft::{Draft, said};
use crate::deadline;
use crate::event::{Actor, Event, Told};
use crate::gate::{current_gate, requirements};
use crate::ids::{LevelId, PersonId};
use crate::procedure::Gate;
use crate::refusal::Refusal;
use crate::text::TextRef;

pub(super) fn assign(draft: &mut Draft<'_>, gate: Gate, level: LevelId, person: PersonId) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    if !requirements(&draft.case, gate, draft.context).iter().any(|view| view.level == level) {
        return Err(Refusal::request(
            "no_such_requirement",
            format!("The gate “{gate}” asks nobody at level “{level}”."),
        ));
    }
    if draft.context.directory.standing(person, &level, draft.context.now).is_none() {
        let message = format!("That person could not sign at level “{level}”.");
        return Err(Refusal::request("not_their_level", message));
    }
    draft.push(Event::Assigned { gate, level, person });
    Ok(())
}

/// Quiets a person's reminders at the current gate, once, and never past its due date.
pub(super) fn acknowledge(draft: &mut Draft<'_>, until: NaiveDate) -> Result<(), Refusal> {
    draft.open()?;
    let person = draft.person()?;
    let gate = current_gate(&draft.case, draft.context);
    let since = draft.case.counted_from;
    if draft.case.acknowledgements.iter().any(|a| a.person == person && a.gate == gate && a.at >= since) {
        let message = "You have said once that you have it; the next reminders come as planned.";
        return Err(Refusal::state("already_acknowledged", message));
    }
    let calendar = draft.context.calendar(&draft.case);
    let due = deadline::dates(&draft.case, draft.context).and_then(|dates| dates.due.get(&gate).copied());
    if let Some(due) = due.map(|due| calendar.day(due)).filter(|due| until > *due) {
        let message = format!("It is due on {due}; reminders cannot rest longer than that.");
        return Err(Refusal::request("past_due_date", message));
    }
    if until < calendar.day(draft.context.now) {
        return Err(Refusal::request("date_passed", "That day has passed."));
    }
    draft.push(Event::Acknowledged { gate, until });
    Ok(())
}

pub(super) fn comment(draft: &mut Draft<'_>, text: TextRef, mentions: BTreeSet<PersonId>) -> Result<(), Refusal> {
    draft.person()?;
    said(&text, "The comment")?;
    if let Some(unknown) = mentions.iter().find(|p| draft.context.directory.person(**p).is_none()) {
        return Err(Refusal::request(
            "unknown_person",
            format!("The comment mentions {unknown}, who is not in the directory."),
        ));
    }
    draft.push(Event::Commented { text, mentions });
    Ok(())
}

pub(super) fn watch(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if !draft.case.watchers.contains(&draft.person()?) {
        draft.push(Event::Watched);
    }
    Ok(())
}

pub(super) fn unwatch(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if draft.case.watchers.contains(&draft.person()?) {
        draft.push(Event::Unwatched);
    }
    Ok(())
}

/// Only the system says that it reminded somebody.
pub(super) fn note_reminders(draft: &mut Draft<'_>, reminders: Vec<Told>) -> Result<(), Refusal> {
    if draft.actor != Actor::System {
        return Err(Refusal::right("system_only", "Reminders are put on record by the system that plans them."));
    }
    if !reminders.is_empty() {
        draft.push(Event::Reminded { reminders });
    }
    Ok(())
}

pub(super) fn see(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if !draft.case.seen.contains_key(&draft.person()?) {
        draft.push(Event::Seen);
    }
    Ok(())
}
