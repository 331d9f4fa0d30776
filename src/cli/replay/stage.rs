//! A house that plays itself: a desk on a database of its own, four people, and a clock that the story moves.
//!
//! Owns how time passes and what of it is told. Everything goes through the real desk; nothing is sent anywhere.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Utc};
use uuid::Uuid;

use super::tell::{Mark, Teller};
use crate::clock::{Clock, Entropy};
use crate::desk::house::{NewPerson, NewRule, NewTeam};
use crate::desk::{Asked, Desk, DeskError, Incoming, Keyring, NoticeRef, Settings};
use crate::notice::case::{Case, Life};
use crate::notice::context::Context;
use crate::notice::directory::Right;
use crate::notice::event::Actor;
use crate::notice::fact::Authenticity;
use crate::notice::facts::Priority;
use crate::notice::ids::PersonId;
use crate::notice::priority;
use crate::notice::procedure::Size;
use crate::notice::refusal::Refusal;
use crate::store::deliveries::{self, Sent};
use crate::store::{Durability, Store};

/// The one notice of the story.
pub(super) const NOTICE: NoticeRef = NoticeRef::Number(1);

/// With this one Ines is the engineer who is asked.
const SEED: u64 = 1;

/// When the worker of the story looks at what is due, in UTC.
const MORNING: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("nine o'clock is a time");

/// Somebody of the house.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub id: Uuid,
    pub name: &'static str,
}

impl Person {
    pub const fn actor(self) -> Actor {
        Actor::Person { id: PersonId(self.id) }
    }
}

/// Two engineers, a lead and an executive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cast {
    pub ines: Person,
    pub jonas: Person,
    pub mara: Person,
    pub theo: Person,
    pub team: Uuid,
}

/// The house, its people, and what is told of them.
pub(super) struct Stage {
    pub desk: Desk,
    pub cast: Cast,
    pub tell: Teller,
    /// Mails that went out, by the name of whom they went to.
    pub sent: BTreeMap<String, usize>,
    pub refused: usize,
    /// Tells every morning's mails by themselves.
    every: bool,
    clock: Clock,
    names: BTreeMap<String, &'static str>,
    priority: Option<Priority>,
    run: Option<Spell>,
    /// The database, which goes with the story.
    _folder: tempfile::TempDir,
}

/// Mornings on which the same mails went to the same people.
struct Spell {
    from: NaiveDate,
    to: NaiveDate,
    mornings: u32,
    letters: Letters,
}

/// Names by the sort of mail and the gate that it is about.
type Letters = BTreeMap<(String, String), Vec<&'static str>>;

impl Stage {
    /// Opens a house at a time, with four people who have accounts.
    pub(super) async fn open(at: DateTime<Utc>, every: bool) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("a temporary folder for the story cannot be made")?;
        let url = format!("sqlite:{}", folder.path().join("replay.sqlite").display());
        let store = Store::connect_with(&url, Durability::Loose).await?;
        store.migrate().await?;
        // The same ids each time, and so the same people are asked: what it guards goes with the story.
        let (clock, entropy) = (Clock::fixed(at), Entropy::seeded(SEED));
        let keyring = Keyring::generate(&entropy);
        let desk = Desk::new(store, clock.clone(), entropy, keyring, Settings::default());
        let (cast, names) = people(&desk).await?;
        let tell = Teller::to_stdout();
        let sent = BTreeMap::new();
        let (refused, priority, run) = (0, None, None);
        Ok(Self { desk, cast, tell, sent, refused, every, clock, names, priority, run, _folder: folder })
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) async fn case(&self) -> anyhow::Result<Case> {
        Ok(self.desk.case(NOTICE).await?)
    }

    pub(super) async fn context(&self) -> anyhow::Result<Context> {
        Ok(self.desk.context(self.desk.store.reader()).await?)
    }

    /// Tells something that happened now.
    pub(super) fn say(&mut self, mark: Mark, text: &str) {
        self.flush();
        self.tell.at(self.clock.now(), mark, text);
    }

    /// A provider's mail arrives, proves its sender, and is read.
    pub(super) async fn receives(&mut self, raw: &str) -> anyhow::Result<()> {
        let subject = raw.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
        self.say(Mark::Mail, &format!("Amazon Web Services: “{subject}”"));
        let incoming = Incoming {
            channel: "smtp".to_owned(),
            raw: raw.replace('\n', "\r\n").into_bytes(),
            media: Some("message/rfc822".to_owned()),
            envelope_from: Some("no-reply-aws@amazon.com".to_owned()),
            envelope_to: vec!["notices@house.example".to_owned()],
            authenticity: Authenticity::Verified,
            authenticity_reason: "signed by amazon.com".to_owned(),
            received_at: self.clock.now(),
        };
        self.desk.receive(incoming).await?;
        while self.desk.read_pending(10).await? > 0 {}
        Ok(())
    }

    /// Somebody does something that the rules allow.
    pub(super) async fn does(&mut self, who: Person, asked: impl Into<Asked>) -> anyhow::Result<Case> {
        match self.desk.act(NOTICE, who.actor(), asked).await {
            Ok(case) => Ok(case),
            Err(DeskError::Refused(refusal)) => bail!("the story does not go on: {}: {refusal:?}", refusal.message),
            Err(error) => Err(error.into()),
        }
    }

    /// Somebody tries something, and the rules say no. Tells what they wanted and what they were told.
    pub(super) async fn refused(
        &mut self,
        who: Person,
        wants: &str,
        asked: impl Into<Asked>,
    ) -> anyhow::Result<Refusal> {
        match self.desk.act(NOTICE, who.actor(), asked).await {
            Err(DeskError::Refused(refusal)) => {
                self.refused += 1;
                let why = reasons(&refusal);
                self.say(Mark::Refused, &format!("{} wants to {wants}: “{}”{why}", who.name, refusal.message));
                Ok(refusal)
            }
            Ok(_) => bail!("the story does not go on: {} was let {wants}", who.name),
            Err(error) => Err(error.into()),
        }
    }

    /// Time passes, morning by morning, up to a moment.
    pub(super) async fn until(&mut self, moment: DateTime<Utc>) -> anyhow::Result<()> {
        loop {
            let now = self.clock.now();
            let today = now.date_naive().and_time(MORNING).and_utc();
            let next = if now < today { today } else { today + TimeDelta::days(1) };
            if next > moment {
                break;
            }
            self.clock.set(next);
            self.looks().await?;
        }
        self.clock.set(moment);
        self.looks().await
    }

    /// The worker looks at what is due, and the senders send it.
    pub(super) async fn looks(&mut self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let is_morning = now.time() == MORNING;
        self.desk.tick().await?;
        // Before the first mail there is no notice.
        let case = self.desk.case(NOTICE).await.ok();
        let letters = self.sends(case.as_ref()).await?;
        self.rises(case).await?;
        if letters.is_empty() {
            return Ok(());
        }
        let day = now.date_naive();
        let goes_on = !self.every
            && is_morning
            && self.run.as_ref().is_some_and(|run| run.letters == letters && run.from.year() == day.year());
        if goes_on && let Some(run) = self.run.as_mut() {
            run.to = day;
            run.mornings += 1;
            return Ok(());
        }
        self.flush();
        if is_morning && !self.every {
            self.run = Some(Spell { from: day, to: day, mornings: 1, letters });
        } else {
            self.tells(now, &letters);
        }
        Ok(())
    }

    fn tells(&mut self, at: DateTime<Utc>, letters: &Letters) {
        for ((template, gate), names) in letters {
            let (mark, text) = worded(template, gate, names);
            self.tell.at(at, mark, &text);
        }
    }

    /// Tells what went on until now.
    fn flush(&mut self) {
        let Some(run) = self.run.take() else { return };
        for ((template, gate), names) in &run.letters {
            let (mark, text) = worded(template, gate, names);
            if run.mornings == 1 {
                self.tell.at(run.from.and_time(MORNING).and_utc(), mark, &text);
            } else {
                let each = format!("{text}: {} mornings, {} mails", run.mornings, run.mornings as usize * names.len());
                self.tell.over(run.from, run.to, mark, &each);
            }
        }
    }

    /// Sends what is due, and gives who was told what.
    async fn sends(&mut self, case: Option<&Case>) -> anyhow::Result<Letters> {
        let closed = case.is_some_and(|case| matches!(case.life, Life::Closed { .. }));
        let mut letters = Letters::new();
        loop {
            let lease = deliveries::lease(&self.desk.store, self.clock.now(), 100, TimeDelta::minutes(5)).await?;
            if lease.is_empty() {
                return Ok(letters);
            }
            for delivery in lease {
                let id = format!("<{}@house.example>", delivery.id);
                let done = Sent { delivery: &delivery, message_id: &id, rendered: "{}" };
                deliveries::mark_sent(&self.desk.store, &[done], self.clock.now()).await?;
                // Reports are about the house; the story is about the notice, and the only one that a digest can tell of.
                let told = delivery.notice.is_some() || delivery.template == "digest";
                let about = self.names.get(&delivery.address).copied().filter(|_| told);
                let Some(name) = about else { continue };
                *self.sent.entry(name.to_owned()).or_default() += 1;
                // A closed notice reminds of one thing only.
                let last_look = closed && delivery.template == "reminder";
                let template = if last_look { "last_look".to_owned() } else { delivery.template.clone() };
                let key = (template, delivery.gate.clone().unwrap_or_default());
                let told = letters.entry(key).or_default();
                told.push(name);
                told.sort_unstable();
            }
        }
    }

    /// Tells when the priority has risen by itself.
    async fn rises(&mut self, case: Option<Case>) -> anyhow::Result<()> {
        let Some(case) = case.filter(|case| case.life == Life::Open) else { return Ok(()) };
        let now = priority::effective(&case, &self.context().await?);
        let before = self.priority.replace(now);
        if let Some(before) = before.filter(|before| *before < now) {
            self.say(Mark::Rises, &format!("Nobody raised it, and nobody can stop it: the priority is {now}, not {before}, since time runs out."));
        }
        Ok(())
    }
}

/// The last reason of a refusal, which is the nearest to what was asked, and how many there are beside it.
fn reasons(refusal: &Refusal) -> String {
    match refusal.blockers.as_slice() {
        [] => String::new(),
        [one] => format!(" {}", one.sentence),
        [some @ .., last] => format!(" {} And {} reasons more.", last.sentence, some.len()),
    }
}

/// What a sort of mail says, in a line.
fn worded(template: &str, gate: &str, names: &[&str]) -> (Mark, String) {
    let (who, what) = (listed(names), what(gate));
    match template {
        "assigned" => (Mark::Asks, format!("{who} to sign {what}")),
        "digest" => (Mark::Reminds, format!("{who} of all that they owe, in one mail")),
        "reminder" => (Mark::Reminds, format!("{who} of {what}")),
        "overdue" => (Mark::Overdue, format!("{who}: {what} is overdue")),
        "escalated" => (Mark::Escalates, format!("to {who}: {what} is overdue, and those who were asked are silent")),
        "stale" => (Mark::Asks, format!("{who} to sign {what} again: it has changed")),
        "closed" => (Mark::Tells, format!("{who} that it is closed")),
        "reopened" => (Mark::Tells, format!("{who} that it is open again")),
        "last_look" => (Mark::Asks, format!("{who} to look one last time: today is the provider's day")),
        "second_person" => (Mark::Reminds, format!("{who} that a proposal waits for a second person")),
        "appointment" => (Mark::Tells, format!("{who} by an appointment in the calendar")),
        "override" => (Mark::Tells, format!("{who} of the override")),
        other => (Mark::Tells, format!("{who} ({})", other.replace('_', " "))),
    }
}

fn what(gate: &str) -> &'static str {
    match gate {
        "assess" => "the assessment",
        "schedule" => "the schedule",
        "dismiss" => "the dismissal",
        _ => "the closing",
    }
}

/// “Ines, Mara and Theo”
pub(super) fn listed(names: &[&str]) -> String {
    let mut names: Vec<&str> = names.to_vec();
    names.dedup();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}

async fn people(desk: &Desk) -> anyhow::Result<(Cast, BTreeMap<String, &'static str>)> {
    let mut names = BTreeMap::new();
    let mut join = async |name: &'static str, role, levels: &[&str]| -> anyhow::Result<Person> {
        let email = format!("{}@house.example", name.to_lowercase());
        let levels = levels.iter().map(|level| (*level).to_owned()).collect();
        let new = NewPerson { name: name.to_owned(), email: email.clone(), zone: None, role, levels };
        let id = desk.add_person(Actor::System, new).await?.id;
        names.insert(email, name);
        Ok(Person { id, name })
    };
    let theo = join("Theo", Right::Administrator, &["executive"]).await?;
    let mara = join("Mara", Right::Member, &["lead"]).await?;
    let jonas = join("Jonas", Right::Member, &["engineer"]).await?;
    let ines = join("Ines", Right::Member, &["engineer"]).await?;
    let txn = desk.store.begin().await?;
    desk.found_in(&txn, &theo.actor(), Size::Many).await?;
    for person in [theo, mara, ines, jonas] {
        desk.person_joined_in(&txn, person.id).await?;
    }
    txn.commit().await?;
    let members = vec![ines.id, jonas.id, mara.id, theo.id];
    let team =
        desk.add_team(theo.actor(), NewTeam { name: "Platform".to_owned(), members, ..NewTeam::default() }).await?;
    desk.add_rule(theo.actor(), NewRule { provider: Some("aws".to_owned()), team, ..NewRule::default() }).await?;
    Ok((Cast { ines, jonas, mara, theo, team }, names))
}
