//! AWS Health events: by EventBridge, as `PutEvents` entries, as the API hands them out, and as AWS Health Aware re-emits
//! them. Source: AWS Health user guide, "AWS Health events Amazon EventBridge schema".
//!
//! Owns what the event's fields mean. It must not put pages together (that is `desk`'s, by the page and the key given
//! here), and must not take the delivery's region for the event's: a backup event arrives from a second region.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::field::Fields;
use super::{Draft, Payload, Prose, Structured, time};
use crate::profile::Providers;
use crate::resources::shape;
use crate::{Deadline, Page, Window};
use countersign_notice::fact::{Kind, Role, Status, When};

const FORMAT: &str = "aws_health";

/// Words of an event type code, and the kind that they settle. The first that fits counts.
const CODE_KINDS: &[(&str, Kind)] = &[
    ("VULNERABILITY", Kind::Security),
    ("SECURITY", Kind::Security),
    ("EXPOSED", Kind::Security),
    ("COMPROMISED", Kind::Security),
    ("ABUSE", Kind::Security),
    ("CERTIFICATE", Kind::CertificateRotation),
    ("CA_ROTATION", Kind::CertificateRotation),
    ("RENEWAL", Kind::CertificateRotation),
    ("BILLING", Kind::AccountBilling),
    ("PAYMENT", Kind::AccountBilling),
    ("END_OF_", Kind::EndOfLife),
    ("_EOL", Kind::EndOfLife),
    ("DEPRECAT", Kind::Deprecation),
    ("REDUNDANCY", Kind::Informational),
    ("MAINTENANCE", Kind::ScheduledMaintenance),
    ("PATCHING", Kind::ScheduledMaintenance),
    ("RETIREMENT", Kind::ScheduledMaintenance),
    ("REBOOT", Kind::ScheduledMaintenance),
    ("STOP_SCHEDULED", Kind::ScheduledMaintenance),
    ("TERMINAT", Kind::ScheduledMaintenance),
    ("UPDATE_", Kind::ScheduledMaintenance),
    ("UPGRADE", Kind::ScheduledMaintenance),
];

/// Words of a type code after which something is taken away at the start time, whether or not anybody acts.
const CODE_FINAL: &[&str] = &["RETIREMENT_SCHEDULED", "STOP_SCHEDULED", "TERMINAT", "RETIRE"];

pub(super) fn read(payload: &Payload<'_>, _: &Providers) -> Option<Structured> {
    let json = payload.json.as_ref()?;
    let mut found = Structured::default();
    for event in events(json) {
        draft(&event, &mut found);
    }
    (!found.drafts.is_empty()).then_some(found)
}

/// One event wherever it stood, with what only its wrapping knows.
struct Event {
    detail: Value,
    pointer: String,
    /// The whole of the EventBridge event; null for the API's shape.
    envelope: Value,
}

/// The events of a payload in any of the shapes. Detail that is JSON in a string is opened.
fn events(json: &Value) -> Vec<Event> {
    if let Some(all) = json.as_array().or_else(|| list(json, &["successfulSet", "events", "Entries"])) {
        return all.iter().flat_map(events).collect();
    }
    if let Some(detail) = ["detail", "Detail"].iter().find_map(|k| json.get(k)) {
        let opened = match detail {
            Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            other => other.clone(),
        };
        return one(opened, "/detail", json.clone());
    }
    match json.get("event") {
        Some(Value::Object(event)) => {
            let mut flat = event.clone();
            for key in ["eventDescription", "eventMetadata", "affectedEntities", "entities", "awsAccountId"] {
                if let Some(value) = json.get(key) {
                    flat.insert(key.to_owned(), value.clone());
                }
            }
            one(Value::Object(flat), "/event", Value::Null)
        }
        _ => one(json.clone(), "", Value::Null),
    }
}

fn list<'a>(json: &'a Value, keys: &[&str]) -> Option<&'a Vec<Value>> {
    keys.iter().find_map(|k| json.get(k)).and_then(Value::as_array)
}

fn one(detail: Value, pointer: &str, envelope: Value) -> Vec<Event> {
    let is_event = detail.get("eventTypeCode").is_some_and(Value::is_string)
        && (detail.get("eventArn").is_some() || detail.get("arn").is_some());
    if is_event { vec![Event { detail, pointer: pointer.to_owned(), envelope }] } else { Vec::new() }
}

fn draft(event: &Event, found: &mut Structured) {
    let mut fields = Fields::new(FORMAT, &event.detail, event.pointer.clone());
    let code = fields.text(&["eventTypeCode"]).unwrap_or_default().to_owned();
    let category = fields.text(&["eventTypeCategory"]).unwrap_or_default();
    let (words, pointer) = description(&event.detail);
    let (kind, settled_kind) = kind(&code, category);

    let provider = fields.fact("provider", "aws".to_owned(), &["eventArn", "arn"], 0.99);
    let kind = fields.fact("kind", kind, &["eventTypeCode"], if settled_kind { 0.9 } else { 0.4 });
    let mut draft = Draft::new(provider, kind, title(&words, &code, fields.text(&["eventRegion", "region"])));
    draft.settled.kind = settled_kind;
    status(&mut fields, &mut draft, category, &words, sent_at(event));
    dates(&mut fields, &mut draft, &code, category);
    affected(&mut fields, &mut draft, event);
    identity(&fields, &mut draft, event);

    draft.announcement.impact = fields.text(&["actionability"]).map(str::to_owned);
    let at = event.detail.get("startTime").and_then(time::about).or_else(|| sent_at(event));
    draft.prose.push(Prose { part: format!("{}{pointer}", event.pointer), text: words, html: false, at });
    fields.close(draft, found);
}

/// The description in English where there are several, with escapes that a re-emitter doubled undone.
fn description(detail: &Value) -> (String, &'static str) {
    let (value, pointer) = match detail.get("eventDescription") {
        Some(Value::Array(all)) => {
            let english = |v: &&Value| v["language"].as_str().is_some_and(|l| l.starts_with("en"));
            let chosen = all.iter().find(english).or_else(|| all.first());
            (chosen.and_then(|v| v.get("latestDescription")), "/eventDescription/0/latestDescription")
        }
        Some(Value::Object(one)) => (one.get("latestDescription"), "/eventDescription/latestDescription"),
        other => (other, "/eventDescription"),
    };
    let text = value.and_then(Value::as_str).unwrap_or_default();
    (text.replace("\\n", "\n").trim().to_owned(), pointer)
}

/// The kind, and whether the code settles it. A planned lifecycle event may be a certificate, an engine's end of life or
/// an upgrade: only its words tell.
fn kind(code: &str, category: &str) -> (Kind, bool) {
    if category == "issue" {
        return (Kind::Incident, true);
    }
    if code.contains("PLANNED_LIFECYCLE") {
        return (Kind::EndOfLife, false);
    }
    match CODE_KINDS.iter().find(|(word, _)| code.contains(word)) {
        Some((_, kind)) => (*kind, true),
        None if category == "scheduledChange" => (Kind::ScheduledMaintenance, false),
        None => (Kind::Informational, false),
    }
}

fn status(fields: &mut Fields<'_>, draft: &mut Draft, category: &str, words: &str, sent: Option<DateTime<Utc>>) {
    let start = fields.when(&["startTime"]).and_then(|(at, ..)| instant(at));
    let begun = start.zip(sent).is_some_and(|(start, sent)| start <= sent);
    let told = match fields.text(&["statusCode"]) {
        Some("closed") => Some(Status::Completed),
        Some("upcoming") => Some(Status::Planned),
        Some("open") | None if category == "issue" => Some(Status::Ongoing),
        Some("open") if begun => Some(Status::InProgress),
        _ => None,
    };
    let resolved = words.get(..120.min(words.len())).unwrap_or(words).contains("[RESOLVED]");
    let status = if resolved { Status::Completed } else { told.unwrap_or(Status::Planned) };
    draft.settled.status = resolved || matches!(told, Some(Status::Completed));
    draft.announcement.status = fields.fact("status", status, &["statusCode", "eventTypeCategory"], 0.8);
}

/// When the event was handed out: what "has begun" is measured by, and relative dates count from.
fn sent_at(event: &Event) -> Option<DateTime<Utc>> {
    let envelope = ["time", "Time"].iter().find_map(|k| event.envelope.get(k)).and_then(time::instant);
    envelope.or_else(|| event.detail.get("lastUpdatedTime").and_then(time::about))
}

fn dates(fields: &mut Fields<'_>, draft: &mut Draft, code: &str, category: &str) {
    let Some((start, as_written, span)) = fields.when(&["startTime"]) else { return };
    let end = fields.when(&["endTime"]).map(|(end, ..)| end);
    let is_span = end.is_some_and(|end| end.earliest() > start.earliest());
    let lifecycle = code.contains("LIFECYCLE") || draft.announcement.kind.value == Kind::EndOfLife;
    let is_final = CODE_FINAL.iter().any(|w| code.contains(w)) && !is_span;
    if category == "scheduledChange" && (lifecycle || is_final) {
        let role = if lifecycle { Role::HardExpiry } else { Role::Forced };
        fields.trace("deadline", &start, "startTime", span.clone());
        draft.settled.deadlines = true;
        let (as_written, span) = (as_written.clone(), span.clone());
        draft.announcement.deadlines.push(Deadline { role, at: start, as_written, span, confidence: 0.95 });
    }
    // An account notification starts when it was written and not when anything happens; its words tell the rest.
    let is_about_then = category != "accountNotification" || draft.settled.kind;
    if is_about_then && !lifecycle {
        fields.trace("window", &start, "startTime", span.clone());
        draft.announcement.windows.push(Window { start: Some(start), end, as_written, span, confidence: 0.95 });
    }
}

fn instant(at: When) -> Option<DateTime<Utc>> {
    match at {
        When::Instant(at) => Some(at),
        When::Date { .. } => None,
    }
}

fn affected(fields: &mut Fields<'_>, draft: &mut Draft, event: &Event) {
    let region = region(fields);
    let account = account(fields, event);
    let entities = list(&event.detail, &["affectedEntities", "entities"]).cloned().unwrap_or_default();
    for (at, entity) in entities.iter().enumerate() {
        let named = ["entityValue", "entityArn"].iter().find_map(|k| entity.get(k)).and_then(Value::as_str);
        let Some(id) = named.filter(|id| !matches!(*id, "UNKNOWN" | "AWS_ACCOUNT")) else { continue };
        let path = format!("affectedEntities/{at}/entityValue");
        let span = fields.span(&[&path]);
        fields.trace("resource", &id, "affectedEntities", span.clone());
        let mut resource = shape::resource(id, span);
        let owner = entity.get("awsAccountId").and_then(Value::as_str).map(str::to_owned);
        resource.account = resource.account.or(owner).or_else(|| account.clone());
        resource.region = resource.region.or_else(|| region.clone());
        draft.push_resource(resource);
    }
    if entities.is_empty() {
        let outer = list(&event.envelope, &["resources", "Resources"]).into_iter().flatten();
        for id in outer.filter_map(Value::as_str) {
            let mut resource = shape::resource(id, None);
            resource.account = resource.account.or_else(|| account.clone());
            resource.region = resource.region.or_else(|| region.clone());
            draft.push_resource(resource);
        }
    }
    draft.settled.resources = !draft.announcement.resources.is_empty();
}

/// The event's region: its own field, else the one in its ARN. Never the delivery's.
fn region(fields: &Fields<'_>) -> Option<String> {
    let told = fields.text(&["eventRegion", "region"]).map(str::to_owned);
    told.or_else(|| {
        let arn = fields.text(&["eventArn", "arn"]).and_then(shape::arn)?;
        (!arn.region.is_empty()).then(|| arn.region.to_owned())
    })
}

fn account(fields: &Fields<'_>, event: &Event) -> Option<String> {
    let outer = ["account", "Account"].iter().find_map(|k| event.envelope.get(k)).and_then(Value::as_str);
    let told = fields.text(&["affectedAccount", "awsAccountId"]).or(outer)?.trim_matches('`');
    (!told.is_empty()).then(|| told.to_owned())
}

/// One ARN may reach many accounts, so the key holds the account as well. A backup event has the key of the event.
fn identity(fields: &Fields<'_>, draft: &mut Draft, event: &Event) {
    let account = account(fields, event).unwrap_or_else(|| "any".into());
    if let Some(arn) = fields.text(&["eventArn", "arn"]) {
        draft.push_key("aws-health", &format!("{arn}@{account}"));
    }
    if let Some(id) = fields.text(&["communicationId"]) {
        draft.push_key("aws-communication", &format!("{id}@{account}"));
    }
    let number = |path: &str| fields.get(&[path]).and_then(|(_, v)| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
    if let (Some(number), Some(of)) = (number("page"), number("totalPages")) {
        let page = u32::try_from(number).ok().zip(u32::try_from(of).ok());
        let page = page.filter(|(number, of)| *of > 1 && (1..=*of).contains(number));
        draft.announcement.correlation.page =
            page.map(|(number, of)| Page { set: version(fields, event, &account), number, of, also: Vec::new() });
    }
}

/// Which version of the event it is: each communication about an event has an id of its own, which its pages and its backup
/// share. Where there is none, the time of the last update tells versions apart.
fn version(fields: &Fields<'_>, event: &Event, account: &str) -> String {
    let arn = fields.text(&["eventArn", "arn"]).unwrap_or_default();
    let told = fields.text(&["communicationId", "lastUpdatedTime"]).map(str::to_owned);
    let told = told.or_else(|| sent_at(event).map(|at| at.to_rfc3339())).unwrap_or_default();
    format!("aws-health:{arn}@{account}#{told}")
}

/// The first line where it is a headline, else the type code in words.
fn title(words: &str, code: &str, region: Option<&str>) -> String {
    let first = words.lines().next().unwrap_or_default().trim();
    let headline =
        first.split_once("] ").map_or(first, |(mark, rest)| if mark.starts_with('[') { rest } else { first });
    let is_headline =
        words.lines().count() > 1 && (8..=110).contains(&headline.len()) && !headline.ends_with(['.', ':']);
    if is_headline && !headline.contains(". ") {
        return headline.to_owned();
    }
    let mut parts = code.trim_start_matches("AWS_").split('_');
    let service = parts.next().unwrap_or_default();
    let rest = parts.collect::<Vec<_>>().join(" ").to_lowercase();
    let place = region.map(|r| format!(" in {r}")).unwrap_or_default();
    format!("{service} {rest}{place}").trim().to_owned()
}
