//! What people, providers and the system ask of a notice, and whether it is done.
//!
//! Owns every rule about who may do what when: a command becomes events or a refusal that says why. One file for each group
//! of commands. Pure; nothing is changed here but a draft that is thrown away.

mod downgrade;
mod draft;
mod facts;
mod judgement;
mod life;
mod messages;
mod open;
mod overrides;
mod people;
mod settle;
mod sign;
mod work;

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

pub(super) use downgrade::deciders;
pub use draft::Made;
pub use open::{Open, open};
pub use settle::asked_at;
pub(super) use settle::{asked_beside, taken};
pub use sign::{TOGETHER, together};

use super::case::Case;
use super::context::Context;
use super::event::{Actor, Authenticated, Bypass, Downgrade, Evidence, MessageRef, Place, Told, Verdict};
use super::fact::{Authenticity, Role, When};
use super::facts::{
    Announced, AnnouncedDeadline, AnnouncedResource, AnnouncedWindow, Mapping, Priority, TimelineEntry,
};
use super::ids::{DeadlineId, Entry, LevelId, NoticeId, PersonId, ProcedureId, ProviderId, ResourceId, StepId};
use super::procedure::{Gate, Size};
use super::refusal::Refusal;
use super::text::{Digest, TextRef};
use draft::Draft;

/// Something asked of a notice that is there. Opening one is [`open`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    // --- messages (by the provider or the system; by a person when attached by hand)
    /// A message that belongs here and is not read for changes.
    Attach {
        message: MessageRef,
        authenticity: Authenticity,
    },
    /// What a later message announces about the same thing. Earlier dates and new resources apply at once; a later date or a
    /// cancellation becomes a proposal, and only from a verified message.
    Announce {
        message: MessageRef,
        authenticity: Authenticity,
        announced: Box<Announced>,
    },

    // --- facts, by a person
    /// A new deadline, or an earlier date for a known one. A later date is refused: propose it.
    SetDeadline {
        deadline: Option<DeadlineId>,
        role: Role,
        when: When,
    },
    ConfirmDeadline {
        deadline: DeadlineId,
    },
    /// The list of resources is complete, although pages of the announcement never came.
    ConfirmPages,
    AddResource {
        resource: AnnouncedResource,
        mapping: Option<Mapping>,
    },
    MapResource {
        resource: ResourceId,
        mapping: Mapping,
    },
    CorrectTitle {
        title: TextRef,
    },
    CorrectProvider {
        provider: ProviderId,
    },

    // --- judgement
    StateImpact {
        text: TextRef,
    },
    /// A higher priority. A lower one is refused: propose it.
    RaisePriority {
        to: Priority,
        reason: Option<TextRef>,
    },
    PlanWindow {
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        text: TextRef,
    },
    ProposeDismissal {
        reason: TextRef,
        consequence: TextRef,
    },
    WithdrawDismissal,
    /// To a newer version of the same procedure. Another procedure or size is refused: propose `Downgrade::MoveProcedure`.
    MoveProcedure {
        procedure: ProcedureId,
        version: u32,
        size: Size,
    },

    // --- signatures
    Sign(Sign),
    WithdrawSignOff {
        sign_off: Entry,
        reason: Option<TextRef>,
    },
    AnswerObjection {
        sign_off: Entry,
        reason: TextRef,
        authenticated: Authenticated,
    },
    AskOverride {
        bypass: Bypass,
        reason: TextRef,
        authenticated: Authenticated,
    },
    ConfirmOverride {
        asked: Entry,
        authenticated: Authenticated,
    },
    WithdrawOverride {
        asked: Entry,
    },
    Propose {
        downgrade: Downgrade,
        consequence: TextRef,
        authenticated: Authenticated,
    },
    Countersign {
        proposed: Entry,
        authenticated: Authenticated,
    },
    RefuseProposal {
        proposed: Entry,
        reason: Option<TextRef>,
    },

    // --- the work
    DoStep {
        step: StepId,
        place: Place,
        evidence: Vec<Evidence>,
    },
    UndoStep {
        step: StepId,
        place: Place,
        reason: TextRef,
    },
    AddEvidence {
        step: StepId,
        place: Place,
        evidence: Evidence,
    },

    // --- people
    Assign {
        gate: Gate,
        level: LevelId,
        person: PersonId,
    },
    /// "I have it until …": quiets this person's reminders once at the current gate.
    Acknowledge {
        until: NaiveDate,
    },
    Comment {
        text: TextRef,
        mentions: BTreeSet<PersonId>,
    },
    Watch,
    Unwatch,
    /// The person opened the notice's page.
    See,

    // --- life
    Activate,
    Close,
    Reopen {
        reason: TextRef,
    },
    /// The target as it is with what it has just absorbed.
    MergeInto {
        target: Box<Case>,
    },
    /// Takes over all dates that another notice has and this one lacks, and its part of the provider's timeline.
    Absorb {
        notice: NoticeId,
        deadlines: Vec<AnnouncedDeadline>,
        windows: Vec<AnnouncedWindow>,
        timeline: Vec<TimelineEntry>,
    },
    SplitOff {
        notice: NoticeId,
        resources: Vec<ResourceId>,
    },
    /// This notice began as part of that one.
    ComeFrom {
        notice: NoticeId,
    },
    /// Another notice looks like the same announcement. By the system.
    NoteLikeness {
        notice: NoticeId,
    },
    /// They are two, a person says.
    SetLikenessAside {
        notice: NoticeId,
    },
    /// Puts on record which reminders were planned. By the system, in the transaction that plans them.
    NoteReminders {
        reminders: Vec<Told>,
    },
    /// Carries out what time alone has brought about: downgrades whose delay is over, and people to ask anew after the
    /// directory changed. Does nothing where there is nothing to do.
    Settle,
}

/// A verdict on exactly what was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    pub gate: Gate,
    pub verdict: Verdict,
    /// At which level, for people who hold several; else the first that still misses a signature.
    pub level: Option<LevelId>,
    /// The digest of the subject that the page displayed.
    pub subject: Digest,
    pub comment: Option<TextRef>,
    pub authenticated: Authenticated,
}

/// Decides a command: the events that carry it out, or why not. No events mean that it was so already.
///
/// # Errors
/// A [`Refusal`] that names every reason.
pub fn decide(case: &Case, command: Command, actor: &Actor, context: &Context) -> Result<Vec<Made>, Refusal> {
    let mut draft = Draft::new(case, *actor, context);
    draft.may_act()?;
    carry_out(&mut draft, command)?;
    settle::settle(&mut draft);
    Ok(draft.made())
}

fn carry_out(draft: &mut Draft<'_>, command: Command) -> Result<(), Refusal> {
    match command {
        Command::Attach { message, authenticity } => messages::attach(draft, message, authenticity),
        Command::Announce { message, authenticity, announced } => {
            messages::announce(draft, message, authenticity, *announced)
        }

        Command::SetDeadline { deadline, role, when } => facts::set_deadline(draft, deadline, role, when),
        Command::ConfirmDeadline { deadline } => facts::confirm_deadline(draft, deadline),
        Command::ConfirmPages => facts::confirm_pages(draft),
        Command::AddResource { resource, mapping } => facts::add_resource(draft, resource, mapping),
        Command::MapResource { resource, mapping } => facts::map_resource(draft, resource, mapping),
        Command::CorrectTitle { title } => facts::correct_title(draft, title),
        Command::CorrectProvider { provider } => facts::correct_provider(draft, provider),

        Command::StateImpact { text } => judgement::state_impact(draft, text),
        Command::RaisePriority { to, reason } => judgement::raise_priority(draft, to, reason),
        Command::PlanWindow { start, end, text } => judgement::plan_window(draft, start, end, text),
        Command::ProposeDismissal { reason, consequence } => judgement::propose_dismissal(draft, reason, consequence),
        Command::WithdrawDismissal => judgement::withdraw_dismissal(draft),
        Command::MoveProcedure { procedure, version, size } => {
            judgement::move_procedure(draft, &procedure, version, size)
        }

        Command::Sign(sign) => sign::sign(draft, sign),
        Command::WithdrawSignOff { sign_off, reason } => sign::withdraw(draft, sign_off, reason),
        Command::AnswerObjection { sign_off, reason, authenticated } => {
            sign::answer(draft, sign_off, reason, authenticated)
        }
        Command::AskOverride { bypass, reason, authenticated } => overrides::ask(draft, bypass, reason, authenticated),
        Command::ConfirmOverride { asked, authenticated } => overrides::confirm(draft, asked, authenticated),
        Command::WithdrawOverride { asked } => overrides::withdraw(draft, asked),
        Command::Propose { downgrade, consequence, authenticated } => {
            downgrade::propose(draft, downgrade, consequence, authenticated)
        }
        Command::Countersign { proposed, authenticated } => downgrade::countersign(draft, proposed, authenticated),
        Command::RefuseProposal { proposed, reason } => downgrade::refuse(draft, proposed, reason),

        Command::DoStep { step, place, evidence } => work::do_step(draft, step, place, evidence),
        Command::UndoStep { step, place, reason } => work::undo_step(draft, step, place, reason),
        Command::AddEvidence { step, place, evidence } => work::add_evidence(draft, step, place, evidence),

        Command::Assign { gate, level, person } => people::assign(draft, gate, level, person),
        Command::Acknowledge { until } => people::acknowledge(draft, until),
        Command::Comment { text, mentions } => people::comment(draft, text, mentions),
        Command::Watch => people::watch(draft),
        Command::Unwatch => people::unwatch(draft),
        Command::See => people::see(draft),

        Command::Activate => life::activate(draft),
        Command::Close => life::close(draft),
        Command::Reopen { reason } => life::reopen(draft, reason),
        Command::MergeInto { target } => life::merge_into(draft, &target),
        Command::Absorb { notice, deadlines, windows, timeline } => {
            life::absorb(draft, notice, deadlines, windows, &timeline)
        }
        Command::SplitOff { notice, resources } => life::split_off(draft, notice, resources),
        Command::ComeFrom { notice } => life::come_from(draft, notice),
        Command::NoteLikeness { notice } => life::note_likeness(draft, notice),
        Command::SetLikenessAside { notice } => life::set_likeness_aside(draft, notice),
        Command::NoteReminders { reminders } => people::note_reminders(draft, reminders),
        Command::Settle => Ok(()),
    }
}
