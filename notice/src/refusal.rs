//! A "no" that says why: a stable code, a sentence, and everything that stands in the way as data.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{LevelId, PersonId, ResourceId, StepId};
use super::procedure::Gate;
use super::subject::Change;

/// One reason why a gate is not open or a notice may not close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Blocker {
    /// Stable, in snake case, such as `signature_missing`.
    pub code: String,
    pub gate: Gate,
    pub level: Option<LevelId>,
    pub person: Option<PersonId>,
    #[schema(value_type = Option<String>)]
    pub resource: Option<ResourceId>,
    pub step: Option<StepId>,
    /// For the page as it stands; names no person.
    pub sentence: String,
}

impl Blocker {
    #[must_use]
    pub fn new(gate: Gate, code: &str, sentence: impl Into<String>) -> Self {
        let (code, sentence) = (code.to_owned(), sentence.into());
        Self { code, gate, level: None, person: None, resource: None, step: None, sentence }
    }

    #[must_use]
    pub fn level(self, level: &LevelId) -> Self {
        Self { level: Some(level.clone()), ..self }
    }

    #[must_use]
    pub fn person(self, person: PersonId) -> Self {
        Self { person: Some(person), ..self }
    }

    #[must_use]
    pub fn resource(self, resource: ResourceId) -> Self {
        Self { resource: Some(resource), ..self }
    }

    #[must_use]
    pub fn step(self, step: &StepId) -> Self {
        Self { step: Some(step.clone()), ..self }
    }
}

/// What sort of "no": the door turns it into a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The notice is not in a state for this (409).
    State,
    /// This person may not (403).
    Right,
    /// The person has to authenticate anew (401).
    Freshness,
    /// What was asked makes no sense (422).
    Request,
    /// What was named is not there (404).
    Missing,
}

/// A command that was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stable, in snake case, such as `gate_blocked`.
    pub code: &'static str,
    pub because: Because,
    pub message: String,
    pub blockers: Vec<Blocker>,
    /// What changed since it was shown, where that is the reason.
    pub difference: Option<Vec<Change>>,
}

impl Refusal {
    fn new(because: Because, code: &'static str, message: impl Into<String>) -> Self {
        Self { code, because, message: message.into(), blockers: Vec::new(), difference: None }
    }

    pub(super) fn state(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Because::State, code, message)
    }

    pub(super) fn right(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Because::Right, code, message)
    }

    pub(super) fn freshness(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Because::Freshness, code, message)
    }

    pub(super) fn request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Because::Request, code, message)
    }

    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new(Because::Missing, "not_found", message)
    }

    pub(super) fn blocked(code: &'static str, message: impl Into<String>, blockers: Vec<Blocker>) -> Self {
        Self { blockers, ..Self::new(Because::State, code, message) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.blockers.iter().try_for_each(|blocker| write!(f, " {}", blocker.sentence))
    }
}

impl std::error::Error for Refusal {}
