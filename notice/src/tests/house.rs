//! A house to tell stories in: people by name, a calendar, a clock, and one notice with its record.

use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::calendar::Calendars;
use crate::case::Case;
use crate::chain::Stream;
use crate::command::{Command, Made, Open, Sign, decide, open};
use crate::context::Context;
use crate::directory::{Directory, Person, Right, Team, default_levels};
use crate::event::{Actor, Authenticated, Cause, Event, Evidence, Method, Recorded, Verdict};
use crate::fact::{Authenticity, Kind, Role, Status, When};
use crate::facts::{Announced, AnnouncedDeadline, AnnouncedResource, Mapping};
use crate::gate::{blockers, places};
use crate::ids::{MessageId, NoticeId, PersonId, TeamId};
use crate::procedure::{Gate, Procedures, Size};
use crate::refusal::Refusal;
use crate::reminder::{Reminder, due};
use crate::stored::seal_all;
use crate::subject::subject;
use crate::text::{Digest, TextRef};

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The same words give the same reference.
pub fn text(words: &str) -> TextRef {
    TextRef::new(Uuid::new_v5(&Uuid::NAMESPACE_URL, words.as_bytes()), b"salt", words)
}

/// The notice of the story that this product exists for: a certificate authority that expires on 22 August 2024.
pub fn announced(kind: Kind, hard: Option<When>) -> Announced {
    let deadline = |when| AnnouncedDeadline { role: Role::HardExpiry, when, as_written: None, doubtful: false };
    let resource = |key: &str| AnnouncedResource {
        key: key.to_owned(),
        sort: "rds_instance".to_owned(),
        account: Some("123456789012".to_owned()),
        region: Some("us-east-1".to_owned()),
    };
    Announced {
        provider: "aws".into(),
        kind,
        status: Status::Planned,
        title: text("Rotate your certificates"),
        deadlines: hard.into_iter().map(deadline).collect(),
        windows: Vec::new(),
        resources: vec![resource("orders-db"), resource("billing-db")],
        timeline: Vec::new(),
        pages: None,
    }
}

pub struct House {
    pub context: Context,
    names: Vec<String>,
    pub record: Vec<Recorded>,
    case: Option<Case>,
    messages: u128,
    /// Whether each event is followed by folding the whole record anew. Long histories do so once, at their end.
    pub folds_anew: bool,
}

impl House {
    /// A house of these people, each with one or more levels (`ann: engineer lead`), all in one team and in UTC.
    pub fn of(size: Size, people: &[&str]) -> Self {
        let mut directory = Directory { levels: default_levels(), ..Directory::default() };
        directory.teams.insert(Self::team(), Team { id: Self::team(), rota: Vec::new(), closed: false });
        let mut names = Vec::new();
        for line in people {
            let (name, levels) = line.split_once(": ").expect("a name and levels");
            let id = Self::id(name);
            let (right, zone) = (Right::Administrator, Tz::UTC);
            let levels = levels.split(' ').map(Into::into).collect();
            let person = Person { id, active: true, right, levels, zone, teams: [Self::team()].into(), hours: None };
            directory.people.insert(id, person);
            names.push(name.to_owned());
        }
        let context = Context {
            now: at("2024-06-03T09:00:00Z"),
            directory: Arc::new(directory),
            calendars: Arc::new(Calendars::default()),
            procedures: Arc::new(Procedures::built_in(size)),
            fresh_for: Duration::minutes(10),
        };
        Self { context, names, record: Vec::new(), case: None, messages: 0, folds_anew: true }
    }

    /// Three people, one at each level, and an engineer more.
    pub fn of_four() -> Self {
        Self::of(Size::Many, &["eve: engineer", "max: engineer", "lea: lead", "rex: executive"])
    }

    pub fn team() -> TeamId {
        TeamId(Uuid::from_u128(7))
    }

    pub fn id(name: &str) -> PersonId {
        PersonId(Uuid::new_v5(&Uuid::NAMESPACE_DNS, name.as_bytes()))
    }

    pub fn name(&self, id: PersonId) -> String {
        self.names.iter().find(|name| Self::id(name) == id).cloned().unwrap_or_else(|| id.to_string())
    }

    pub fn directory(&mut self) -> &mut Directory {
        Arc::make_mut(&mut self.context.directory)
    }

    pub fn case(&self) -> &Case {
        self.case.as_ref().expect("a notice was opened")
    }

    pub fn message(&mut self) -> MessageId {
        self.messages += 1;
        MessageId(Uuid::from_u128(self.messages))
    }

    /// Opens the story's notice from a verified message.
    pub fn receives(&mut self, announced: Announced) {
        let message = self.message();
        let asked = Open {
            notice: NoticeId(Uuid::from_u128(42)),
            number: 1,
            message: Some(message.into()),
            authenticity: Authenticity::Verified,
            announced,
        };
        let made = open(asked, &Actor::Provider { message }, &self.context).expect("it opens");
        self.append(made);
    }

    fn append(&mut self, made: Vec<Made>) {
        let last = self.record.last().map_or((0, Digest::ZERO), |last| (last.sequence, last.hash));
        let stream = Stream::Notice(NoticeId(Uuid::from_u128(42)));
        let events = made.into_iter().map(|made| (made.actor, made.event));
        for (_, recorded) in seal_all(stream, last, self.context.now, Cause::default(), events) {
            match &mut self.case {
                None => self.case = Some(Case::begin(&recorded).expect("it begins with `opened`")),
                Some(case) => case.apply(&recorded),
            }
            self.record.push(recorded);
        }
        if self.folds_anew {
            self.is_its_fold();
        }
    }

    pub fn is_its_fold(&self) {
        assert_eq!(Case::fold(&self.record).as_ref(), Ok(self.case()), "the case is not the fold of its record");
    }

    pub fn acts(&mut self, actor: Actor, command: Command) -> Result<Vec<Event>, Refusal> {
        let made = decide(self.case(), command, &actor, &self.context)?;
        let events = made.iter().map(|made| made.event.clone()).collect();
        self.append(made);
        Ok(events)
    }

    /// A later message of the provider.
    pub fn hears(&mut self, authenticity: Authenticity, announced: Announced) -> Vec<Event> {
        let message = self.message();
        let command = Command::Announce { message: message.into(), authenticity, announced: Box::new(announced) };
        self.acts(Actor::Provider { message }, command).expect("a message is never refused")
    }

    pub fn tries(&mut self, who: &str, command: Command) -> Result<Vec<Event>, Refusal> {
        self.acts(Actor::Person { id: Self::id(who) }, command)
    }

    pub fn does(&mut self, who: &str, command: Command) -> Vec<Event> {
        let asked = format!("{command:?}");
        self.tries(who, command).unwrap_or_else(|refusal| panic!("{who} was refused {asked}: {refusal}"))
    }

    pub fn is_refused(&mut self, who: &str, command: Command) -> Refusal {
        let asked = format!("{command:?}");
        match self.tries(who, command) {
            Ok(events) => panic!("{who} was not refused {asked}: {events:?}"),
            Err(refusal) => refusal,
        }
    }

    pub fn fresh(&self) -> Authenticated {
        Authenticated { method: Method::Password, at: self.context.now }
    }

    /// What signing would be now, with the subject as the page shows it.
    pub fn verdict(&self, gate: Gate, verdict: Verdict) -> Command {
        let comment = (verdict == Verdict::Object).then(|| text("I do not believe it"));
        let (subject, authenticated) = (subject(self.case(), gate).digest, self.fresh());
        Command::Sign(Sign { gate, verdict, level: None, subject, comment, authenticated })
    }

    pub fn signs(&mut self, who: &str, gate: Gate) {
        let command = self.verdict(gate, Verdict::Approve);
        self.does(who, command);
    }

    pub fn codes(&self, gate: Gate) -> Vec<String> {
        blockers(self.case(), gate, &self.context).into_iter().map(|blocker| blocker.code).collect()
    }

    /// Everything but signatures that `assess` asks for.
    pub fn assesses(&mut self, who: &str) {
        let unmapped: Vec<_> =
            self.case().facts.resources.iter().filter(|r| r.mapping.is_none()).map(|r| r.id).collect();
        for resource in unmapped {
            let mapping = Mapping { environment: "production".into(), team: Self::team() };
            self.does(who, Command::MapResource { resource, mapping });
        }
        self.does(who, Command::StateImpact { text: text("Clients that do not trust the new authority stop.") });
        self.works(who, Gate::Assess);
    }

    pub fn plans(&mut self, who: &str, start: &str, end: &str) {
        let (start, end) = (at(start), at(end));
        self.does(who, Command::PlanWindow { start, end, text: text("Add the bundle, then rotate.") });
    }

    /// Does every step that a gate asks for, with what evidence it wants.
    pub fn works(&mut self, who: &str, gate: Gate) {
        let procedure = self.context.procedure(self.case()).expect("a procedure").clone();
        for step in procedure.steps_of(gate) {
            for place in places(self.case(), step) {
                let evidence = self.evidence();
                let done = self.case().steps.get(&(step.id.clone(), place.clone())).is_some_and(|done| done.done);
                if !done {
                    self.does(who, Command::DoStep { step: step.id.clone(), place, evidence });
                }
            }
        }
    }

    fn evidence(&self) -> Vec<Evidence> {
        let digest = Digest::of(b"result");
        vec![
            Evidence::Note { text: text("done as written") },
            Evidence::Attachment { name: text("log.txt"), digest, bytes: 12 },
            Evidence::Probe {
                vantage: "production".to_owned(),
                target: "orders-db:5432".to_owned(),
                success: true,
                at: self.context.now,
                result: digest,
            },
        ]
    }

    pub fn waits_until(&mut self, moment: &str) {
        let moment = at(moment);
        assert!(moment >= self.context.now, "the clock does not go back to {moment}");
        self.context.now = moment;
        self.acts(Actor::System, Command::Settle).expect("settling is never refused");
    }

    pub fn due(&self) -> Vec<Reminder> {
        due(self.case(), &self.context)
    }

    /// What is due, as `eve: assigned assess`.
    pub fn due_lines(&self) -> Vec<String> {
        self.due().iter().map(|r| self.line(r)).collect()
    }

    pub fn line(&self, reminder: &Reminder) -> String {
        let Reminder { person, rung, gate, .. } = reminder;
        format!("{}: {rung} {gate}", self.name(*person))
    }
}
