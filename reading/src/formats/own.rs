//! Our own JSON, for scripts and for providers without a format of their own: what `docs/api.md` describes for
//! `POST /in/<channel>`.
//!
//! It must not be lenient about field names: a misspelt `deadline` would be a deadline lost, so it is told.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::field::Fields;
use super::{Draft, Payload, Prose, Structured, time};
use crate::profile::Providers;
use crate::resources::shape;
use crate::{Deadline, Fact, Trouble, Window};
use countersign_notice::fact::{Kind, Role, Status};

const FORMAT: &str = "own";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    provider: String,
    title: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    status: Option<Status>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    sent_at: Option<DateTime<Utc>>,
    #[serde(default)]
    impact: Option<String>,
    #[serde(default)]
    deadlines: Vec<OwnDeadline>,
    #[serde(default)]
    windows: Vec<OwnWindow>,
    #[serde(default)]
    resources: Vec<OwnResource>,
    #[serde(default)]
    links: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnDeadline {
    role: Role,
    at: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnWindow {
    #[serde(default)]
    start: Value,
    #[serde(default)]
    end: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnResource {
    id: String,
    #[serde(default, rename = "type")]
    sort: Option<String>,
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    region: Option<String>,
}

pub(super) fn read(payload: &Payload<'_>, providers: &Providers) -> Option<Structured> {
    let json = payload.json.as_ref()?;
    let is_ours = ["provider", "title"].iter().all(|k| json.get(k).is_some_and(Value::is_string));
    if !is_ours {
        return None;
    }
    let mut found = Structured::default();
    match Own::deserialize(json) {
        Ok(own) => draft(&own, json, providers, &mut found),
        Err(e) => found
            .trouble
            .push(trouble(&format!("The notice does not follow the format: {e}. Nothing was read from it."))),
    }
    Some(found)
}

fn draft(own: &Own, json: &Value, providers: &Providers, found: &mut Structured) {
    let mut fields = Fields::new(FORMAT, json, "");
    let id = providers.named(&own.provider).map_or_else(|| own.provider.clone(), |p| p.id.clone());
    let provider = fields.fact("provider", id, &["provider"], 0.95);
    let kind = match own.kind {
        Some(kind) => fields.fact("kind", kind, &["kind"], 0.99),
        None => Fact { value: Kind::Informational, span: None, confidence: 0.3 },
    };
    let mut draft = Draft::new(provider, kind, own.title.clone());
    draft.settled.kind = own.kind.is_some();
    if let Some(status) = own.status {
        draft.announcement.status = fields.fact("status", status, &["status"], 0.99);
        draft.settled.status = true;
    }
    dates(own, &mut fields, &mut draft, &mut found.trouble);
    for (at, given) in own.resources.iter().enumerate() {
        let path = format!("resources/{at}/id");
        let mut resource = shape::resource(&given.id, fields.span(&[&path]));
        resource.sort = given.sort.clone().unwrap_or(resource.sort);
        resource.account = given.account.clone().or(resource.account);
        resource.region = given.region.clone().or(resource.region);
        draft.push_resource(resource);
    }
    draft.settled.resources = !own.resources.is_empty();
    draft.announcement.impact.clone_from(&own.impact);
    draft.announcement.links.clone_from(&own.links);
    if let Some(id) = &own.id {
        draft.push_key("reference", &format!("{}:{id}", draft.announcement.provider.value.clone()));
    }
    if let Some(text) = &own.text {
        draft.prose.push(Prose { part: "/text".into(), text: text.clone(), html: false, at: own.sent_at });
    }
    fields.close(draft, found);
}

fn dates(own: &Own, fields: &mut Fields<'_>, draft: &mut Draft, troubles: &mut Vec<Trouble>) {
    for (at, given) in own.deadlines.iter().enumerate() {
        let path = format!("deadlines/{at}/at");
        match fields.when(&[&path]) {
            Some((at, as_written, span)) => {
                draft.announcement.deadlines.push(Deadline {
                    role: given.role,
                    at,
                    as_written,
                    span,
                    confidence: 0.99,
                });
            }
            None => troubles.push(trouble(&format!(
                "The deadline {} is neither a date (2025-03-28) nor an instant with its zone (2025-03-28T23:00:00Z).",
                given.at
            ))),
        }
    }
    for (at, given) in own.windows.iter().enumerate() {
        let path = format!("windows/{at}/start");
        let (start, end) = (time::when(&given.start), time::when(&given.end));
        if start.is_none() && end.is_none() {
            troubles.push(trouble("A window has neither a start nor an end that could be read."));
            continue;
        }
        let as_written = format!("{} – {}", written(&given.start), written(&given.end));
        let span = fields.span(&[&path]);
        draft.announcement.windows.push(Window { start, end, as_written, span, confidence: 0.99 });
    }
    draft.settled.deadlines = !own.deadlines.is_empty();
    draft.settled.windows = !own.windows.is_empty();
}

fn written(value: &Value) -> &str {
    value.as_str().unwrap_or("…")
}

fn trouble(message: &str) -> Trouble {
    Trouble { code: "own_format".into(), message: message.to_owned(), span: None }
}
