//! Signing, withdrawing a signature, answering an objection. The one check that every path to a signature goes through.

use super::Sign;
use super::draft::{Draft, said};
use crate::case::{Case, SignOff};
use crate::context::Context;
use crate::directory::Standing;
use crate::event::{Authenticated, Event, Signed, Verdict};
use crate::gate::{before_signing, blockers, is_current, requirements};
use crate::ids::{Entry, LevelId, PersonId};
use crate::procedure::Gate;
use crate::refusal::Refusal;
use crate::subject::subject;
use crate::text::TextRef;

pub(super) fn sign(draft: &mut Draft<'_>, sign: Sign) -> Result<(), Refusal> {
    draft.open()?;
    let person = draft.signer(&sign.authenticated)?;
    let Sign { gate, verdict, level, comment, authenticated, .. } = sign;
    let words = words(draft, gate)?;
    let (level, standing) = level_for(&draft.case, gate, verdict, person, level.as_ref(), draft.context)?;
    let now = subject(&draft.case, gate);
    if now.digest != sign.subject {
        let message = "What you were shown has changed since; nothing was signed. Look at what changed and sign again.";
        return Err(Refusal::state("subject_changed", message));
    }
    match verdict {
        Verdict::Approve => ready(draft, gate)?,
        Verdict::Object => said(&comment.unwrap_or_else(blank), "The reason for an objection")?,
    }
    if already(&draft.case, gate, person, &level, verdict) {
        return Err(Refusal::state("already_signed", "You have signed exactly this already."));
    }
    let on_behalf_of = match standing {
        Standing::Own => None,
        Standing::For(holder) => Some(holder),
    };
    let subject = now;
    let signed = Signed { gate, level, verdict, on_behalf_of, subject, words, authenticated, comment };
    draft.push(Event::Signed(Box::new(signed)));
    if gate == Gate::Dismiss && blockers(&draft.case, gate, draft.context).is_empty() {
        draft.push(Event::Dismissed);
    }
    Ok(())
}

fn blank() -> TextRef {
    TextRef::new(uuid::Uuid::nil(), &[], "")
}

/// The words that one signs at this gate.
fn words(draft: &Draft<'_>, gate: Gate) -> Result<String, Refusal> {
    let procedure = draft.context.procedure(&draft.case).ok_or_else(|| {
        Refusal::blocked("gate_blocked", "Nothing can be signed.", blockers(&draft.case, gate, draft.context))
    })?;
    let rule = procedure.gate(gate).ok_or_else(|| {
        Refusal::request("gate_not_applicable", format!("The procedure “{}” has no gate “{gate}”.", procedure.title))
    })?;
    Ok(rule.words.clone())
}

/// At which level this person signs here, and in whose right: as they asked, else as they signed here before, else at the
/// first level that still misses a signature.
fn level_for(
    case: &Case,
    gate: Gate,
    verdict: Verdict,
    person: PersonId,
    wanted: Option<&LevelId>,
    context: &Context,
) -> Result<(LevelId, Standing), Refusal> {
    let standing = |level: &LevelId| context.directory.standing(person, level, context.now);
    let mut views: Vec<_> = requirements(case, gate, context).into_iter().filter(|view| view.needed > 0).collect();
    views.sort_by_key(|view| view.missing() == 0);
    let own = case.standing_at(gate).find(|s| s.person == person).map(|s| &s.level);
    let wanted = wanted.or(own);
    let asked = views.iter().map(|view| &view.level).filter(|level| wanted.is_none_or(|wanted| wanted == *level));
    let found = asked.filter_map(|level| Some((level.clone(), standing(level)?))).next();
    found.or_else(|| objector(verdict, person, wanted, context)).ok_or_else(|| {
        let levels: Vec<String> = views.iter().map(|view| context.directory.level_name(&view.level)).collect();
        let message = format!("At this gate {} sign, and you do not hold that level.", levels.join(" and "));
        Refusal::right("not_your_level", message)
    })
}

/// Whoever holds a level may object where their level is not asked: at their highest.
fn objector(
    verdict: Verdict,
    person: PersonId,
    wanted: Option<&LevelId>,
    context: &Context,
) -> Option<(LevelId, Standing)> {
    let levels = context.directory.levels.iter().filter(|level| wanted.is_none_or(|wanted| *wanted == level.id));
    let held = levels.filter_map(|level| Some((level, context.directory.standing(person, &level.id, context.now)?)));
    let (level, standing) = held.max_by_key(|(level, _)| level.rank)?;
    (verdict == Verdict::Object).then(|| (level.id.clone(), standing))
}

fn ready(draft: &Draft<'_>, gate: Gate) -> Result<(), Refusal> {
    let before = before_signing(&draft.case, gate, draft.context);
    if before.is_empty() {
        return Ok(());
    }
    Err(Refusal::blocked("gate_blocked", "This gate cannot be signed yet.", before))
}

fn already(case: &Case, gate: Gate, person: PersonId, level: &LevelId, verdict: Verdict) -> bool {
    let same = |s: &SignOff| s.person == person && s.level == *level && s.verdict == verdict && s.answered.is_none();
    case.standing_at(gate).any(|s| same(s) && is_current(case, s))
}

/// One's own signature, until the notice is closed.
pub(super) fn withdraw(draft: &mut Draft<'_>, sign_off: Entry, reason: Option<TextRef>) -> Result<(), Refusal> {
    draft.open()?;
    let person = draft.person()?;
    let given = given(draft, sign_off)?;
    if given.person != person {
        return Err(Refusal::right("not_your_signature", "Only who gave a signature can withdraw it."));
    }
    draft.push(Event::SignOffWithdrawn { sign_off, reason });
    Ok(())
}

fn given<'d>(draft: &'d Draft<'_>, sign_off: Entry) -> Result<&'d SignOff, Refusal> {
    let found = draft.case.sign_off(sign_off);
    let found = found.ok_or_else(|| Refusal::missing(format!("There is no signature {sign_off} on this notice.")))?;
    if found.stands() {
        return Ok(found);
    }
    Err(Refusal::state("signature_gone", "This signature was withdrawn or replaced already."))
}

/// By somebody at a higher level; at the top by another holder of the level; a leaver's by anybody at their level too.
pub(super) fn answer(
    draft: &mut Draft<'_>,
    sign_off: Entry,
    reason: TextRef,
    authenticated: Authenticated,
) -> Result<(), Refusal> {
    draft.open()?;
    let person = draft.signer(&authenticated)?;
    said(&reason, "The answer to an objection")?;
    let objection = given(draft, sign_off)?;
    if !objection.objects() {
        return Err(Refusal::state("no_objection", "That is not an objection that still stands."));
    }
    if objection.person == person {
        return Err(Refusal::right("own_objection", "Nobody answers their own objection; withdraw it instead."));
    }
    let directory = &draft.context.directory;
    let stayed = directory.person(objection.person).is_some_and(|p| p.active);
    let peers = !stayed || directory.above(&objection.level).is_none();
    let peer = peers && directory.standing(person, &objection.level, draft.context.now).is_some();
    if !peer && directory.rank_of(person) <= directory.rank(&objection.level) {
        let who = match directory.above(&objection.level) {
            Some(above) => format!("somebody at level {} or above", above.name.to_lowercase()),
            None => format!("another {}", directory.level_name(&objection.level)),
        };
        return Err(Refusal::right("level_too_low", format!("This objection can be answered by {who}.")));
    }
    draft.push(Event::ObjectionAnswered { sign_off, reason, authenticated });
    Ok(())
}

/// How many notices one may sign together.
pub const TOGETHER: usize = 50;

/// Whether these notices may be signed together: not too many, and of one kind. Each signature is then bound to its own
/// notice's subject by a `Sign` of its own.
///
/// # Errors
/// If they are too many, none, or of several kinds.
pub fn together(cases: &[&Case]) -> Result<(), Refusal> {
    let Some(first) = cases.first() else {
        return Err(Refusal::request("nothing_to_sign", "Name the notices to sign."));
    };
    if cases.len() > TOGETHER {
        let message = format!("At most {TOGETHER} notices are signed together; these are {}.", cases.len());
        return Err(Refusal::request("too_many_together", message));
    }
    match cases.iter().find(|case| case.facts.kind != first.facts.kind) {
        None => Ok(()),
        Some(other) => {
            let message = format!(
                "Only notices of one kind are signed together; N-{} is {} and N-{} is {}.",
                first.number, first.facts.kind, other.number, other.facts.kind
            );
            Err(Refusal::request("several_kinds", message))
        }
    }
}
