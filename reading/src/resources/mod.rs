//! What a notice touches.
//!
//! Owns the ways in which an identifier is found in a text and what sort of thing it names. It must not map a resource to
//! an environment or an owner.

mod enumerated;
mod inline;
mod labels;
mod lists;
pub mod references;
pub mod shape;
mod versions;

pub use references::references;

use std::collections::HashSet;

use super::document::{Document, LineKind, Place};
use super::profile::Profile;
use super::{Resource, Span, Trace};
use countersign_notice::fact::Kind;

/// A notice that names more is cut here, and the cut is for a person to see: the list in the message is longer.
const MOST: usize = 2_000;

/// What a rule found, before it is told apart from the rest.
struct Found {
    id: String,
    sort: Option<String>,
    place: Place,
    rule: String,
}

/// Everything that the notice names as affected, in the order of reading, each once.
#[must_use]
pub fn find(document: &Document, profile: Option<&Profile>, kind: Kind, trail: &mut Vec<Trace>) -> Vec<Resource> {
    let mut resources = distinct(document, gathered(document, profile, kind), trail);
    if resources.is_empty() {
        // A cancellation often names nothing itself and quotes the plan that does.
        let whole = with_quotes(document);
        resources = whole.map_or_else(Vec::new, |whole| distinct(&whole, gathered(&whole, profile, kind), trail));
    }
    place_in_account_and_region(document, &mut resources);
    resources
}

fn gathered(document: &Document, profile: Option<&Profile>, kind: Kind) -> Vec<Found> {
    let mut found = Vec::new();
    profiled(document, profile, &mut found);
    labels::find(document, profile, &mut found);
    lists::find(document, &mut found);
    inline::find(document, kind, &mut found);
    found
}

/// The document with what it quotes as if it were said here, where it quotes anything.
fn with_quotes(document: &Document) -> Option<Document> {
    let is_quote = |kind: &LineKind| *kind == LineKind::Quote;
    document.all_lines().any(|v| is_quote(&v.line.kind)).then(|| {
        let mut whole = document.clone();
        for part in &mut whole.parts {
            part.lines.iter_mut().filter(|l| is_quote(&l.kind)).for_each(|l| l.kind = LineKind::Text);
            part.lines = super::layout::rows(&part.text, std::mem::take(&mut part.lines));
        }
        whole
    })
}

/// The shapes that the provider's profile declares, anywhere in the text.
fn profiled(document: &Document, profile: Option<&Profile>, found: &mut Vec<Found>) {
    for pattern in profile.into_iter().flat_map(|p| &p.resources) {
        for view in document.lines() {
            for hit in pattern.pattern.find(view.text).take(MOST) {
                let start = view.line.range.start;
                found.push(Found {
                    id: hit.as_str().to_owned(),
                    sort: Some(pattern.sort.clone()),
                    place: Place { part: view.part, range: start + hit.start()..start + hit.end() },
                    rule: format!("profile/{}", pattern.sort),
                });
            }
        }
    }
}

/// Each once, in the order of reading. Of two rules that found the same, the first in the order of asking names its sort.
fn distinct(document: &Document, found: Vec<Found>, trail: &mut Vec<Trace>) -> Vec<Resource> {
    let mut seen: HashSet<String> = HashSet::new();
    let mut kept: Vec<Found> = Vec::new();
    for mut one in found {
        one.id = one.id.split_whitespace().collect::<Vec<_>>().join(" ");
        if !one.id.is_empty()
            && kept.len() < MOST
            && !document.is_struck(&one.place)
            && seen.insert(one.id.to_lowercase())
        {
            kept.push(one);
        }
    }
    kept.sort_by_key(|one| (one.place.part, one.place.range.start));
    kept.into_iter().map(|one| resource(document, one, trail)).collect()
}

fn resource(document: &Document, found: Found, trail: &mut Vec<Trace>) -> Resource {
    let span: Option<Span> = Some(document.span(&found.place));
    let mut resource = shape::resource(&found.id, span.clone());
    let is_told_by_shape = shape::arn(&found.id).is_some() || shape::aws_id(&found.id).is_some();
    if !is_told_by_shape || found.rule.starts_with("profile") {
        resource.sort = found.sort.unwrap_or(resource.sort);
    }
    trail.push(Trace { fact: "resource".into(), value: found.id, rule: format!("resource:{}", found.rule), span });
    resource
}

/// Where the notice speaks of one account or one region only, its resources are there.
fn place_in_account_and_region(document: &Document, resources: &mut Vec<Resource>) {
    let regions = inline::regions(document);
    let accounts: Vec<String> = resources.iter().filter(|r| r.sort == "aws_account").map(|r| r.id.clone()).collect();
    for resource in resources.iter_mut().filter(|r| r.sort != "aws_account") {
        if let [(region, _)] = regions.as_slice() {
            resource.region.get_or_insert_with(|| region.clone());
        }
        if let [account] = accounts.as_slice() {
            resource.account.get_or_insert_with(|| account.clone());
        }
    }
    if resources.iter().all(|r| r.sort == "aws_account") {
        let account = if let [account] = accounts.as_slice() { Some(account.clone()) } else { None };
        resources.extend(regions.into_iter().map(|(region, place)| Resource {
            id: region.clone(),
            sort: "region".into(),
            account: account.clone(),
            region: Some(region),
            span: Some(document.span(&place)),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        let document = Document::from_text(Some("Notice"), text);
        find(&document, None, Kind::ScheduledMaintenance, &mut Vec::new()).into_iter().map(|r| r.id).collect()
    }

    #[test]
    fn labels_columns_lists_and_shapes_name_resources() {
        assert_eq!(ids("Circuit ID: AB/1234/XY\nStart: 4 May 2026 10:00 UTC"), ["AB/1234/XY"]);
        assert_eq!(ids("Service ID      Impact\nXX-100          At risk\nXX-200          Down"), ["XX-100", "XX-200"]);
        assert_eq!(ids("Affected droplets:\n\nweb-01\nweb-02\n\nThank you for your patience."), ["web-01", "web-02"]);
        assert_eq!(ids("Your instance (instance-ID: i-0123456789abcdef0) will be stopped."), ["i-0123456789abcdef0"]);
        assert_eq!(ids("Your database orders-prod-7 will be restarted."), ["orders-prod-7"]);
    }

    #[test]
    fn words_of_the_text_are_no_resources() {
        for text in [
            "Impact: none\nReason: hardware upgrade\nStart: 10:00",
            "Your database will be restarted. The server is new.",
            "Service impact: up to 5 minutes",
            "Affected services: please see the portal for the list of services.",
            "Contact: noc@example.test, phone 0123 456789",
        ] {
            assert_eq!(ids(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_single_account_and_region_hold_for_all() {
        let text = "[AWS Account: 123456789012] The instance i-0123456789abcdef0 in eu-west-1 will be retired.";
        let document = Document::from_text(None, text);
        let all = find(&document, None, Kind::ScheduledMaintenance, &mut Vec::new());
        let instance = all.iter().find(|r| r.sort == "ec2_instance").expect("the instance is found");
        assert_eq!(
            (instance.account.as_deref(), instance.region.as_deref()),
            (Some("123456789012"), Some("eu-west-1"))
        );
    }
}
