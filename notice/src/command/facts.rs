//! Corrections by a person. What makes things earlier or plainer applies at once; what makes them later is proposed.

use super::draft::{Draft, said};
use crate::event::Event;
use crate::fact::{Role, When};
use crate::facts::{AnnouncedResource, Deadline, Mapping, Source};
use crate::ids::{DeadlineId, ProviderId, ResourceId};
use crate::refusal::Refusal;
use crate::text::TextRef;

pub(super) fn set_deadline(
    draft: &mut Draft<'_>,
    id: Option<DeadlineId>,
    role: Role,
    when: When,
) -> Result<(), Refusal> {
    draft.open()?;
    let person = draft.person()?;
    let source = Source::Person { person };
    let Some(id) = id else {
        let id = draft.case.facts.next_deadline();
        let deadline = Deadline { id, role, when, refined: None, as_written: None, source, confirmed: true };
        draft.push(Event::DeadlineSet { deadline });
        return Ok(());
    };
    let known = deadline(draft, id)?;
    if let Some(instant) = known.refinement(when) {
        draft.push(Event::DeadlineRefined { deadline: id, instant });
        return Ok(());
    }
    if when.earliest() > known.at() || (known.role.is_hard() && !role.is_hard()) {
        let message = "A later or softer date takes a second person: propose it with what follows from it.";
        return Err(Refusal::state("countersignature_needed", message));
    }
    let set = Deadline { role, when, refined: None, source, confirmed: true, ..known.clone() };
    draft.push(Event::DeadlineSet { deadline: set });
    Ok(())
}

fn deadline(draft: &Draft<'_>, id: DeadlineId) -> Result<Deadline, Refusal> {
    let found = draft.case.facts.deadline(id).cloned();
    found.ok_or_else(|| Refusal::missing(format!("There is no deadline {id} on this notice.")))
}

pub(super) fn confirm_deadline(draft: &mut Draft<'_>, id: DeadlineId) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    if !deadline(draft, id)?.confirmed {
        draft.push(Event::DeadlineConfirmed { deadline: id });
    }
    Ok(())
}

/// By whoever looked it up at the provider: what people sign at `assess` covers the list as it then is.
pub(super) fn confirm_pages(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    if let Some(set) = draft.case.pages.newest().filter(|set| !set.missing().is_empty()) {
        let set = set.set.clone();
        draft.push(Event::PagesConfirmed { set });
    }
    Ok(())
}

pub(super) fn add_resource(
    draft: &mut Draft<'_>,
    resource: AnnouncedResource,
    mapping: Option<Mapping>,
) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    if resource.key.trim().is_empty() {
        return Err(Refusal::request("resource_unnamed", "A resource needs the name that the provider gives it."));
    }
    if let Some(known) = draft.case.facts.resource_like(&resource) {
        return Err(Refusal::state(
            "resource_known",
            format!("{} is on this notice already, as {}.", known.key, known.id),
        ));
    }
    let mut resource = resource.numbered(draft.case.facts.next_resource());
    if let Some(mapping) = &mapping {
        team_known(draft, mapping)?;
    }
    resource.mapping = mapping;
    draft.push(Event::ResourceAdded { resource });
    Ok(())
}

pub(super) fn map_resource(draft: &mut Draft<'_>, id: ResourceId, mapping: Mapping) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    team_known(draft, &mapping)?;
    let known = draft.case.facts.resource(id);
    let known = known.ok_or_else(|| Refusal::missing(format!("There is no resource {id} on this notice.")))?;
    if known.mapping.as_ref() != Some(&mapping) {
        draft.push(Event::ResourceMapped { resource: id, mapping });
    }
    Ok(())
}

fn team_known(draft: &Draft<'_>, mapping: &Mapping) -> Result<(), Refusal> {
    if mapping.environment.as_str().trim().is_empty() {
        return Err(Refusal::request("environment_missing", "Say which environment the resource serves."));
    }
    if draft.context.directory.teams.contains_key(&mapping.team) {
        return Ok(());
    }
    Err(Refusal::request("unknown_team", format!("There is no team {}.", mapping.team)))
}

pub(super) fn correct_title(draft: &mut Draft<'_>, title: TextRef) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    said(&title, "The title")?;
    if draft.case.facts.title != title {
        draft.push(Event::TitleCorrected { title });
    }
    Ok(())
}

pub(super) fn correct_provider(draft: &mut Draft<'_>, provider: ProviderId) -> Result<(), Refusal> {
    draft.open()?;
    draft.person()?;
    if draft.case.facts.provider != provider {
        draft.push(Event::ProviderCorrected { provider });
    }
    Ok(())
}
