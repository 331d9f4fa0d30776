//! What one sends to open, correct, decide and work on a notice. Every form refuses fields that it does not know.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::notice::fact::{Kind, Role, words};
use crate::notice::facts::Priority;
use crate::notice::gate::Stage;
use crate::notice::procedure::Size;

/// Which notices.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoticeQuery {
    /// Full text: titles, resources and what the provider wrote.
    pub q: Option<String>,
    pub provider: Option<String>,
    pub kind: Option<Kind>,
    pub stage: Option<Stage>,
    /// Waits for a signature at this level.
    pub level: Option<String>,
    pub team: Option<Uuid>,
    pub overdue: Option<bool>,
    /// Only what no verified message announces.
    pub unverified: Option<bool>,
    /// Only what had passed when it arrived; left out: none of those.
    pub historic: Option<bool>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// How many at most: 1 to 200, 50 where it is left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// A point in time as a person enters it: a bare date, or RFC 3339 with an offset.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhenForm {
    #[schema(examples("2024-08-22", "2024-08-22T17:08:50Z"))]
    pub at: String,
    /// A zone of the tz database or an offset, for a bare date.
    pub zone: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadlineForm {
    pub role: Role,
    pub when: WhenForm,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowForm {
    pub start: WhenForm,
    pub end: Option<WhenForm>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceForm {
    /// As the provider writes it.
    pub key: String,
    /// In snake case; left out: `resource`.
    #[serde(rename = "type")]
    pub sort: Option<String>,
    pub account: Option<String>,
    pub region: Option<String>,
}

/// Opens a notice by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenForm {
    #[schema(min_length = 1, max_length = 100)]
    pub provider: String,
    pub kind: Kind,
    #[schema(min_length = 1, max_length = 300)]
    pub title: String,
    /// The message that announces it, which waits for a person.
    pub message: Option<Uuid>,
    /// What the provider wrote, where there is something to keep.
    #[schema(max_length = 200_000)]
    pub text: Option<String>,
    #[serde(default)]
    pub deadlines: Vec<DeadlineForm>,
    #[serde(default)]
    pub windows: Vec<WindowForm>,
    #[serde(default)]
    pub resources: Vec<ResourceForm>,
}

/// An impact statement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextForm {
    #[schema(min_length = 1, max_length = 50_000)]
    pub text: String,
}

/// A comment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentForm {
    #[schema(min_length = 1, max_length = 50_000)]
    pub text: String,
    /// People who are told of it.
    #[serde(default)]
    pub mentions: Vec<Uuid>,
}

/// The window in which we do the work.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanForm {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    #[serde(default)]
    #[schema(max_length = 50_000)]
    pub text: String,
}

/// Another assigned priority. Lowering it becomes a proposal and needs the reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorityForm {
    pub priority: Priority,
    #[schema(max_length = 10_000)]
    pub reason: Option<String>,
}

/// “Does not affect us”, or not worth the work: takes the signatures of the gate `dismiss`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DismissForm {
    #[schema(min_length = 1, max_length = 10_000)]
    pub reason: String,
    /// What follows if this is wrong, in writing.
    #[schema(min_length = 1, max_length = 10_000)]
    pub consequence: String,
}

words! {
    /// A change for the worse, which takes a second person.
    ProposedChange {
        LowerPriority = "lower_priority",
        /// To a later date.
        MoveDeadline = "move_deadline",
        DropDeadline = "drop_deadline",
        /// A resource is not ours.
        SetAside = "set_aside",
        /// The provider called it off.
        Cancelled = "cancelled",
        ChangeKind = "change_kind",
        /// Another procedure, or its set for another size of organisation.
        MoveProcedure = "move_procedure",
    }
}

/// Proposes a change for the worse. Needs a fresh authentication, and a second person to countersign.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalForm {
    pub change: ProposedChange,
    /// For `lower_priority`.
    pub priority: Option<Priority>,
    /// For `move_deadline` and `drop_deadline`.
    pub deadline: Option<String>,
    /// For `move_deadline`.
    pub when: Option<WhenForm>,
    /// For `set_aside`.
    pub resource: Option<String>,
    /// For `change_kind`.
    pub kind: Option<Kind>,
    /// For `move_procedure`, with `version`.
    pub procedure: Option<String>,
    pub version: Option<u32>,
    /// For `move_procedure`; left out: the size that the notice follows now.
    pub size: Option<Size>,
    /// What follows if this is wrong, in writing.
    #[schema(min_length = 1, max_length = 10_000)]
    pub consequence: String,
}

/// Countersigns a proposal or turns it down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionForm {
    pub accept: bool,
    #[schema(max_length = 10_000)]
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchForm {
    pub watching: bool,
}

/// Where a resource belongs. Sending it confirms it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingForm {
    #[schema(min_length = 1, max_length = 80)]
    pub environment: String,
    pub team: Uuid,
}

/// “I have this until …”: quiets one's own reminders once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeForm {
    pub until: NaiveDate,
}

/// A newer version of the same procedure. Another procedure is a proposal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcedureForm {
    #[schema(minimum = 1)]
    pub version: u32,
}

/// A step was done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepDoneForm {
    /// What shows it.
    #[schema(max_length = 50_000)]
    pub evidence_note: Option<String>,
    /// The step's `place`: which environment or resource; left out for a step that is done once.
    pub scope: Option<String>,
}

/// A step was not done after all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUndoneForm {
    #[schema(min_length = 1, max_length = 10_000)]
    pub reason: String,
    /// The step's `place`; left out for a step that is done once.
    pub scope: Option<String>,
}

/// Corrects a fact: a deadline (`d1`), the `title` or the `provider`. A later date, another kind and a resource that is not
/// ours are proposals.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FactForm {
    /// For a deadline.
    pub at: Option<WhenForm>,
    /// For anything else.
    #[schema(max_length = 300)]
    pub value: Option<String>,
    /// Needed where the correction is a change for the worse and becomes a proposal.
    #[schema(max_length = 10_000)]
    pub reason: Option<String>,
}
