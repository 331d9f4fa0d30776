//! What can happen to a notice. The record is made of these, and the notice is their fold.
//!
//! Owns the events as they are written, their versions, and how an older one is read today. An event states what was decided,
//! never why it was allowed: that is `command`'s. It holds no name and no free text (`TextRef`).

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::fact::{Authenticity, Kind, Status, When, words};
use super::facts::{Deadline, Facts, Mapping, Priority, Resource, TimelineEntry, Window};
use super::ids::{
    CommandId, DeadlineId, Entry, Environment, LevelId, MessageId, NoticeId, PersonId, ProcedureId, ProviderId,
    ResourceId, StepId,
};
use super::pages::Pages;
use super::procedure::{Gate, ProcedurePin, Size};
use super::reminder::Rung;
use super::subject::SignedSubject;
use super::text::{Digest, TextRef};

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    Person {
        id: PersonId,
    },
    System,
    /// A provider, by a message of theirs.
    Provider {
        message: MessageId,
    },
}

impl Actor {
    #[must_use]
    pub const fn person(&self) -> Option<PersonId> {
        match self {
            Self::Person { id } => Some(*id),
            Self::System | Self::Provider { .. } => None,
        }
    }
}

/// A message, with what proves later that its raw bytes are the ones that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRef {
    pub id: MessageId,
    /// SHA-256 of salt and raw bytes; the salt lies with the bytes and is erased with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Digest>,
}

impl From<MessageId> for MessageRef {
    /// A message whose bytes nobody committed to.
    fn from(id: MessageId) -> Self {
        Self { id, commitment: None }
    }
}

/// What led to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cause {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandId>,
}

/// An event in its place in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded<E = Event> {
    pub sequence: u64,
    /// UTC, in whole microseconds.
    pub at: DateTime<Utc>,
    pub actor: Actor,
    pub cause: Cause,
    pub event: E,
    pub hash: Digest,
}

words! {
    /// How somebody proved who they are.
    Method {
        Password = "password",
        SetupLink = "setup_link",
        Invitation = "invitation",
        MailLink = "mail_link",
        /// A code that was mailed and typed in where one was signed in.
        MailCode = "mail_code",
        Passkey = "passkey",
        /// An OpenID provider that said when it last asked.
        Oidc = "oidc",
        /// A provider that vouches for the person and does not say when it last asked. Enough to come in, never to sign.
        Oauth2 = "oauth2",
        /// A program. Programs cannot sign (design, decision 3).
        Token = "token",
    }
}

/// How and when the person had authenticated, in business time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Authenticated {
    pub method: Method,
    pub at: DateTime<Utc>,
}

words! {
    /// What somebody says at a gate.
    Verdict { Approve = "approve", Object = "object" }
}

words! {
    /// What a message was to its notice.
    Manner {
        /// It opened the notice.
        First = "first",
        /// It changed something.
        Update = "update",
        /// A further page of what it had begun to say.
        Page = "page",
        /// It said nothing new.
        Repeat = "repeat",
        /// A person put it here.
        ByHand = "by_hand",
    }
}

/// Which rule is bypassed by an override.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Bypass {
    /// The signatures at one level of a gate, and objections raised there.
    SignOff { gate: Gate, level: LevelId },
    /// That somebody who performed no step signs at `close`.
    Independence,
    /// That the planned window lies before act-by and outside freezes.
    Window,
    /// That a step is done and shown.
    Step { step: StepId },
}

/// A change for the worse, which takes a second person (design, decision 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Downgrade {
    LowerPriority {
        to: Priority,
    },
    /// A later date. `when` is JSON as everywhere: `{"date": {"on": …}}` or `{"instant": …}`.
    MoveDeadline {
        deadline: DeadlineId,
        #[schema(value_type = Object)]
        when: When,
    },
    DropDeadline {
        deadline: DeadlineId,
    },
    /// The provider's windows, later than they were.
    MoveWindows {
        #[schema(value_type = Vec<Object>)]
        windows: Vec<Window>,
    },
    /// "This is not ours."
    SetAside {
        resource: ResourceId,
    },
    /// The provider called it off. Accepting puts `dismiss` in the place of what is left.
    Cancelled,
    /// Another kind with a lighter procedure.
    ChangeKind {
        kind: Kind,
    },
    /// Another procedure, or the set for another size of organisation. A newer version of the same is no downgrade.
    MoveProcedure {
        procedure: ProcedureId,
        version: u32,
        size: Size,
    },
}

/// Where a step was done, for steps that are done more than once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Once,
    Environment(Environment),
    Resource(ResourceId),
}

/// What shows that a step was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    Note {
        text: TextRef,
    },
    /// Bytes in the blob store, by their digest.
    Attachment {
        name: TextRef,
        digest: Digest,
        bytes: u64,
    },
    /// What `countersign probe` found; the full result is a blob.
    Probe {
        vantage: String,
        target: String,
        success: bool,
        at: DateTime<Utc>,
        result: Digest,
    },
}

/// A planned time for the work, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub text: TextRef,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    // --- how it begins, and messages
    Opened(Box<Opened>),
    MessageAttached {
        message: MessageRef,
        manner: Manner,
        authenticity: Authenticity,
    },

    /// What the provider's own timeline says that was not known yet.
    TimelineExtended {
        entries: Vec<TimelineEntry>,
    },
    /// Pages of an announcement that comes in several.
    PagesCame {
        pages: Pages,
    },
    /// The list of resources is complete without the pages that are missing, a person says.
    PagesConfirmed {
        set: String,
    },

    // --- facts
    DeadlineSet {
        deadline: Deadline,
    },
    DeadlineRefined {
        deadline: DeadlineId,
        instant: DateTime<Utc>,
    },
    DeadlineConfirmed {
        deadline: DeadlineId,
    },
    DeadlineDropped {
        deadline: DeadlineId,
    },
    WindowsSet {
        windows: Vec<Window>,
    },
    StatusChanged {
        status: Status,
    },
    KindChanged {
        kind: Kind,
    },
    TitleCorrected {
        title: TextRef,
    },
    ProviderCorrected {
        provider: ProviderId,
    },
    ResourceAdded {
        resource: Resource,
    },
    ResourceMapped {
        resource: ResourceId,
        mapping: Mapping,
    },
    ResourceSetAside {
        resource: ResourceId,
    },

    // --- judgement
    ImpactStated {
        text: TextRef,
    },
    PriorityAssigned {
        priority: Priority,
        reason: Option<TextRef>,
    },
    WindowPlanned {
        plan: Plan,
    },
    DismissalProposed {
        reason: TextRef,
        consequence: TextRef,
    },
    DismissalWithdrawn,
    ProcedureMoved {
        procedure: ProcedurePin,
    },

    // --- signatures
    Signed(Box<Signed>),
    SignOffWithdrawn {
        sign_off: Entry,
        reason: Option<TextRef>,
    },
    ObjectionAnswered {
        sign_off: Entry,
        reason: TextRef,
        authenticated: Authenticated,
    },
    OverrideAsked {
        bypass: Bypass,
        reason: TextRef,
        subject: SignedSubject,
        takes_effect: TakesEffect,
        authenticated: Authenticated,
    },
    OverrideConfirmed {
        asked: Entry,
        authenticated: Authenticated,
    },
    OverrideWithdrawn {
        asked: Entry,
    },
    DowngradeProposed {
        downgrade: Downgrade,
        consequence: TextRef,
        takes_effect: TakesEffect,
        authenticated: Option<Authenticated>,
    },
    DowngradeAccepted {
        proposed: Entry,
        authenticated: Option<Authenticated>,
    },
    DowngradeRefused {
        proposed: Entry,
        reason: Option<TextRef>,
    },

    // --- the work
    StepDone {
        step: StepId,
        place: Place,
        evidence: Vec<Evidence>,
    },
    StepUndone {
        step: StepId,
        place: Place,
        reason: TextRef,
    },
    EvidenceAdded {
        step: StepId,
        place: Place,
        evidence: Evidence,
    },

    // --- people
    Assigned {
        gate: Gate,
        level: LevelId,
        person: PersonId,
    },
    Acknowledged {
        gate: Gate,
        until: NaiveDate,
    },
    Commented {
        text: TextRef,
        mentions: BTreeSet<PersonId>,
    },
    Watched,
    Unwatched,
    Seen,

    /// Mails that the ladder called for, as they were planned: who was told, and that silence moved up.
    Reminded {
        reminders: Vec<Told>,
    },

    // --- life
    Activated,
    Closed,
    Dismissed,
    Reopened {
        because: ReopenCause,
    },
    MergedInto {
        notice: NoticeId,
    },
    Absorbed {
        notice: NoticeId,
    },
    SplitOff {
        notice: NoticeId,
        resources: Vec<ResourceId>,
    },
    /// It began as part of that one.
    SplitFrom {
        notice: NoticeId,
    },
    /// Another notice looks like the same announcement. Only proposes: a person merges, or says that they are two.
    LikenessFound {
        notice: NoticeId,
    },
    LikenessSetAside {
        notice: NoticeId,
    },
}

/// The first event of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    pub notice: NoticeId,
    /// The short number for people.
    pub number: u32,
    pub facts: Facts,
    pub authenticity: Authenticity,
    /// None for one opened by hand.
    pub message: Option<MessageRef>,
    pub procedure: ProcedurePin,
    pub priority: Priority,
    /// All of its dates had passed.
    pub historic: bool,
}

/// A signature, with everything that was true when it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    pub gate: Gate,
    pub level: LevelId,
    pub verdict: Verdict,
    /// The absent holder in whose place it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
    pub subject: SignedSubject,
    /// What was signed, in words.
    pub words: String,
    pub authenticated: Authenticated,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<TextRef>,
}

/// When something that takes two people holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakesEffect {
    /// Once a second person has confirmed.
    OnConfirmation,
    /// By itself, since there is nobody else to ask.
    At(DateTime<Utc>),
}

/// Why a closed notice is open again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReopenCause {
    Message { message: MessageId },
    Person { reason: TextRef },
}

/// One reminder that was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub person: PersonId,
    pub rung: Rung,
    pub gate: Gate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<LevelId>,
}
