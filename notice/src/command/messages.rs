//! What a later message does to a notice: an earlier date and a new resource at once, a later date or a cancellation only as
//! a proposal and only from a verified message, everything else attaches (design, decisions 5, 6 and 7).

use super::draft::Draft;
use crate::case::{Life, ProposalState};
use crate::event::{Actor, Downgrade, Event, Manner, MessageRef, ReopenCause, TakesEffect};
use crate::fact::{Authenticity, Status, When};
use crate::facts::{Announced, AnnouncedDeadline, AnnouncedResource, Deadline, Facts, Source, numbered_windows};
use crate::ids::MessageId;
use crate::refusal::Refusal;

pub(super) fn attach(draft: &mut Draft<'_>, message: MessageRef, authenticity: Authenticity) -> Result<(), Refusal> {
    let manner = if draft.actor.person().is_some() { Manner::ByHand } else { Manner::Repeat };
    if !is_here(draft, message) {
        draft.push(Event::MessageAttached { message, manner, authenticity });
    }
    Ok(())
}

fn is_here(draft: &Draft<'_>, message: MessageRef) -> bool {
    draft.case.messages.iter().any(|attached| attached.message == message.id)
}

pub(super) fn announce(
    draft: &mut Draft<'_>,
    message: MessageRef,
    authenticity: Authenticity,
    announced: Announced,
) -> Result<(), Refusal> {
    if let Life::Merged { into } = draft.case.life {
        return Err(Refusal::state(
            "notice_merged",
            format!("This notice was merged into {into}; the message belongs there."),
        ));
    }
    if is_here(draft, message) {
        return Ok(());
    }
    let changes = compare(draft, message.id, &announced);
    let nothing = changes.is_empty();
    let manner = if nothing { Manner::Repeat } else { Manner::Update };
    draft.push(Event::MessageAttached { message, manner, authenticity });
    let provider = Actor::Provider { message: message.id };
    if changes.material && !matches!(draft.case.life, Life::Open | Life::Historic) {
        draft.push_as(provider, Event::Reopened { because: ReopenCause::Message { message: message.id } });
    }
    changes.at_once.into_iter().for_each(|event| draft.push_as(provider, event));
    wake(draft, provider);
    if authenticity == Authenticity::Verified && draft.case.is_open() {
        propose(draft, provider, &announced, changes.proposals);
    }
    Ok(())
}

/// A historic notice to which a message brought a date still to come is historic no longer.
fn wake(draft: &mut Draft<'_>, provider: Actor) {
    if draft.case.life == Life::Historic && !draft.case.facts.all_passed(draft.context.now) {
        draft.push_as(provider, Event::Activated);
    }
}

/// What a message says that is not known yet.
#[derive(Default)]
struct Changes {
    at_once: Vec<Event>,
    proposals: Vec<Downgrade>,
    /// Something that reopens a closed notice.
    material: bool,
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.at_once.is_empty() && self.proposals.is_empty()
    }

    fn material(&mut self, event: Event) {
        self.at_once.push(event);
        self.material = true;
    }
}

fn compare(draft: &Draft<'_>, message: MessageId, announced: &Announced) -> Changes {
    let mut changes = Changes::default();
    let facts = &draft.case.facts;
    compare_deadlines(&mut changes, facts, &announced.deadlines, message);
    let mut id = facts.next_resource();
    let unknown = |r: &&AnnouncedResource| facts.resource_like(r).is_none() && !draft.case.is_split_off(r);
    for resource in announced.resources.iter().filter(unknown) {
        changes.material(Event::ResourceAdded { resource: resource.clone().numbered(id) });
        id.0 += 1;
    }
    compare_windows(draft, announced, &mut changes);
    compare_status(draft, announced, &mut changes);
    changes
}

/// Announced deadlines are first paired with known ones that they repeat, and what is left over with the nearest left over of
/// the same role: that one has moved. What finds no partner is new.
fn compare_deadlines(changes: &mut Changes, facts: &Facts, announced: &[AnnouncedDeadline], message: MessageId) {
    let mut known: Vec<&Deadline> = facts.deadlines.iter().collect();
    let (repeated, moved): (Vec<_>, Vec<_>) = announced.iter().partition(|new| known.iter().any(|d| repeats(d, new)));
    for new in repeated {
        if let Some(place) = known.iter().position(|d| repeats(d, new)) {
            compare_deadline(changes, known.remove(place), new, message);
        }
    }
    let mut next = facts.next_deadline();
    for new in moved {
        let apart = |d: &Deadline| (d.at() - new.when.earliest()).abs();
        let alike = (0..known.len()).filter(|n| known[*n].role == new.role);
        match alike.min_by_key(|n| apart(known[*n])) {
            Some(place) => compare_deadline(changes, known.remove(place), new, message),
            None => {
                let source = Source::Reading { message };
                changes.material(Event::DeadlineSet { deadline: new.clone().numbered(next, source) });
                next.0 += 1;
            }
        }
    }
}

/// Whether an announced deadline says the same as a known one, more exactly or less.
fn repeats(known: &Deadline, new: &AnnouncedDeadline) -> bool {
    let refined = known.refined.map(When::Instant);
    known.role == new.role
        && (known.when == new.when
            || refined == Some(new.when)
            || new.when.is_refined_by(&known.when)
            || known.refinement(new.when).is_some())
}

fn compare_deadline(changes: &mut Changes, known: &Deadline, announced: &AnnouncedDeadline, message: MessageId) {
    let same = known.when == announced.when || known.refined.is_some_and(|at| When::Instant(at) == announced.when);
    if same || announced.when.is_refined_by(&known.when) {
        return;
    }
    if let Some(instant) = known.refinement(announced.when) {
        changes.at_once.push(Event::DeadlineRefined { deadline: known.id, instant });
    } else if announced.when.earliest() < known.at() {
        let source = Source::Reading { message };
        changes.material(Event::DeadlineSet { deadline: announced.clone().numbered(known.id, source) });
    } else {
        changes.proposals.push(Downgrade::MoveDeadline { deadline: known.id, when: announced.when });
    }
}

/// The provider's windows replace the known ones at once where they begin no later; where later, that is a later date.
fn compare_windows(draft: &Draft<'_>, announced: &Announced, changes: &mut Changes) {
    let known = &draft.case.facts.windows;
    let same = known.len() == announced.windows.len()
        && known.iter().zip(&announced.windows).all(|(a, b)| a.start == b.start && a.end == b.end);
    if announced.windows.is_empty() || same {
        return;
    }
    let first = |starts: &mut dyn Iterator<Item = Option<When>>| starts.flatten().map(|when| when.earliest()).min();
    let was = first(&mut known.iter().map(|w| w.start));
    let now = first(&mut announced.windows.iter().map(|w| w.start));
    let windows = numbered_windows(announced.windows.clone(), 1);
    match (was, now) {
        (Some(was), Some(now)) if now > was => changes.proposals.push(Downgrade::MoveWindows { windows }),
        (Some(was), Some(now)) if now == was => changes.at_once.push(Event::WindowsSet { windows }),
        (Some(_), None) => {}
        _ => changes.material(Event::WindowsSet { windows }),
    }
}

fn compare_status(draft: &Draft<'_>, announced: &Announced, changes: &mut Changes) {
    let (was, now) = (draft.case.facts.status, announced.status);
    match now {
        _ if now == was => {}
        Status::Cancelled => changes.proposals.push(Downgrade::Cancelled),
        Status::Planned | Status::Confirmed | Status::Rescheduled if was == Status::Cancelled => {
            changes.material(Event::StatusChanged { status: now });
        }
        _ => changes.at_once.push(Event::StatusChanged { status: now }),
    }
}

/// The provider's own words are the consequence: the title of what it announces stands in for them.
fn propose(draft: &mut Draft<'_>, provider: Actor, announced: &Announced, proposals: Vec<Downgrade>) {
    for downgrade in proposals {
        let waiting = |p: &crate::case::Proposal| p.state == ProposalState::Waiting && p.downgrade == downgrade;
        if draft.case.proposals.iter().any(waiting) {
            continue;
        }
        let (consequence, takes_effect) = (announced.title, TakesEffect::OnConfirmation);
        draft.push_as(provider, Event::DowngradeProposed { downgrade, consequence, takes_effect, authenticated: None });
    }
}
