//! A notice, in a list and in full.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::common::{Change, Named, PersonName, WhenView};
use super::gate::{Blocker, GateName, GateView};
use super::message::MessageRow;
use super::record::{ActorView, RecordEntry};
use crate::notice::fact::{Authenticity, Kind, Role, Status, words};

words! {
    /// Where a notice stands.
    Stage {
        Assess = "assess",
        Schedule = "schedule",
        Close = "close",
        Closed = "closed",
        Dismissed = "dismissed",
        Historic = "historic",
    }
}

words! {
    /// How urgent.
    #[schema(as = PriorityWord)]
    PriorityName { Low = "low", Normal = "normal", High = "high", Critical = "critical" }
}

words! {
    /// Where a value came from.
    Source { Reading = "reading", Person = "person" }
}

words! {
    /// What one line of a procedure applies to.
    StepScope { Once = "once", Environment = "environment", Resource = "resource" }
}

words! {
    /// What shows that a step was done.
    EvidenceKind { Note = "note", Attachment = "attachment", Probe = "probe" }
}

words! {
    /// How a piece of text is drawn.
    TextStyle { Plain = "plain", Struck = "struck", Quoted = "quoted", Footer = "footer" }
}

/// Assigned priority is signed; the effective one follows from it and the time left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Priority {
    pub assigned: PriorityName,
    pub effective: PriorityName,
}

/// A requirement that waits for a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Waiting {
    pub gate: GateName,
    pub level: String,
}

/// A notice in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeRow {
    pub id: Uuid,
    /// Shown as `N-12`.
    pub number: i64,
    pub title: String,
    pub provider: Named,
    pub kind: Kind,
    pub status: Status,
    pub stage: Stage,
    pub authenticity: Authenticity,
    pub priority: Priority,
    pub hard_deadline: Option<WhenView>,
    pub act_by: Option<DateTime<Utc>>,
    pub overdue: bool,
    pub waiting: Vec<Waiting>,
    pub opened_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Where a search hit, with the hit between U+0002 and U+0003; null without a search.
    pub highlight: Option<String>,
}

/// A page of notices, and what else one may filter by.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeList {
    pub items: Vec<NoticeRow>,
    pub next: Option<String>,
    /// Counted over all notices that are not filtered away by something else.
    pub facets: Vec<Facet>,
}

/// One filter with its values.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Facet {
    /// `provider`, `kind`, `stage`, `level`, `team`
    pub name: String,
    pub values: Vec<FacetValue>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FacetValue {
    pub value: String,
    pub label: String,
    pub count: u64,
}

/// A value that the reader took out of a text, or a person wrote.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FactView {
    /// Segments of the text name it.
    pub id: String,
    /// `provider`, `kind`, `status`, `deadline`, `window`, `resource`
    pub name: String,
    /// For people: “Hard expiry”.
    pub label: String,
    pub value: String,
    /// From 0 to 1; below 0.7 a person is asked.
    pub confidence: f32,
    pub source: Source,
    /// The sentence that it came from.
    pub quote: Option<String>,
    /// The message whose text it was read from.
    pub message: Option<Uuid>,
}

/// A dated consequence.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeadlineView {
    pub id: String,
    pub role: Role,
    pub when: WhenView,
    pub as_written: String,
    /// The sentence that it came from; null once erased, or where a person entered it.
    pub quote: Option<String>,
    pub confidence: f32,
    pub source: Source,
    /// Something happens then whether or not we act.
    pub is_hard: bool,
}

/// A time in which the provider works.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WindowView {
    pub id: String,
    pub start: Option<WhenView>,
    pub end: Option<WhenView>,
    pub as_written: String,
    pub quote: Option<String>,
    pub confidence: f32,
}

/// Something that is affected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ResourceView {
    /// Stable within the notice; for URLs.
    pub id: String,
    /// As the provider writes it.
    pub key: String,
    #[serde(rename = "type")]
    pub sort: String,
    pub account: Option<String>,
    pub region: Option<String>,
    pub environment: Option<String>,
    pub team: Option<Named>,
    /// A person has confirmed environment and team.
    pub confirmed: bool,
    /// What was learned from earlier notices and the rules of ownership.
    pub proposed: Option<ProposedMapping>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProposedMapping {
    pub environment: Option<String>,
    pub team: Option<Named>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImpactView {
    pub text: String,
    pub by: PersonName,
    pub at: DateTime<Utc>,
}

/// The window in which we do the work.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanView {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub text: String,
    pub by: PersonName,
}

/// One line of the procedure as it applies to this notice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepView {
    pub id: String,
    pub title: String,
    /// Safe HTML.
    pub guidance_html: String,
    pub gate: GateName,
    pub scope: StepScope,
    /// Which environment or resource; null where the step is done once.
    pub applies_to: Option<String>,
    pub done: bool,
    pub by: Option<PersonName>,
    pub at: Option<DateTime<Utc>>,
    pub evidence: Vec<EvidenceView>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvidenceView {
    /// Its place in the notice's record.
    pub id: u64,
    pub kind: EvidenceKind,
    pub text: Option<String>,
    pub by: PersonName,
    pub at: DateTime<Utc>,
}

/// One normalised text of a message, cut where facts begin and end.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TextPart {
    pub message: Uuid,
    /// `subject`, a MIME part's path or a JSON pointer.
    pub part: String,
    pub segments: Vec<Segment>,
}

/// A run of text that the same facts cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Segment {
    pub text: String,
    /// Ids of facts.
    pub facts: Vec<String>,
    pub style: TextStyle,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommentView {
    /// Its place in the notice's record.
    pub id: u64,
    pub by: PersonName,
    pub at: DateTime<Utc>,
    /// Null once it was erased.
    pub text: Option<String>,
}

/// A change that takes a second person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProposalView {
    /// Its place in the notice's record.
    pub id: u64,
    /// Stable word, such as `later_deadline`, `cancel`, `lower_priority`.
    pub what: String,
    pub by: ActorView,
    pub at: DateTime<Utc>,
    /// In words.
    pub sentence: String,
    /// What would change.
    pub changes: Vec<Change>,
    /// The written consequence or reason.
    pub reason: Option<String>,
    /// The person who is signed in may countersign it.
    pub may_decide: bool,
}

/// What the person who is signed in is to this notice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct You {
    pub levels: Vec<String>,
    /// Actions that would not be refused for who they are: `impact`, `sign_off`, `close`, `plan`, `priority`, `comment`,
    /// `resource`, `step`, `fact`, `override`, `dismiss`, `acknowledge`, `activate`, `propose`
    pub may: Vec<String>,
    /// Gates at which they have a signature that counts.
    pub signed: Vec<GateName>,
}

/// The procedure version that the notice is pinned to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProcedureRef {
    pub id: String,
    pub title: String,
    pub version: u32,
}

/// A notice in full.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Notice {
    #[serde(flatten)]
    pub row: NoticeRow,
    pub authenticity_reason: String,
    pub facts: Vec<FactView>,
    pub deadlines: Vec<DeadlineView>,
    pub windows: Vec<WindowView>,
    pub resources: Vec<ResourceView>,
    pub impact: Option<ImpactView>,
    pub plan: Option<PlanView>,
    pub gates: Vec<GateView>,
    /// What stands between this notice and closing.
    pub blockers: Vec<Blocker>,
    pub steps: Vec<StepView>,
    pub messages: Vec<MessageRow>,
    pub text: Vec<TextPart>,
    pub comments: Vec<CommentView>,
    pub record: Vec<RecordEntry>,
    pub watching: bool,
    pub procedure: ProcedureRef,
    pub you: You,
    /// What stays visible for good, such as `override`.
    pub marks: Vec<String>,
    pub proposals: Vec<ProposalView>,
}

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
    #[serde(default)]
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

/// A written text: an impact statement or a comment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextForm {
    #[schema(min_length = 1, max_length = 50_000)]
    pub text: String,
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
    pub priority: PriorityName,
    #[schema(max_length = 10_000)]
    pub reason: Option<String>,
}

/// “Does not affect us”, or not worth the work: takes the signatures of the gate `dismiss`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DismissForm {
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

/// Where a resource belongs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingForm {
    #[schema(max_length = 80)]
    pub environment: Option<String>,
    pub team: Option<Uuid>,
    pub confirmed: bool,
}

/// A step was done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepDoneForm {
    /// What shows it.
    #[schema(max_length = 50_000)]
    pub evidence_note: Option<String>,
    /// Which environment or resource; left out for a step that is done once.
    pub scope: Option<String>,
}

/// Corrects a fact. A later date becomes a proposal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FactForm {
    /// For a date.
    pub at: Option<WhenForm>,
    /// For anything else.
    pub value: Option<String>,
    #[schema(min_length = 1, max_length = 10_000)]
    pub reason: String,
}
