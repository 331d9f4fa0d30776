//! How a notice begins.

use super::draft::{Draft, Made};
use super::messages::told;
use super::settle::settle;
use crate::case::Case;
use crate::context::Context;
use crate::event::{Actor, Cause, Event, MessageRef, Opened, Recorded};
use crate::fact::Authenticity;
use crate::facts::{Announced, Facts, Source};
use crate::ids::NoticeId;
use crate::priority;
use crate::refusal::Refusal;
use crate::text::Digest;

/// A notice to be opened, from a message or by a person's hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub notice: NoticeId,
    pub number: u32,
    /// What announces it; none where a person opens it and has nothing to show.
    pub message: Option<MessageRef>,
    pub authenticity: Authenticity,
    pub announced: Announced,
}

/// Opens a notice: chooses and pins the procedure, assigns priority, and asks the first people. Whether all its dates have
/// passed is judged at `context.now`. Once a person opens it by hand, they mean it: that one is never historic.
///
/// # Errors
/// If no procedure is installed, or the actor may not act.
pub fn open(open: Open, actor: &Actor, context: &Context) -> Result<Vec<Made>, Refusal> {
    let Open { notice, number, message, authenticity, announced } = open;
    let source = match (message, *actor) {
        (_, Actor::Person { id }) => Source::Person { person: id },
        (Some(message), _) => Source::Reading { message: message.id },
        (None, Actor::Provider { message }) => Source::Reading { message },
        (None, Actor::System) => {
            return Err(Refusal::request("source_missing", "A notice comes from a message or a person."));
        }
    };
    let (timeline, pages) = (announced.timeline.clone(), announced.pages.clone());
    let facts = Facts::first(announced, source);
    let procedures = &context.procedures;
    let procedure = procedures
        .choose(facts.kind, &facts.provider, None)
        .ok_or_else(|| Refusal::state("no_procedure", "No procedure is installed; a notice cannot be opened."))?;
    let assigned = priority::assigned(&procedure.priority, &facts);
    let procedure = procedures.choose(facts.kind, &facts.provider, Some(assigned)).unwrap_or(procedure);
    let first = Event::Opened(Box::new(Opened {
        notice,
        number,
        historic: message.is_some() && actor.person().is_none() && facts.all_passed(context.now),
        facts,
        authenticity,
        message,
        procedure: procedure.pin(procedures.size),
        priority: assigned,
    }));
    let cause = Cause::default();
    let recorded =
        Recorded { sequence: 1, at: context.now, actor: *actor, cause, event: first.clone(), hash: Digest::ZERO };
    let case = Case::begin(&recorded).map_err(|e| Refusal::request("not_opened", e.to_string()))?;
    let mut draft = Draft::new(&case, *actor, context);
    draft.may_act()?;
    told(&mut draft, *actor, &timeline, pages);
    settle(&mut draft);
    Ok(std::iter::once(Made { actor: *actor, event: first }).chain(draft.made()).collect())
}
