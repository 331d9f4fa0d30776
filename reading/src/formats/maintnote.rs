//! Maintenance notes in iCalendar (BCOP maintnote), and plain calendar entries of providers that send only those.
//! Source: the maint-notification standard; RFC 5545.
//!
//! Real senders are wrong in known ways: no SEQUENCE, blanks around a STATUS, no end, no object, two events in one file.
//! What is missing is told, never made up. How a calendar's lines become properties is `ics`'s.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::ics::{Property, events};
use super::{Draft, Payload, Prose, Structured};
use crate::budget;
use crate::organisation::registered;
use crate::profile::Providers;
use crate::title;
use crate::{Fact, PartText, Resource, Span, Trace, Trouble, Window};
use countersign_notice::fact::{Kind, Status, When, Zone};

/// Windows' names of zones are not in the tz database; Exchange writes these. Only what providers were seen to send.
const WINDOWS_ZONES: &[(&str, &str)] = &[
    ("GMT Standard Time", "Europe/London"),
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("Romance Standard Time", "Europe/Paris"),
    ("Eastern Standard Time", "America/New_York"),
    ("Central Standard Time", "America/Chicago"),
    ("Mountain Standard Time", "America/Denver"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("Greenwich Standard Time", "UTC"),
    ("Coordinated Universal Time", "UTC"),
    ("Singapore Standard Time", "Asia/Singapore"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("AUS Eastern Standard Time", "Australia/Sydney"),
];

pub(super) fn read(payload: &Payload<'_>, providers: &Providers) -> Option<Structured> {
    calendar("", payload.text, providers)
}

/// The events of a calendar: a file of its own (`part` empty), or the calendar part of a mail.
#[must_use]
pub fn calendar(part: &str, text: &str, providers: &Providers) -> Option<Structured> {
    let is_calendar = text.get(..15).is_some_and(|t| t.eq_ignore_ascii_case("BEGIN:VCALENDAR"));
    if !is_calendar {
        return None;
    }
    let mut found = Structured { format: "ics", ..Structured::default() };
    for (at, event) in events(text).into_iter().take(budget::MOST_NOTICES).enumerate() {
        let prefix = if part.is_empty() { format!("event/{at}") } else { format!("{part}/event/{at}") };
        Reader { event, prefix, providers, found: &mut found }.draft();
    }
    (!found.drafts.is_empty()).then_some(found)
}

struct Reader<'a> {
    event: Vec<Property>,
    prefix: String,
    providers: &'a Providers,
    found: &'a mut Structured,
}

impl Reader<'_> {
    fn get(&self, name: &str) -> Option<Property> {
        self.event.iter().find(|p| p.name == name && !p.value.trim().is_empty()).cloned()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|p| p.value.trim().to_owned())
    }

    /// The property's value as a part of its own.
    fn span(&mut self, name: &str, value: &str) -> Span {
        let part = format!("{}/{name}", self.prefix);
        if !self.found.texts.iter().any(|t| t.part == part && t.text == value) {
            self.found.texts.push(PartText { part: part.clone(), text: value.to_owned() });
        }
        Span { part, start: 0, end: value.len(), quote: value.to_owned() }
    }

    fn fact<T: std::fmt::Display>(&mut self, fact: &'static str, value: T, from: &str, confidence: f32) -> Fact<T> {
        let span = self.text(from).map(|text| self.span(from, &text));
        let rule = format!("ics/{}", from.to_lowercase());
        self.found.trail.push(Trace { fact: fact.into(), value: value.to_string(), rule, span: span.clone() });
        Fact { value, span, confidence }
    }

    fn trouble(&mut self, code: &str, message: String) {
        self.found.trouble.push(Trouble { code: code.into(), message, span: None });
    }

    fn draft(mut self) {
        let is_note = self.event.iter().any(|p| p.name.starts_with("X-MAINTNOTE"));
        let (provider, from) = self.provider();
        let provider = self.fact("provider", provider, from, if from.starts_with('X') { 0.95 } else { 0.75 });
        let kind = Kind::ScheduledMaintenance;
        let kind = self.fact("kind", kind, if is_note { "X-MAINTNOTE-MAINTENANCE-ID" } else { "SUMMARY" }, 0.85);
        let title = title::clean(&self.text("SUMMARY").unwrap_or_default());
        let mut draft = Draft::new(provider, kind, title);
        draft.settled.kind = is_note;
        self.status(&mut draft);
        self.window(&mut draft);
        self.objects(&mut draft, is_note);
        draft.announcement.impact = self.text("X-MAINTNOTE-IMPACT").or_else(|| is_note.then(|| "OUTAGE".to_owned()));
        self.identity(&mut draft);
        self.prose(&mut draft);
        self.found.drafts.push(draft);
    }

    /// The provider and the property that named it: its own property, the organiser's domain or name, the UID's domain.
    fn provider(&self) -> (String, &'static str) {
        const FROM: &[&str] = &["X-MAINTNOTE-PROVIDER", "ORGANIZER", "UID"];
        for from in FROM {
            let Some(property) = self.get(from) else { continue };
            let value = property.value.trim();
            let domain = value.rsplit(['@', '/']).next().filter(|d| d.contains('.') && !d.contains(' '));
            let by_domain = domain.and_then(|d| self.providers.of_domain(d)).map(|p| p.id.clone());
            if let Some(id) = by_domain.or_else(|| self.known_in(value)) {
                return (id, from);
            }
            match *from {
                "X-MAINTNOTE-PROVIDER" => return (value.split(" (AS").next().unwrap_or(value).trim().to_owned(), from),
                _ => {
                    let organisation = domain.map(|d| registered(d).to_owned());
                    if let Some(name) = organisation.filter(|n| !n.is_empty()) {
                        return (name, from);
                    }
                }
            }
        }
        ("unknown".to_owned(), "SUMMARY")
    }
}

impl Reader<'_> {
    fn status(&mut self, draft: &mut Draft) {
        let told =
            self.text("X-MAINTNOTE-STATUS").or_else(|| self.text("STATUS")).unwrap_or_default().to_ascii_uppercase();
        let status = match told.as_str() {
            "TENTATIVE" => Some(Status::Planned),
            "CONFIRMED" => Some(Status::Confirmed),
            "CANCELLED" | "CANCELED" => Some(Status::Cancelled),
            "IN-PROCESS" | "IN-PROGRESS" | "STARTED" => Some(Status::InProgress),
            "COMPLETED" | "CLOSED" => Some(Status::Completed),
            "RE-SCHEDULED" | "RESCHEDULED" => Some(Status::Rescheduled),
            _ => None,
        };
        draft.settled.status = status.is_some() && self.get("X-MAINTNOTE-STATUS").is_some();
        if let Some(status) = status {
            let from = if draft.settled.status { "X-MAINTNOTE-STATUS" } else { "STATUS" };
            draft.announcement.status =
                self.fact("status", status, from, if draft.settled.status { 0.97 } else { 0.6 });
        }
    }

    fn window(&mut self, draft: &mut Draft) {
        let mut ends: [Option<When>; 2] = [None, None];
        let mut written: Vec<String> = Vec::new();
        let mut span = None;
        let mut confidence = 0.97;
        for (name, end) in ["DTSTART", "DTEND"].into_iter().zip(&mut ends) {
            let Some(property) = self.get(name) else {
                self.trouble(
                    "calendar_date_missing",
                    format!("The calendar entry has no {name}; the window is open at that end."),
                );
                continue;
            };
            written.push(property.value.clone());
            span = span.or_else(|| Some(self.span(name, &property.value)));
            match moment(&property) {
                Some((at, sure)) => {
                    *end = Some(at);
                    if !sure {
                        confidence = 0.5;
                        let value = &property.value;
                        self.trouble("calendar_date_invalid", format!("{name} is written as “{value}”, which the standard does not know; it was read as {at}. Confirm it."));
                    }
                }
                None => self.trouble(
                    "calendar_date_invalid",
                    format!("{name} is written as “{}” and could not be read.", property.value),
                ),
            }
        }
        let [start, end] = ends;
        if start.is_some() || end.is_some() {
            let as_written = written.join(" – ");
            let value = start.or(end).map(|w| w.to_string()).unwrap_or_default();
            self.found.trail.push(Trace {
                fact: "window".into(),
                value,
                rule: "ics/dtstart".into(),
                span: span.clone(),
            });
            draft.announcement.windows.push(Window { start, end, as_written, span, confidence });
        }
        draft.settled.windows = start.is_some();
        draft.settled.deadlines = true;
    }

    fn objects(&mut self, draft: &mut Draft, is_note: bool) {
        let account = self.text("X-MAINTNOTE-ACCOUNT");
        let objects: Vec<Property> =
            self.event.iter().filter(|p| p.name.starts_with("X-MAINTNOTE-OBJECT-ID")).cloned().collect();
        for object in &objects {
            let id = object.value.trim().to_owned();
            let span = Some(self.span("X-MAINTNOTE-OBJECT-ID", &id));
            let rule = "ics/x-maintnote-object-id".to_owned();
            self.found.trail.push(Trace { fact: "resource".into(), value: id.clone(), rule, span: span.clone() });
            draft.push_resource(Resource { id, sort: "circuit".into(), account: account.clone(), region: None, span });
        }
        draft.settled.resources = !draft.announcement.resources.is_empty();
        if is_note && !draft.settled.resources {
            self.trouble(
                "no_resource_named",
                "The maintenance note names no object; ask the provider which service it touches.".into(),
            );
        }
    }

    /// The maintenance id joins at one provider; the UID joins only as a calendar's own.
    fn identity(&self, draft: &mut Draft) {
        let provider = draft.announcement.provider.value.clone();
        if let Some(id) = self.text("X-MAINTNOTE-MAINTENANCE-ID") {
            draft.push_key("reference", &format!("{provider}:{id}"));
        } else if let Some(uid) = self.text("UID").filter(|u| u.len() >= 8) {
            draft.push_key("ics", &uid);
        }
    }

    fn prose(&self, draft: &mut Draft) {
        let at = self.get("DTSTAMP").and_then(|p| moment(&p)).map(|(at, _)| at.earliest());
        let html = self
            .get("X-ALT-DESC")
            .filter(|p| p.parameter("FMTTYPE").is_some_and(|t| t.eq_ignore_ascii_case("text/html")));
        let words = self
            .get("DESCRIPTION")
            .map(|p| ("DESCRIPTION", p.value, false))
            .or_else(|| html.map(|p| ("X-ALT-DESC", p.value, true)));
        if let Some((name, text, html)) = words {
            draft.prose.push(Prose { part: format!("{}/{name}", self.prefix), text, html, at });
        }
    }

    /// A profile whose name stands in the value, as in `Acme Communications (AS64500)`.
    fn known_in(&self, value: &str) -> Option<String> {
        let bare = value.split('(').next().unwrap_or(value).trim();
        self.providers.named(bare).map(|p| p.id.clone())
    }
}

/// A date of iCalendar, and whether it was written as the standard has it.
fn moment(property: &Property) -> Option<(When, bool)> {
    let value = property.value.trim();
    let digits = value.trim_end_matches(['Z', 'z']);
    let is_utc = digits.len() < value.len();
    if let Ok(date) = NaiveDate::parse_from_str(digits, "%Y%m%d") {
        return Some((When::Date { date, zone: None }, !is_utc));
    }
    let local = ["%Y%m%dT%H%M%S", "%Y%m%dT%H%M"].iter().find_map(|f| NaiveDateTime::parse_from_str(digits, f).ok())?;
    if is_utc {
        return Some((When::Instant(local.and_utc()), true));
    }
    match property.parameter("TZID").and_then(zone) {
        Some(zone) => Some((When::Instant(zone.at(local.date(), local.time())), true)),
        // A floating time means the reader's own zone; taken as the earliest that it can be.
        None => Some((When::Instant(earliest(local)), false)),
    }
}

fn earliest(local: NaiveDateTime) -> DateTime<Utc> {
    local.and_utc() - chrono::Duration::hours(14)
}

fn zone(name: &str) -> Option<Zone> {
    let known = WINDOWS_ZONES.iter().find(|(windows, _)| *windows == name).map_or(name, |(_, tz)| tz);
    known.trim_start_matches('/').parse().ok()
}
