//! The established ways of handling, and the providers that are known.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::common::PersonName;
use super::difference::Hunk;
use crate::notice::directory::Directory;
use crate::notice::fact::Kind;
use crate::notice::procedure::{self, EvidenceRule, Gate, Ladder, Scope, Size};
use crate::web::markup;

/// A procedure in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProcedureRow {
    pub id: String,
    pub title: String,
    pub version: u32,
    pub kinds: Vec<Kind>,
    pub gates: Vec<Gate>,
    /// One paragraph for people who choose it.
    pub summary: String,
}

/// A procedure in full.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Procedure {
    #[serde(flatten)]
    pub row: ProcedureRow,
    /// How long before the hard deadline we act, in words.
    pub act_by: String,
    /// The same for a notice that names no date.
    pub review: String,
    pub gate_rules: Vec<GateRule>,
    pub steps: Vec<StepRule>,
    /// The reminder ladder, one sentence a rung.
    pub ladder: Vec<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GateRule {
    pub gate: Gate,
    /// The words that one signs.
    pub words: String,
    /// When it is due, in words.
    pub due: String,
    /// Whose signatures it takes in a house of this size, in words.
    pub requirements: Vec<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepRule {
    pub id: String,
    pub title: String,
    /// Safe HTML.
    pub guidance_html: String,
    pub gate: Gate,
    pub scope: Scope,
    pub wants: EvidenceRule,
}

/// One version of a procedure, with what it changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProcedureVersion {
    pub version: u32,
    pub title: String,
    /// Null for the one that came with the program.
    pub author: Option<PersonName>,
    pub created_at: Option<DateTime<Utc>>,
    /// The TOML that it is written in.
    pub document: String,
    /// What differs from the version before; empty for the first.
    pub changes: Vec<Hunk>,
}

/// A procedure as somebody wrote it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcedureDocument {
    /// TOML, as in docs/procedures.md.
    #[schema(min_length = 1, max_length = 200_000)]
    pub document: String,
    /// The version that was edited; left out for a new procedure.
    pub based_on: Option<u32>,
}

/// What saving a document would do. Nothing is saved.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProcedureCheck {
    pub id: String,
    /// The version that it would become.
    pub version: u32,
    pub changes: Vec<Hunk>,
    /// What today's people cannot satisfy.
    pub warnings: Vec<String>,
    /// What it asks less than the newest version. Notices move to such a version only with a second person.
    pub asks_less: Vec<String>,
}

/// What moving a notice to another version of its procedure would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProcedureMove {
    pub version: u32,
    pub changes: Vec<Hunk>,
    /// Signatures that would count no longer, since their gate asks for something else.
    pub stale: Vec<StaleBy>,
    /// What the version asks less. Then it takes a second person: propose `move_procedure`.
    pub asks_less: Vec<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaleBy {
    pub person: PersonName,
    pub gate: Gate,
    pub level: String,
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

impl From<&procedure::Procedure> for ProcedureRow {
    fn from(procedure: &procedure::Procedure) -> Self {
        Self {
            id: procedure.id.to_string(),
            title: procedure.title.clone(),
            version: procedure.version,
            kinds: procedure.matches.kinds.clone(),
            gates: procedure.gates.keys().copied().collect(),
            summary: procedure.summary.clone(),
        }
    }
}

impl Procedure {
    /// A procedure as a house of this size follows it.
    #[must_use]
    pub fn of(procedure: &procedure::Procedure, size: Size, directory: &Directory) -> Self {
        let gates = procedure.gates.iter().map(|(gate, rule)| GateRule {
            gate: *gate,
            words: rule.words.clone(),
            due: rule.due.to_string(),
            requirements: procedure
                .requirements(*gate, size)
                .iter()
                .map(|asked| format!("{} × {}", asked.count, directory.level_name(&asked.level)))
                .collect(),
        });
        let steps = procedure.steps.iter().map(|step| StepRule {
            id: step.id.to_string(),
            title: step.title.clone(),
            guidance_html: markup::guidance(&step.guidance),
            gate: step.gate,
            scope: step.scope,
            wants: step.evidence,
        });
        Self {
            row: ProcedureRow::from(procedure),
            act_by: procedure.act_by.to_string(),
            review: procedure.review.to_string(),
            gate_rules: gates.collect(),
            steps: steps.collect(),
            ladder: ladder(&procedure.ladder),
        }
    }
}

/// The reminder ladder, one sentence a rung.
fn ladder(ladder: &Ladder) -> Vec<String> {
    let mut rungs = vec!["At once, when a signature is asked for.".to_owned()];
    rungs.extend(ladder.before_due.iter().map(|distance| format!("{distance} before a gate is due.")));
    rungs.push("On the day when a gate is due, and while it is overdue.".to_owned());
    rungs.extend(ladder.before_act_by.iter().map(|distance| format!("{distance} before act-by.")));
    rungs.extend(ladder.before_hard.iter().map(|distance| format!("{distance} before the hard deadline.")));
    rungs
        .extend(ladder.next_level_after.map(|distance| format!("After {distance} of silence the next level is told.")));
    rungs.extend(ladder.everybody_after.map(|distance| format!("After {distance} of silence everybody is told.")));
    rungs.push(format!("From {} before the hard deadline nothing quiets it.", ladder.insist_from));
    rungs
}
