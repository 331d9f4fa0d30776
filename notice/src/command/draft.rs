//! A case being decided upon: events are folded in as they are made, so that each rule sees what the ones before it did.

use chrono::Duration;

use crate::case::{Case, Life};
use crate::context::Context;
use crate::deadline;
use crate::directory::{Person, Right};
use crate::event::{Actor, Authenticated, Cause, Event, Method, Recorded, TakesEffect};
use crate::ids::PersonId;
use crate::refusal::Refusal;
use crate::text::{Digest, TextRef};

/// How long somebody who is alone waits before their own override holds.
pub(super) const ALONE: Duration = Duration::hours(24);

/// An event that was decided, and whose doing it is: what follows by itself from a person's command is the system's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub actor: Actor,
    pub event: Event,
}

pub(super) struct Draft<'a> {
    pub case: Case,
    pub actor: Actor,
    pub context: &'a Context,
    made: Vec<Made>,
}

impl<'a> Draft<'a> {
    pub fn new(case: &Case, actor: Actor, context: &'a Context) -> Self {
        Self { case: case.clone(), actor, context, made: Vec::new() }
    }

    /// Records an event in the draft.
    pub fn push(&mut self, event: Event) {
        self.push_as(self.actor, event);
    }

    /// Records what follows from the command without the actor having asked for it by name, such as an assignment.
    pub fn push_as(&mut self, actor: Actor, event: Event) {
        let recorded = Recorded {
            sequence: self.case.sequence + 1,
            at: self.context.now,
            actor,
            cause: Cause::default(),
            event,
            hash: Digest::ZERO,
        };
        self.case.apply(&recorded);
        self.made.push(Made { actor, event: recorded.event });
    }

    pub fn made(self) -> Vec<Made> {
        self.made
    }

    /// Whether the actor may do anything at all: programs and the provider may, people must be active and no auditors.
    pub fn may_act(&self) -> Result<(), Refusal> {
        let Actor::Person { id } = self.actor else { return Ok(()) };
        match self.context.directory.person(id) {
            None => Err(Refusal::right("unknown_person", "This person is not in the directory.")),
            Some(Person { active: false, .. }) => {
                Err(Refusal::right("person_inactive", "This person's account is deactivated."))
            }
            Some(Person { right: Right::Auditor, .. }) => {
                Err(Refusal::right("read_only", "An auditor reads everything and changes nothing."))
            }
            Some(_) => Ok(()),
        }
    }

    /// The person who acts, for what only people do.
    pub fn person(&self) -> Result<PersonId, Refusal> {
        self.actor.person().ok_or_else(|| Refusal::right("person_needed", "Only a person can do this."))
    }

    /// The person who signs: not by a token, and freshly authenticated.
    pub fn signer(&self, authenticated: &Authenticated) -> Result<PersonId, Refusal> {
        let person = self.person()?;
        if authenticated.method == Method::Token {
            return Err(Refusal::right("token_cannot_sign", "A token cannot sign; sign in as a person."));
        }
        let age = self.context.now - authenticated.at;
        let undated = authenticated.method == Method::Oauth2;
        if undated || age > self.context.fresh_for || age < -Duration::minutes(1) {
            let minutes = self.context.fresh_for.num_minutes();
            let message = format!("Signing takes an authentication in the last {minutes} minutes; authenticate again.");
            return Err(Refusal::freshness("fresh_authentication_needed", message));
        }
        Ok(person)
    }

    pub fn open(&self) -> Result<(), Refusal> {
        let (code, message) = match self.case.life {
            Life::Open => return Ok(()),
            Life::Historic => {
                ("notice_historic", "All dates of this notice had passed when it arrived; activate it first.")
            }
            Life::Closed { .. } => ("notice_closed", "This notice is closed; reopen it first."),
            Life::Dismissed { .. } => ("notice_dismissed", "This notice is dismissed; reopen it first."),
            Life::Merged { .. } => ("notice_merged", "This notice was merged into another; work there."),
        };
        Err(Refusal::state(code, message))
    }

    /// Whether this person is the only one there: then a delay stands in for the second person.
    pub fn is_alone(&self, person: PersonId) -> bool {
        let Context { directory, now, .. } = self.context;
        !directory.acting().any(|other| other.id != person && directory.is_present(other.id, *now))
    }

    /// When something by this person holds that otherwise takes two: on a second person's word, or, for somebody alone, after
    /// a day, sooner where the hard deadline is nearer.
    pub fn takes_effect(&self, person: PersonId) -> TakesEffect {
        if !self.is_alone(person) {
            return TakesEffect::OnConfirmation;
        }
        let now = self.context.now;
        let hard = deadline::hard(&self.case).map(|hard| hard.at).filter(|at| *at > now);
        TakesEffect::At(hard.map_or(now + ALONE, |at| at.min(now + ALONE)))
    }
}

/// Refuses words that are none.
pub(super) fn said(text: &TextRef, what: &str) -> Result<(), Refusal> {
    if text.is_blank() {
        return Err(Refusal::request("text_missing", format!("{what} is empty; write it down.")));
    }
    Ok(())
}
