//! Emergency bypasses: two people, or one who is alone and a day's delay; never without a reason, never without a trace.

use super::draft::{Draft, said};
use crate::case::Override;
use crate::event::{Authenticated, Bypass, Event, TakesEffect};
use crate::ids::Entry;
use crate::refusal::Refusal;
use crate::subject::subject;
use crate::text::TextRef;

pub(super) fn ask(
    draft: &mut Draft<'_>,
    bypass: Bypass,
    reason: TextRef,
    authenticated: Authenticated,
) -> Result<(), Refusal> {
    draft.open()?;
    let person = draft.signer(&authenticated)?;
    said(&reason, "The reason for an override")?;
    applies(draft, &bypass)?;
    let subject = subject(&draft.case, bypass.covers());
    let same = |o: &&Override| o.bypass == bypass && !o.withdrawn && o.subject.digest == subject.digest;
    if let Some(known) = draft.case.overrides.iter().find(same) {
        let message = format!(
            "This override was asked for already (entry {}); it takes a second person to confirm it.",
            known.entry
        );
        return Err(Refusal::state("already_asked", message));
    }
    let takes_effect = draft.takes_effect(person);
    draft.push(Event::OverrideAsked { bypass, reason, subject, takes_effect, authenticated });
    Ok(())
}

/// Whether there is such a rule for this notice.
fn applies(draft: &Draft<'_>, bypass: &Bypass) -> Result<(), Refusal> {
    let procedure = draft.context.procedure(&draft.case);
    let known = match bypass {
        Bypass::SignOff { gate, level } => {
            let asked = procedure.map_or(&[][..], |p| p.requirements(*gate, draft.case.procedure.size));
            asked.iter().any(|r| r.level == *level)
                || draft.case.standing_at(*gate).any(|s| s.objects() && s.level == *level)
        }
        Bypass::Step { step } => procedure.is_some_and(|p| p.step(step).is_some()),
        Bypass::Independence | Bypass::Window => true,
    };
    if known {
        return Ok(());
    }
    Err(Refusal::request(
        "no_such_rule",
        "The procedure of this notice does not ask for that, so there is nothing to override.",
    ))
}

fn asked<'d>(draft: &'d Draft<'_>, entry: Entry) -> Result<&'d Override, Refusal> {
    let found = draft.case.override_(entry);
    let found = found.ok_or_else(|| Refusal::missing(format!("There is no override {entry} on this notice.")))?;
    if found.withdrawn || found.confirmed.is_some() {
        return Err(Refusal::state("override_settled", "This override was confirmed or withdrawn already."));
    }
    Ok(found)
}

pub(super) fn confirm(draft: &mut Draft<'_>, entry: Entry, authenticated: Authenticated) -> Result<(), Refusal> {
    draft.open()?;
    let person = draft.signer(&authenticated)?;
    let found = asked(draft, entry)?;
    if found.asked_by == person {
        return Err(Refusal::right(
            "second_person_needed",
            "An override takes a second person; you asked for this one.",
        ));
    }
    if subject(&draft.case, found.bypass.covers()).digest != found.subject.digest {
        let message = "What this override was asked for has changed since; ask for it anew.";
        return Err(Refusal::state("subject_changed", message));
    }
    draft.push(Event::OverrideConfirmed { asked: entry, authenticated });
    Ok(())
}

/// By anybody, before it has taken hold: stopping a bypass takes no second person.
pub(super) fn withdraw(draft: &mut Draft<'_>, entry: Entry) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    let found = asked(draft, entry)?;
    if matches!(found.takes_effect, TakesEffect::At(at) if at <= draft.context.now) {
        return Err(Refusal::state("override_settled", "This override has taken hold already."));
    }
    draft.push(Event::OverrideWithdrawn { asked: entry });
    Ok(())
}
