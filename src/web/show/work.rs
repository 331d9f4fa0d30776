//! The work: resources and where they belong, impact, plan, steps with their evidence.

use super::Show;
use crate::notice::case::Done;
use crate::notice::event::{Evidence, Place};
use crate::notice::facts::Resource;
use crate::notice::gate::{lacks, places, vantage};
use crate::notice::procedure::Step;
use crate::web::markup;
use crate::web::view::notice::{
    DismissalView, EvidenceKind, EvidenceView, ImpactView, PlanView, ProbeView, ProposedMapping, ResourceView, StepView,
};

pub(super) fn resources(show: &Show<'_>) -> Vec<ResourceView> {
    show.case().facts.resources.iter().map(|resource| one(show, resource)).collect()
}

fn one(show: &Show<'_>, resource: &Resource) -> ResourceView {
    let mapping = resource.mapping.as_ref();
    let proposed = show.context().directory.propose(&show.case().facts.provider, resource);
    let proposed =
        (mapping.is_none() && (proposed.environment.is_some() || proposed.team.is_some())).then(|| ProposedMapping {
            environment: proposed.environment.map(|environment| environment.to_string()),
            team: proposed.team.map(|team| show.names.team(team)),
        });
    ResourceView {
        id: resource.id.to_string(),
        key: resource.key.clone(),
        sort: resource.sort.clone(),
        account: resource.account.clone(),
        region: resource.region.clone(),
        environment: mapping.map(|mapping| mapping.environment.to_string()),
        team: mapping.map(|mapping| show.names.team(mapping.team)),
        confirmed: mapping.is_some(),
        set_aside: resource.set_aside,
        proposed,
    }
}

pub(super) fn impact(show: &Show<'_>) -> Option<ImpactView> {
    show.case().impact.map(|impact| ImpactView {
        text: show.names.words(impact.text),
        by: impact.by.map(|by| show.names.person(by)),
        at: impact.at,
    })
}

pub(super) fn dismissal(show: &Show<'_>) -> Option<DismissalView> {
    show.case().dismissal.map(|dismissal| DismissalView {
        reason: show.names.words(dismissal.reason),
        consequence: show.names.words(dismissal.consequence),
        by: dismissal.by.map(|by| show.names.person(by)),
        at: dismissal.at,
    })
}

pub(super) fn plan(show: &Show<'_>) -> Option<PlanView> {
    show.case().plan.map(|planned| PlanView {
        start: planned.plan.start,
        end: planned.plan.end,
        text: show.names.words(planned.plan.text),
        by: planned.by.map(|by| show.names.person(by)),
        at: planned.at,
    })
}

pub(super) fn steps(show: &Show<'_>) -> Vec<StepView> {
    let Some(procedure) = show.context().procedure(show.case()) else { return Vec::new() };
    let steps = procedure.steps.iter();
    steps.flat_map(|step| places(show.case(), step).into_iter().map(|place| at(show, step, place))).collect()
}

fn at(show: &Show<'_>, step: &Step, place: Place) -> StepView {
    let (applies_to, told) = match &place {
        Place::Once => (None, None),
        Place::Environment(environment) => (Some(environment.to_string()), Some(environment.to_string())),
        Place::Resource(id) => (Some(resource_name(show, *id)), Some(id.to_string())),
    };
    let vantage = vantage(show.case(), step, &place);
    let key = (step.id.clone(), place);
    let kept: Option<&Done> = show.case().steps.get(&key);
    let done = kept.filter(|kept| kept.done);
    StepView {
        id: step.id.to_string(),
        title: step.title.clone(),
        guidance_html: markup::guidance(&step.guidance),
        gate: step.gate,
        scope: step.scope,
        applies_to,
        place: told,
        wants: step.evidence,
        vantage,
        lacks: kept
            .filter(|kept| kept.done || !kept.evidence.is_empty())
            .and_then(|kept| lacks(show.case(), step, &key.1, kept)),
        done: done.is_some(),
        by: done.and_then(|done| done.by).map(|by| show.names.person(by)),
        at: done.map(|done| done.at),
        evidence: kept
            .map(|kept| kept.evidence.iter().map(|shown| evidence(show, shown)).collect())
            .unwrap_or_default(),
    }
}

/// A resource by the provider's own name for it.
pub(super) fn resource_name(show: &Show<'_>, id: crate::notice::ids::ResourceId) -> String {
    let resource = show.case().facts.resources.iter().find(|resource| resource.id == id);
    resource.map_or_else(|| id.to_string(), |resource| resource.key.clone())
}

fn evidence(show: &Show<'_>, evidence: &Evidence) -> EvidenceView {
    let plain = |kind, text| EvidenceView { kind, text, digest: None, bytes: None, erased_at: None, probe: None };
    let erased_at = |digest: &str| show.detail.files.get(digest).copied().flatten();
    match evidence {
        Evidence::Note { text } => plain(EvidenceKind::Note, show.names.words(*text)),
        Evidence::Attachment { name, bytes, digest } => {
            let digest = digest.to_string();
            EvidenceView {
                erased_at: erased_at(&digest),
                digest: Some(digest),
                bytes: Some(*bytes),
                ..plain(EvidenceKind::Attachment, show.names.words(*name))
            }
        }
        Evidence::Probe { vantage, target, success, at, result } => {
            let digest = result.to_string();
            let seen = show.detail.probes.get(&digest).and_then(|seen| serde_json::from_slice(seen).ok());
            let told = if *success { "a client there connects" } else { "a client there does not connect" };
            let probe =
                ProbeView { vantage: vantage.clone(), target: target.clone(), success: *success, at: *at, seen };
            EvidenceView {
                erased_at: erased_at(&digest),
                digest: Some(digest),
                probe: Some(probe),
                ..plain(EvidenceKind::Probe, format!("{target} from {vantage}: {told}"))
            }
        }
    }
}
