//! A notice, in a list and in full.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::common::{Change, Named, PersonName, WhenView};
use super::gate::{Blocker, BypassRule, GateView};
use super::message::MessageRow;
use super::record::{ActorView, RecordEntry};
use crate::notice::fact::{Authenticity, Kind, Role, Status, words};
use crate::notice::facts::Priority as PriorityWord;
use crate::notice::gate::Stage;
use crate::notice::procedure::{EvidenceRule, Gate, Scope};
use crate::probe::Observation;

words! {
    /// Where a value came from.
    Source { Reading = "reading", Person = "person" }
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
#[schema(as = Priorities)]
pub struct Priority {
    pub assigned: PriorityWord,
    pub effective: PriorityWord,
}

/// A requirement that waits for a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Waiting {
    pub gate: Gate,
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
    /// False while a person has to look: an ambiguous date, a low confidence.
    pub confirmed: bool,
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
    /// Set aside as not ours, by two people.
    pub set_aside: bool,
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
    pub by: Option<PersonName>,
    pub at: DateTime<Utc>,
}

/// Why somebody wants to dismiss the notice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DismissalView {
    pub reason: String,
    pub consequence: String,
    pub by: Option<PersonName>,
    pub at: DateTime<Utc>,
}

/// An emergency bypass, for good in the record whatever became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OverrideView {
    /// Its place in the notice's record.
    pub id: u64,
    pub rule: BypassRule,
    /// What it bypasses, in words.
    pub sentence: String,
    pub reason: String,
    pub by: PersonName,
    pub at: DateTime<Utc>,
    pub confirmed_by: Option<PersonName>,
    /// When it takes, or took, hold; null while a second person has to confirm it.
    pub holds_from: Option<DateTime<Utc>>,
    pub withdrawn: bool,
    /// The person who is signed in may confirm it.
    pub may_confirm: bool,
}

/// The window in which we do the work.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanView {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub text: String,
    pub by: Option<PersonName>,
    pub at: DateTime<Utc>,
}

/// One line of the procedure as it applies to this notice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepView {
    pub id: String,
    pub title: String,
    /// Safe HTML.
    pub guidance_html: String,
    pub gate: Gate,
    pub scope: Scope,
    /// Which environment or resource, for people; null where the step is done once.
    pub applies_to: Option<String>,
    /// The same for programs: what to send as `scope` when it is done.
    pub place: Option<String>,
    /// What has to show that it was done.
    pub wants: EvidenceRule,
    /// From where a probe has to come here; null where it may come from anywhere.
    pub vantage: Option<String>,
    /// What it still lacks of what shows it, in words; told once it is done or anything was shown.
    pub lacks: Option<String>,
    pub done: bool,
    pub by: Option<PersonName>,
    pub at: Option<DateTime<Utc>>,
    pub evidence: Vec<EvidenceView>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvidenceView {
    pub kind: EvidenceKind,
    /// The note, the attachment's name, or what the probe found, in words.
    pub text: String,
    /// For a file and a probe: its address below `/notices/{id}/evidence/`.
    pub digest: Option<String>,
    /// The size of an attachment.
    pub bytes: Option<u64>,
    /// When the file was erased.
    pub erased_at: Option<DateTime<Utc>>,
    pub probe: Option<ProbeView>,
}

/// What a probe saw, as far as the step goes by it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProbeView {
    pub vantage: String,
    pub target: String,
    pub success: bool,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// All that it saw; null once it was erased.
    pub seen: Option<Observation>,
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
    /// Who was told of it.
    pub mentions: Vec<PersonName>,
}

/// One entry of the provider's own timeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelineView {
    pub at: Option<DateTime<Utc>>,
    /// In the provider's own word: `investigating`, `in_progress`.
    pub status: String,
    /// Null once it was erased.
    pub text: Option<String>,
}

/// Pages of the announcement that have not come.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PagesView {
    pub missing: Vec<u32>,
    pub of: u32,
}

/// Another notice, by what people know it by.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeName {
    pub id: Uuid,
    pub number: i64,
    pub title: String,
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
    /// `resource`, `step`, `fact`, `override`, `dismiss`, `acknowledge`, `activate`, `propose`, `reopen`, `merge`,
    /// `split`.
    pub may: Vec<String>,
    /// Gates at which they have a signature that counts.
    pub signed: Vec<Gate>,
}

/// The procedure version that the notice is pinned to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProcedureRef {
    pub id: String,
    pub title: String,
    pub version: u32,
    /// The newest version that is installed; a person moves the notice to it.
    pub newest: u32,
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
    pub dismissal: Option<DismissalView>,
    pub overrides: Vec<OverrideView>,
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
    /// Open notices that look like the same announcement, until a person merges them or says that they are two.
    pub alike: Vec<NoticeName>,
    /// Where it went, if it was merged.
    pub merged_into: Option<NoticeName>,
    /// Notices that were merged into this one.
    pub absorbed: Vec<NoticeName>,
    /// Notices in which some of its resources go on.
    pub split_off: Vec<NoticeName>,
    /// The notice that this one was split off.
    pub split_from: Option<NoticeName>,
    /// What the provider's own timeline says, oldest first.
    pub timeline: Vec<TimelineView>,
    /// Null where the announcement is whole.
    pub pages: Option<PagesView>,
}
