//! Gates, what they require, who has signed, and what stands in the way.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::common::{Change, Line, PersonName};
use super::session::AuthenticatedView;
use crate::notice::event::Verdict;
use crate::notice::fact::words;
use crate::notice::gate::{GateState, RequirementState};
use crate::notice::procedure::Gate;

words! {
    /// Whether a signature still counts.
    SignatureState { Valid = "valid", Stale = "stale", Withdrawn = "withdrawn", Answered = "answered" }
}

/// One gate of a notice, with everything that the sign-off panel shows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GateView {
    pub gate: Gate,
    pub due: Option<DateTime<Utc>>,
    pub state: GateState,
    pub subject: SubjectView,
    pub requirements: Vec<RequirementView>,
    pub blockers: Vec<Blocker>,
}

/// Exactly what a signature at a gate covers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SubjectView {
    /// SHA-256 of the subject's bytes, in hex. Send it back with the signature.
    pub digest: String,
    pub version: u32,
    /// The words that one signs.
    pub words: String,
    /// The same content for people.
    pub summary: Vec<Line>,
}

/// So many people at a level.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RequirementView {
    pub level: String,
    pub level_name: String,
    pub needed: u32,
    pub state: RequirementState,
    pub assigned: Vec<PersonName>,
    /// Newest last; those that were replaced by a newer one of the same person are left out.
    pub signatures: Vec<SignatureView>,
}

/// What one person said at a gate.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignatureView {
    /// Its place in the notice's record.
    pub id: u64,
    pub person: PersonName,
    /// The level at which it was given, frozen then.
    pub level: String,
    pub verdict: Verdict,
    pub at: DateTime<Utc>,
    /// What was signed, in words.
    pub words: String,
    pub comment: Option<String>,
    /// Whose place it was given in, while they were away.
    pub on_behalf_of: Option<PersonName>,
    pub state: SignatureState,
    pub authenticated: AuthenticatedView,
    /// What changed since it was given; null while it is valid.
    pub difference: Option<Vec<Change>>,
}

/// One reason why a gate is not open or a notice may not close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Blocker {
    /// Stable; programs branch on it.
    pub code: String,
    pub gate: Gate,
    pub level: Option<String>,
    pub person: Option<PersonName>,
    /// The resource it is about, by its id as the provider writes it.
    pub resource: Option<String>,
    /// The step it is about.
    pub step: Option<String>,
    /// For people, with names.
    pub sentence: String,
}

/// A verdict at a gate, on exactly what was shown.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOffForm {
    pub gate: Gate,
    pub verdict: Verdict,
    /// The `subject.digest` that was shown.
    #[schema(min_length = 64, max_length = 64)]
    pub subject_digest: String,
    /// At which of one's levels; left out: the highest one that the gate asks for.
    pub level: Option<String>,
    /// An objection needs one.
    #[schema(max_length = 10_000)]
    pub comment: Option<String>,
}

/// A reason in writing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonForm {
    #[schema(min_length = 1, max_length = 10_000)]
    pub reason: String,
}

/// Takes one's signature back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalForm {
    #[schema(max_length = 10_000)]
    pub reason: Option<String>,
}

words! {
    /// Which rule an override bypasses.
    BypassRule {
        /// The signatures at one level of a gate, and objections raised there.
        SignOff = "sign_off",
        /// That somebody who performed no step signs at `close`.
        Independence = "independence",
        /// That the planned window lies before act-by and outside freezes.
        Window = "window",
        /// That a step is done and shown.
        Step = "step",
    }
}

/// An emergency bypass of one rule. Needs a fresh authentication.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideForm {
    /// Left out: `sign_off`.
    pub rule: Option<BypassRule>,
    /// For `sign_off`.
    pub gate: Option<Gate>,
    /// For `sign_off`.
    pub level: Option<String>,
    /// For `step`.
    pub step: Option<String>,
    #[schema(min_length = 1, max_length = 10_000)]
    pub reason: String,
}
