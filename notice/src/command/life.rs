//! A notice's life: activated, closed, reopened, merged, split, and what it looks like.

use super::draft::{Draft, said};
use super::messages::{repeats, told};
use crate::case::{Case, Life};
use crate::deadline;
use crate::event::{Actor, Event, ReopenCause};
use crate::facts::{AnnouncedDeadline, AnnouncedWindow, Resource, Source, TimelineEntry, numbered_windows};
use crate::gate::blockers;
use crate::ids::{NoticeId, ResourceId};
use crate::procedure::Gate;
use crate::refusal::Refusal;
use crate::text::TextRef;

pub(super) fn activate(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    draft.person()?;
    if draft.case.life != Life::Historic {
        return Err(Refusal::state("not_historic", "Only a historic notice is activated."));
    }
    draft.push(Event::Activated);
    Ok(())
}

pub(super) fn close(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    let left = blockers(&draft.case, Gate::Close, draft.context);
    if !left.is_empty() {
        return Err(Refusal::blocked("gate_blocked", "This notice cannot be closed yet.", left));
    }
    draft.push(Event::Closed);
    Ok(())
}

/// By a person, or by the system where a provider's API contradicts the evidence; a later message does it by itself when it
/// changes something that matters.
pub(super) fn reopen(draft: &mut Draft<'_>, reason: TextRef) -> Result<(), Refusal> {
    if draft.actor != Actor::System {
        draft.person()?;
    }
    said(&reason, "The reason for reopening")?;
    if !matches!(draft.case.life, Life::Closed { .. } | Life::Dismissed { .. }) {
        return Err(Refusal::state("not_closed", "Only a closed or dismissed notice is reopened."));
    }
    draft.push(Event::Reopened { because: ReopenCause::Person { reason } });
    Ok(())
}

/// This notice goes on in another, which has taken over all that it is about: merging gets nobody out of anything. The desk
/// first lets the other one `Absorb` this one and announces what is missing there, in the same transaction.
pub(super) fn merge_into(draft: &mut Draft<'_>, target: &Case) -> Result<(), Refusal> {
    draft.person()?;
    let (own, case) = (&draft.case.facts, &draft.case);
    if let Life::Merged { into } = case.life {
        return Err(Refusal::state("notice_merged", format!("This notice was merged into {into} already.")));
    }
    if target.id == case.id {
        return Err(Refusal::request("same_notice", "A notice cannot be merged into itself."));
    }
    if case.is_open() && !target.is_open() {
        return Err(Refusal::state("target_not_open", "An open notice is merged only into an open one."));
    }
    if target.facts.kind != own.kind || target.facts.provider != own.provider {
        let message = "Only notices of one provider and one kind are merged.";
        return Err(Refusal::request("several_kinds", message));
    }
    let lost = |r: &&Resource| !r.set_aside && target.facts.resource_like(&r.announced()).is_none();
    if let Some(resource) = own.resources.iter().find(lost) {
        let message = format!("{} is not on the other notice; add it there first.", resource.key);
        return Err(Refusal::state("resource_lost", message));
    }
    let (mine, theirs) = (deadline::hard(case).map(|h| h.at), deadline::hard(target).map(|h| h.at));
    if mine.is_some_and(|mine| theirs.is_none_or(|theirs| theirs > mine)) {
        let message = "The other notice's hard deadline is later than this one's; set the earlier one there first.";
        return Err(Refusal::state("deadline_lost", message));
    }
    draft.push(Event::MergedInto { notice: target.id });
    Ok(())
}

/// Takes over another notice, with every date of its that is not known here: merging gets nobody out of anything. Its
/// resources come by commands of their own.
pub(super) fn absorb(
    draft: &mut Draft<'_>,
    notice: NoticeId,
    deadlines: Vec<AnnouncedDeadline>,
    windows: Vec<AnnouncedWindow>,
    timeline: &[TimelineEntry],
) -> Result<(), Refusal> {
    draft.open()?;
    let person = draft.person()?;
    if draft.case.absorbed.contains(&notice) || notice == draft.case.id {
        return Err(Refusal::state("notice_merged", "That notice is part of this one already."));
    }
    draft.push(Event::Absorbed { notice });
    for deadline in deadlines {
        let facts = &draft.case.facts;
        if !facts.deadlines.iter().any(|known| repeats(known, &deadline)) {
            let deadline = deadline.numbered(facts.next_deadline(), Source::Person { person });
            draft.push(Event::DeadlineSet { deadline });
        }
    }
    take_windows(draft, windows);
    told(draft, draft.actor, timeline, None);
    Ok(())
}

fn take_windows(draft: &mut Draft<'_>, windows: Vec<AnnouncedWindow>) {
    let known = &draft.case.facts.windows;
    let missing = windows.into_iter().filter(|new| !known.iter().any(|w| w.start == new.start && w.end == new.end));
    let next = known.iter().map(|window| window.id.0).max().unwrap_or(0) + 1;
    let missing = numbered_windows(missing.collect(), next);
    if !missing.is_empty() {
        let windows = known.iter().cloned().chain(missing).collect();
        draft.push(Event::WindowsSet { windows });
    }
}

/// Says where a notice that was split off comes from, once.
pub(super) fn come_from(draft: &mut Draft<'_>, notice: NoticeId) -> Result<(), Refusal> {
    draft.person()?;
    if draft.case.split_from.is_some() || notice == draft.case.id {
        return Err(Refusal::state("origin_known", "Where this notice comes from is on record already."));
    }
    draft.push(Event::SplitFrom { notice });
    Ok(())
}

/// Some resources go on in a notice of their own, which the desk opens in the same transaction.
pub(super) fn split_off(draft: &mut Draft<'_>, notice: NoticeId, resources: Vec<ResourceId>) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    if let Some(unknown) = resources.iter().find(|id| draft.case.facts.resource(**id).is_none()) {
        return Err(Refusal::missing(format!("There is no resource {unknown} on this notice.")));
    }
    if resources.is_empty() || resources.len() >= draft.case.facts.resources.len() {
        return Err(Refusal::request("nothing_to_split", "Name some of the resources, and leave some here."));
    }
    draft.push(Event::SplitOff { notice, resources });
    Ok(())
}

/// Says once that another notice looks like this one. It proposes, and merges nothing.
pub(super) fn note_likeness(draft: &mut Draft<'_>, notice: NoticeId) -> Result<(), Refusal> {
    if draft.actor != Actor::System {
        return Err(Refusal::right(
            "system_only",
            "Likeness is found by the system; to merge two notices, merge them.",
        ));
    }
    let known = draft.case.alike.iter().any(|alike| alike.notice == notice);
    if !known && notice != draft.case.id && draft.case.is_open() {
        draft.push(Event::LikenessFound { notice });
    }
    Ok(())
}

pub(super) fn set_likeness_aside(draft: &mut Draft<'_>, notice: NoticeId) -> Result<(), Refusal> {
    draft.person()?;
    let known = draft.case.alike.iter().find(|alike| alike.notice == notice);
    let known = known.ok_or_else(|| Refusal::missing(format!("Nothing says that {notice} looks like this notice.")))?;
    if !known.set_aside {
        draft.push(Event::LikenessSetAside { notice });
    }
    Ok(())
}
