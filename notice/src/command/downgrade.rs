//! Changes for the worse: lower priority, later dates, "not ours", a cancellation. Each is proposed with its consequence in
//! writing and takes a second person, at a higher level where there is one (design, decision 5).

use chrono::{DateTime, Utc};

use super::draft::{Draft, said};
use super::judgement;
use crate::case::{Proposal, ProposalState};
use crate::context::Context;
use crate::event::{Actor, Authenticated, Downgrade, Event, TakesEffect};
use crate::fact::Status;
use crate::facts::Source;
use crate::ids::{Entry, PersonId};
use crate::refusal::Refusal;
use crate::text::TextRef;

pub(super) fn propose(
    draft: &mut Draft<'_>,
    downgrade: Downgrade,
    consequence: TextRef,
    authenticated: Authenticated,
) -> Result<(), Refusal> {
    draft.open()?;
    let person = draft.signer(&authenticated)?;
    said(&consequence, "What follows from it")?;
    makes_sense(draft, &downgrade)?;
    if draft.case.proposals.iter().any(|p| p.downgrade == downgrade && p.state == ProposalState::Waiting) {
        return Err(Refusal::state("already_proposed", "This is proposed already and waits for a second person."));
    }
    let takes_effect = draft.takes_effect(person);
    let authenticated = Some(authenticated);
    draft.push(Event::DowngradeProposed { downgrade, consequence, takes_effect, authenticated });
    Ok(())
}

fn makes_sense(draft: &Draft<'_>, downgrade: &Downgrade) -> Result<(), Refusal> {
    let facts = &draft.case.facts;
    match downgrade {
        Downgrade::LowerPriority { to } if *to >= draft.case.priority => {
            Err(Refusal::request("no_downgrade", "That is not a lower priority; raise it directly."))
        }
        Downgrade::MoveDeadline { deadline, when } => {
            let known = facts
                .deadline(*deadline)
                .ok_or_else(|| Refusal::missing(format!("There is no deadline {deadline}.")))?;
            if when.earliest() <= known.at() {
                return Err(Refusal::request("no_downgrade", "That is not a later date; set it directly."));
            }
            Ok(())
        }
        Downgrade::DropDeadline { deadline } if facts.deadline(*deadline).is_none() => {
            Err(Refusal::missing(format!("There is no deadline {deadline}.")))
        }
        Downgrade::SetAside { resource } => match facts.resource(*resource) {
            None => Err(Refusal::missing(format!("There is no resource {resource}."))),
            Some(known) if known.set_aside => Err(Refusal::state("set_aside", "This resource is set aside already.")),
            Some(_) => Ok(()),
        },
        Downgrade::ChangeKind { kind } if *kind == facts.kind => {
            Err(Refusal::request("no_downgrade", "It is of that kind already."))
        }
        Downgrade::MoveProcedure { procedure, version, .. } => {
            judgement::installed(draft, procedure, *version).map(|_| ())
        }
        _ => Ok(()),
    }
}

fn waiting(draft: &Draft<'_>, entry: Entry) -> Result<Proposal, Refusal> {
    let found = draft
        .case
        .proposal(entry)
        .ok_or_else(|| Refusal::missing(format!("There is no proposal {entry} on this notice.")))?;
    if found.state == ProposalState::Waiting {
        return Ok(found.clone());
    }
    Err(Refusal::state("proposal_settled", "This proposal was decided already."))
}

pub(super) fn countersign(draft: &mut Draft<'_>, entry: Entry, authenticated: Authenticated) -> Result<(), Refusal> {
    draft.open()?;
    let person = draft.signer(&authenticated)?;
    let proposal = waiting(draft, entry)?;
    if proposal.by == Some(person) {
        return Err(Refusal::right("second_person_needed", "This takes a second person; you proposed it."));
    }
    high_enough(draft, proposal.by, person)?;
    makes_sense(draft, &proposal.downgrade)?;
    draft.push(Event::DowngradeAccepted { proposed: entry, authenticated: Some(authenticated) });
    carry_out(draft, draft.actor, &proposal);
    Ok(())
}

/// Who is there to decide what `first` proposed: those above them, or, where nobody is, everybody else. A provider (none)
/// counts as the lowest level.
pub(crate) fn deciders(first: Option<PersonId>, context: &Context, at: DateTime<Utc>) -> Vec<PersonId> {
    let directory = &context.directory;
    let there = directory.acting().map(|p| p.id).filter(|id| Some(*id) != first && directory.is_present(*id, at));
    let there: Vec<PersonId> = there.collect();
    let above: Vec<PersonId> = there.iter().copied().filter(|id| is_above(first, *id, context)).collect();
    if above.is_empty() { there } else { above }
}

fn is_above(first: Option<PersonId>, second: PersonId, context: &Context) -> bool {
    let directory = &context.directory;
    let lowest = directory.levels.first().map_or(0, |level| level.rank);
    directory.rank_of(second) > first.map_or(lowest, |first| directory.rank_of(first))
}

/// The second person stands above the first where anybody does who is there.
fn high_enough(draft: &Draft<'_>, first: Option<PersonId>, second: PersonId) -> Result<(), Refusal> {
    let context = draft.context;
    let anybody = deciders(first, context, context.now).into_iter().any(|id| is_above(first, id, context));
    if is_above(first, second, context) || !anybody {
        return Ok(());
    }
    let message = "This takes a second person at a higher level than the first.";
    Err(Refusal::right("level_too_low", message))
}

/// By anybody: keeping things as they are takes no second person.
pub(super) fn refuse(draft: &mut Draft<'_>, entry: Entry, reason: Option<TextRef>) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    waiting(draft, entry)?;
    draft.push(Event::DowngradeRefused { proposed: entry, reason });
    Ok(())
}

/// Proposals of somebody who was alone, once their delay is over.
pub(super) fn accept_those_due(draft: &mut Draft<'_>) {
    let due = |p: &&Proposal| matches!(p.takes_effect, TakesEffect::At(at) if at <= draft.context.now);
    let proposals: Vec<Proposal> =
        draft.case.proposals.iter().filter(|p| p.state == ProposalState::Waiting).filter(due).cloned().collect();
    for proposal in proposals {
        let event = if makes_sense(draft, &proposal.downgrade).is_ok() {
            Event::DowngradeAccepted { proposed: proposal.entry, authenticated: None }
        } else {
            Event::DowngradeRefused { proposed: proposal.entry, reason: None }
        };
        let accepted = matches!(event, Event::DowngradeAccepted { .. });
        draft.push_as(Actor::System, event);
        if accepted {
            carry_out(draft, Actor::System, &proposal);
        }
    }
}

fn carry_out(draft: &mut Draft<'_>, actor: Actor, proposal: &Proposal) {
    match proposal.downgrade.clone() {
        Downgrade::LowerPriority { to } => {
            draft.push_as(actor, Event::PriorityAssigned { priority: to, reason: Some(proposal.consequence) });
        }
        Downgrade::MoveDeadline { deadline, when } => {
            let Some(mut moved) = draft.case.facts.deadline(deadline).cloned() else { return };
            moved.when = when;
            moved.refined = None;
            moved.confirmed = true;
            if let Some(person) = proposal.by {
                moved.source = Source::Person { person };
            }
            draft.push_as(actor, Event::DeadlineSet { deadline: moved });
        }
        Downgrade::MoveWindows { windows } => draft.push_as(actor, Event::WindowsSet { windows }),
        Downgrade::DropDeadline { deadline } => draft.push_as(actor, Event::DeadlineDropped { deadline }),
        Downgrade::SetAside { resource } => draft.push_as(actor, Event::ResourceSetAside { resource }),
        Downgrade::Cancelled => {
            draft.push_as(actor, Event::StatusChanged { status: Status::Cancelled });
            draft.push_as(actor, Event::Dismissed);
        }
        Downgrade::MoveProcedure { procedure, version, size } => {
            if let Some(procedure) = draft.context.procedures.version(&procedure, version) {
                draft.push_as(actor, Event::ProcedureMoved { procedure: procedure.pin(size) });
            }
        }
        Downgrade::ChangeKind { kind } => {
            draft.push_as(actor, Event::KindChanged { kind });
            let Context { procedures, .. } = draft.context;
            let chosen = procedures.choose(kind, &draft.case.facts.provider, Some(draft.case.priority));
            if let Some(procedure) = chosen {
                draft.push_as(actor, Event::ProcedureMoved { procedure: procedure.pin(draft.case.procedure.size) });
            }
        }
    }
}
