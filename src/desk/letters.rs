//! Which mails a notice owes now, and what they say.
//!
//! The ladder (`notice::reminder`) says whom to remind of what; this puts names and words to it. `refresh` plans the
//! deliveries in the transaction of the change itself.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use crate::desk::outward::choices::{Voluntary, wants};
use crate::desk::project::{Texts, words_of};
use crate::desk::providers::name_of;
use crate::desk::refresh::Known;
use crate::desk::{Desk, DeskError, World};
use crate::notice::case::{Case, Life};
use crate::notice::context::Context;
use crate::notice::event::{Event, Recorded, Told, Verdict};
use crate::notice::gate::{self, RequirementView};
use crate::notice::ids::{Entry, LevelId, PersonId};
use crate::notice::letter::{Addressee, Ask, Body, Brief, Changed, Item, Letter, Line, Missing, News, Signed};
use crate::notice::reminder::{self, Manner, Reminder, Rung, within_hours};
use crate::notice::sight::{self, Circle, Sight};
use crate::notice::subject::{self, SignedSubject};
use crate::notice::text::TextRef;
use crate::notice::{command, deadline};
use crate::store::At;
use crate::store::deliveries::{Planned, kind};
use crate::store::entity::people;

/// Names, addresses and zones of everybody whom a letter may mention.
pub(crate) struct AddressBook(BTreeMap<Uuid, people::Model>);

impl AddressBook {
    pub(super) async fn read(db: &impl ConnectionTrait) -> Result<Self, DeskError> {
        let rows = people::Entity::find().all(db).await?;
        Ok(Self(rows.into_iter().map(|row| (row.id, row)).collect()))
    }

    pub(super) fn name(&self, person: PersonId) -> String {
        self.0.get(&person.0).map_or_else(|| "somebody".to_owned(), |row| row.name.clone())
    }

    /// A person who can be written to.
    pub(super) fn reachable(&self, person: PersonId) -> Option<&people::Model> {
        self.0.get(&person.0).filter(|row| row.active && row.erased_at.is_none())
    }
}

/// Everything that composing a letter about one notice needs.
struct Desktop<'a> {
    case: &'a Case,
    world: &'a World,
    context: &'a Context,
    texts: &'a Texts,
    book: &'a AddressBook,
    /// The ladder from here on if nobody does anything; played when the first letter needs it.
    schedule: OnceCell<Vec<Reminder>>,
    /// Who may know of the notice.
    circle: OnceCell<Circle>,
}

impl Desk {
    /// What a notice owes now: the rungs reached, and news of what just happened. Says which reminders are new.
    pub(super) fn letters_of(
        &self,
        (case, known): (&Case, &Known),
        (world, context, book): (&World, &Context, &AddressBook),
        news: &[Recorded],
    ) -> (Vec<Planned>, Vec<Told>) {
        let desktop = Desktop {
            case,
            world,
            context,
            texts: &known.texts,
            book,
            schedule: OnceCell::new(),
            circle: OnceCell::new(),
        };
        let (mut letters, mut told) = (Vec::new(), Vec::new());
        let mut asked: BTreeSet<(PersonId, Entry)> = BTreeSet::new();
        for (reminder, key) in &known.fresh {
            let Some(mut letter) = self.reminding(&desktop, reminder, key.clone()) else { continue };
            if letter.kind == kind::MAIL && !self.settings.local_mode {
                // What fell due between two ticks was due then, however late this one is.
                let missed = known.looked_at.map(At::utc).is_some_and(|next| next <= reminder.at);
                letter.due_at = reminder.leaves(if missed { reminder.at } else { context.now }, context);
            }
            letters.push(letter);
            asked.extend(reminder.entry.map(|entry| (reminder.person, entry)));
            let Reminder { person, rung, gate, level, .. } = reminder.clone();
            told.push(Told { person, rung, gate, level });
        }
        for recorded in news {
            letters.extend(self.news_letters(&desktop, recorded, &asked));
        }
        (letters, told)
    }

    /// What a rung calls for: a mail of its own, or a line of the day's digest.
    fn reminding(&self, desktop: &Desktop<'_>, reminder: &Reminder, key: String) -> Option<Planned> {
        let row = desktop.book.reachable(reminder.person)?;
        let line = (reminder.manner() == Manner::Digest).then(|| {
            let what = desktop.owed(reminder);
            let notice = brief(desktop.case, desktop.texts);
            let item = Item::Line(Line { notice, what, due: Some(reminder.due) });
            self.line_for(row, (desktop.world, desktop.context), (key.clone(), reminder.template()), &item)
        });
        let planned = match line.flatten() {
            Some(line) => line,
            None => self.letter_to(row, key, desktop.body(reminder)?),
        };
        Some(Planned { notice: Some(desktop.case.id.0), gate: Some(reminder.gate.word().to_owned()), ..planned })
    }

    /// Letters about something that happened; to those who only watch, as long as they want them.
    /// Who is asked to decide it in the same breath is in `asked` and need not be told twice.
    fn news_letters(
        &self,
        desktop: &Desktop<'_>,
        recorded: &Recorded,
        asked: &BTreeSet<(PersonId, Entry)>,
    ) -> Vec<Planned> {
        let (case, context) = (desktop.case, desktop.context);
        if matches!(recorded.event, Event::Opened(_)) && case.life == Life::Historic {
            return self.historic_line(desktop).into_iter().collect();
        }
        let Some((body, people)) = desktop.news(recorded) else { return Vec::new() };
        let people = people.into_iter().filter(|person| !asked.contains(&(*person, Entry(recorded.sequence))));
        let people = people.filter(|person| desktop.is_open_to(*person));
        let letters = people.filter_map(|person| {
            let row = desktop.book.reachable(person)?;
            let watches_only = desktop.only_watches(person) && !matches!(body, Body::Mentioned(_));
            if watches_only && !wants(&desktop.world.choices, person, Voluntary::Watching) {
                return None;
            }
            let link = watches_only.then(|| self.unsubscribe_url(person, Voluntary::Watching));
            let key = format!("{}/news/{}/{person}", case.id, recorded.sequence);
            let planned = self.letter_of(row, key, body.clone(), link);
            let loud = self.settings.local_mode || matches!(body, Body::Override(_));
            let due_at = if loud { context.now } else { within_hours(person, context.now, context) };
            Some(Planned { notice: Some(case.id.0), due_at, ..planned })
        });
        letters.collect()
    }

    /// A notice that came in with all its dates past is one line of one person's digest.
    fn historic_line(&self, desktop: &Desktop<'_>) -> Option<Planned> {
        let (case, context) = (desktop.case, desktop.context);
        let historian = Self::historian(case, context).filter(|person| desktop.is_open_to(*person))?;
        let row = desktop.book.reachable(historian)?;
        let item = Item::Historic(brief(case, desktop.texts));
        let key = (format!("{}/historic/{}", case.id, row.id), "historic");
        let planned = self.line_for(row, (desktop.world, context), key, &item)?;
        Some(Planned { notice: Some(case.id.0), ..planned })
    }

    /// A letter to one person, due now.
    pub(super) fn letter_to(&self, row: &people::Model, key: String, body: Body) -> Planned {
        self.letter_of(row, key, body, None)
    }

    /// The same, with the way to do without letters of its sort, where it is voluntary.
    pub(super) fn letter_of(
        &self,
        row: &people::Model,
        key: String,
        body: Body,
        unsubscribe: Option<String>,
    ) -> Planned {
        let letter = Letter {
            to: Addressee { name: row.name.clone(), zone: row.zone.clone() },
            installation: self.settings.installation.clone(),
            public_url: self.settings.public_url.clone(),
            unsubscribe,
            body,
        };
        Planned {
            id: self.ids.id(),
            key,
            kind: kind::MAIL,
            template: letter.template().to_owned(),
            data: serde_json::to_value(&letter).unwrap_or_default(),
            notice: None,
            gate: None,
            person: Some(row.id),
            address: row.email.clone(),
            due_at: self.clock.now(),
        }
    }
}

/// A notice as every mail about it shows it.
pub(super) fn brief(case: &Case, texts: &Texts) -> Brief {
    let hard = deadline::hard(case).and_then(|hard| hard.deadline);
    Brief {
        id: case.id.0,
        number: u64::from(case.number),
        title: words_of(texts, case.facts.title.id),
        provider: name_of(case.facts.provider.as_str()),
        kind: case.facts.kind,
        hard_deadline: hard.and_then(|id| case.facts.deadline(id)).map(|deadline| deadline.when),
        authenticity: case.authenticity,
        chain_head: case.head.to_string(),
    }
}

impl Desktop<'_> {
    /// Whether somebody may know of the notice: no letter tells of one that is closed to its reader.
    fn is_open_to(&self, person: PersonId) -> bool {
        let directory = &self.context.directory;
        let sight = directory.person(person).map_or(Sight::Of(person), |found| Sight::of(person, found.right));
        self.circle.get_or_init(|| sight::circle(self.case, self.context)).admits(sight, directory)
    }

    fn body(&self, reminder: &Reminder) -> Option<Body> {
        if let Some(entry) = reminder.entry {
            return self.waiting(entry).map(Body::SecondPerson);
        }
        let ask = self.ask(reminder);
        Some(match reminder.rung {
            Rung::Assigned => Body::Assigned(ask),
            Rung::BeforeDue | Rung::BeforeActBy | Rung::BeforeHard | Rung::DueToday => Body::Reminder(ask),
            Rung::Overdue | Rung::LastDays => Body::Overdue(ask),
            Rung::NextLevel | Rung::Everybody | Rung::Vacant => Body::Escalated(ask),
            Rung::Revised | Rung::Stale => Body::Stale(ask),
            Rung::LastCheck | Rung::SecondPerson => Body::Reminder(ask),
        })
    }

    /// What a person owes, as a line of their digest.
    fn owed(&self, reminder: &Reminder) -> String {
        if let Some(waits) = reminder.entry.and_then(|entry| self.waiting(entry)) {
            return format!("{} It waits for a second person.", waits.what);
        }
        let late = if reminder.rung == Rung::Overdue { "Overdue: waits" } else { "Waits" };
        format!("{late} for your sign-off as {}, at the gate {}.", self.asked_as(reminder), reminder.gate)
    }

    /// What waits for a second person: a change for the worse, or an override.
    fn waiting(&self, entry: Entry) -> Option<News> {
        let case = self.case;
        let (what, at, words) = if let Some(proposal) = case.proposal(entry) {
            let who = proposal.by.map_or_else(|| name_of(case.facts.provider.as_str()), |by| self.book.name(by));
            let what = format!("{who} proposed to {}.", proposal.downgrade.words(Some(&case.facts)));
            (what, proposal.at, proposal.consequence)
        } else {
            let asked = case.override_(entry)?;
            let what = format!("{} asked to override {}.", self.book.name(asked.asked_by), asked.bypass.words());
            (what, asked.asked_at, asked.reason)
        };
        Some(News {
            notice: brief(case, self.texts),
            what,
            at,
            words: self.told(words),
            changes: Vec::new(),
            next: "It holds once a second person agrees. Open the notice to agree or to turn it down; you are reminded on every \
                   business day until somebody has."
                .to_owned(),
        })
    }

    /// The words behind a reference, where there are any still.
    fn told(&self, text: TextRef) -> Option<String> {
        Some(words_of(self.texts, text.id)).filter(|words| !words.is_empty())
    }

    fn ask(&self, reminder: &Reminder) -> Ask {
        let views = gate::requirements(self.case, reminder.gate, self.context);
        Ask {
            notice: brief(self.case, self.texts),
            gate: reminder.gate.word().to_owned(),
            level: self.asked_as(reminder),
            asked: self.asked(reminder),
            due: Some(reminder.due),
            otherwise: self.otherwise(reminder),
            quote: self.quote(),
            signed: self.signed(reminder, &views),
            missing: self.missing(&views),
            silent: self.silent(reminder, &views),
            changes: self.changes(reminder),
        }
    }

    /// The name of the level at which somebody is asked.
    fn asked_as(&self, reminder: &Reminder) -> String {
        reminder.level.as_ref().map(|level| self.level(level)).unwrap_or_default()
    }

    fn asked(&self, reminder: &Reminder) -> String {
        if reminder.rung == Rung::LastCheck {
            return "Look once more that it holds: the provider's date is today.".to_owned();
        }
        let procedure = self.context.procedure(self.case);
        procedure.and_then(|procedure| procedure.gate(reminder.gate)).map(|rule| rule.words.clone()).unwrap_or_default()
    }

    /// What happens if nobody signs, with the day of the ladder's next step.
    fn otherwise(&self, reminder: &Reminder) -> String {
        let hard = match deadline::hard(self.case) {
            Some(hard) if hard.passed_at <= self.context.now => "The provider's date has passed.".to_owned(),
            Some(_) => "The provider acts on its date whether or not we have.".to_owned(),
            None => "The provider names no date, so silence is the only warning there is.".to_owned(),
        };
        self.next_step(reminder).map_or_else(|| hard.clone(), |next| format!("{next} {hard}"))
    }

    fn next_step(&self, reminder: &Reminder) -> Option<String> {
        let (level, directory) = (reminder.level.as_ref()?, &self.context.directory);
        let schedule = self.schedule.get_or_init(|| reminder::schedule(self.case, self.context));
        let zone = directory.person(reminder.person).map_or(chrono_tz::Tz::UTC, |person| person.zone);
        let day = |at: DateTime<Utc>| at.with_timezone(&zone).format("%a %-d %B %Y").to_string();
        if let (Some(at), Some(above)) = (reminder::goes_up(schedule, level, self.context.now), directory.above(level))
        {
            return Some(format!("On {} it goes up to the level {}.", day(at), above.name));
        }
        let mine = |next: &&Reminder| next.person == reminder.person && next.at > self.context.now;
        let again = schedule.iter().filter(mine).map(|next| next.at).min()?;
        Some(format!("You are reminded again on {}.", day(again)))
    }

    /// The provider's own words for the hard deadline.
    fn quote(&self) -> Option<String> {
        let id = deadline::hard(self.case)?.deadline?;
        let written = self.case.facts.deadline(id)?.as_written?;
        Some(words_of(self.texts, written.id)).filter(|words| !words.is_empty())
    }

    fn level(&self, level: &LevelId) -> String {
        self.context.directory.level(level).map_or_else(|| level.to_string(), |level| level.name.clone())
    }

    fn signed(&self, reminder: &Reminder, views: &[RequirementView]) -> Vec<Signed> {
        let valid: BTreeSet<Entry> = views.iter().flat_map(|view| view.valid.iter().copied()).collect();
        self.case
            .standing_at(reminder.gate)
            .filter(|sign_off| valid.contains(&sign_off.entry))
            .map(|s| Signed { name: self.book.name(s.person), level: self.level(&s.level), at: s.at })
            .collect()
    }

    fn missing(&self, views: &[RequirementView]) -> Vec<Missing> {
        let open = views.iter().filter(|view| !view.is_met());
        open.map(|view| Missing { level: self.level(&view.level), names: self.names_asked(view) }).collect()
    }

    fn names_asked(&self, view: &RequirementView) -> Vec<String> {
        let asked = command::asked_at(self.case, view, self.context, self.context.now);
        asked.into_iter().map(|person| self.book.name(person)).collect()
    }

    fn silent(&self, reminder: &Reminder, views: &[RequirementView]) -> Vec<String> {
        if !matches!(reminder.rung, Rung::NextLevel | Rung::Everybody) {
            return Vec::new();
        }
        let asked = views.iter().filter(|view| Some(&view.level) == reminder.level.as_ref());
        asked.flat_map(|view| self.names_asked(view)).collect()
    }

    /// What changed since this person signed.
    fn changes(&self, reminder: &Reminder) -> Vec<Changed> {
        let theirs = self.case.sign_offs.iter().rev().find(|s| s.person == reminder.person && s.gate == reminder.gate);
        theirs.map(|sign_off| self.changes_since(&sign_off.subject, reminder)).unwrap_or_default()
    }

    fn changes_since(&self, then: &SignedSubject, reminder: &Reminder) -> Vec<Changed> {
        let Some(now) = subject::subject_as(self.case, reminder.gate, then.version) else { return Vec::new() };
        subject::difference(&then.body, &now.body)
            .into_iter()
            .map(|change| Changed { label: change.label, before: change.was, after: change.now })
            .collect()
    }

    /// What a letter says about something that happened, and who gets one.
    fn news(&self, recorded: &Recorded) -> Option<(Body, BTreeSet<PersonId>)> {
        let who = recorded.actor.person();
        let name = who.map_or_else(|| "Countersign".to_owned(), |person| self.book.name(person));
        let (what, words, next) = match &recorded.event {
            Event::Signed(signed) if signed.verdict == Verdict::Object => (
                format!("{name} objected at the gate {}.", signed.gate),
                signed.comment,
                "It blocks until it is withdrawn or answered with a reason by somebody at a higher level.",
            ),
            Event::OverrideAsked { reason, .. } => (
                format!("{name} asked to override a requirement."),
                Some(*reason),
                "It takes hold once a second person confirms it, and the notice stays marked for good.",
            ),
            Event::OverrideConfirmed { asked, .. } => (
                format!("{name} confirmed an override."),
                self.case.override_(*asked).map(|found| found.reason),
                "The requirement is bypassed, and the notice stays marked for good.",
            ),
            Event::Commented { text, .. } => {
                (format!("{name} named you in a comment."), Some(*text), "Open the notice to answer.")
            }
            Event::Closed => {
                (format!("{name} closed it."), None, "It stays armed until the provider's date has passed.")
            }
            Event::Dismissed => {
                (format!("{name} dismissed it."), None, "It stays armed until the provider's date has passed.")
            }
            Event::Reopened { .. } => {
                ("It is open again.".to_owned(), None, "The gates whose subject changed are asked for again.")
            }
            _ => return None,
        };
        let news = News {
            notice: brief(self.case, self.texts),
            what,
            at: recorded.at,
            words: words.and_then(|text| self.told(text)),
            changes: Vec::new(),
            next: next.to_owned(),
        };
        let body = match &recorded.event {
            Event::Signed(_) => Body::Objected(news),
            Event::OverrideAsked { .. } | Event::OverrideConfirmed { .. } => Body::Override(news),
            Event::Reopened { .. } => Body::Reopened(news),
            Event::Commented { .. } => Body::Mentioned(news),
            _ => Body::Closed(news),
        };
        let mut people = match &recorded.event {
            Event::Commented { mentions, .. } => mentions.clone(),
            event => self.concerned(event),
        };
        if let Some(who) = who {
            people.remove(&who);
        }
        Some((body, people))
    }

    /// Whether nothing but watching makes a person hear of this notice.
    fn only_watches(&self, person: PersonId) -> bool {
        let case = self.case;
        case.watchers.contains(&person)
            && !case.assignments.iter().any(|assignment| assignment.person == person)
            && !case.sign_offs.iter().any(|sign_off| sign_off.person == person)
    }

    /// Everybody who was asked, signed or watches; of an override also everybody at the top and who administers.
    fn concerned(&self, event: &Event) -> BTreeSet<PersonId> {
        let case = self.case;
        let mut people: BTreeSet<PersonId> = case.assignments.iter().map(|assignment| assignment.person).collect();
        people.extend(case.sign_offs.iter().map(|sign_off| sign_off.person));
        people.extend(case.watchers.iter().copied());
        if matches!(event, Event::OverrideAsked { .. } | Event::OverrideConfirmed { .. }) {
            let directory = &self.context.directory;
            people.extend(directory.administrators().map(|person| person.id));
            if let Some(top) = directory.levels.iter().max_by_key(|level| level.rank) {
                people.extend(directory.holders(&top.id).map(|person| person.id));
            }
        }
        people
    }
}
