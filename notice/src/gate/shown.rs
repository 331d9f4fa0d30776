//! Whether what was shown for a step is what the step asks for, and what is still wanting, in words.

use chrono::{DateTime, Utc};

use crate::case::{Case, Done};
use crate::event::{Evidence, Place};
use crate::ids::{Environment, ResourceId};
use crate::procedure::{EvidenceRule, Step};

/// What a step that is said to be done still lacks at one place, as it stands in a sentence after "lacks". None where what was
/// shown is enough.
#[must_use]
pub fn lacks(case: &Case, step: &Step, place: &Place, done: &Done) -> Option<String> {
    let noted = |e: &Evidence| matches!(e, Evidence::Note { text } if !text.is_blank());
    let attached = |e: &Evidence| matches!(e, Evidence::Attachment { .. });
    let any = |shows: &dyn Fn(&Evidence) -> bool| done.evidence.iter().any(shows);
    let probes = Probes { wanted: vantage(case, step, place), after: window_end(case), done };
    match step.evidence {
        EvidenceRule::None => None,
        EvidenceRule::Note if any(&noted) || any(&attached) => None,
        EvidenceRule::Note => probes.missing().map(|_| "a note of what was done".to_owned()),
        EvidenceRule::Attachment if any(&attached) => None,
        EvidenceRule::Attachment => Some("an attachment that shows it".to_owned()),
        EvidenceRule::Probe => probes.missing(),
        EvidenceRule::ProbeOrNote if any(&noted) => None,
        EvidenceRule::ProbeOrNote => probes.missing().map(|lack| format!("{lack}; or a note of what was seen there")),
    }
}

/// From where a probe of this step has to come at this place; from anywhere where the step names nothing.
#[must_use]
pub fn vantage(case: &Case, step: &Step, place: &Place) -> Option<String> {
    let wanted = step.vantage.as_ref()?;
    if wanted.as_str() != Step::OF_ITS_ENVIRONMENT {
        return Some(wanted.clone());
    }
    match place {
        Place::Environment(environment) => Some(environment.to_string()),
        Place::Resource(id) => environment_of(case, *id).map(ToString::to_string),
        Place::Once => None,
    }
}

/// Where, in a sentence; empty for a step that is done once.
pub(super) fn at(case: &Case, place: &Place) -> String {
    match place {
        Place::Once => String::new(),
        Place::Environment(environment) => format!(" for {environment}"),
        Place::Resource(id) => {
            let key = case.facts.resources.iter().find(|resource| resource.id == *id).map(|resource| &resource.key);
            key.map_or_else(String::new, |key| format!(" for {key}"))
        }
    }
}

fn environment_of(case: &Case, id: ResourceId) -> Option<&Environment> {
    let resource = case.facts.resources.iter().find(|resource| resource.id == id)?;
    resource.mapping.as_ref().map(|mapping| &mapping.environment)
}

/// The end of the planned window: what was seen before it proves nothing about what came out of it.
fn window_end(case: &Case) -> Option<DateTime<Utc>> {
    case.plan.as_ref().map(|planned| planned.plan.end)
}

/// The probes of a step at one place, and what one of them has to be.
struct Probes<'c> {
    wanted: Option<String>,
    after: Option<DateTime<Utc>>,
    done: &'c Done,
}

/// Each is true of one probe.
#[derive(Clone, Copy)]
struct Marks {
    there: bool,
    late_enough: bool,
    success: bool,
}

impl Probes<'_> {
    fn marks(&self) -> impl Iterator<Item = (&String, Marks)> {
        self.done.evidence.iter().filter_map(|evidence| match evidence {
            Evidence::Probe { vantage, success, at, .. } => {
                let there = self.wanted.as_ref().is_none_or(|wanted| is_from(wanted, vantage));
                let late_enough = self.after.is_none_or(|end| *at >= end);
                Some((vantage, Marks { there, late_enough, success: *success }))
            }
            Evidence::Note { .. } | Evidence::Attachment { .. } => None,
        })
    }

    /// What is missing, and what the probe that came nearest was short of.
    fn missing(&self) -> Option<String> {
        if self.marks().any(|(_, probe)| probe.there && probe.late_enough && probe.success) {
            return None;
        }
        let from = self.wanted.as_deref().unwrap_or("where the clients run");
        let after = if self.after.is_some() { ", made after the planned window" } else { "" };
        let near = |fits: fn(Marks) -> bool| self.marks().filter(|(_, probe)| fits(*probe)).last();
        let short = if near(|probe| probe.there && probe.late_enough).is_some() {
            "; the last one failed".to_owned()
        } else if near(|probe| probe.there).is_some() {
            "; the last one was made before the window was over".to_owned()
        } else if let Some((vantage, _)) = near(|_| true) {
            format!("; the last one came from {vantage}")
        } else {
            String::new()
        };
        Some(format!("a successful probe from {from}{after}{short}"))
    }
}

/// Whether a vantage is the one wanted or a place within it: `production` is asked for, `production, eu-west-1` will do.
fn is_from(wanted: &str, vantage: &str) -> bool {
    let (wanted, vantage) = (wanted.trim().to_lowercase(), vantage.trim().to_lowercase());
    vantage.strip_prefix(&wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
}
