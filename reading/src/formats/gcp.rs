//! Google Cloud Service Health: the public incidents file, the API's events and the log entries that Pub/Sub delivers.
//! Source: Google Cloud documentation, "Personalized Service Health", log schema and REST reference.
//!
//! Where fields and words disagree on the end (an incident without one whose text says that it is resolved), both are
//! kept and a person is told.

use serde_json::Value;

use super::field::Fields;
use super::{Draft, Payload, Prose, Structured};
use crate::html;
use crate::profile::Providers;
use crate::{Resource, Trouble, Update, Window};
use countersign_notice::fact::{Kind, Status};

const FORMAT: &str = "gcp";

pub(super) fn read(payload: &Payload<'_>, _: &Providers) -> Option<Structured> {
    let json = payload.json.as_ref()?;
    let mut found = Structured::default();
    let listed = json.as_array().or_else(|| json.get("events").and_then(Value::as_array));
    match listed {
        Some(all) => all.iter().enumerate().for_each(|(at, one)| entry(one, &format!("/{at}"), &mut found)),
        None => entry(json, "", &mut found),
    }
    (!found.drafts.is_empty()).then_some(found)
}

fn entry(json: &Value, pointer: &str, found: &mut Structured) {
    let is_log = |v: &Value| v.get("@type").and_then(Value::as_str).is_some_and(|t| t.contains("servicehealth"));
    if json.get("external_desc").is_some() && json.get("begin").is_some() {
        incident(json, pointer, found);
    } else if let Some(inner) = json.get("jsonPayload").filter(|p| is_log(p)) {
        event(inner, &format!("{pointer}/jsonPayload"), json, found);
    } else if is_log(json)
        || json.get("name").and_then(Value::as_str).is_some_and(|n| n.contains("/locations/") && n.contains("vents/"))
    {
        event(json, pointer, &Value::Null, found);
    }
}

/// An entry of `status.cloud.google.com/incidents.json`.
fn incident(json: &Value, pointer: &str, found: &mut Structured) {
    let mut fields = Fields::new(FORMAT, json, pointer);
    let title = fields.text(&["external_desc"]).unwrap_or_default();
    let mut draft = opened(&mut fields, title, &["external_desc"]);
    let ended = fields.when(&["end"]).is_some();
    let words = fields.text(&["most_recent_update/text"]).unwrap_or_default();
    let resolved = words.to_lowercase().contains("resolved") && !words.to_lowercase().contains("not resolved");
    let status = if ended || resolved { Status::Completed } else { Status::Ongoing };
    draft.announcement.status =
        fields.fact("status", status, &["end", "most_recent_update/text"], if ended { 0.95 } else { 0.6 });
    draft.settled.status = true;
    if resolved && !ended {
        found.trouble.push(Trouble {
            code: "fields_and_text_disagree".into(),
            message: format!(
                "“{title}”: the fields name no end, the text says that it is resolved. The end is taken from the text."
            ),
            span: fields.span(&["most_recent_update/text"]),
        });
    }
    window(&mut fields, &mut draft, &["begin"], &["end"]);
    let places = names(json, &["currently_affected_locations", "previously_affected_locations"], &["id", "title"]);
    products(names(json, &["affected_products"], &["title"]), &places, &mut draft);
    if draft.announcement.resources.is_empty() {
        products(fields.text(&["service_name"]).into_iter().collect(), &places, &mut draft);
    }
    draft.announcement.impact = fields.text(&["status_impact", "severity"]).map(str::to_owned);
    draft.push_key("gcp-incident", fields.text(&["id"]).unwrap_or_default());
    draft.announcement.updates = updates(json.get("updates"), &["when", "created"], &["status"], &["text"]);
    prose(&fields, &mut draft, &["most_recent_update/text"], &["most_recent_update/when", "modified"]);
    fields.close(draft, found);
}

/// An event of the API, or the same as a log entry, where lists are written as text (`['us-central1']`).
fn event(json: &Value, pointer: &str, log: &Value, found: &mut Structured) {
    let mut fields = Fields::new(FORMAT, json, pointer);
    let Some(title) = fields.text(&["title"]) else { return };
    let mut draft = opened(&mut fields, title, &["category", "title"]);
    let state = fields.text(&["detailedState", "state"]).unwrap_or_default();
    let status = match state {
        "RESOLVED" | "CLOSED" | "AUTO_CLOSED" => Status::Completed,
        "FALSE_POSITIVE" | "MERGED" => Status::Cancelled,
        _ => Status::Ongoing,
    };
    draft.announcement.status = fields.fact("status", status, &["detailedState", "state"], 0.95);
    draft.settled.status = true;
    window(&mut fields, &mut draft, &["startTime"], &["endTime"]);
    let impacts = json.get("eventImpacts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut places = listed(fields.text(&["impactedLocations"]));
    places.extend(impacts.iter().filter_map(|i| i.pointer("/location/locationName")).filter_map(Value::as_str));
    let mut named = listed(fields.text(&["impactedProducts"]));
    named.extend(impacts.iter().filter_map(|i| i.pointer("/product/productName")).filter_map(Value::as_str));
    products(named, &places, &mut draft);
    if let Some(project) = log.pointer("/resource/labels/resource_container").and_then(Value::as_str) {
        draft.push_resource(Resource {
            id: project.to_owned(),
            sort: "project".into(),
            account: None,
            region: None,
            span: None,
        });
    }
    draft.announcement.impact = fields.text(&["relevance", "symptom"]).map(str::to_owned);
    let id = log.pointer("/labels/servicehealth.googleapis.com~1event_id").and_then(Value::as_str);
    let id = id.or_else(|| fields.text(&["eventId"])).or_else(|| fields.text(&["name"])?.rsplit('/').next());
    draft.push_key("gcp-incident", id.unwrap_or_default());
    draft.announcement.updates = updates(json.get("updates"), &["updateTime"], &["state"], &["description", "title"]);
    prose(&fields, &mut draft, &["description", "updates/0/description"], &["updateTime"]);
    fields.close(draft, found);
}

fn opened(fields: &mut Fields<'_>, title: &str, path: &[&str]) -> Draft {
    let provider = fields.fact("provider", "google_cloud".to_owned(), path, 0.98);
    let kind = fields.fact("kind", Kind::Incident, path, 0.95);
    let mut draft = Draft::new(provider, kind, title.split_whitespace().collect::<Vec<_>>().join(" "));
    draft.settled.kind = true;
    draft.settled.resources = true;
    draft
}

fn window(fields: &mut Fields<'_>, draft: &mut Draft, start: &[&str], end: &[&str]) {
    let Some((at, as_written, span)) = fields.when(start) else { return };
    let end = fields.when(end).map(|(end, ..)| end);
    fields.trace("window", &at, start[0], span.clone());
    draft.announcement.windows.push(Window { start: Some(at), end, as_written, span, confidence: 0.95 });
}

fn products(named: Vec<&str>, places: &[&str], draft: &mut Draft) {
    let region = (!places.is_empty()).then(|| places.join(", "));
    for id in named {
        let (id, region) = (id.to_owned(), region.clone());
        draft.push_resource(Resource { id, sort: "gcp_service".into(), account: None, region, span: None });
    }
}

fn names<'a>(json: &'a Value, lists: &[&str], keys: &[&str]) -> Vec<&'a str> {
    let mut all = Vec::new();
    for item in lists.iter().filter_map(|l| json.get(l)).filter_map(Value::as_array).flatten() {
        if let Some(name) = keys.iter().find_map(|k| item.get(k)).and_then(Value::as_str).filter(|n| !all.contains(n)) {
            all.push(name);
        }
    }
    all
}

/// The items of a list that was written as text.
fn listed(text: Option<&str>) -> Vec<&str> {
    let inner = text.map(|t| t.trim().trim_start_matches('[').trim_end_matches(']')).unwrap_or_default();
    inner.split(',').map(|i| i.trim().trim_matches(['\'', '"'])).filter(|i| !i.is_empty()).collect()
}

/// The provider's timeline, oldest first, in plain text.
pub(super) fn updates(list: Option<&Value>, at: &[&str], status: &[&str], text: &[&str]) -> Vec<Update> {
    let pick = |v: &Value, keys: &[&str]| keys.iter().find_map(|k| v.get(k)).and_then(Value::as_str).map(str::to_owned);
    let mut all: Vec<Update> = list
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|v| Update {
            at: pick(v, at).and_then(|t| super::time::instant_text(&t)),
            status: pick(v, status).unwrap_or_default(),
            text: pick(v, text).map(|text| plain(&text)).unwrap_or_default(),
        })
        .filter(|update| !update.text.is_empty() || !update.status.is_empty())
        .collect();
    all.sort_by_key(|u| u.at);
    all
}

/// An update's words without the markup that some pages put around them.
fn plain(text: &str) -> String {
    if !text.contains('<') {
        return text.trim().to_owned();
    }
    html::part("update", text).text.trim().to_owned()
}

fn prose(fields: &Fields<'_>, draft: &mut Draft, words: &[&str], times: &[&str]) {
    if let Some((part, text)) = fields.get(words).and_then(|(part, v)| v.as_str().map(|t| (part, t))) {
        let at = fields.get(times).and_then(|(_, v)| super::time::instant(v));
        draft.prose.push(Prose { part, text: text.to_owned(), html: false, at });
    }
}
