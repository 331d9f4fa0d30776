//! What a case is made of.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use crate::event::{Authenticated, Bypass, Downgrade, Evidence, Manner, Plan, TakesEffect, Verdict};
use crate::fact::Authenticity;
use crate::facts::Resource;
use crate::ids::{Entry, LevelId, MessageId, NoticeId, PersonId};
use crate::procedure::Gate;
use crate::subject::SignedSubject;
use crate::text::{Digest, TextRef};

/// Where a notice is in its life. Which gate an open one stands at is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    Open,
    /// All its dates had passed when it arrived; a person may activate it.
    Historic,
    Closed {
        at: DateTime<Utc>,
    },
    Dismissed {
        at: DateTime<Utc>,
    },
    Merged {
        into: NoticeId,
    },
}

/// A message of this notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attached {
    pub message: MessageId,
    /// SHA-256 of salt and raw bytes.
    pub commitment: Option<Digest>,
    pub manner: Manner,
    pub authenticity: Authenticity,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Impact {
    pub text: TextRef,
    pub by: Option<PersonId>,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    pub plan: Plan,
    pub by: Option<PersonId>,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dismissal {
    pub reason: TextRef,
    pub consequence: TextRef,
    pub by: Option<PersonId>,
    pub at: DateTime<Utc>,
}

/// A signature as given, and what became of it. Whether it is stale is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    pub entry: Entry,
    pub person: PersonId,
    pub on_behalf_of: Option<PersonId>,
    pub gate: Gate,
    pub level: LevelId,
    pub verdict: Verdict,
    pub subject: SignedSubject,
    pub words: String,
    pub authenticated: Authenticated,
    pub comment: Option<TextRef>,
    pub at: DateTime<Utc>,
    pub withdrawn: Option<DateTime<Utc>>,
    /// The same person signed here again.
    pub replaced: bool,
    /// An objection that somebody answered.
    pub answered: Option<Answer>,
}

impl SignOff {
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.withdrawn.is_none() && !self.replaced
    }

    /// An objection that is neither withdrawn nor answered. It blocks even when its subject has changed: who objected looks
    /// again.
    #[must_use]
    pub fn objects(&self) -> bool {
        self.stands() && self.verdict == Verdict::Object && self.answered.is_none()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub by: PersonId,
    pub at: DateTime<Utc>,
    pub reason: TextRef,
}

/// An emergency bypass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    pub entry: Entry,
    pub bypass: Bypass,
    pub reason: TextRef,
    /// It holds for what it was asked for, and no longer once that has changed.
    pub subject: SignedSubject,
    pub takes_effect: TakesEffect,
    pub asked_by: PersonId,
    pub asked_at: DateTime<Utc>,
    pub confirmed: Option<(PersonId, DateTime<Utc>)>,
    pub withdrawn: bool,
}

impl Override {
    /// Whether it has taken hold. Whether it still fits its subject is `gate`'s question.
    #[must_use]
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        let by_itself = matches!(self.takes_effect, TakesEffect::At(at) if at <= now);
        !self.withdrawn && (self.confirmed.is_some() || by_itself)
    }

    /// When it took, or takes, hold; none while that is open.
    #[must_use]
    pub fn held_from(&self) -> Option<DateTime<Utc>> {
        match (self.withdrawn, self.confirmed, self.takes_effect) {
            (false, Some((_, at)), _) | (false, None, TakesEffect::At(at)) => Some(at),
            _ => None,
        }
    }
}

/// A downgrade that somebody, or the provider, wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub entry: Entry,
    pub downgrade: Downgrade,
    pub consequence: TextRef,
    pub takes_effect: TakesEffect,
    /// None where the provider's message proposes.
    pub by: Option<PersonId>,
    pub at: DateTime<Utc>,
    pub state: ProposalState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalState {
    Waiting,
    Accepted {
        by: Option<PersonId>,
        at: DateTime<Utc>,
    },
    /// By somebody else, or by who proposed it.
    Refused {
        by: Option<PersonId>,
        at: DateTime<Utc>,
    },
}

/// A step at one place: what was shown for it, and whether it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub done: bool,
    /// Who said so last; none where a probe of the server's did.
    pub by: Option<PersonId>,
    pub at: DateTime<Utc>,
    pub evidence: Vec<Evidence>,
    /// Everybody who did it or added to it.
    pub hands: BTreeSet<PersonId>,
}

/// Who was asked to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub gate: Gate,
    pub level: LevelId,
    pub person: PersonId,
    pub at: DateTime<Utc>,
}

/// "I have it until …".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledgement {
    pub person: PersonId,
    pub gate: Gate,
    pub until: NaiveDate,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub entry: Entry,
    pub by: PersonId,
    pub at: DateTime<Utc>,
    pub text: TextRef,
    pub mentions: BTreeSet<PersonId>,
}

/// Resources that go on in a notice of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitOff {
    pub notice: NoticeId,
    pub resources: Vec<Resource>,
}

/// Another notice that looks like the same announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likeness {
    pub notice: NoticeId,
    pub at: DateTime<Utc>,
    /// A person said that they are two.
    pub set_aside: bool,
}
