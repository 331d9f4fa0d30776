//! The people of a house, and what they do to a notice.

use chrono::TimeDelta;
use countersign::desk::house::{NewPerson, NewRule, NewTeam};
use countersign::desk::{Asked, DeskError, NoticeRef, Probed};
use countersign::notice::command::{Command, Sign};
use countersign::notice::directory::Right;
use countersign::notice::event::{Actor, Authenticated, Evidence, Method, Place, Verdict};
use countersign::notice::facts::Mapping;
use countersign::notice::gate::{places, vantage};
use countersign::notice::ids::{Environment, PersonId, TeamId};
use countersign::notice::procedure::{EvidenceRule, Gate, Size, Step};
use countersign::notice::refusal::Refusal;
use countersign::notice::subject::subject;
use countersign::notice::{Case, blockers};
use countersign::store::entity::people;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set};
use uuid::Uuid;

use super::House;

/// Three people at three levels, one of whom administers, in one team that owns everything of AWS.
#[derive(Debug, Clone, Copy)]
pub struct Crew {
    pub alice: Person,
    pub bob: Person,
    pub carol: Person,
    pub team: Uuid,
}

/// Somebody of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person(pub Uuid);

impl Person {
    pub fn actor(self) -> Actor {
        Actor::Person { id: PersonId(self.0) }
    }
}

impl House {
    /// Founds the house: Alice is an engineer, Bob a lead, Carol an executive who administers.
    pub async fn founded(&self) -> Crew {
        let desk = &self.desk;
        let carol = self.joins("Carol Oduya", Right::Administrator, &["executive"]).await;
        let txn = desk.store.begin().await.unwrap();
        desk.found_in(&txn, &carol.actor(), Size::Many).await.unwrap();
        txn.commit().await.unwrap();
        let alice = self.joins("Alice Brandt", Right::Member, &["engineer"]).await;
        let bob = self.joins("Bob Ferrari", Right::Member, &["lead"]).await;
        let members = vec![alice.0, bob.0, carol.0];
        let new = NewTeam { name: "Databases".to_owned(), members, ..NewTeam::default() };
        let team = desk.add_team(carol.actor(), new).await.unwrap();
        let rule = NewRule { provider: Some("aws".to_owned()), team, ..NewRule::default() };
        desk.add_rule(carol.actor(), rule).await.unwrap();
        Crew { alice, bob, carol, team }
    }

    /// Adds a person with an account.
    pub async fn joins(&self, name: &str, role: Right, levels: &[&str]) -> Person {
        let first = name.split(' ').next().unwrap_or(name).to_lowercase();
        let new = NewPerson {
            name: name.to_owned(),
            email: format!("{first}@house.example"),
            zone: None,
            role,
            levels: levels.iter().map(|level| (*level).to_owned()).collect(),
        };
        let person = self.desk.add_person(Actor::System, new).await.unwrap();
        let joined =
            people::ActiveModel { id: Set(person.id), joined_at: Set(Some(self.now().into())), ..Default::default() };
        joined.update(self.store().writer()).await.unwrap();
        Person(person.id)
    }

    /// The case as it stands.
    pub async fn notice(&self, number: u32) -> Case {
        self.desk.case(NoticeRef::Number(number)).await.expect("the notice is there")
    }

    /// Somebody does something that must work.
    pub async fn does(&self, who: Person, number: u32, asked: impl Into<Asked>) -> Case {
        let asked = asked.into();
        let told = format!("{:?}", asked.command);
        match self.desk.act(NoticeRef::Number(number), who.actor(), asked).await {
            Ok(case) => case,
            Err(error) => panic!("{told} was refused: {error}"),
        }
    }

    /// Somebody tries something that must be refused by the notice's own rules.
    pub async fn refuses(&self, who: Person, number: u32, command: Command) -> Refusal {
        match self.desk.act(NoticeRef::Number(number), who.actor(), command.clone()).await {
            Err(DeskError::Refused(refusal)) => refusal,
            Err(other) => panic!("{command:?} failed, and not by the notice's rules: {other}"),
            Ok(_) => panic!("{command:?} was allowed"),
        }
    }

    pub fn just_now(&self) -> Authenticated {
        Authenticated { method: Method::Password, at: self.now() }
    }

    /// A verdict on the notice as it stands now, freshly authenticated.
    pub async fn verdict(&self, number: u32, gate: Gate, verdict: Verdict) -> Command {
        let case = self.notice(number).await;
        let subject = subject(&case, gate).digest;
        Command::Sign(Sign { gate, verdict, level: None, subject, comment: None, authenticated: self.just_now() })
    }

    pub async fn signs(&self, who: Person, number: u32, gate: Gate) -> Case {
        let command = self.verdict(number, gate, Verdict::Approve).await;
        self.does(who, number, command).await
    }

    /// What still stands between a notice and passing a gate, as codes.
    pub async fn blocked_by(&self, number: u32, gate: Gate) -> Vec<String> {
        let context = self.desk.context(self.store().reader()).await.unwrap();
        blockers(&self.notice(number).await, gate, &context).into_iter().map(|blocker| blocker.code).collect()
    }

    /// One person does all the work that a gate asks for before it can be signed.
    pub async fn prepares(&self, who: Person, number: u32, gate: Gate, team: Uuid) {
        match gate {
            Gate::Assess => {
                let impact = self.desk.draft("Orders and ledger verify certificates; both stop if we do nothing.");
                let command = Command::StateImpact { text: impact.reference };
                self.does(who, number, Asked::with(command, [impact])).await;
                let mapping = Mapping { environment: Environment("production".to_owned()), team: TeamId(team) };
                let case = self.notice(number).await;
                for deadline in case.facts.deadlines.iter().filter(|deadline| !deadline.confirmed) {
                    self.does(who, number, Command::ConfirmDeadline { deadline: deadline.id }).await;
                }
                for resource in &case.facts.resources {
                    let command = Command::MapResource { resource: resource.id, mapping: mapping.clone() };
                    self.does(who, number, command).await;
                }
            }
            Gate::Schedule => {
                let text = self.desk.draft("Rotate the replica first, then both primaries.");
                let (start, end) =
                    (self.now() + TimeDelta::days(3), self.now() + TimeDelta::days(3) + TimeDelta::hours(2));
                let command = Command::PlanWindow { start, end, text: text.reference };
                self.does(who, number, Asked::with(command, [text])).await;
            }
            Gate::Close | Gate::Dismiss => {}
        }
        self.performs_steps(who, number, gate).await;
    }

    /// What `countersign probe` saw from where the step wants it, a successful one, comes in.
    pub async fn probes(&self, who: Person, number: u32, step: &Step, place: Place) {
        let vantage = vantage(&self.notice(number).await, step, &place).unwrap_or_else(|| "anywhere".to_owned());
        let target = "postgres://orders-primary.db.example:5432".to_owned();
        let probed = Probed { vantage, target, success: true, at: self.now(), seen: b"{}".to_vec() };
        let added = self.desk.add_probe(NoticeRef::Number(number), who.actor(), (step.id.clone(), place), probed).await;
        added.expect("the probe is put on record");
    }

    async fn performs_steps(&self, who: Person, number: u32, gate: Gate) {
        let context = self.desk.context(self.store().reader()).await.unwrap();
        let case = self.notice(number).await;
        let procedure = context.procedure(&case).expect("the procedure is installed");
        for step in procedure.steps_of(gate) {
            for place in places(&case, step) {
                if step.evidence == EvidenceRule::Probe {
                    self.probes(who, number, step, place.clone()).await;
                }
                let note = self.desk.draft(&format!("Done: {}", step.title));
                let evidence = vec![Evidence::Note { text: note.reference }];
                let command = Command::DoStep { step: step.id.clone(), place, evidence };
                self.does(who, number, Asked::with(command, [note])).await;
            }
        }
    }
}
