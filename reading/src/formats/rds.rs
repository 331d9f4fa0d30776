//! What the RDS API says: pending maintenance actions, and the certificates of instances, as JSON (the command line) or
//! XML (the API itself). Source: RDS API reference, `DescribePendingMaintenanceActions`, `DescribeDBInstances`.
//!
//! One announcement for each action, or each certificate authority, of an account and region: twenty instances with one
//! rotation are one piece of work. Whether an expiry is near is not judged here.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value};

use super::field::Fields;
use super::{Draft, Payload, Prose, Structured};
use crate::profile::Providers;
use crate::resources::shape;
use crate::{Deadline, Fact};
use countersign_notice::fact::{Kind, Role};

const FORMAT: &str = "rds";

/// The dates of a pending action and what happens then.
const ACTION_DATES: &[(&str, Role)] = &[
    ("AutoAppliedAfterDate", Role::AutoApplied),
    ("ForcedApplyDate", Role::Forced),
    ("CurrentApplyDate", Role::AutoApplied),
];

/// Nesting beyond this is no answer of the RDS API.
const MAX_DEPTH: usize = 24;

pub(super) fn read(payload: &Payload<'_>, _: &Providers) -> Option<Structured> {
    let from_xml;
    let json = match &payload.json {
        Some(json) => json,
        None => {
            from_xml = payload.text.starts_with('<').then(|| xml(payload.text)).flatten()?;
            &from_xml
        }
    };
    let mut found = Structured::default();
    if let Some(all) = find(json, "PendingMaintenanceActions") {
        actions(&items(all), &mut found);
    }
    if let Some(all) = find(json, "DBInstances") {
        certificates(&items(all), &mut found);
    }
    (!found.drafts.is_empty()).then_some(found)
}

/// A member of the answer, also inside of XML's `…Response` and `…Result`.
fn find<'a>(json: &'a Value, name: &str) -> Option<&'a Value> {
    json.get(name).or_else(|| {
        let inner = json.as_object()?.values().next()?;
        inner.get(name).or_else(|| inner.as_object()?.values().find_map(|v| v.get(name)))
    })
}

/// A list of JSON, or XML's element that holds one or more of the same name.
fn items(list: &Value) -> Vec<&Value> {
    match list {
        Value::Array(all) => all.iter().collect(),
        Value::Object(one) => {
            one.values().flat_map(|v| v.as_array().map_or_else(|| vec![v], |all| all.iter().collect())).collect()
        }
        _ => Vec::new(),
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str).filter(|t| !t.is_empty())
}

fn place(id: &str) -> (String, String) {
    shape::arn(id).map_or_else(Default::default, |arn| (arn.account.to_owned(), arn.region.to_owned()))
}

fn actions(resources: &[&Value], found: &mut Structured) {
    let mut by_action: BTreeMap<(String, String, String), Draft> = BTreeMap::new();
    let mut trail = Vec::new();
    for resource in resources {
        let Some(id) = text(resource, "ResourceIdentifier") else { continue };
        let (account, region) = place(id);
        let Some(details) = resource.get("PendingMaintenanceActionDetails") else { continue };
        for detail in items(details) {
            let Some(action) = text(detail, "Action") else { continue };
            let mut fields = Fields::new(FORMAT, detail, format!("/{id}/{action}"));
            let key = (account.clone(), region.clone(), action.to_owned());
            let draft =
                by_action.entry(key).or_insert_with(|| opened(&mut fields, action, detail, (&account, &region)));
            for (name, role) in ACTION_DATES {
                add_date(&mut fields, draft, name, *role);
            }
            draft.push_resource(shape::resource(id, None));
            trail.push(fields);
        }
    }
    for draft in by_action.into_values() {
        found.drafts.push(draft);
    }
    for fields in trail {
        fields.leave(found);
    }
}

fn opened(fields: &mut Fields<'_>, action: &str, detail: &Value, (account, region): (&str, &str)) -> Draft {
    let provider = fields.fact("provider", "aws".to_owned(), &["Action"], 0.99);
    let kind = match action {
        "ca-certificate-rotation" => Kind::CertificateRotation,
        _ => Kind::ScheduledMaintenance,
    };
    let kind = fields.fact("kind", kind, &["Action"], 0.97);
    let words = text(detail, "Description").unwrap_or_default();
    let title = format!("RDS {}{}", action.replace('-', " "), within(region));
    let mut draft = Draft::new(provider, kind, title);
    draft.settled.kind = true;
    draft.settled.deadlines = true;
    draft.settled.resources = true;
    draft.push_key("rds-action", &format!("{account}/{region}/{action}"));
    draft.prose.push(Prose { part: "/Description".into(), text: words.to_owned(), html: false, at: None });
    draft
}

fn within(region: &str) -> String {
    if region.is_empty() { String::new() } else { format!(" in {region}") }
}

fn add_date(fields: &mut Fields<'_>, draft: &mut Draft, name: &str, role: Role) {
    let Some((at, as_written, span)) = fields.when(&[name]) else { return };
    if draft.announcement.deadlines.iter().any(|d| d.at == at && d.role == role) {
        return;
    }
    fields.trace("deadline", &at, name, span.clone());
    draft.announcement.deadlines.push(Deadline { role, at, as_written, span, confidence: 0.99 });
}

/// One announcement for each authority whose certificates run out.
fn certificates(instances: &[&Value], found: &mut Structured) {
    let mut by_authority: BTreeMap<(String, String, String), Draft> = BTreeMap::new();
    let mut trail = Vec::new();
    for instance in instances {
        let Some(id) = text(instance, "DBInstanceArn").or_else(|| text(instance, "DBInstanceIdentifier")) else {
            continue;
        };
        let authority = instance.pointer("/CertificateDetails/CAIdentifier").and_then(Value::as_str);
        let Some(authority) = authority.or_else(|| text(instance, "CACertificateIdentifier")) else { continue };
        let (account, region) = place(id);
        let mut fields = Fields::new(FORMAT, instance, format!("/{id}"));
        if fields.when(&["CertificateDetails/ValidTill"]).is_none() {
            continue;
        }
        let key = (account.clone(), region.clone(), authority.to_owned());
        let draft = by_authority.entry(key).or_insert_with(|| {
            let path = ["CertificateDetails/CAIdentifier", "CACertificateIdentifier"];
            let provider = Fact { value: "aws".to_owned(), span: None, confidence: 0.99 };
            let kind = fields.fact("kind", Kind::CertificateRotation, &path, 0.97);
            let mut draft =
                Draft::new(provider, kind, format!("RDS certificates of {authority} expire{}", within(&region)));
            draft.settled = super::Settled { kind: true, deadlines: true, resources: true, ..Default::default() };
            draft.push_key("rds-certificate", &format!("{account}/{region}/{authority}"));
            draft
        });
        add_date(&mut fields, draft, "CertificateDetails/ValidTill", Role::HardExpiry);
        let mut resource = shape::resource(id, None);
        resource.sort = "rds_instance".into();
        draft.push_resource(resource);
        trail.push(fields);
    }
    found.drafts.extend(by_authority.into_values());
    trail.into_iter().for_each(|fields| fields.leave(found));
}

/// The answer as JSON: an element with only text is that text, elements of one name become a list.
#[must_use]
pub fn xml(source: &str) -> Option<Value> {
    let mut reader = Reader::from_str(source);
    let mut open: Vec<(String, Map<String, Value>, String)> = vec![(String::new(), Map::new(), String::new())];
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                if open.len() > MAX_DEPTH {
                    return None;
                }
                let name = tag.local_name().as_ref().to_owned();
                open.push((name, Map::new(), String::new()));
            }
            Event::Text(text) => open.last_mut()?.2.push_str(&text),
            Event::End(_) => {
                let (name, children, text) = open.pop()?;
                let value = if children.is_empty() { Value::from(text.trim()) } else { Value::Object(children) };
                add_child(&mut open.last_mut()?.1, name, value);
            }
            Event::Eof => return (open.len() == 1).then(|| Value::Object(open.pop().unwrap_or_default().1)),
            _ => {}
        }
    }
}

fn add_child(parent: &mut Map<String, Value>, name: String, value: Value) {
    match parent.get_mut(&name) {
        Some(Value::Array(all)) => all.push(value),
        Some(one) => *one = Value::Array(vec![one.take(), value]),
        None => {
            parent.insert(name, value);
        }
    }
}
