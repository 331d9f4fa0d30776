//! The established way to handle a kind of notice: gates with requirements, lead times, steps, the ladder of reminders.
//!
//! Owns procedures as versioned values, which one fits a notice, and whether today's people can satisfy it. Parsing lives in
//! `parse`, the built-in ones in `library`. It decides nothing about a notice: that is `gate`.

mod check;
mod expression;
mod library;
mod parse;
mod weaker;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

pub use check::Unsatisfiable;
pub use expression::{Anchor, BadExpression, Distance, DueRule, DueTerm, Side, Unit};
pub use library::Procedures;
pub use parse::Problem;

use super::chain::canonical;
use super::fact::{Kind, words};
use super::facts::Priority;
use super::ids::{LevelId, ProcedureId, ProviderId, StepId};
use super::text::Digest;

words! {
    /// A checkpoint. `dismiss` stands in for the last two when a notice is not acted on.
    Gate { Assess = "assess", Schedule = "schedule", Close = "close", Dismiss = "dismiss" }
}

words! {
    /// How many people an organisation has for this; each procedure says what it requires in each.
    Size { One = "one", Two = "two", Many = "many" }
}

words! {
    /// How often a step is done: once, or for each environment or resource that the notice touches.
    Scope { Once = "once", Environment = "environment", Resource = "resource" }
}

words! {
    /// What has to show that a step was done.
    EvidenceRule {
        None = "none",
        Note = "note",
        Attachment = "attachment",
        /// A successful probe from where the clients run, after the planned window.
        Probe = "probe",
        /// The same, or a note where no probe can be run.
        ProbeOrNote = "probe_or_note",
    }
}

/// One version of one procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Procedure {
    pub id: ProcedureId,
    pub version: u32,
    pub title: String,
    /// One paragraph for people who choose it.
    pub summary: String,
    pub matches: Matches,
    pub priority: PriorityRule,
    /// By when we want to have acted, counted from the hard deadline.
    pub act_by: DueRule,
    /// Stands in for it where the notice names no date.
    pub review: DueRule,
    pub gates: BTreeMap<Gate, GateRule>,
    pub steps: Vec<Step>,
    pub ladder: Ladder,
}

/// What a procedure is for. An empty list matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matches {
    pub kinds: Vec<Kind>,
    pub providers: Vec<ProviderId>,
    pub priorities: Vec<Priority>,
}

/// Where priority starts, and how it rises as time runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriorityRule {
    pub assigned: Priority,
    /// At this many resources or more it starts one higher.
    pub broad_from: Option<u32>,
    /// With so much time left before the hard deadline it is at least this.
    pub rises: Vec<(Distance, Priority)>,
}

/// What a gate asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateRule {
    pub due: DueRule,
    /// What one signs, in words; plain text.
    pub words: String,
    pub requires: BTreeMap<Size, Vec<Requirement>>,
    /// In which sizes of organisation at least one signature at the lowest required level has to come from somebody who
    /// performed no step.
    pub independent: Vec<Size>,
}

/// So many distinct people at a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    pub level: LevelId,
    pub count: u32,
}

/// A line of the procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub id: StepId,
    pub title: String,
    /// Markdown.
    pub guidance: String,
    /// The gate that asks for it.
    pub gate: Gate,
    pub scope: Scope,
    pub evidence: EvidenceRule,
    /// From where a probe has to be made, by the name that its token carries; from anywhere where none is named.
    pub vantage: Option<String>,
}

impl Step {
    /// The vantage of a step that is to be probed from the very environment that it is done for.
    pub const OF_ITS_ENVIRONMENT: &str = "{environment}";
}

/// When whom to remind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// Before each gate's due date.
    pub before_due: Vec<Distance>,
    pub before_act_by: Vec<Distance>,
    pub before_hard: Vec<Distance>,
    /// After the due date, how long silence lasts before the next level is told, and the next.
    pub next_level_after: Option<Distance>,
    pub everybody_after: Option<Distance>,
    /// So near the hard deadline nothing quiets it.
    pub insist_from: Distance,
}

/// Which version of which procedure a notice keeps to, with what each gate asked then: a move to another version makes stale
/// only what it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcedurePin {
    pub id: ProcedureId,
    pub version: u32,
    pub size: Size,
    pub gates: BTreeMap<Gate, Digest>,
}

impl Procedure {
    #[must_use]
    pub fn gate(&self, gate: Gate) -> Option<&GateRule> {
        self.gates.get(&gate)
    }

    /// What a gate requires in an organisation of this size; nothing where the procedure lacks the gate.
    #[must_use]
    pub fn requirements(&self, gate: Gate, size: Size) -> &[Requirement] {
        self.gate(gate).and_then(|rule| rule.requires.get(&size)).map_or(&[], Vec::as_slice)
    }

    /// The gates that a notice passes through to be closed, in order.
    pub fn track(&self) -> impl Iterator<Item = Gate> + '_ {
        [Gate::Assess, Gate::Schedule, Gate::Close].into_iter().filter(|gate| self.gates.contains_key(gate))
    }

    pub fn steps_of(&self, gate: Gate) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(move |step| step.gate == gate)
    }

    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }

    #[must_use]
    pub fn pin(&self, size: Size) -> ProcedurePin {
        let gates = self.gates.keys().map(|gate| (*gate, self.gate_digest(*gate, size))).collect();
        ProcedurePin { id: self.id.clone(), version: self.version, size, gates }
    }

    /// What a gate asks, as a digest: its words, its requirements and its steps. Due dates and guidance are not signed.
    fn gate_digest(&self, gate: Gate, size: Size) -> Digest {
        let steps: Vec<_> = self
            .steps_of(gate)
            .map(|s| json!({"id": s.id, "title": s.title, "scope": s.scope, "evidence": s.evidence, "vantage": s.vantage}))
            .collect();
        let rule = self.gate(gate);
        Digest::of(&canonical(&json!({
            "words": rule.map(|r| &r.words),
            "independent": rule.is_some_and(|r| r.independent.contains(&size)),
            "requires": self.requirements(gate, size),
            "steps": steps,
        })))
    }
}
