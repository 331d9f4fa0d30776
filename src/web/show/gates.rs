//! Gates, requirements, signatures, overrides and proposals, with names and words.

use super::Show;
use super::dates::moment;
use super::facts::{role_label, window_value};
use super::names;
use crate::notice::case::{Override, Proposal, ProposalState, SignOff};
use crate::notice::command::asked_at;
use crate::notice::deadline;
use crate::notice::event::{Actor, Bypass, Downgrade};
use crate::notice::facts::Window;
use crate::notice::gate::{self, RequirementView as Asked};
use crate::notice::procedure::{Gate, GateRule};
use crate::notice::refusal::Blocker as Reason;
use crate::notice::subject::{self, difference, subject_as};
use crate::web::view::common::{Change, Line};
use crate::web::view::gate::{
    Blocker, BypassRule, GateView, RequirementView, SignatureState, SignatureView, SubjectView,
};
use crate::web::view::notice::{OverrideView, ProposalView};
use crate::web::view::record::{ActorKind, ActorView};
use crate::web::view::session::AuthenticatedView;

/// The gates on the track, and `dismiss` where it is asked for.
pub(super) fn gates(show: &Show<'_>) -> Vec<GateView> {
    let case = show.case();
    let Some(procedure) = show.context().procedure(case) else { return Vec::new() };
    let dismissing = case.dismissal.is_some();
    let shown = procedure.gates.iter().filter(|(gate, _)| **gate != Gate::Dismiss || dismissing);
    shown.map(|(gate, rule)| one(show, *gate, rule)).collect()
}

fn one(show: &Show<'_>, gate: Gate, rule: &GateRule) -> GateView {
    let (case, context) = (show.case(), show.context());
    let now = subject::subject(case, gate);
    GateView {
        gate,
        due: deadline::dates(case, context).and_then(|dates| dates.due.get(&gate).copied()),
        state: gate::state(case, gate, context),
        subject: SubjectView {
            digest: now.digest.to_string(),
            version: now.version.into(),
            words: rule.words.clone(),
            summary: summary(show, gate),
        },
        requirements: gate::requirements(case, gate, context).iter().map(|view| requirement(show, view)).collect(),
        blockers: blockers(show, gate::blockers(case, gate, context)),
    }
}

/// What a signature covers, for people. The same content as the subject, in the same order.
fn summary(show: &Show<'_>, gate: Gate) -> Vec<Line> {
    let case = show.case();
    let line = |label: &str, value: String| Line { label: label.to_owned(), value };
    let mut lines = vec![
        line("Notice", show.names.words(case.facts.title)),
        line("Provider", names::provider(&case.facts.provider).name),
        line("Kind", super::facts::kind_label(case.facts.kind).to_owned()),
    ];
    lines.extend(case.facts.deadlines.iter().map(|d| line(role_label(d.role), super::dates::when(d).at)));
    lines.extend(case.facts.resources.iter().map(|resource| {
        let place = match &resource.mapping {
            _ if resource.set_aside => "set aside as not ours".to_owned(),
            Some(mapping) => format!("{}, {}", mapping.environment, show.names.team(mapping.team).name),
            None => "no environment and owner yet".to_owned(),
        };
        line("Resource", format!("{}: {place}", resource.key))
    }));
    lines.push(line("Priority", case.priority.to_string()));
    lines.extend(case.impact.map(|impact| line("Impact", show.names.words(impact.text))));
    if matches!(gate, Gate::Schedule | Gate::Close)
        && let Some(planned) = case.plan
    {
        let plan = planned.plan;
        lines.push(line("Planned window", format!("{} to {}", moment(plan.start), moment(plan.end))));
        lines.push(line("Plan", show.names.words(plan.text)));
    }
    if gate == Gate::Close {
        lines.push(line("Steps done", case.steps.values().filter(|done| done.done).count().to_string()));
    }
    if let (Gate::Dismiss, Some(dismissal)) = (gate, case.dismissal) {
        lines.push(line("Reason to dismiss", show.names.words(dismissal.reason)));
        lines.push(line("What follows if that is wrong", show.names.words(dismissal.consequence)));
    }
    lines
}

fn requirement(show: &Show<'_>, view: &Asked) -> RequirementView {
    let (case, context) = (show.case(), show.context());
    let asked = asked_at(case, view, context, context.now);
    let here = case.sign_offs.iter().filter(|s| s.gate == view.gate && s.level == view.level && !s.replaced);
    RequirementView {
        level: view.level.to_string(),
        level_name: context.directory.level(&view.level).map_or_else(|| view.level.to_string(), |l| l.name.clone()),
        needed: view.needed,
        state: view.state,
        assigned: asked.into_iter().map(|person| show.names.person(person)).collect(),
        signatures: here.map(|sign_off| signature(show, sign_off)).collect(),
    }
}

fn signature(show: &Show<'_>, sign_off: &SignOff) -> SignatureView {
    let current = gate::is_current(show.case(), sign_off);
    let state = match () {
        () if sign_off.withdrawn.is_some() => SignatureState::Withdrawn,
        () if sign_off.answered.is_some() => SignatureState::Answered,
        () if !current => SignatureState::Stale,
        () => SignatureState::Valid,
    };
    SignatureView {
        id: sign_off.entry.0,
        person: show.names.person(sign_off.person),
        level: sign_off.level.to_string(),
        verdict: sign_off.verdict,
        at: sign_off.at,
        words: sign_off.words.clone(),
        comment: sign_off.comment.map(|text| show.names.words(text)),
        on_behalf_of: sign_off.on_behalf_of.map(|person| show.names.person(person)),
        state,
        authenticated: AuthenticatedView { method: sign_off.authenticated.method, at: sign_off.authenticated.at },
        difference: (!current).then(|| since(show, sign_off)),
    }
}

/// What changed since a signature was given, in words.
fn since(show: &Show<'_>, sign_off: &SignOff) -> Vec<Change> {
    let Some(now) = subject_as(show.case(), sign_off.gate, sign_off.subject.version) else { return Vec::new() };
    let changes = difference(&sign_off.subject.body, &now.body);
    changes.into_iter().map(|change| told(show, change)).collect()
}

/// A change with the words in the place of commitments and names in the place of ids, where they are still known.
pub(super) fn told(show: &Show<'_>, change: subject::Change) -> Change {
    let case = show.case();
    let current = match change.path.as_str() {
        "impact" => case.impact.map(|impact| impact.text),
        "facts/title" => Some(case.facts.title),
        "plan/text" => case.plan.map(|planned| planned.plan.text),
        "dismissal/reason" => case.dismissal.map(|dismissal| dismissal.reason),
        "dismissal/consequence" => case.dismissal.map(|dismissal| dismissal.consequence),
        path if is_text(path) => return Change { label: change.label, before: None, after: None },
        path if path.ends_with("/team") => {
            let name = |id: Option<String>| {
                id.map(|id| id.parse().map_or(id, |id| show.names.team(crate::notice::ids::TeamId(id)).name))
            };
            return Change { label: change.label, before: name(change.was), after: name(change.now) };
        }
        path if path.starts_with("facts/resources/") => {
            let label = resource_label(show, &change.label);
            let told = |values: Option<String>| values.map(|values| with_team(show, &values));
            return Change { label, before: told(change.was), after: told(change.now) };
        }
        _ => return Change { label: change.label, before: change.was, after: change.now },
    };
    let earlier = change.was.map(|_| "another wording".to_owned());
    Change { label: change.label, before: earlier, after: current.map(|text| show.names.words(text)) }
}

/// Paths under which only digests stand: what the procedure asks, and texts of evidence.
fn is_text(path: &str) -> bool {
    path == "procedure" || path.ends_with("/commitment") || path.ends_with("/digest") || path.ends_with("/text/id")
}

/// “resource r1, environment” with the provider's own name for it.
fn resource_label(show: &Show<'_>, label: &str) -> String {
    let named = show.case().facts.resources.iter().find_map(|resource| {
        let rest = label.strip_prefix(&format!("resource {}", resource.id))?;
        (rest.is_empty() || rest.starts_with(',')).then(|| format!("{}{rest}", resource.key))
    });
    named.unwrap_or_else(|| label.to_owned())
}

/// What is told of a resource, with its team's name in the place of the team's id.
fn with_team(show: &Show<'_>, values: &str) -> String {
    let named = |value: &str| {
        value.parse().map_or_else(|_| value.to_owned(), |id| show.names.team(crate::notice::ids::TeamId(id)).name)
    };
    values.split(", ").map(named).collect::<Vec<_>>().join(", ")
}

/// Reasons with names: whose signature is stale, who objects, who is asked for what is missing.
pub(super) fn blockers(show: &Show<'_>, reasons: Vec<Reason>) -> Vec<Blocker> {
    reasons.into_iter().map(|reason| blocker(show, reason)).collect()
}

fn blocker(show: &Show<'_>, reason: Reason) -> Blocker {
    let asked = || {
        let views = gate::requirements(show.case(), reason.gate, show.context());
        let view = views.into_iter().find(|view| Some(&view.level) == reason.level.as_ref())?;
        let asked = asked_at(show.case(), &view, show.context(), show.context().now);
        let names: Vec<String> = asked.into_iter().map(|person| show.names.called(person)).collect();
        (!names.is_empty()).then(|| format!("asked: {}", names.join(", ")))
    };
    let whose = match reason.person {
        Some(person) => Some(show.names.called(person)),
        None if reason.code == "signature_missing" => asked(),
        None => None,
    };
    let sentence = match whose {
        Some(whose) => format!("{} ({whose}).", reason.sentence.trim_end_matches('.')),
        None => reason.sentence,
    };
    Blocker {
        code: reason.code,
        gate: reason.gate,
        level: reason.level.map(|level| level.to_string()),
        person: reason.person.map(|person| show.names.person(person)),
        resource: reason.resource.map(|resource| super::work::resource_name(show, resource)),
        step: reason.step.map(|step| step.to_string()),
        sentence,
    }
}

pub(super) fn overrides(show: &Show<'_>) -> Vec<OverrideView> {
    show.case().overrides.iter().map(|asked| bypass(show, asked)).collect()
}

fn bypass(show: &Show<'_>, asked: &Override) -> OverrideView {
    let waiting = !asked.withdrawn && asked.confirmed.is_none();
    OverrideView {
        id: asked.entry.0,
        rule: rule(&asked.bypass),
        sentence: asked.bypass.words(),
        reason: show.names.words(asked.reason),
        by: show.names.person(asked.asked_by),
        at: asked.asked_at,
        confirmed_by: asked.confirmed.map(|(by, _)| show.names.person(by)),
        holds_from: asked.held_from(),
        withdrawn: asked.withdrawn,
        may_confirm: waiting && show.viewer.role.may_change() && asked.asked_by != show.viewer.id,
    }
}

const fn rule(bypass: &Bypass) -> BypassRule {
    match bypass {
        Bypass::SignOff { .. } => BypassRule::SignOff,
        Bypass::Independence => BypassRule::Independence,
        Bypass::Window => BypassRule::Window,
        Bypass::Step { .. } => BypassRule::Step,
    }
}

/// Proposals that still wait for a second person.
pub(super) fn proposals(show: &Show<'_>) -> Vec<ProposalView> {
    let waiting = show.case().proposals.iter().filter(|proposal| proposal.state == ProposalState::Waiting);
    waiting.map(|proposal| proposal_view(show, proposal)).collect()
}

fn proposal_view(show: &Show<'_>, proposal: &Proposal) -> ProposalView {
    let (sentence, changes) = downgrade(show, &proposal.downgrade);
    let by = match proposal.by {
        Some(by) => {
            let person = show.names.person(by);
            ActorView { kind: ActorKind::Person, id: Some(person.id), name: person.name }
        }
        None => {
            ActorView { kind: ActorKind::Provider, id: None, name: names::provider(&show.case().facts.provider).name }
        }
    };
    ProposalView {
        id: proposal.entry.0,
        what: what(&proposal.downgrade).to_owned(),
        by,
        at: proposal.at,
        sentence,
        changes,
        reason: Some(show.names.words(proposal.consequence)),
        may_decide: show.viewer.role.may_change() && proposal.by != Some(show.viewer.id),
    }
}

const fn what(downgrade: &Downgrade) -> &'static str {
    match downgrade {
        Downgrade::LowerPriority { .. } => "lower_priority",
        Downgrade::MoveDeadline { .. } => "move_deadline",
        Downgrade::DropDeadline { .. } => "drop_deadline",
        Downgrade::MoveWindows { .. } => "move_windows",
        Downgrade::SetAside { .. } => "set_aside",
        Downgrade::Cancelled => "cancelled",
        Downgrade::ChangeKind { .. } => "change_kind",
        Downgrade::MoveProcedure { .. } => "move_procedure",
    }
}

/// A downgrade in a sentence, and what it would change.
pub(super) fn downgrade(show: &Show<'_>, downgrade: &Downgrade) -> (String, Vec<Change>) {
    let case = show.case();
    let date = |id| case.facts.deadlines.iter().find(|known| known.id == id).map(super::dates::when);
    let change = |label: &str, before: Option<String>, after: Option<String>| {
        vec![Change { label: label.to_owned(), before, after }]
    };
    match downgrade {
        Downgrade::LowerPriority { to } => (
            format!("Lower the priority to {to}."),
            change("Priority", Some(case.priority.to_string()), Some(to.to_string())),
        ),
        Downgrade::MoveDeadline { deadline, when } => (
            format!("Move a deadline to {when}."),
            change("Deadline", date(*deadline).map(|w| w.at), Some(when.to_string())),
        ),
        Downgrade::DropDeadline { deadline } => {
            ("Drop a deadline.".to_owned(), change("Deadline", date(*deadline).map(|w| w.at), None))
        }
        Downgrade::MoveWindows { windows } => {
            let told = |windows: &[Window]| windows.iter().map(window_value).collect::<Vec<_>>().join("; ");
            let before = Some(told(&case.facts.windows)).filter(|told| !told.is_empty());
            ("Take the provider's later windows.".to_owned(), change("Provider's windows", before, Some(told(windows))))
        }
        Downgrade::SetAside { resource } => {
            let name = super::work::resource_name(show, *resource);
            (format!("Set {name} aside as not ours."), change("Resource", Some(name), None))
        }
        Downgrade::Cancelled => (
            format!("Take it as cancelled by {}.", names::provider(&case.facts.provider).name),
            change(
                "Status",
                Some(super::facts::status_label(case.facts.status).to_owned()),
                Some("Cancelled".to_owned()),
            ),
        ),
        Downgrade::MoveProcedure { procedure, version, size } => (
            format!("Follow version {version} of the procedure “{procedure}” for {size}."),
            change(
                "Procedure",
                Some(format!("{} {} for {}", case.procedure.id, case.procedure.version, case.procedure.size)),
                Some(format!("{procedure} {version} for {size}")),
            ),
        ),
        Downgrade::ChangeKind { kind } => (
            format!("Treat it as “{}”.", super::facts::kind_label(*kind)),
            change(
                "Kind",
                Some(super::facts::kind_label(case.facts.kind).to_owned()),
                Some(super::facts::kind_label(*kind).to_owned()),
            ),
        ),
    }
}

/// Who acted, with a name.
pub(super) fn actor(names: &super::Names<'_>, actor: &Actor) -> ActorView {
    match actor {
        Actor::Person { id } => ActorView { kind: ActorKind::Person, id: Some(id.0), name: names.called(*id) },
        Actor::System => ActorView { kind: ActorKind::System, id: None, name: "Countersign".to_owned() },
        Actor::Provider { message } => ActorView {
            kind: ActorKind::Provider,
            id: Some(message.0),
            name: names
                .case
                .map_or_else(|| "the provider".to_owned(), |case| super::names::provider(&case.facts.provider).name),
        },
    }
}
