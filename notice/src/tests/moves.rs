//! Random houses, random procedures and random moves, for the properties.

use chrono::Duration;
use proptest::prelude::*;
use std::sync::Arc;

use super::house::{House, announced, date, text};
use crate::command::{Command, Sign};
use crate::directory::{Absence, Right};
use crate::event::{Actor, Bypass, Downgrade, Event, Evidence, Verdict};
use crate::fact::{Authenticity, Kind, Role, Status, When};
use crate::facts::{AnnouncedDeadline, AnnouncedWindow, Mapping, Priority, TimelineEntry};
use crate::gate::{blockers, places};
use crate::ids::{DeadlineId, NoticeId, ResourceId};
use crate::pages::Pages;
use crate::procedure::{Gate, Procedure, Requirement, Size};
use crate::refusal::Refusal;
use crate::subject::subject;

const NAMES: [&str; 5] = ["ada", "bob", "cy", "dee", "eli"];
const LEVELS: [&str; 3] = ["engineer", "lead", "executive"];

/// Who is there and by which procedure they work.
#[derive(Debug, Clone)]
pub struct Stage {
    kind: Kind,
    /// A mask of levels for each person.
    people: Vec<u8>,
    size: Size,
    /// Other requirements than the shipped ones: gate, level, count.
    twists: Vec<(usize, usize, u32)>,
    independent: bool,
}

pub fn stages() -> impl Strategy<Value = Stage> {
    let kind = prop::sample::select(Kind::ALL);
    let people = prop::collection::vec(1_u8..8, 1..=5);
    let twists = prop::collection::vec((0_usize..4, 0_usize..3, 0_u32..3), 0..4);
    (kind, people, prop::sample::select(Size::ALL), twists, any::<bool>())
        .prop_map(|(kind, people, size, twists, independent)| Stage { kind, people, size, twists, independent })
}

impl Stage {
    /// A lead, an engineer who goes away, and one person who is engineer and executive; then the lead signs the last gate.
    pub fn with_one_engineer_away() -> (Self, Vec<Move>) {
        let (kind, people, size) = (Kind::Informational, vec![2, 1, 5], Size::Two);
        let stage = Self { kind, people, size, twists: vec![(2, 2, 1)], independent: false };
        let away = Move { who: 4, deed: Deed::GoAway, n: 13 };
        (stage, vec![away, Move { who: 3, deed: Deed::Approve, n: 22 }])
    }

    pub fn house(&self) -> House {
        let lines: Vec<String> =
            self.people.iter().zip(NAMES).map(|(mask, name)| format!("{name}: {}", held(*mask))).collect();
        let mut house = House::of(self.size, &lines.iter().map(String::as_str).collect::<Vec<_>>());
        let chosen = house.context.procedures.choose(self.kind, &"aws".into(), None).expect("one for each kind");
        let twisted = self.twisted(chosen.clone());
        Arc::make_mut(&mut house.context.procedures).add(twisted);
        house.folds_anew = false;
        house.receives(announced(self.kind, Some(When::date(date("2024-08-22")))));
        house
    }

    fn twisted(&self, mut procedure: Procedure) -> Procedure {
        for (gate, level, count) in &self.twists {
            let Some(rule) = procedure.gates.get_mut(&Gate::ALL[*gate]) else { continue };
            let requirements = rule.requires.entry(self.size).or_default();
            requirements.retain(|r| r.level.as_str() != LEVELS[*level]);
            if *count > 0 || requirements.is_empty() {
                requirements.push(Requirement { level: LEVELS[*level].into(), count: (*count).max(1) });
            }
        }
        if let Some(close) = procedure.gates.get_mut(&Gate::Close) {
            close.independent = if self.independent { Size::ALL.to_vec() } else { Vec::new() };
        }
        procedure
    }
}

fn held(mask: u8) -> String {
    let levels = LEVELS.iter().enumerate().filter(|(n, _)| mask & (1 << n) != 0).map(|(_, level)| *level);
    levels.collect::<Vec<_>>().join(" ")
}

/// One thing that somebody does. Numbers pick among what is there.
#[derive(Debug, Clone)]
pub struct Move {
    who: usize,
    deed: Deed,
    n: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Map,
    Impact,
    Raise,
    Plan,
    Approve,
    Object,
    SignOutdated,
    Withdraw,
    Answer,
    AskOverride,
    ConfirmOverride,
    WithdrawOverride,
    Work,
    Undo,
    AddEvidence,
    ProposeLower,
    ProposeLater,
    ProposeSetAside,
    Countersign,
    Refuse,
    ProposeDismissal,
    WithdrawDismissal,
    Close,
    Reopen,
    HearSame,
    HearEarlier,
    HearLater,
    HearWider,
    HearCancelled,
    HearPage,
    HearTimeline,
    ConfirmPages,
    TakeIn,
    Wait,
    Leave,
    GoAway,
    BecomeAuditor,
    NewVersion,
    Acknowledge,
    Comment,
}

const DEEDS: &[Deed] = {
    use Deed::*;
    &[
        Map,
        Map,
        Impact,
        Raise,
        Plan,
        Approve,
        Approve,
        Approve,
        Approve,
        Object,
        SignOutdated,
        Withdraw,
        Answer,
        AskOverride,
        ConfirmOverride,
        ConfirmOverride,
        WithdrawOverride,
        Work,
        Work,
        Work,
        Undo,
        AddEvidence,
        ProposeLower,
        ProposeLater,
        ProposeSetAside,
        Countersign,
        Countersign,
        Refuse,
        ProposeDismissal,
        WithdrawDismissal,
        Close,
        Close,
        Reopen,
        HearSame,
        HearEarlier,
        HearLater,
        HearWider,
        HearCancelled,
        HearPage,
        HearTimeline,
        ConfirmPages,
        TakeIn,
        Wait,
        Wait,
        Leave,
        GoAway,
        BecomeAuditor,
        NewVersion,
        Acknowledge,
        Comment,
    ]
};

pub fn moves(most: usize) -> impl Strategy<Value = Vec<Move>> {
    let one = (0_usize..5, prop::sample::select(DEEDS), 0_usize..64).prop_map(|(who, deed, n)| Move { who, deed, n });
    prop::collection::vec(one, 1..=most)
}

type Outcome = Option<Result<Vec<Event>, Refusal>>;

impl Move {
    /// What people do who want to close a notice, beginning with the `n`th person.
    pub fn diligent(n: usize) -> Vec<Self> {
        use Deed::*;
        let everybody = |deed: Deed, n: usize| (0..5).map(move |who| Self { who, deed, n });
        let one = |deed, k| Self { who: n, deed, n: k };
        let mut moves = vec![one(Map, 0), one(Map, 1), one(Map, 2), one(Impact, 0)];
        for (gate, steps) in [(0, 12), (1, 12), (2, 24)] {
            if gate == 1 {
                moves.push(one(Plan, 0));
            }
            if gate == 2 {
                moves.push(one(Wait, 40 * 24));
            }
            moves.extend((0..steps).map(|k| one(Work, k)));
            moves.extend(everybody(Approve, gate));
            for _ in 0..4 {
                moves.push(one(AskOverride, 0));
                moves.extend(everybody(ConfirmOverride, 0));
                moves.push(one(Wait, 25));
            }
        }
        moves.push(one(Close, 0));
        moves
    }

    /// Makes the move; nothing where there is nothing that it could be about.
    pub fn make(&self, house: &mut House) -> Outcome {
        use Deed::*;
        match self.deed {
            HearSame | HearEarlier | HearLater | HearWider | HearCancelled | HearPage | HearTimeline => {
                Some(Ok(self.hear(house)))
            }
            Wait | Leave | GoAway | BecomeAuditor | NewVersion => self.around(house),
            _ => {
                let command = self.command(house)?;
                let name = NAMES[self.who % house.context.directory.people.len()];
                Some(house.tries(name, command))
            }
        }
    }

    fn command(&self, house: &House) -> Option<Command> {
        use Deed::*;
        let authenticated = house.fresh();
        Some(match self.deed {
            Approve | Object | SignOutdated => return self.sign(house),
            Withdraw | Answer | AskOverride | ConfirmOverride | WithdrawOverride => return self.decide(house),
            ProposeLower | ProposeLater | ProposeSetAside | Countersign | Refuse => return self.downgrade(house),
            Work | Undo | AddEvidence => return self.work(house),
            Map => {
                let mapping =
                    Mapping { environment: ["production", "staging"][self.n % 2].into(), team: House::team() };
                Command::MapResource { resource: pick(&house.case().facts.resources, self.n)?.id, mapping }
            }
            ConfirmPages => Command::ConfirmPages,
            TakeIn => {
                let when = When::date(date(["2024-08-22", "2024-07-30"][self.n % 2]));
                let deadline = AnnouncedDeadline { role: Role::Forced, when, as_written: None, doubtful: false };
                let window = AnnouncedWindow { start: Some(when), end: None, as_written: None };
                let notice = NoticeId(uuid::Uuid::from_u128(100 + self.n as u128));
                Command::Absorb { notice, deadlines: vec![deadline], windows: vec![window], timeline: Vec::new() }
            }
            Impact => Command::StateImpact { text: text(["much", "little", ""][self.n % 3]) },
            Raise => Command::RaisePriority { to: Priority::ALL[self.n % 4], reason: None },
            Plan => {
                let start = house.context.now + Duration::hours(24 + self.n as i64);
                Command::PlanWindow { start, end: start + Duration::hours(2), text: text("plan") }
            }
            ProposeDismissal => Command::ProposeDismissal { reason: text("not ours"), consequence: text("none") },
            WithdrawDismissal => Command::WithdrawDismissal,
            Close => Command::Close,
            Reopen => Command::Reopen { reason: text("not over") },
            Acknowledge => {
                Command::Acknowledge { until: house.context.now.date_naive() + Duration::days(self.n as i64 % 4) }
            }
            _ => {
                let _ = authenticated;
                Command::Comment { text: text("seen"), mentions: std::collections::BTreeSet::new() }
            }
        })
    }

    fn sign(&self, house: &House) -> Option<Command> {
        let gate = Gate::ALL[self.n % 4];
        let level = pick(&LEVELS, self.n / 4).filter(|_| self.n > 40).map(|level| (*level).into());
        let (verdict, subject) = match self.deed {
            Deed::Object => (Verdict::Object, subject(house.case(), gate).digest),
            Deed::SignOutdated => (Verdict::Approve, house.case().head),
            _ => (Verdict::Approve, subject(house.case(), gate).digest),
        };
        let comment = (verdict == Verdict::Object).then(|| text("no"));
        Some(Command::Sign(Sign { gate, verdict, level, subject, comment, authenticated: house.fresh() }))
    }

    fn decide(&self, house: &House) -> Option<Command> {
        let (case, authenticated, reason) = (house.case(), house.fresh(), text("because"));
        let sign_off = pick(&case.sign_offs, self.n).map(|s| s.entry);
        let asked = case.overrides.iter().rev().nth(self.n % 8).map(|o| o.entry);
        Some(match self.deed {
            Deed::Withdraw => Command::WithdrawSignOff { sign_off: sign_off?, reason: None },
            Deed::Answer => Command::AnswerObjection { sign_off: sign_off?, reason, authenticated },
            Deed::ConfirmOverride => Command::ConfirmOverride { asked: asked?, authenticated },
            Deed::WithdrawOverride => Command::WithdrawOverride { asked: asked? },
            _ => Command::AskOverride { bypass: self.bypass(house)?, reason, authenticated },
        })
    }

    /// A bypass of something that stands in the way.
    fn bypass(&self, house: &House) -> Option<Bypass> {
        let found =
            blockers(house.case(), Gate::Close, &house.context).into_iter().filter_map(|b| match b.code.as_str() {
                "not_independent" => Some(Bypass::Independence),
                "window_after_act_by" => Some(Bypass::Window),
                "signature_missing" | "objection" => Some(Bypass::SignOff { gate: b.gate, level: b.level? }),
                "step_not_done" if self.n > 30 => Some(Bypass::Step { step: b.step? }),
                _ => None,
            });
        pick(&found.collect::<Vec<_>>(), self.n).cloned()
    }

    fn downgrade(&self, house: &House) -> Option<Command> {
        let authenticated = house.fresh();
        let proposed = pick(&house.case().proposals, self.n).map(|p| p.entry);
        let downgrade = match self.deed {
            Deed::Countersign => return Some(Command::Countersign { proposed: proposed?, authenticated }),
            Deed::Refuse => return Some(Command::RefuseProposal { proposed: proposed?, reason: None }),
            Deed::ProposeLower => Downgrade::LowerPriority { to: Priority::ALL[self.n % 4] },
            Deed::ProposeLater => {
                Downgrade::MoveDeadline { deadline: DeadlineId(1), when: When::date(date("2024-10-01")) }
            }
            _ => Downgrade::SetAside { resource: ResourceId(1 + self.n as u32 % 3) },
        };
        Some(Command::Propose { downgrade, consequence: text("nothing"), authenticated })
    }

    fn work(&self, house: &House) -> Option<Command> {
        let procedure = house.context.procedure(house.case())?;
        let all = procedure
            .steps
            .iter()
            .flat_map(|step| places(house.case(), step).into_iter().map(|p| (step.id.clone(), p)));
        let (step, place) = pick(&all.collect::<Vec<_>>(), self.n)?.clone();
        let note = Evidence::Note { text: text("done") };
        let name = Evidence::Attachment { name: text("log"), digest: house.case().head, bytes: 3 };
        Some(match self.deed {
            Deed::Undo => Command::UndoStep { step, place, reason: text("wrong") },
            Deed::AddEvidence => Command::AddEvidence { step, place, evidence: note },
            _ => Command::DoStep { step, place, evidence: vec![note, name] },
        })
    }

    fn hear(&self, house: &mut House) -> Vec<Event> {
        let facts = &house.case().facts;
        let when = |s: &str| Some(When::date(date(s)));
        let mut heard = announced(facts.kind, when("2024-08-22"));
        match self.deed {
            Deed::HearEarlier => heard = announced(facts.kind, when(["2024-08-20", "2024-07-20"][self.n % 2])),
            Deed::HearLater => heard = announced(facts.kind, when("2024-09-20")),
            Deed::HearWider => heard.resources[0].key = format!("db-{}", self.n % 3),
            Deed::HearCancelled => heard.status = Status::Cancelled,
            Deed::HearPage => {
                let number = 1 + u32::try_from(self.n % 3).unwrap_or_default();
                heard.resources[0].key = format!("page-{number}");
                heard.pages = Some(Pages { set: format!("v{}", self.n / 32), numbers: [number].into(), of: 2 });
            }
            Deed::HearTimeline => {
                let (at, status) = (Some(house.context.now), "monitoring".to_owned());
                heard.timeline = vec![TimelineEntry { at, status, text: text("It goes on.") }];
            }
            _ => {}
        }
        house.hears(Authenticity::ALL[self.n % 4], heard)
    }

    /// What happens around a notice: time, people, procedures.
    fn around(&self, house: &mut House) -> Outcome {
        let people = house.context.directory.people.len();
        let id = House::id(NAMES[self.who % people]);
        let now = house.context.now;
        match self.deed {
            Deed::Wait => house.context.now += Duration::hours(self.n as i64),
            Deed::Leave => house.directory().people.get_mut(&id)?.active = self.n.is_multiple_of(2),
            Deed::BecomeAuditor => {
                house.directory().people.get_mut(&id)?.right =
                    if self.n.is_multiple_of(2) { Right::Auditor } else { Right::Member };
            }
            Deed::GoAway => {
                let delegate = Some(House::id(NAMES[self.n % people]));
                let end = now + Duration::days(self.n as i64);
                house.directory().absences.push(Absence { person: id, start: now, end, delegate });
            }
            _ => {
                let pinned = house.context.procedure(house.case())?.clone();
                let mut newer = house.context.procedures.latest(&pinned.id)?.clone();
                newer.version += 1;
                let gate = Gate::ALL[self.n % 4];
                newer.gates.get_mut(&gate)?.words.push('!');
                let (procedure, version) = (newer.id.clone(), newer.version);
                Arc::make_mut(&mut house.context.procedures).add(newer);
                let size = house.case().procedure.size;
                let command = Command::MoveProcedure { procedure, version, size };
                return Some(house.tries(NAMES[self.who % people], command));
            }
        }
        Some(house.acts(Actor::System, Command::Settle))
    }
}

fn pick<T>(all: &[T], n: usize) -> Option<&T> {
    if all.is_empty() { None } else { all.get(n % all.len()) }
}
