//! The facts of a notice with the sentence that each came from.
//!
//! A case holds values; spans and confidences stay with the messages that they were read from. Here the two are put
//! together again: by role and date, by place, by the resource's own name. The newest message that says it is shown.

use uuid::Uuid;

use super::text::said;
use super::{Show, dates, names};
use crate::notice::fact::{Kind, Role, Status, When};
use crate::notice::facts::{Deadline, Source as Origin, Window};
use crate::notice::gate::Stage;
use crate::reading::{Announcement, Span};
use crate::web::view::common::WhenView;
use crate::web::view::notice::{DeadlineView, FactView, Source, WindowView};

/// Where a value was read.
pub(super) struct Evidence<'a> {
    pub message: Uuid,
    pub span: Option<&'a Span>,
    pub confidence: f32,
    pub as_written: Option<&'a str>,
}

impl Show<'_> {
    /// Every announcement of every message, the newest first.
    pub(super) fn announcements(&self) -> impl Iterator<Item = (Uuid, &Announcement)> {
        let readings = self.detail.readings.iter().rev();
        readings.flat_map(|(message, reading)| reading.notices.iter().map(|announcement| (*message, announcement)))
    }

    pub(super) fn deadline_evidence(&self, deadline: &Deadline) -> Option<Evidence<'_>> {
        let says =
            |role: Role, at: When| role == deadline.role && (at == deadline.when || deadline.when.is_refined_by(&at));
        self.announcements().find_map(|(message, announcement)| {
            let found = announcement.deadlines.iter().find(|found| says(found.role, found.at))?;
            Some(Evidence {
                message,
                span: found.span.as_ref(),
                confidence: found.confidence,
                as_written: Some(&found.as_written),
            })
        })
    }

    fn window_evidence(&self, window: &Window) -> Option<Evidence<'_>> {
        self.announcements().find_map(|(message, announcement)| {
            let found = announcement.windows.iter().find(|w| w.start == window.start && w.end == window.end)?;
            Some(Evidence {
                message,
                span: found.span.as_ref(),
                confidence: found.confidence,
                as_written: Some(&found.as_written),
            })
        })
    }

    pub(super) fn resource_evidence(&self, key: &str) -> Option<Evidence<'_>> {
        self.announcements().find_map(|(message, announcement)| {
            let found = announcement.resources.iter().find(|found| found.id == key)?;
            Some(Evidence { message, span: found.span.as_ref(), confidence: 1.0, as_written: None })
        })
    }
}

pub(super) fn facts(show: &Show<'_>) -> Vec<FactView> {
    let mut facts = heads(show);
    facts.extend(show.case().facts.deadlines.iter().map(|deadline| {
        let value = dates::when(deadline).at;
        let person = matches!(deadline.source, Origin::Person { .. });
        let evidence = show.deadline_evidence(deadline).filter(|_| !person);
        let written = || show.names.kept(deadline.as_written?);
        quoted(show, fact(&deadline.id.to_string(), "deadline", role_label(deadline.role), value, evidence), written)
    }));
    facts.extend(show.case().facts.windows.iter().map(|window| {
        let evidence = show.window_evidence(window);
        fact(&window.id.to_string(), "window", "Provider's window", window_value(window), evidence)
    }));
    facts.extend(show.case().facts.resources.iter().map(|resource| {
        let evidence = show.resource_evidence(&resource.key);
        let fact = fact(&resource.id.to_string(), "resource", "Resource", resource.key.clone(), evidence);
        quoted(show, fact, || Some(resource.key.clone()))
    }));
    facts
}

/// A fact that a person entered, with the newest message that says it in these words.
fn quoted(show: &Show<'_>, mut fact: FactView, words: impl FnOnce() -> Option<String>) -> FactView {
    if fact.message.is_none()
        && let Some(words) = words()
    {
        let mut newest = show.detail.readings.iter().rev();
        let place = newest.find_map(|(message, reading)| Some((*message, said(reading, &words)?)));
        fact.message = place.as_ref().map(|(message, _)| *message);
        fact.quote = place.map(|(_, span)| span.quote);
    }
    fact
}

/// Provider, kind and status, which every announcement has.
fn heads(show: &Show<'_>) -> Vec<FactView> {
    let facts = &show.case().facts;
    let provider = show.announcements().find_map(|(message, a)| {
        (a.provider.value == facts.provider.as_str()).then_some((
            message,
            a.provider.span.as_ref(),
            a.provider.confidence,
        ))
    });
    let kind = show.announcements().find_map(|(message, a)| {
        (a.kind.value == facts.kind).then_some((message, a.kind.span.as_ref(), a.kind.confidence))
    });
    let status = show.announcements().find_map(|(message, a)| {
        (a.status.value == facts.status).then_some((message, a.status.span.as_ref(), a.status.confidence))
    });
    vec![
        head("provider", "Provider", names::provider(&facts.provider).name, provider),
        head("kind", "Kind", kind_label(facts.kind).to_owned(), kind),
        head("status", "Status", status_label(facts.status).to_owned(), status),
    ]
}

fn head(name: &str, label: &str, value: String, found: Option<(Uuid, Option<&Span>, f32)>) -> FactView {
    let evidence = found.map(|(message, span, confidence)| Evidence { message, span, confidence, as_written: None });
    fact(name, name, label, value, evidence)
}

fn fact(id: &str, name: &str, label: &str, value: String, evidence: Option<Evidence<'_>>) -> FactView {
    FactView {
        id: id.to_owned(),
        name: name.to_owned(),
        label: label.to_owned(),
        value,
        confidence: evidence.as_ref().map_or(1.0, |evidence| evidence.confidence),
        source: if evidence.is_some() { Source::Reading } else { Source::Person },
        quote: evidence.as_ref().and_then(|evidence| evidence.span).map(|span| span.quote.clone()),
        message: evidence.map(|evidence| evidence.message),
    }
}

pub(super) fn deadlines(show: &Show<'_>) -> Vec<DeadlineView> {
    let deadlines = show.case().facts.deadlines.iter();
    deadlines
        .map(|deadline| {
            let person = matches!(deadline.source, Origin::Person { .. });
            let evidence = show.deadline_evidence(deadline).filter(|_| !person);
            let written = deadline.as_written.and_then(|text| show.names.kept(text));
            DeadlineView {
                id: deadline.id.to_string(),
                role: deadline.role,
                when: dates::when(deadline),
                as_written: written
                    .or_else(|| evidence.as_ref().and_then(|e| e.as_written).map(str::to_owned))
                    .unwrap_or_else(|| deadline.when.to_string()),
                quote: evidence.as_ref().and_then(|e| e.span).map(|span| span.quote.clone()),
                confidence: evidence.as_ref().map_or(1.0, |e| e.confidence),
                confirmed: deadline.confirmed,
                source: if person { Source::Person } else { Source::Reading },
                is_hard: deadline.role.is_hard(),
            }
        })
        .collect()
}

pub(super) fn windows(show: &Show<'_>) -> Vec<WindowView> {
    let windows = show.case().facts.windows.iter();
    windows
        .map(|window| {
            let evidence = show.window_evidence(window);
            let written = window.as_written.and_then(|text| show.names.kept(text));
            WindowView {
                id: window.id.to_string(),
                start: window.start.map(WhenView::from),
                end: window.end.map(WhenView::from),
                as_written: written
                    .or_else(|| evidence.as_ref().and_then(|e| e.as_written).map(str::to_owned))
                    .unwrap_or_else(|| window_value(window)),
                quote: evidence.as_ref().and_then(|e| e.span).map(|span| span.quote.clone()),
                confidence: evidence.map_or(1.0, |e| e.confidence),
            }
        })
        .collect()
}

pub(super) fn window_value(window: &Window) -> String {
    let told = |when: Option<When>| when.map_or_else(|| "open".to_owned(), |when| when.to_string());
    format!("{} to {}", told(window.start), told(window.end))
}

pub(super) const fn role_label(role: Role) -> &'static str {
    match role {
        Role::RecommendedBy => "Recommended by",
        Role::AutoApplied => "Applied automatically from",
        Role::Forced => "Forced on",
        Role::HardExpiry => "Stops working on",
    }
}

/// A kind in words.
#[must_use]
pub const fn kind_label(kind: Kind) -> &'static str {
    match kind {
        Kind::CertificateRotation => "Certificate rotation",
        Kind::EndOfLife => "End of life",
        Kind::Deprecation => "Deprecation",
        Kind::ScheduledMaintenance => "Scheduled maintenance",
        Kind::Security => "Security",
        Kind::Incident => "Incident",
        Kind::AccountBilling => "Account and billing",
        Kind::Informational => "Informational",
    }
}

pub(super) const fn status_label(status: Status) -> &'static str {
    match status {
        Status::Planned => "Planned",
        Status::Confirmed => "Confirmed",
        Status::Rescheduled => "Rescheduled",
        Status::Cancelled => "Cancelled",
        Status::InProgress => "In progress",
        Status::Completed => "Completed",
        Status::Ongoing => "Ongoing",
    }
}

/// A stage in words.
#[must_use]
pub const fn stage_label(stage: Stage) -> &'static str {
    match stage {
        Stage::Assess => "To assess",
        Stage::Schedule => "To schedule",
        Stage::Close => "To close",
        Stage::Closed => "Closed",
        Stage::Dismissed => "Dismissed",
        Stage::Merged => "Merged",
        Stage::Historic => "Historic",
    }
}
