//! An announcement as far as fields told it, and how the reading of its prose completes it.
//!
//! Owns the rule who wins: a field that settles a fact stands, prose fills what no field told, and a status that prose
//! tells against an unsettled field counts.

use chrono::{DateTime, Utc};

use crate::document::{Document, Part};
use crate::{Announcement, Correlation, Deadline, Fact, Resource, Window};
use crate::{html, text};
use countersign_notice::fact::{Kind, Role, Status};

/// An announcement from fields, and the prose that general reading goes on with.
#[derive(Debug, Clone)]
pub struct Draft {
    pub announcement: Announcement,
    pub prose: Vec<Prose>,
    pub settled: Settled,
    /// A date from a field that counts only where neither another field nor the prose tells a hard one.
    pub fallback: Option<Deadline>,
}

/// A text inside of a structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prose {
    /// The JSON pointer, or the calendar property, where it stands.
    pub part: String,
    pub text: String,
    pub html: bool,
    /// What its relative dates count from.
    pub at: Option<DateTime<Utc>>,
}

/// Which facts the fields have settled. What is not settled, prose may tell better.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one independent answer for each fact")]
pub struct Settled {
    pub kind: bool,
    pub status: bool,
    pub windows: bool,
    pub deadlines: bool,
    pub resources: bool,
}

impl Prose {
    fn part(&self) -> Part {
        let is_html = self.html && self.text.contains('<');
        if is_html { html::part(&self.part, &self.text) } else { text::part(&self.part, &self.text) }
    }
}

impl Draft {
    /// A draft of which only the provider, the kind and the title are known yet.
    pub(super) fn new(provider: Fact<String>, kind: Fact<Kind>, title: String) -> Self {
        let announcement = Announcement {
            provider,
            kind,
            status: Fact { value: Status::Planned, span: None, confidence: 0.5 },
            title,
            deadlines: Vec::new(),
            windows: Vec::new(),
            resources: Vec::new(),
            impact: None,
            links: Vec::new(),
            correlation: Correlation::default(),
            updates: Vec::new(),
        };
        Self { announcement, prose: Vec::new(), settled: Settled::default(), fallback: None }
    }

    pub(super) fn push_resource(&mut self, resource: Resource) {
        let all = &mut self.announcement.resources;
        if !resource.id.trim().is_empty() && !all.iter().any(|r| r.id == resource.id && r.account == resource.account) {
            all.push(resource);
        }
    }

    pub(super) fn push_key(&mut self, scheme: &str, value: &str) {
        let key = format!("{scheme}:{value}");
        if !value.trim().is_empty() && !self.announcement.correlation.keys.contains(&key) {
            self.announcement.correlation.keys.push(key);
        }
    }

    /// The prose as general reading takes it: the title as its subject, a part for each text.
    #[must_use]
    pub fn document(&self) -> Document {
        let mut document = Document::default();
        for prose in &self.prose {
            document.parts.push(prose.part());
            document.headers.date = document.headers.date.or_else(|| prose.at.map(|at| at.fixed_offset()));
        }
        if !self.announcement.title.is_empty() {
            document.set_subject(&self.announcement.title);
        }
        document
    }

    /// The announcement, with what general reading found in the prose where the fields left room for it.
    #[must_use]
    pub fn complete(mut self, prose: Announcement) -> Announcement {
        let settled = self.settled;
        let own = &mut self.announcement;
        if !settled.kind && prose.kind.confidence > own.kind.confidence {
            own.kind = prose.kind;
        }
        if !settled.status && prose.status.confidence > own.status.confidence {
            own.status = prose.status;
        }
        if own.title.is_empty() {
            own.title = prose.title;
        }
        add_windows(own, prose.windows, settled.windows);
        add_deadlines(own, prose.deadlines, settled.deadlines);
        if own.hard_deadline().is_none() && own.kind.value != Kind::Incident {
            own.deadlines.extend(self.fallback.take());
        }
        if !settled.resources {
            for resource in prose.resources {
                if !own.resources.iter().any(|r| r.id == resource.id) {
                    own.resources.push(resource);
                }
            }
        }
        if own.impact.is_none() {
            own.impact = prose.impact;
        }
        for link in prose.links {
            if !own.links.contains(&link) {
                own.links.push(link);
            }
        }
        self.announcement
    }
}

fn add_windows(own: &mut Announcement, found: Vec<Window>, settled: bool) {
    if settled {
        return;
    }
    for window in found {
        if !own.windows.iter().any(|w| (w.start, w.end) == (window.start, window.end)) {
            own.windows.push(window);
        }
    }
}

/// An outage has no deadline: its dates are promises of news. A date that a field settled is joined only by what is
/// asked for before it.
fn add_deadlines(own: &mut Announcement, found: Vec<Deadline>, settled: bool) {
    if own.kind.value == Kind::Incident {
        return;
    }
    for deadline in found {
        let known = own.deadlines.iter().any(|d| d.role == deadline.role && d.at == deadline.at);
        if !known && (!settled || deadline.role == Role::RecommendedBy) {
            own.deadlines.push(deadline);
        }
    }
}
