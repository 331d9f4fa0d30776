//! The established ways of handling, and the providers that are known.

use serde::Serialize;
use utoipa::ToSchema;

use super::gate::GateName;
use crate::notice::fact::Kind;

/// A procedure in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProcedureRow {
    pub id: String,
    pub title: String,
    pub version: u32,
    pub kinds: Vec<Kind>,
    pub gates: Vec<GateName>,
    /// How many notices that are not closed follow this version or an older one.
    pub open_notices: u64,
}

/// A procedure in full.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Procedure {
    #[serde(flatten)]
    pub row: ProcedureRow,
    /// What it is for, as safe HTML.
    pub about_html: String,
    /// How long before the hard deadline we act, in words.
    pub act_by: String,
    pub gate_rules: Vec<GateRule>,
    pub steps: Vec<StepRule>,
    /// The reminder ladder, one sentence a rung.
    pub ladder: Vec<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GateRule {
    pub gate: GateName,
    /// The words that one signs.
    pub words: String,
    /// When it is due, in words.
    pub due: String,
    /// Whose signatures it takes, in words.
    pub requirements: Vec<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepRule {
    pub id: String,
    pub title: String,
    /// Safe HTML.
    pub guidance_html: String,
    pub gate: GateName,
    pub scope: super::notice::StepScope,
}

/// A provider profile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderRow {
    pub id: String,
    pub name: String,
    /// Domains it writes from.
    pub domains: Vec<String>,
    /// How many notices came from it.
    pub notices: u64,
}
