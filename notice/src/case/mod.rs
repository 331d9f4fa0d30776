//! A notice as it stands: the fold of its record.
//!
//! Owns the state and how each event changes it. Folding never refuses and never looks at a rule: what was recorded,
//! happened. It stores nothing that could be computed, and no gate's state at all.

mod fold;
mod parts;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

pub use parts::{
    Acknowledgement, Assignment, Attached, Comment, Dismissal, Done, Impact, Life, Likeness, Override, Planned,
    Proposal, ProposalState, SignOff, SplitOff,
};

use super::event::{Event, Manner, MessageRef, Place, Recorded};
use super::fact::Authenticity;
use super::facts::{AnnouncedResource, Facts, Priority, TimelineEntry};
use super::ids::{Entry, NoticeId, PersonId, StepId};
use super::pages::PageSets;
use super::procedure::{Gate, ProcedurePin};
use super::text::Digest;

/// Everything known about one notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub id: NoticeId,
    pub number: u32,
    /// The last event folded in, and its hash.
    pub sequence: u64,
    pub head: Digest,
    pub opened_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Where due dates are counted from: opening, activation or reopening.
    pub counted_from: DateTime<Utc>,
    /// When anything that signatures cover last changed.
    pub revised_at: DateTime<Utc>,
    /// When a message of the provider last changed the facts.
    pub announced_at: Option<DateTime<Utc>>,

    pub life: Life,
    pub facts: Facts,
    /// The best that any of its messages proved.
    pub authenticity: Authenticity,
    pub messages: Vec<Attached>,
    pub procedure: ProcedurePin,
    /// The assigned one. The effective one is computed: `priority::effective`.
    pub priority: Priority,
    pub impact: Option<Impact>,
    pub plan: Option<Planned>,
    pub dismissal: Option<Dismissal>,

    /// In the order given; a person's newest at a gate is the one that counts.
    pub sign_offs: Vec<SignOff>,
    pub overrides: Vec<Override>,
    pub proposals: Vec<Proposal>,
    pub steps: BTreeMap<(StepId, Place), Done>,
    pub assignments: Vec<Assignment>,
    pub acknowledgements: Vec<Acknowledgement>,
    pub comments: Vec<Comment>,
    pub watchers: BTreeSet<PersonId>,
    /// Who opened the page first when.
    pub seen: BTreeMap<PersonId, DateTime<Utc>>,
    /// Who did anything beside looking.
    pub took_part: BTreeSet<PersonId>,
    /// Whom a rung of the ladder wrote to.
    pub told: BTreeSet<PersonId>,
    /// Notices that were merged into this one.
    pub absorbed: Vec<NoticeId>,
    /// What goes on in notices of its own.
    pub split_off: Vec<SplitOff>,
    /// The notice that this one was split off.
    pub split_from: Option<NoticeId>,
    /// Notices that look like the same announcement.
    pub alike: Vec<Likeness>,
    /// The provider's own timeline, oldest first; what bears no time stands last.
    pub timeline: Vec<TimelineEntry>,
    pub pages: PageSets,
}

/// A record that does not begin as a notice's does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a notice's record begins with `opened`; this one does not")]
pub struct NotOpened;

impl Case {
    /// The case as its first event leaves it.
    ///
    /// # Errors
    /// If that event is not `opened`.
    pub fn begin(first: &Recorded) -> Result<Self, NotOpened> {
        let Event::Opened(opened) = &first.event else { return Err(NotOpened) };
        let mut case = Self {
            id: opened.notice,
            number: opened.number,
            sequence: first.sequence,
            head: first.hash,
            opened_at: first.at,
            updated_at: first.at,
            counted_from: first.at,
            revised_at: first.at,
            announced_at: None,
            life: if opened.historic { Life::Historic } else { Life::Open },
            facts: opened.facts.clone(),
            authenticity: opened.authenticity,
            messages: Vec::new(),
            procedure: opened.procedure.clone(),
            priority: opened.priority,
            impact: None,
            plan: None,
            dismissal: None,
            sign_offs: Vec::new(),
            overrides: Vec::new(),
            proposals: Vec::new(),
            steps: BTreeMap::new(),
            assignments: Vec::new(),
            acknowledgements: Vec::new(),
            comments: Vec::new(),
            watchers: BTreeSet::new(),
            seen: BTreeMap::new(),
            took_part: first.actor.person().into_iter().collect(),
            told: BTreeSet::new(),
            absorbed: Vec::new(),
            split_off: Vec::new(),
            split_from: None,
            alike: Vec::new(),
            timeline: Vec::new(),
            pages: PageSets::default(),
        };
        if let Some(message) = opened.message {
            let (manner, authenticity) = (Manner::First, opened.authenticity);
            let MessageRef { id: message, commitment } = message;
            case.messages.push(Attached { message, commitment, manner, authenticity, at: first.at });
        }
        Ok(case)
    }

    /// The case as a whole record leaves it.
    ///
    /// # Errors
    /// If the record is empty or does not begin with `opened`.
    pub fn fold<'a>(record: impl IntoIterator<Item = &'a Recorded>) -> Result<Self, NotOpened> {
        let mut record = record.into_iter();
        let mut case = Self::begin(record.next().ok_or(NotOpened)?)?;
        record.for_each(|recorded| case.apply(recorded));
        Ok(case)
    }

    #[must_use]
    pub fn is_open(&self) -> bool {
        self.life == Life::Open
    }

    /// The sign-offs that count at a gate: each person's newest, unless withdrawn.
    pub fn standing_at(&self, gate: Gate) -> impl Iterator<Item = &SignOff> {
        self.sign_offs.iter().filter(move |s| s.gate == gate && s.stands())
    }

    #[must_use]
    pub fn sign_off(&self, entry: Entry) -> Option<&SignOff> {
        self.sign_offs.iter().find(|s| s.entry == entry)
    }

    #[must_use]
    pub fn override_(&self, entry: Entry) -> Option<&Override> {
        self.overrides.iter().find(|o| o.entry == entry)
    }

    #[must_use]
    pub fn proposal(&self, entry: Entry) -> Option<&Proposal> {
        self.proposals.iter().find(|p| p.entry == entry)
    }

    /// Whether a resource was split off: it is worked on elsewhere, and a message that names it again adds it here no more.
    #[must_use]
    pub fn is_split_off(&self, other: &AnnouncedResource) -> bool {
        self.split_off.iter().flat_map(|split| &split.resources).any(|resource| resource.is_like(other))
    }

    /// Who performed a step.
    #[must_use]
    pub fn performers(&self) -> BTreeSet<PersonId> {
        self.steps.values().flat_map(|done| done.hands.iter().copied()).collect()
    }

    /// Whether an override ever took hold: the notice stays marked for good.
    #[must_use]
    pub fn was_overridden(&self, now: DateTime<Utc>) -> bool {
        self.overrides.iter().any(|o| o.holds(now))
    }
}
