//! What a later message does to a notice: an earlier date and a new resource at once, a later date or a cancellation only as
//! a proposal and only from a verified message, everything else attaches (design, decisions 5, 6 and 7).

use super::draft::Draft;
use crate::case::{Case, Life, ProposalState};
use crate::event::{Actor, Downgrade, Event, Manner, MessageRef, ReopenCause, TakesEffect};
use crate::fact::{Authenticity, Status, When};
use crate::facts::{
    Announced, AnnouncedDeadline, AnnouncedResource, AnnouncedWindow, Deadline, Facts, Source, TimelineEntry, Window,
    numbered_windows,
};
use crate::ids::MessageId;
use crate::pages::Pages;
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
    let manner = manner(draft, &changes, &announced);
    draft.push(Event::MessageAttached { message, manner, authenticity });
    let provider = Actor::Provider { message: message.id };
    told(draft, provider, &announced.timeline, announced.pages.clone());
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

/// What the message was to the notice. A further page of what the provider had begun to say only completes the list.
fn manner(draft: &Draft<'_>, changes: &Changes, announced: &Announced) -> Manner {
    let case = &draft.case;
    let awaited = announced.pages.as_ref().is_some_and(|pages| case.pages.awaits(pages));
    let adds = |event: &Event| matches!(event, Event::ResourceAdded { .. });
    if awaited && changes.proposals.is_empty() && changes.at_once.iter().all(adds) {
        Manner::Page
    } else if changes.is_empty() && unknown_entries(case, &announced.timeline).is_empty() {
        Manner::Repeat
    } else {
        Manner::Update
    }
}

/// Puts on record what a message tells that no signature covers: its part of the provider's timeline, and which pages came.
pub(super) fn told(draft: &mut Draft<'_>, by: Actor, timeline: &[TimelineEntry], pages: Option<Pages>) {
    let entries = unknown_entries(&draft.case, timeline);
    if !entries.is_empty() {
        draft.push_as(by, Event::TimelineExtended { entries });
    }
    if let Some(pages) = pages.filter(|pages| !draft.case.pages.knows(pages)) {
        draft.push_as(by, Event::PagesCame { pages });
    }
}

/// The entries that are not in the notice's timeline yet, oldest first. Providers deliver the whole list each time.
fn unknown_entries(case: &Case, told: &[TimelineEntry]) -> Vec<TimelineEntry> {
    let mut unknown: Vec<TimelineEntry> = Vec::new();
    for entry in told {
        if !case.timeline.iter().chain(&unknown).any(|known| says_the_same(known, entry)) {
            unknown.push(entry.clone());
        }
    }
    unknown.sort_by_key(|entry| (entry.at.is_none(), entry.at));
    unknown
}

/// Words that were erased here come back under another reference: what was said at one instant in as many letters is the same.
fn says_the_same(known: &TimelineEntry, told: &TimelineEntry) -> bool {
    let words = known.text == told.text || (known.at.is_some() && known.text.length == told.text.length);
    known.at == told.at && known.status == told.status && words
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
pub(super) fn repeats(known: &Deadline, new: &AnnouncedDeadline) -> bool {
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
    let alike = |a: &Window, b: &AnnouncedWindow| a.start == b.start && a.end == b.end;
    let same = known.len() == announced.windows.len() && known.iter().zip(&announced.windows).all(|(a, b)| alike(a, b));
    // A notice that was merged has the windows of several announcements; each goes on telling only its own.
    let told = || announced.windows.iter().all(|new| known.iter().any(|old| alike(old, new)));
    if announced.windows.is_empty() || same || (!draft.case.absorbed.is_empty() && told()) {
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
