//! The facts that a notice carries, after reading and correction: what is announced, by when, and what it touches.
//!
//! Owns the values and how two announcements of the same thing are compared. Spans and confidences stay with the message
//! that they came from; here a doubtful value is only one that is not yet `confirmed`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fact::{Kind, Role, Status, When, words};
use super::ids::{DeadlineId, Environment, MessageId, PersonId, ProviderId, ResourceId, TeamId, WindowId};
use super::pages::Pages;
use super::text::TextRef;

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub provider: ProviderId,
    pub kind: Kind,
    pub status: Status,
    pub title: TextRef,
    pub deadlines: Vec<Deadline>,
    /// The provider's windows; the one we plan is the case's `plan`.
    pub windows: Vec<Window>,
    pub resources: Vec<Resource>,
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    Reading { message: MessageId },
    Person { person: PersonId },
}

/// A dated consequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    pub id: DeadlineId,
    pub role: Role,
    /// As it was first written; this is what is signed.
    pub when: When,
    /// The exact instant on that same written date, once a later message told it: a refinement and no change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refined: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_written: Option<TextRef>,
    pub source: Source,
    /// False while a person still has to look: an ambiguous date, a low confidence.
    pub confirmed: bool,
}

impl Deadline {
    /// For comparing only: the exact instant where one is known, else the first that the written date can mean.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.refined.unwrap_or_else(|| self.when.earliest())
    }

    /// The exact instant in which `when` only says more of this same written date. A later hour than one already known is
    /// none: it is a later date.
    #[must_use]
    pub fn refinement(&self, when: When) -> Option<DateTime<Utc>> {
        let When::Instant(instant) = when else { return None };
        let refines = self.when != when && self.when.is_refined_by(&when);
        (refines && self.refined.is_none_or(|known| instant < known)).then_some(instant)
    }

    /// The first instant after which it has passed wherever it can mean.
    #[must_use]
    pub fn passed_at(&self) -> DateTime<Utc> {
        self.refined.unwrap_or_else(|| self.when.latest())
    }
}

/// A time in which the provider works. Either end may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub id: WindowId,
    pub start: Option<When>,
    pub end: Option<When>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_written: Option<TextRef>,
}

impl Window {
    /// The first instant after which it has passed; none where neither end is known.
    #[must_use]
    pub fn passed_at(&self) -> Option<DateTime<Utc>> {
        self.end.or(self.start).map(|when| when.latest())
    }
}

/// What is affected, and who answers for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    pub id: ResourceId,
    /// The provider's own name for it: an ARN, a host, a circuit.
    pub key: String,
    #[serde(rename = "type")]
    pub sort: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Set by a person, and by nothing else. What rules and earlier notices suggest is `Directory::propose`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Mapping>,
    /// Set aside as not ours, by a countersigned proposal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub set_aside: bool,
}

/// A resource's place in our house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    pub environment: Environment,
    pub team: TeamId,
}

/// One entry of the provider's own timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// In the provider's own word: `investigating`, `verifying`.
    pub status: String,
    pub text: TextRef,
}

/// What one message announces, before it is compared with what is known: no ids yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    pub provider: ProviderId,
    pub kind: Kind,
    pub status: Status,
    pub title: TextRef,
    pub deadlines: Vec<AnnouncedDeadline>,
    pub windows: Vec<AnnouncedWindow>,
    pub resources: Vec<AnnouncedResource>,
    /// The provider's timeline as far as this message tells it, in any order.
    pub timeline: Vec<TimelineEntry>,
    /// Set where `resources` is only a part of the list.
    pub pages: Option<Pages>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedDeadline {
    pub role: Role,
    pub when: When,
    pub as_written: Option<TextRef>,
    /// The reader was not sure: a person has to confirm before `assess` opens.
    pub doubtful: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedWindow {
    pub start: Option<When>,
    pub end: Option<When>,
    pub as_written: Option<TextRef>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedResource {
    pub key: String,
    pub sort: String,
    pub account: Option<String>,
    pub region: Option<String>,
}

words! {
    /// How urgently a notice is worked on.
    Priority { Low = "low", Normal = "normal", High = "high", Critical = "critical" }
}

impl Facts {
    /// The first facts of a notice: everything is numbered in the order announced.
    #[must_use]
    pub fn first(announced: Announced, source: Source) -> Self {
        let mut facts = Self {
            provider: announced.provider,
            kind: announced.kind,
            status: announced.status,
            title: announced.title,
            deadlines: Vec::new(),
            windows: Vec::new(),
            resources: Vec::new(),
        };
        for deadline in announced.deadlines {
            let id = facts.next_deadline();
            facts.deadlines.push(deadline.numbered(id, source));
        }
        facts.windows = numbered_windows(announced.windows, 1);
        for resource in announced.resources {
            if facts.resource_like(&resource).is_none() {
                let id = facts.next_resource();
                facts.resources.push(resource.numbered(id));
            }
        }
        facts
    }

    #[must_use]
    pub fn deadline(&self, id: DeadlineId) -> Option<&Deadline> {
        self.deadlines.iter().find(|d| d.id == id)
    }

    #[must_use]
    pub fn resource(&self, id: ResourceId) -> Option<&Resource> {
        self.resources.iter().find(|r| r.id == id)
    }

    /// The resource already known under the same name in the same account and region.
    #[must_use]
    pub fn resource_like(&self, other: &AnnouncedResource) -> Option<&Resource> {
        self.resources.iter().find(|known| known.is_like(other))
    }

    #[must_use]
    pub fn next_deadline(&self) -> DeadlineId {
        DeadlineId(self.deadlines.iter().map(|d| d.id.0).max().unwrap_or(0) + 1)
    }

    #[must_use]
    pub fn next_resource(&self) -> ResourceId {
        ResourceId(self.resources.iter().map(|r| r.id.0).max().unwrap_or(0) + 1)
    }

    /// Whether it had any date at all, and all of them lay before `at`.
    #[must_use]
    pub fn all_passed(&self, at: DateTime<Utc>) -> bool {
        let deadlines = self.deadlines.iter().map(Deadline::passed_at);
        let windows = self.windows.iter().filter_map(Window::passed_at);
        deadlines.chain(windows).max().is_some_and(|last| last <= at)
    }
}

impl AnnouncedDeadline {
    #[must_use]
    pub fn numbered(self, id: DeadlineId, source: Source) -> Deadline {
        let Self { role, when, as_written, doubtful } = self;
        Deadline { id, role, when, refined: None, as_written, source, confirmed: !doubtful }
    }
}

impl Resource {
    /// Whether both are the same thing. What one side leaves out does not set two apart.
    #[must_use]
    pub fn is_like(&self, other: &AnnouncedResource) -> bool {
        let agree = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        self.key == other.key && agree(&self.account, &other.account) && agree(&self.region, &other.region)
    }

    /// As a message would name it.
    #[must_use]
    pub fn announced(&self) -> AnnouncedResource {
        let Self { key, sort, account, region, .. } = self.clone();
        AnnouncedResource { key, sort, account, region }
    }
}

impl AnnouncedResource {
    #[must_use]
    pub fn numbered(self, id: ResourceId) -> Resource {
        let Self { key, sort, account, region } = self;
        Resource { id, key, sort, account, region, mapping: None, set_aside: false }
    }
}

/// Windows numbered from `first`.
#[must_use]
pub fn numbered_windows(windows: Vec<AnnouncedWindow>, first: u32) -> Vec<Window> {
    (first..)
        .zip(windows)
        .map(|(n, w)| Window { id: WindowId(n), start: w.start, end: w.end, as_written: w.as_written })
        .collect()
}
