//! What a gate still asks. The one place that knows: the page, a refusal and a reminder all ask it.
//!
//! Owns requirements and their states, gates and their states, and blockers. All of it is computed from the case and the
//! context; nothing is stored that could go stale.

mod conditions;
mod shown;

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::case::{Case, Life, Override, SignOff};
use super::context::Context;
use super::event::{Bypass, Verdict};
use super::fact::words;
use super::ids::{Entry, LevelId};
use super::procedure::{Gate, Procedure};
use super::refusal::Blocker;
use super::subject::{SignedSubject, subject_as};
use super::text::Digest;

pub use conditions::places;
pub use shown::{lacks, vantage};

words! {
    /// How far one requirement is. An override is a state on record, never an absence.
    RequirementState {
        NotApplicable = "not_applicable",
        Unsatisfied = "unsatisfied",
        Satisfied = "satisfied",
        Stale = "stale",
        Objected = "objected",
        Overridden = "overridden",
    }
}

words! {
    GateState {
        NotApplicable = "not_applicable",
        /// Something has to be done before anybody can sign.
        Blocked = "blocked",
        /// It waits for signatures only.
        Open = "open",
        Passed = "passed",
    }
}

words! {
    /// Where a notice stands.
    Stage {
        Assess = "assess",
        Schedule = "schedule",
        Close = "close",
        Closed = "closed",
        Dismissed = "dismissed",
        Merged = "merged",
        Historic = "historic",
    }
}

/// One requirement of a gate with what speaks for and against it. A requirement that nobody asks for, with an objection, is
/// listed with `needed` 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequirementView {
    pub gate: Gate,
    pub level: LevelId,
    pub needed: u32,
    pub state: RequirementState,
    /// Approvals that hold for the subject as it is.
    pub valid: Vec<Entry>,
    /// Approvals for a subject that has changed since.
    pub stale: Vec<Entry>,
    /// Objections neither withdrawn nor answered.
    pub objections: Vec<Entry>,
}

impl RequirementView {
    /// Whether it no longer stands in the way.
    #[must_use]
    pub const fn is_met(&self) -> bool {
        matches!(
            self.state,
            RequirementState::NotApplicable | RequirementState::Satisfied | RequirementState::Overridden
        )
    }

    /// How many people still have to sign.
    #[must_use]
    pub fn missing(&self) -> u32 {
        let valid = u32::try_from(self.valid.len()).unwrap_or(u32::MAX);
        if self.is_met() { 0 } else { self.needed.saturating_sub(valid) }
    }
}

/// Tells signatures for the subject as it is now from stale ones, each under the version it was made with. Computes a
/// subject only when asked, and once.
pub struct Freshness<'c> {
    case: &'c Case,
    gate: Gate,
    digests: RefCell<BTreeMap<u16, Option<Digest>>>,
}

impl<'c> Freshness<'c> {
    #[must_use]
    pub const fn of(case: &'c Case, gate: Gate) -> Self {
        Self { case, gate, digests: RefCell::new(BTreeMap::new()) }
    }

    /// Whether a subject is still what it was when it was signed. One of a version that this program does not know is not.
    #[must_use]
    pub fn holds(&self, signed: &SignedSubject) -> bool {
        let mut digests = self.digests.borrow_mut();
        let now = digests
            .entry(signed.version)
            .or_insert_with(|| subject_as(self.case, self.gate, signed.version).map(|now| now.digest));
        *now == Some(signed.digest)
    }
}

/// Whether a signature is for the subject as it is now.
#[must_use]
pub fn is_current(case: &Case, sign_off: &SignOff) -> bool {
    Freshness::of(case, sign_off.gate).holds(&sign_off.subject)
}

/// The override that bypasses a rule now: taken hold, and asked for what still is.
#[must_use]
pub fn overridden<'c>(case: &'c Case, bypass: &Bypass, context: &Context) -> Option<&'c Override> {
    let fresh = Freshness::of(case, bypass.covers());
    case.overrides.iter().find(|o| o.bypass == *bypass && o.holds(context.now) && fresh.holds(&o.subject))
}

impl Bypass {
    /// The gate whose subject an override is bound to: doing another step does not undo an override about steps.
    #[must_use]
    pub const fn covers(&self) -> Gate {
        match self {
            Self::SignOff { gate, .. } => *gate,
            Self::Independence | Self::Window | Self::Step { .. } => Gate::Schedule,
        }
    }
}

/// The requirements of a gate, in the procedure's order, then levels that only object.
#[must_use]
pub fn requirements(case: &Case, gate: Gate, context: &Context) -> Vec<RequirementView> {
    let asked = context.procedure(case).map_or(&[][..], |p| p.requirements(gate, case.procedure.size));
    let fresh = Freshness::of(case, gate);
    let view = |level: &LevelId, count| requirement(&fresh, level, count, context);
    let mut views: Vec<RequirementView> = asked.iter().map(|r| view(&r.level, r.count)).collect();
    for objection in case.standing_at(gate).filter(|s| s.objects()) {
        if views.iter().all(|view| view.level != objection.level) {
            views.push(view(&objection.level, 0));
        }
    }
    views
}

fn requirement(fresh: &Freshness<'_>, level: &LevelId, needed: u32, context: &Context) -> RequirementView {
    let (case, gate) = (fresh.case, fresh.gate);
    let at_level = || case.standing_at(gate).filter(|s| s.level == *level);
    let approvals = || at_level().filter(|s| s.verdict == Verdict::Approve);
    let entries = |s: &SignOff| s.entry;
    let valid: Vec<Entry> = approvals().filter(|s| fresh.holds(&s.subject)).map(entries).collect();
    let stale: Vec<Entry> = approvals().filter(|s| !fresh.holds(&s.subject)).map(entries).collect();
    let objections: Vec<Entry> = at_level().filter(|s| s.objects()).map(entries).collect();
    let enough = u32::try_from(valid.len()).is_ok_and(|valid| valid >= needed);
    let bypass = Bypass::SignOff { gate, level: level.clone() };
    let state = if overridden(case, &bypass, context).is_some() {
        RequirementState::Overridden
    } else if !objections.is_empty() {
        RequirementState::Objected
    } else if needed == 0 {
        RequirementState::NotApplicable
    } else if enough {
        RequirementState::Satisfied
    } else if stale.is_empty() {
        RequirementState::Unsatisfied
    } else {
        RequirementState::Stale
    };
    RequirementView { gate, level: level.clone(), needed, state, valid, stale, objections }
}

/// The gates before this one on the way to closing; none before `dismiss`.
fn earlier(procedure: &Procedure, gate: Gate) -> Vec<Gate> {
    if gate == Gate::Dismiss { Vec::new() } else { procedure.track().take_while(|g| *g != gate).collect() }
}

/// Everything that stands between a notice and passing this gate, the earlier gates' reasons first. Empty means passed.
#[must_use]
pub fn blockers(case: &Case, gate: Gate, context: &Context) -> Vec<Blocker> {
    let Some(procedure) = context.procedure(case) else { return vec![lost(case, gate)] };
    let mut found = before_signing(case, gate, context);
    if procedure.gate(gate).is_some() {
        found.extend(signatures(case, gate, context));
    }
    found
}

/// Everything that has to be settled before this gate can be approved at all: earlier gates, and its own conditions.
#[must_use]
pub fn before_signing(case: &Case, gate: Gate, context: &Context) -> Vec<Blocker> {
    let Some(procedure) = context.procedure(case) else { return vec![lost(case, gate)] };
    let mut found = Vec::new();
    for earlier in earlier(procedure, gate) {
        found.extend(conditions::of(case, earlier, procedure, context));
        found.extend(signatures(case, earlier, context));
    }
    if procedure.gate(gate).is_some() {
        found.extend(conditions::of(case, gate, procedure, context));
    }
    found
}

fn lost(case: &Case, gate: Gate) -> Blocker {
    let pin = &case.procedure;
    let sentence = format!("Version {} of the procedure “{}” is not installed here; restore it.", pin.version, pin.id);
    Blocker::new(gate, "procedure_missing", sentence)
}

/// The signatures that are missing, stale or objected to, and at `close` the independent one.
fn signatures(case: &Case, gate: Gate, context: &Context) -> Vec<Blocker> {
    let views = requirements(case, gate, context);
    let mut found: Vec<Blocker> = views.iter().flat_map(|view| unmet(case, view, context)).collect();
    found.extend(conditions::independence(case, gate, &views, context));
    found
}

fn unmet(case: &Case, view: &RequirementView, context: &Context) -> Vec<Blocker> {
    let directory = &context.directory;
    let (gate, level) = (view.gate, directory.level_name(&view.level));
    let what = conditions::signing(gate);
    let blocker = |code, sentence| Blocker::new(gate, code, sentence).level(&view.level);
    match view.state {
        RequirementState::Objected => {
            let objectors = view.objections.iter().filter_map(|entry| case.sign_off(*entry));
            let way = match directory.above(&view.level) {
                Some(above) => format!("answered by {}", article(&above.name.to_lowercase())),
                None => format!("answered by another {level}"),
            };
            let sentence =
                format!("An objection by {} stands against {what}; it has to be withdrawn or {way}.", article(&level));
            objectors.map(|s| blocker("objection", sentence.clone()).person(s.person)).collect()
        }
        RequirementState::Unsatisfied | RequirementState::Stale => {
            let stale = view.stale.iter().filter_map(|entry| case.sign_off(*entry));
            let again = format!("{} has to sign {what} again: it has changed since.", capital(&article(&level)));
            let missing = view.missing() as usize;
            let mut found: Vec<Blocker> =
                stale.take(missing).map(|s| blocker("signature_stale", again.clone()).person(s.person)).collect();
            if let Some(left) = missing.checked_sub(found.len()).filter(|left| *left > 0) {
                found.push(blocker("signature_missing", still_to_sign(left, &level, what)));
            }
            if directory.able(&view.level, context.now).is_empty() {
                let sentence = format!("Nobody who could sign as {level} is there; name somebody, or override.");
                found.push(blocker("nobody_at_level", sentence));
            }
            found
        }
        _ => Vec::new(),
    }
}

fn still_to_sign(count: usize, level: &str, what: &str) -> String {
    match count {
        1 => format!("{} still has to sign {what}.", capital(&article(level))),
        n => format!("{n} people at level {level} still have to sign {what}."),
    }
}

/// "an engineer", "a lead".
fn article(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// How far a gate is.
#[must_use]
pub fn state(case: &Case, gate: Gate, context: &Context) -> GateState {
    let asked = context.procedure(case).is_some_and(|procedure| procedure.gate(gate).is_some());
    if !asked || (gate == Gate::Dismiss && case.dismissal.is_none()) {
        GateState::NotApplicable
    } else if blockers(case, gate, context).is_empty() {
        GateState::Passed
    } else if before_signing(case, gate, context).is_empty() {
        GateState::Open
    } else {
        GateState::Blocked
    }
}

/// The gate that a notice waits at: `dismiss` while a dismissal is proposed, else the first on the track that has not passed;
/// `close` when all have.
#[must_use]
pub fn current_gate(case: &Case, context: &Context) -> Gate {
    if case.dismissal.is_some() { Gate::Dismiss } else { on_track(case, context) }
}

fn on_track(case: &Case, context: &Context) -> Gate {
    let Some(procedure) = context.procedure(case) else { return Gate::Assess };
    procedure.track().find(|gate| !blockers(case, *gate, context).is_empty()).unwrap_or(Gate::Close)
}

/// Where a notice stands, for lists. A proposed dismissal does not move it.
#[must_use]
pub fn stage(case: &Case, context: &Context) -> Stage {
    match case.life {
        Life::Historic => Stage::Historic,
        Life::Closed { .. } => Stage::Closed,
        Life::Dismissed { .. } => Stage::Dismissed,
        Life::Merged { .. } => Stage::Merged,
        Life::Open => match on_track(case, context) {
            Gate::Assess => Stage::Assess,
            Gate::Schedule => Stage::Schedule,
            Gate::Close | Gate::Dismiss => Stage::Close,
        },
    }
}
