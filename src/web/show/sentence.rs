//! What happened, in a sentence that follows the actor's name: “Ada approved the assessment as lead”.

use super::dates::moment;
use super::facts::{kind_label, role_label, status_label};
use super::names::{Names, provider};
use crate::notice::event::{Event, Evidence, Manner, Opened, Place, ReopenCause, Signed, TakesEffect, Verdict};
use crate::notice::facts::{Deadline, Mapping, TimelineEntry};
use crate::notice::ids::{Entry, ResourceId};
use crate::notice::pages::Pages;
use crate::notice::procedure::Gate;

/// One event. A table: each arm is one sentence, and an event without one does not compile.
pub(super) fn of(event: &Event, names: &Names<'_>) -> String {
    match event {
        Event::Opened(opened) => opening(opened, names),
        Event::MessageAttached { manner, authenticity, .. } => match manner {
            Manner::First => format!("sent the first message ({authenticity})"),
            Manner::Update => format!("sent an update ({authenticity})"),
            Manner::Page => format!("sent a further page ({authenticity})"),
            Manner::Repeat => format!("sent the same again ({authenticity})"),
            Manner::ByHand => format!("attached a message by hand ({authenticity})"),
        },
        Event::TimelineExtended { entries } => extended(entries, names),
        Event::PagesCame { pages } => came(pages),
        Event::PagesConfirmed { .. } => {
            "confirmed that the list of resources is complete, although pages of the announcement never came".to_owned()
        }
        Event::DeadlineSet { deadline } => format!("set a deadline: {}", dated(deadline)),
        Event::DeadlineRefined { instant, .. } => format!("told the exact time of a deadline: {}", moment(*instant)),
        Event::DeadlineConfirmed { deadline } => format!("confirmed the deadline {deadline}"),
        Event::DeadlineDropped { deadline } => format!("dropped the deadline {deadline}"),
        Event::WindowsSet { windows } => format!("told the provider's windows ({})", windows.len()),
        Event::StatusChanged { status } => format!("set the status to “{}”", status_label(*status)),
        Event::KindChanged { kind } => format!("changed the kind to “{}”", kind_label(*kind)),
        Event::TitleCorrected { title } => format!("corrected the title to “{}”", names.words(*title)),
        Event::ProviderCorrected { provider: id } => format!("corrected the provider to {}", provider(id).name),
        Event::ResourceAdded { resource } => format!("added the resource {}", resource.key),
        Event::ResourceMapped { resource, mapping } => mapped(*resource, mapping, names),
        Event::ResourceSetAside { resource } => format!("set {} aside as not ours", key(*resource, names)),

        Event::ImpactStated { text } => format!("stated the impact: “{}”", short(&names.words(*text))),
        Event::PriorityAssigned { priority, reason } => {
            format!("assigned the priority {priority}{}", because(reason.map(|text| names.words(text))))
        }
        Event::WindowPlanned { plan } => {
            format!("planned the work from {} to {}", moment(plan.start), moment(plan.end))
        }
        Event::DismissalProposed { reason, .. } => {
            format!("proposed to dismiss the notice: “{}”", short(&names.words(*reason)))
        }
        Event::DismissalWithdrawn => "withdrew the proposal to dismiss the notice".to_owned(),
        Event::ProcedureMoved { procedure } => {
            format!("moved the notice to version {} of the procedure “{}”", procedure.version, procedure.id)
        }

        Event::Signed(signed) => signature(signed, names),
        Event::SignOffWithdrawn { sign_off, reason } => {
            format!("took back {}{}", signature_of(*sign_off, names), because(reason.map(|text| names.words(text))))
        }
        Event::ObjectionAnswered { sign_off, reason, .. } => {
            format!("answered {}: “{}”", signature_of(*sign_off, names), short(&names.words(*reason)))
        }
        Event::OverrideAsked { bypass, reason, takes_effect, .. } => {
            format!("asked to override {}{}: “{}”", bypass.words(), effect(*takes_effect), short(&names.words(*reason)))
        }
        Event::OverrideConfirmed { asked, .. } => format!("confirmed the override of entry {asked}"),
        Event::OverrideWithdrawn { asked } => format!("withdrew the override of entry {asked}"),
        Event::DowngradeProposed { downgrade, consequence, takes_effect, .. } => format!(
            "proposed to {}{}: “{}”",
            downgrade.words(names.case.map(|case| &case.facts)),
            effect(*takes_effect),
            short(&names.words(*consequence))
        ),
        Event::DowngradeAccepted { proposed, .. } => format!("countersigned the proposal of entry {proposed}"),
        Event::DowngradeRefused { proposed, reason } => {
            format!("turned down the proposal of entry {proposed}{}", because(reason.map(|text| names.words(text))))
        }

        Event::StepDone { step, place, evidence } => {
            let shown = evidence.first().map(|evidence| format!(": {}", shown(evidence, names))).unwrap_or_default();
            format!("did the step “{step}”{}{shown}", placed(place, names))
        }
        Event::StepUndone { step, place, reason } => {
            format!("reopened the step “{step}”{}: “{}”", placed(place, names), short(&names.words(*reason)))
        }
        Event::EvidenceAdded { step, place, evidence } => {
            format!("added evidence to the step “{step}”{}: {}", placed(place, names), shown(evidence, names))
        }

        Event::Assigned { gate, level, person } => {
            format!("asked {} to sign {} as {level}", names.called(*person), gate_words(*gate))
        }
        Event::Acknowledged { until, .. } => format!("has it until {until}"),
        Event::Commented { text, .. } => format!("commented: “{}”", short(&names.words(*text))),
        Event::Watched => "began to follow the notice".to_owned(),
        Event::Unwatched => "no longer follows the notice".to_owned(),
        Event::Seen => "opened the notice for the first time".to_owned(),
        Event::Reminded { reminders } => {
            let told: Vec<String> = reminders
                .iter()
                .map(|told| format!("{} ({})", names.called(told.person), told.rung.word().replace('_', " ")))
                .collect();
            format!("mailed {}", told.join(", "))
        }
        Event::Activated => "put the historic notice to work".to_owned(),
        Event::Closed => "closed the notice".to_owned(),
        Event::Dismissed => "dismissed the notice".to_owned(),
        Event::Reopened { because: ReopenCause::Message { .. } } => {
            "reopened the notice: a later message changed it".to_owned()
        }
        Event::Reopened { because: ReopenCause::Person { reason } } => {
            format!("reopened the notice: “{}”", short(&names.words(*reason)))
        }
        Event::MergedInto { notice } => format!("merged the notice into {}", names.notice(*notice)),
        Event::Absorbed { notice } => format!("took {} in", names.notice(*notice)),
        Event::SplitOff { notice, resources } => {
            format!("split {} resources off into {}", resources.len(), names.notice(*notice))
        }
        Event::SplitFrom { notice } => format!("began the notice as part of {}", names.notice(*notice)),
        Event::LikenessFound { notice } => format!("found that it looks like {}", names.notice(*notice)),
        Event::LikenessSetAside { notice } => format!("said that {} is another announcement", names.notice(*notice)),
    }
}

fn opening(opened: &Opened, names: &Names<'_>) -> String {
    let how = if opened.message.is_some() { "opened the notice from a message" } else { "opened the notice by hand" };
    let what =
        format!("{how}: {} of {}", kind_label(opened.facts.kind).to_lowercase(), provider(&opened.facts.provider).name);
    let title = format!("“{}”", names.words(opened.facts.title));
    if opened.historic {
        format!("{what}, {title}; all of its dates had passed")
    } else {
        format!("{what}, {title}, priority {}", opened.priority)
    }
}

/// The provider's newest words; how many there were before them in this delivery.
fn extended(entries: &[TimelineEntry], names: &Names<'_>) -> String {
    let Some((newest, before)) = entries.split_last() else { return "told nothing new".to_owned() };
    let state = newest.status.replace('_', " ");
    let more = match before.len() {
        0 => String::new(),
        n => format!(" and {n} earlier updates"),
    };
    format!("told “{state}”: “{}”{more}", short(&names.words(newest.text)))
}

fn came(pages: &Pages) -> String {
    let numbers: Vec<String> = pages.numbers.iter().map(u32::to_string).collect();
    let noun = if numbers.len() == 1 { "page" } else { "pages" };
    format!("sent {noun} {} of {}", numbers.join(", "), pages.of)
}

fn dated(deadline: &Deadline) -> String {
    format!("{} {}", role_label(deadline.role).to_lowercase(), deadline.when)
}

fn mapped(resource: ResourceId, mapping: &Mapping, names: &Names<'_>) -> String {
    let team = names.team(mapping.team).name;
    format!("confirmed that {} is {} and belongs to {team}", key(resource, names), mapping.environment)
}

fn key(resource: ResourceId, names: &Names<'_>) -> String {
    let resources = names.case.map(|case| case.facts.resources.as_slice()).unwrap_or_default();
    resources.iter().find(|known| known.id == resource).map_or_else(|| resource.to_string(), |known| known.key.clone())
}

fn signature(signed: &Signed, names: &Names<'_>) -> String {
    let verdict = match signed.verdict {
        Verdict::Approve => "approved",
        Verdict::Object => "objected to",
    };
    let place =
        signed.on_behalf_of.map(|person| format!(" in the place of {}", names.called(person))).unwrap_or_default();
    let comment = signed.comment.map(|text| format!(": “{}”", short(&names.words(text)))).unwrap_or_default();
    format!("{verdict} {} as {}{place}{comment}", gate_words(signed.gate), signed.level)
}

/// “the signature of Ada at the assessment”
fn signature_of(entry: Entry, names: &Names<'_>) -> String {
    let found = names.case.and_then(|case| case.sign_off(entry));
    found.map_or_else(
        || format!("the signature of entry {entry}"),
        |sign_off| format!("the signature of {} at {}", names.called(sign_off.person), gate_words(sign_off.gate)),
    )
}

fn effect(takes_effect: TakesEffect) -> String {
    match takes_effect {
        TakesEffect::OnConfirmation => String::new(),
        TakesEffect::At(at) => format!(" (alone, so it holds from {})", moment(at)),
    }
}

fn placed(place: &Place, names: &Names<'_>) -> String {
    match place {
        Place::Once => String::new(),
        Place::Environment(environment) => format!(" in {environment}"),
        Place::Resource(resource) => format!(" on {}", key(*resource, names)),
    }
}

fn shown(evidence: &Evidence, names: &Names<'_>) -> String {
    match evidence {
        Evidence::Note { text } => format!("“{}”", short(&names.words(*text))),
        Evidence::Attachment { name, .. } => format!("the file “{}”", names.words(*name)),
        Evidence::Probe { vantage, target, success, .. } => {
            format!("a probe of {target} from {vantage} {}", if *success { "succeeded" } else { "failed" })
        }
    }
}

/// What one signs at a gate, in a sentence.
pub(super) const fn gate_words(gate: Gate) -> &'static str {
    match gate {
        Gate::Assess => "the assessment",
        Gate::Schedule => "the schedule",
        Gate::Close => "the closing",
        Gate::Dismiss => "the dismissal",
    }
}

fn because(reason: Option<String>) -> String {
    reason.map(|words| format!(": “{}”", short(&words))).unwrap_or_default()
}

/// The beginning of a longer text.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 160 {
        line
    } else {
        format!("{}…", line.chars().take(159).collect::<String>().trim_end())
    }
}
