//! What a gate's signature covers: canonical JSON of a named version, and what differs between two of them.
//!
//! Owns the subjects' content. A signature is compared under the version it was made with, so that a newer program makes
//! nothing stale; older versions are kept here for as long as records hold them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::case::Case;
use super::chain::{canonical, micros};
use super::event::{Place, Recorded};
use super::fact::When;
use super::procedure::Gate;
use super::text::Digest;

/// The version that new signatures are made with.
pub const CURRENT: u16 = 1;

/// A subject's exact bytes and their digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedSubject {
    pub version: u16,
    pub digest: Digest,
    /// Canonical JSON, stored as it was hashed.
    pub body: String,
}

impl SignedSubject {
    fn of(version: u16, value: &Value) -> Self {
        let bytes = canonical(value);
        let digest = Digest::of(&bytes);
        Self { version, digest, body: String::from_utf8(bytes).unwrap_or_default() }
    }
}

/// What a signature at this gate covers now.
#[must_use]
pub fn subject(case: &Case, gate: Gate) -> SignedSubject {
    SignedSubject::of(CURRENT, &version_1(case, gate))
}

/// The same under the version that an older signature was made with; none where this program does not know it.
#[must_use]
pub fn subject_as(case: &Case, gate: Gate, version: u16) -> Option<SignedSubject> {
    match version {
        1 => Some(SignedSubject::of(1, &version_1(case, gate))),
        _ => None,
    }
}

/// Version 1. The provider's status and the written form of a date are not in it: "in progress" and a reminder void nothing.
fn version_1(case: &Case, gate: Gate) -> Value {
    let mut value = json!({
        "notice": case.id,
        "gate": gate,
        "facts": facts(case),
        "impact": case.impact.as_ref().map(|impact| impact.text.commitment),
        "priority": case.priority,
        "procedure": case.procedure.gates.get(&gate),
    });
    if matches!(gate, Gate::Schedule | Gate::Close) {
        value["plan"] = case.plan.as_ref().map_or(Value::Null, |planned| {
            let plan = &planned.plan;
            json!({"start": micros(plan.start), "end": micros(plan.end), "text": plan.text.commitment})
        });
    }
    if gate == Gate::Close {
        value["steps"] = steps(case);
    }
    if gate == Gate::Dismiss {
        value["dismissal"] = case.dismissal.as_ref().map_or(
            Value::Null,
            |dismissal| json!({"reason": dismissal.reason.commitment, "consequence": dismissal.consequence.commitment}),
        );
    }
    value
}

/// Lists that have ids become objects by id, so that a difference names the thing and not its place in a list.
fn facts(case: &Case) -> Value {
    let facts = &case.facts;
    let deadlines: BTreeMap<String, Value> =
        facts.deadlines.iter().map(|d| (d.id.to_string(), json!({"role": d.role, "when": spelled(&d.when)}))).collect();
    let windows: BTreeMap<String, Value> = facts
        .windows
        .iter()
        .map(|w| {
            let end = |when: Option<When>| when.map(|when| spelled(&when));
            (w.id.to_string(), json!({"start": end(w.start), "end": end(w.end)}))
        })
        .collect();
    let resources: BTreeMap<String, Value> = facts
        .resources
        .iter()
        .map(|r| {
            let value = json!({
                "key": r.key, "type": r.sort, "account": r.account, "region": r.region,
                "environment": r.mapping.as_ref().map(|m| &m.environment), "team": r.mapping.as_ref().map(|m| m.team),
                "set_aside": r.set_aside,
            });
            (r.id.to_string(), value)
        })
        .collect();
    json!({
        "provider": facts.provider, "kind": facts.kind, "title": facts.title.commitment,
        "deadlines": deadlines, "windows": windows, "resources": resources,
    })
}

/// A date as it is signed: a calendar date with its zone, or an instant.
fn spelled(when: &When) -> String {
    match when {
        When::Date { date, zone: Some(zone) } => format!("{date} {zone}"),
        When::Date { date, zone: None } => date.to_string(),
        When::Instant(at) => micros(*at),
    }
}

fn steps(case: &Case) -> Value {
    case.steps
        .iter()
        .filter(|(_, done)| done.done)
        .map(|((step, place), done)| {
            let place = match place {
                Place::Once => String::new(),
                Place::Environment(environment) => format!("/{environment}"),
                Place::Resource(resource) => format!("/{resource}"),
            };
            let value = json!({"by": done.by, "evidence": done.evidence});
            (format!("{step}{place}"), value)
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The subject with this digest, as it stood at some time: what a page had shown whose signature came too late. Finds
/// nothing for a digest that was never true of this notice.
#[must_use]
pub fn shown(record: &[Recorded], gate: Gate, digest: Digest) -> Option<SignedSubject> {
    let (first, rest) = record.split_first()?;
    let mut case = Case::begin(first).ok()?;
    let mut found = Some(subject(&case, gate)).filter(|now| now.digest == digest);
    for recorded in rest {
        case.apply(recorded);
        let now = subject(&case, gate);
        if now.digest == digest {
            found = Some(now);
        }
    }
    found
}

/// One thing that is not as it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Change {
    /// Such as `facts/deadlines/d1/when`.
    pub path: String,
    /// In words, such as "deadline d1, date".
    pub label: String,
    pub was: Option<String>,
    pub now: Option<String>,
}

/// What differs between two subjects, by path. Texts are only commitments here: the page shows the words, where they are
/// still kept.
#[must_use]
pub fn difference(was: &str, now: &str) -> Vec<Change> {
    let leaves = |body: &str| {
        let mut out = BTreeMap::new();
        flatten(&serde_json::from_str(body).unwrap_or(Value::Null), String::new(), &mut out);
        out
    };
    let (was, now) = (leaves(was), leaves(now));
    let mut changes = BTreeMap::new();
    for path in was.keys().chain(now.keys()).filter(|path| was.get(*path) != now.get(*path)) {
        let change = whole(path, &was, &now).unwrap_or_else(|| Change {
            path: path.clone(),
            label: label(path),
            was: was.get(path).cloned(),
            now: now.get(path).cloned(),
        });
        changes.insert(change.path.clone(), change);
    }
    changes.into_values().collect()
}

/// A deadline, window or resource that only one of the two states knows is one change, with all that is told of it.
fn whole(path: &str, was: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Option<Change> {
    let ["facts", sort @ ("deadlines" | "windows" | "resources"), id, _] = path.split('/').collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let thing = format!("facts/{sort}/{id}");
    let name = format!("{thing}/key");
    let told = |leaves: &BTreeMap<String, String>| {
        let below =
            leaves.iter().filter(|(path, _)| path.strip_prefix(&thing).is_some_and(|rest| rest.starts_with('/')));
        let known = below.clone().next().is_some();
        let values: Vec<&str> = below
            .filter(|(path, value)| **path != name && *value != "false")
            .map(|(_, value)| value.as_str())
            .collect();
        known.then(|| values.join(", "))
    };
    // A resource is called by its own name, which then is no part of what is told of it.
    let called = was.get(&name).or_else(|| now.get(&name)).map_or(id, String::as_str);
    let label = format!("{} {called}", sort.trim_end_matches('s'));
    let (was, now) = (told(was), told(now));
    (was.is_none() || now.is_none()).then_some(Change { label, path: thing, was, now })
}

fn flatten(value: &Value, path: String, out: &mut BTreeMap<String, String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}/{key}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| flatten(value, below(key), out)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, value)| flatten(value, below(&(n + 1).to_string()), out));
        }
        Value::Null => {}
        Value::String(text) => drop(out.insert(path, text.clone())),
        scalar => drop(out.insert(path, scalar.to_string())),
    }
}

fn label(path: &str) -> String {
    let words: Vec<&str> = path.split('/').collect();
    match words.as_slice() {
        ["facts", "deadlines", id, "when"] => format!("deadline {id}"),
        ["facts", "deadlines", id, part] => format!("deadline {id}, {part}"),
        ["facts", "windows", id, part] => format!("provider's window {id}, {part}"),
        ["facts", "resources", id, part] => format!("resource {id}, {}", part.replace('_', " ")),
        ["facts", part] => (*part).to_owned(),
        ["impact"] => "impact statement".to_owned(),
        ["procedure"] => "what the procedure asks at this gate".to_owned(),
        ["plan", "text"] => "plan".to_owned(),
        ["plan", part] => format!("planned window, {part}"),
        ["steps", step, ..] => format!("step {step}"),
        ["dismissal", part] => format!("dismissal, {part}"),
        other => other.join(", "),
    }
}
