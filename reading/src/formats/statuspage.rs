//! Statuspage (and pages near it): the webhook, which is unsigned and only a hint, and API v2 (`summary.json`,
//! `incidents.json`, `scheduled-maintenances.json`), which says the same in full. Source: Statuspage API v2.
//!
//! The incident's timeline becomes the notice's history. It must not open one notice for two incidents of one name: the
//! page's id of the incident is the key.

use serde_json::Value;

use super::field::Fields;
use super::{Draft, Payload, Prose, Structured, gcp, time};
use crate::profile::Providers;
use crate::{Resource, Window};
use countersign_notice::fact::{Kind, Status};

const FORMAT: &str = "statuspage";

pub(super) fn read(payload: &Payload<'_>, providers: &Providers) -> Option<Structured> {
    let json = payload.json.as_ref()?;
    let page = json.get("page").unwrap_or(&Value::Null);
    let mut found = Structured::default();
    for key in ["incident", "maintenance"] {
        if let Some(one) = json.get(key) {
            incident(one, &format!("/{key}"), page, json, providers, &mut found);
        }
    }
    for key in ["incidents", "scheduled_maintenances", "activeMaintenances", "activeIncidents"] {
        for (at, one) in json.get(key).and_then(Value::as_array).into_iter().flatten().enumerate() {
            incident(one, &format!("/{key}/{at}"), page, json, providers, &mut found);
        }
    }
    match json.get("component_update") {
        Some(_) => component(json, page, providers, &mut found),
        None if found.drafts.is_empty() => incident(json, "", page, json, providers, &mut found),
        None => {}
    }
    (!found.drafts.is_empty()).then_some(found)
}

/// The page's house: by the host of its address, by its name, else the name as written.
fn house(page: &Value, whole: &Value, providers: &Providers) -> (String, f32) {
    let text = |v: &Value, key: &str| v.get(key).and_then(Value::as_str).map(str::to_owned);
    let host = text(page, "url").and_then(|u| host(&u).map(str::to_owned));
    if let Some(profile) = host.as_deref().and_then(|h| providers.of_domain(h)) {
        return (profile.id.clone(), 0.95);
    }
    if let Some(name) = text(page, "name") {
        let bare = name.trim_end_matches("Status").trim_end_matches("status").trim();
        return providers.named(bare).map_or((name.clone(), 0.8), |p| (p.id.clone(), 0.95));
    }
    // A webhook names its page only in the address where one unsubscribes.
    let address = whole.pointer("/meta/unsubscribe").and_then(Value::as_str).and_then(host_of);
    match address.as_deref().and_then(|h| providers.of_domain(h).map(|p| p.id.clone())) {
        Some(id) if id != "statuspage" => (id, 0.8),
        _ => {
            let page = address.as_deref().and_then(|h| h.strip_suffix(".statuspage.io")).map(str::to_owned);
            (page.unwrap_or_else(|| "Statuspage".into()), 0.5)
        }
    }
}

fn host_of(address: &str) -> Option<String> {
    host(address).map(str::to_owned)
}

fn host(address: &str) -> Option<&str> {
    let rest = address.split_once("://").map_or(address, |(_, r)| r);
    rest.split(['/', ':', '?']).next().filter(|h| h.contains('.'))
}

fn incident(json: &Value, pointer: &str, page: &Value, whole: &Value, providers: &Providers, found: &mut Structured) {
    let mut fields = Fields::new(FORMAT, json, pointer);
    let (Some(name), Some(state)) = (fields.text(&["name"]), fields.text(&["status"])) else { return };
    if fields.text(&["id"]).is_none()
        || json.get("incident_updates").is_none() && json.get("impact").is_none() && json.get("start").is_none()
    {
        return;
    }
    let scheduled = fields.text(&["scheduled_for"]).is_some() || pointer.contains("aintenance");
    let (id, confidence) = house(page, whole, providers);
    let kind = if scheduled { Kind::ScheduledMaintenance } else { Kind::Incident };
    let provider = fields.fact("provider", id, &["name"], confidence);
    let kind = fields.fact("kind", kind, &["scheduled_for", "status"], 0.95);
    let mut draft = Draft::new(provider, kind, name.to_owned());
    draft.settled.kind = true;
    draft.settled.status = true;
    draft.settled.windows = true;
    draft.settled.deadlines = true;
    draft.announcement.status = fields.fact("status", status(state), &["status"], 0.95);
    window(&mut fields, &mut draft, scheduled);
    components(json, &mut draft);
    draft.announcement.impact = fields.text(&["impact"]).map(str::to_owned);
    draft.announcement.links.extend(fields.text(&["shortlink", "url"]).map(str::to_owned));
    let page_id =
        fields.text(&["page_id"]).or_else(|| page.get("id").and_then(Value::as_str)).unwrap_or("page").to_owned();
    draft.push_key("statuspage", &format!("{page_id}/{}", fields.text(&["id"]).unwrap_or_default()));
    draft.announcement.updates =
        gcp::updates(json.get("incident_updates"), &["display_at", "created_at"], &["status"], &["body"]);
    if let Some(words) = fields.text(&["incident_updates/0/body"]) {
        let at = fields.get(&["incident_updates/0/display_at", "updated_at"]).and_then(|(_, v)| time::instant(v));
        draft.prose.push(Prose {
            part: format!("{pointer}/incident_updates/0/body"),
            text: words.to_owned(),
            html: true,
            at,
        });
    }
    fields.close(draft, found);
}

fn status(state: &str) -> Status {
    match state.to_ascii_lowercase().as_str() {
        "scheduled" | "notstartedyet" => Status::Planned,
        "in_progress" | "inprogress" | "verifying" => Status::InProgress,
        "resolved" | "completed" | "postmortem" => Status::Completed,
        "cancelled" | "canceled" => Status::Cancelled,
        _ => Status::Ongoing,
    }
}

fn window(fields: &mut Fields<'_>, draft: &mut Draft, scheduled: bool) {
    let (start, end): (&[&str], &[&str]) = if scheduled {
        (&["scheduled_for", "start"], &["scheduled_until"])
    } else {
        (&["started_at", "created_at", "started"], &["resolved_at"])
    };
    let Some((at, as_written, span)) = fields.when(start) else { return };
    let end = fields.when(end).map(|(end, ..)| end);
    fields.trace("window", &at, start[0], span.clone());
    draft.announcement.windows.push(Window { start: Some(at), end, as_written, span, confidence: 0.95 });
}

fn components(json: &Value, draft: &mut Draft) {
    let listed = json.get("components").and_then(Value::as_array);
    let touched = json.pointer("/incident_updates/0/affected_components").and_then(Value::as_array);
    for component in listed.into_iter().chain(touched).flatten() {
        if let Some(name) = component.get("name").and_then(Value::as_str) {
            draft.push_resource(named(name));
        }
    }
    draft.settled.resources = !draft.announcement.resources.is_empty();
}

fn named(name: &str) -> Resource {
    Resource { id: name.trim().to_owned(), sort: "component".into(), account: None, region: None, span: None }
}

/// A component that changed its state by itself, without an incident.
fn component(json: &Value, page: &Value, providers: &Providers, found: &mut Structured) {
    let mut fields = Fields::new(FORMAT, json, "");
    let Some(name) = fields.text(&["component/name"]) else { return };
    let state = fields.text(&["component_update/new_status", "component/status"]).unwrap_or_default();
    let (kind, status) = match state {
        "operational" => (Kind::Incident, Status::Completed),
        "under_maintenance" => (Kind::ScheduledMaintenance, Status::InProgress),
        _ => (Kind::Incident, Status::Ongoing),
    };
    let (id, confidence) = house(page, json, providers);
    let provider = fields.fact("provider", id, &["component/name"], confidence);
    let kind = fields.fact("kind", kind, &["component_update/new_status"], 0.8);
    let mut draft = Draft::new(provider, kind, format!("{name}: {}", state.replace('_', " ")));
    draft.settled.kind = true;
    draft.settled.status = true;
    draft.announcement.status = fields.fact("status", status, &["component_update/new_status"], 0.9);
    draft.push_resource(named(name));
    draft.settled.resources = true;
    let component = fields.text(&["component_update/component_id", "component/id"]).unwrap_or_default().to_owned();
    draft.push_key("statuspage-component", &component);
    if let Some((at, as_written, span)) = fields.when(&["component_update/created_at"]) {
        draft.announcement.windows.push(Window { start: Some(at), end: None, as_written, span, confidence: 0.8 });
    }
    fields.close(draft, found);
}
