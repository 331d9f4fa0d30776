//! Azure Service Health: the activity-log webhook, the common alert schema, and the events of the Resource Health API.
//! Source: Azure documentation, "Webhooks for activity log alerts" and "Common alert schema".
//!
//! The communication is HTML and is read as prose. `impactMitigationTime` is the end of an outage or of a maintenance; for
//! an advisory it is at times the retirement date and at times not, so there the words come first.

use serde_json::Value;

use super::field::Fields;
use super::{Draft, Payload, Prose, Structured, time};
use crate::profile::Providers;
use crate::{Deadline, Resource, Window};
use countersign_notice::fact::{Kind, Role, Status};

const FORMAT: &str = "azure";

pub(super) fn read(payload: &Payload<'_>, _: &Providers) -> Option<Structured> {
    let json = payload.json.as_ref()?;
    let mut found = Structured::default();
    let all = json.as_array().or_else(|| json.get("value").and_then(Value::as_array));
    match all {
        Some(all) => {
            all.iter().enumerate().for_each(|(at, event)| api_event(event, &format!("/value/{at}"), &mut found))
        }
        None => one(json, &mut found),
    }
    (!found.drafts.is_empty()).then_some(found)
}

fn one(json: &Value, found: &mut Structured) {
    const LOGS: &[&str] = &["/data/context/activityLog", "/data/alertContext", "/context/activityLog"];
    let log = LOGS.iter().find_map(|pointer| json.pointer(pointer).map(|log| (*pointer, log)));
    match log {
        Some((pointer, log)) if log.get("properties").is_some() => {
            let essentials = json.pointer("/data/essentials").unwrap_or(&Value::Null);
            alert(log, essentials, pointer, found);
        }
        _ => api_event(json, "", found),
    }
}

/// One alert: `log` holds what happened, `essentials` what the common schema says about the alert itself.
fn alert(log: &Value, essentials: &Value, pointer: &str, found: &mut Structured) {
    let mut fields = Fields::new(FORMAT, log, pointer);
    let source = fields.text(&["eventSource"]).unwrap_or_default();
    let is_resource_health = source.eq_ignore_ascii_case("ResourceHealth");
    let what = fields.text(&["properties/incidentType"]).unwrap_or(if is_resource_health { "Incident" } else { "" });
    let Some(title) = fields.text(&["properties/title", "properties/defaultLanguageTitle", "description"]) else {
        return;
    };

    let mut draft = opened(&mut fields, what, title, &["properties/incidentType", "eventSource"]);
    let stage = fields.text(&["properties/stage", "status"]).unwrap_or_default();
    told_status(&mut fields, &mut draft, stage, title, &["properties/stage", "status"]);
    dates(
        &mut fields,
        &mut draft,
        &["properties/impactStartTime", "eventTimestamp"],
        &["properties/impactMitigationTime"],
    );
    match fields.text(&["properties/impactedServices"]).and_then(|t| serde_json::from_str::<Value>(t).ok()) {
        Some(services) => impacted_services(&services, &mut fields, &mut draft),
        None => named_service(&mut fields, &mut draft),
    }
    for id in essentials.get("alertTargetIDs").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    {
        draft.push_resource(target(id));
    }
    if let Some(id) = fields.text(&["resourceId"]) {
        draft.push_resource(target(id));
    }
    if let Some(id) = fields.text(&["properties/trackingId"]) {
        draft.push_key("azure", id);
    } else if let Some(id) = fields.text(&["correlationId", "eventDataId"]) {
        draft.push_key("azure-correlation", id);
    }
    draft.announcement.impact = fields.text(&["properties/impactCategory", "level"]).map(str::to_owned);
    let words = ["properties/communication", "properties/defaultLanguageContent", "properties/details"];
    prose(&fields, &mut draft, &words, &["submissionTimestamp", "eventTimestamp"]);
    fields.close(draft, found);
}

/// An event of `Microsoft.ResourceHealth/events`, with its properties inside or flattened.
fn api_event(event: &Value, pointer: &str, found: &mut Structured) {
    let is_event = event
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|t| t.eq_ignore_ascii_case("Microsoft.ResourceHealth/events"));
    if !is_event {
        return;
    }
    let (inner, pointer) = match event.get("properties") {
        Some(properties) => (properties, format!("{pointer}/properties")),
        None => (event, pointer.to_owned()),
    };
    let mut fields = Fields::new(FORMAT, inner, pointer);
    let Some(title) = fields.text(&["title"]) else { return };
    let what = fields.text(&["eventType"]).unwrap_or_default();
    let mut draft = opened(&mut fields, what, title, &["eventType"]);
    let stage = fields.text(&["status"]).unwrap_or_default();
    told_status(&mut fields, &mut draft, stage, title, &["status"]);
    dates(&mut fields, &mut draft, &["impactStartTime"], &["impactMitigationTime"]);
    if let Some((_, impact)) = fields.get(&["impact"]) {
        impacted_services(impact, &mut fields, &mut draft);
    }
    let tracking = event.get("name").and_then(Value::as_str).or_else(|| fields.text(&["trackingId"]));
    draft.push_key("azure", tracking.unwrap_or_default());
    draft.announcement.impact = fields.text(&["impactType", "eventLevel"]).map(str::to_owned);
    prose(&fields, &mut draft, &["description", "summary"], &["lastUpdateTime"]);
    fields.close(draft, found);
}

fn opened(fields: &mut Fields<'_>, what: &str, title: &str, path: &[&str]) -> Draft {
    let (kind, settled) = match what {
        "Incident" | "ServiceIssue" | "RCA" | "EmergingIssues" => (Kind::Incident, true),
        "Maintenance" | "PlannedMaintenance" => (Kind::ScheduledMaintenance, true),
        "Security" | "SecurityAdvisory" => (Kind::Security, true),
        "Billing" => (Kind::AccountBilling, true),
        _ => (Kind::Informational, false),
    };
    let provider = fields.fact("provider", "azure".to_owned(), path, 0.98);
    let kind = fields.fact("kind", kind, path, if settled { 0.9 } else { 0.3 });
    let mut draft = Draft::new(provider, kind, title.to_owned());
    draft.settled.kind = settled;
    draft
}

/// Words of a title or a stage that tell more than the stage itself, which is only `Active` or `Resolved`.
const TOLD: &[(&str, Status)] = &[
    ("no impact", Status::Cancelled),
    ("false alarm", Status::Cancelled),
    ("cancel", Status::Cancelled),
    ("postponed", Status::Rescheduled),
    ("reschedul", Status::Rescheduled),
    ("in progress", Status::InProgress),
    ("inprogress", Status::InProgress),
    ("mitigated", Status::Completed),
    ("resolved", Status::Completed),
    ("complete", Status::Completed),
    ("end of ", Status::Completed),
    ("rca", Status::Completed),
];

fn told_status(fields: &mut Fields<'_>, draft: &mut Draft, stage: &str, title: &str, path: &[&str]) {
    let kind = draft.announcement.kind.value;
    // "End of support" in an advisory's title ends nothing yet.
    let title = if draft.settled.kind { title.to_lowercase() } else { String::new() };
    let stage = stage.to_lowercase();
    let in_title = TOLD.iter().find(|(word, _)| title.contains(word));
    let in_stage = || TOLD.iter().find(|(word, _)| stage.contains(word));
    let (status, settled) = match in_title.or_else(in_stage) {
        Some((_, status)) => (*status, true),
        None => match kind {
            Kind::Incident => (Status::Ongoing, true),
            Kind::ScheduledMaintenance => (Status::Planned, false),
            _ => (Status::Confirmed, false),
        },
    };
    draft.announcement.status = fields.fact("status", status, path, 0.8);
    draft.settled.status = settled;
}

fn dates(fields: &mut Fields<'_>, draft: &mut Draft, start: &[&str], end: &[&str]) {
    let begin = fields.when(start);
    let until = fields.when(end);
    if matches!(draft.announcement.kind.value, Kind::Incident | Kind::ScheduledMaintenance) {
        let Some((at, as_written, span)) = begin else { return };
        // An outage that goes on may carry a mitigation time for one of its parts: it has no end yet.
        let over =
            draft.announcement.kind.value != Kind::Incident || draft.announcement.status.value != Status::Ongoing;
        let end = until.filter(|_| over).map(|(end, ..)| end);
        fields.trace("window", &at, "impactStartTime", span.clone());
        draft.announcement.windows.push(Window { start: Some(at), end, as_written, span, confidence: 0.9 });
        draft.settled.windows = draft.announcement.kind.value == Kind::ScheduledMaintenance;
    } else if let Some((at, as_written, span)) = until {
        // Counts only where the words tell no date.
        fields.trace("deadline", &at, "impactMitigationTime", span.clone());
        let deadline = Deadline { role: Role::HardExpiry, at, as_written, span, confidence: 0.6 };
        draft.fallback = Some(deadline);
    }
}

/// `[{ImpactedRegions:[{RegionName}], ServiceName}]`, or the API's `[{impactedService, impactedRegions:[{impactedRegion,
/// impactedSubscriptions}]}]`. Regions are joined to their service: 55 regions are not 55 resources.
fn impacted_services(services: &Value, fields: &mut Fields<'_>, draft: &mut Draft) {
    for service in services.as_array().into_iter().flatten() {
        let Some(name) = first(service, &["ServiceName", "impactedService"]) else { continue };
        let regions =
            ["ImpactedRegions", "impactedRegions"].iter().find_map(|k| service.get(k)).and_then(Value::as_array);
        let regions: Vec<&Value> = regions.into_iter().flatten().collect();
        let names: Vec<&str> = regions.iter().filter_map(|r| first(r, &["RegionName", "impactedRegion"])).collect();
        let mut accounts: Vec<&str> = Vec::new();
        for id in regions.iter().filter_map(|r| r.get("impactedSubscriptions")).filter_map(Value::as_array).flatten() {
            if let Some(id) = id.as_str().filter(|id| !accounts.contains(id)) {
                accounts.push(id);
            }
        }
        fields.trace("resource", &name, "impactedServices", None);
        draft.push_resource(Resource {
            id: name.to_owned(),
            sort: "azure_service".into(),
            account: accounts.first().map(|a| (*a).to_owned()),
            region: (!names.is_empty()).then(|| names.join(", ")),
            span: None,
        });
        for account in accounts {
            draft.push_resource(Resource {
                id: account.to_owned(),
                sort: "azure_subscription".into(),
                account: None,
                region: None,
                span: None,
            });
        }
    }
    draft.settled.resources = !draft.announcement.resources.is_empty();
}

fn named_service(fields: &mut Fields<'_>, draft: &mut Draft) {
    if let Some(name) = fields.text(&["properties/service"]) {
        let region = fields.text(&["properties/region"]).map(str::to_owned);
        let account = fields.text(&["subscriptionId"]).map(str::to_owned);
        let span = fields.span(&["properties/service"]);
        draft.push_resource(Resource { id: name.to_owned(), sort: "azure_service".into(), account, region, span });
    }
}

fn target(id: &str) -> Resource {
    let mut resource = crate::resources::shape::resource(id, None);
    resource.account = id.strip_prefix("/subscriptions/").and_then(|r| r.split('/').next()).map(str::to_owned);
    resource
}

fn first<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|k| value.get(k)).and_then(Value::as_str)
}

fn prose(fields: &Fields<'_>, draft: &mut Draft, words: &[&str], times: &[&str]) {
    if let Some((part, text)) = fields.get(words).and_then(|(part, v)| v.as_str().map(|t| (part, t))) {
        let at = fields.get(times).and_then(|(_, v)| time::instant(v));
        draft.prose.push(Prose { part, text: text.to_owned(), html: true, at });
    }
}
