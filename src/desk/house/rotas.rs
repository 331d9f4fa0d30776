//! Rotas: who of a team is on duty when. What a team owns is asked of whoever is on duty first.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::HouseEvent;
use crate::desk::letters::AddressBook;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::{Stream, micros};
use crate::notice::event::Actor;
use crate::notice::fact::Zone;
use crate::notice::ids::{PersonId, TeamId};
use crate::notice::letter::{self, Body};
use crate::store::At;
use crate::store::deliveries::{self, Planned};
use crate::store::entity::{duties, people, team_members, teams};

/// Turns that one request may add, and those that a team may have ahead of it.
const MOST_TURNS: u32 = 100;

/// One person's turn as pages show it. Half open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyView {
    pub id: Uuid,
    pub team: (Uuid, String),
    pub person: (Uuid, String),
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// People of a team who take turns from a day on, each for so many days, so many turns in all.
#[derive(Debug, Clone)]
pub struct NewRota {
    /// In the order of their turns; from the last it goes on with the first.
    pub people: Vec<Uuid>,
    /// A turn begins at midnight in the zone of the team's calendar.
    pub from: NaiveDate,
    pub days: u32,
    pub turns: u32,
}

/// To whom a turn goes.
#[derive(Debug, Clone, Copy)]
pub struct HandOver {
    pub to: Uuid,
    /// A turn of theirs that is taken over instead.
    pub in_return: Option<Uuid>,
    /// An administrator hands over anybody's turn.
    pub for_others: bool,
}

impl Desk {
    /// Turns that are not over, by when they begin.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn duties(&self) -> Result<Vec<DutyView>, DeskError> {
        let db = self.store.reader();
        let rows = duties::Entity::find()
            .filter(duties::Column::EndAt.gt(At::from(self.clock.now())))
            .order_by_asc(duties::Column::StartAt)
            .order_by_asc(duties::Column::Id)
            .all(db)
            .await?;
        let names: BTreeMap<Uuid, String> =
            people::Entity::find().all(db).await?.into_iter().map(|person| (person.id, person.name)).collect();
        let teams: BTreeMap<Uuid, String> =
            teams::Entity::find().all(db).await?.into_iter().map(|team| (team.id, team.name)).collect();
        let named = |names: &BTreeMap<Uuid, String>, id: Uuid| (id, names.get(&id).cloned().unwrap_or_default());
        Ok(rows
            .into_iter()
            .map(|row| DutyView {
                id: row.id,
                team: named(&teams, row.team),
                person: named(&names, row.person),
                start: row.start_at.utc(),
                end: row.end_at.utc(),
            })
            .collect())
    }

    /// Adds turns to a team's rota.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` names the field; `Conflict` (`too_many_turns`).
    pub async fn add_rota(&self, actor: Actor, team: Uuid, new: NewRota) -> Result<(), DeskError> {
        let wrong = |field, message: &str| Err(DeskError::Invalid { field, message: message.to_owned() });
        match (new.people.is_empty(), new.days, new.turns) {
            (true, ..) => return wrong("people", "a rota needs at least one person"),
            (_, 0 | 367.., _) => return wrong("days", "a turn lasts between 1 and 366 days"),
            (.., 0 | 101..) => return wrong("turns", "add between 1 and 100 turns at once"),
            _ => {}
        }
        transact!(self, |txn| {
            if teams::Entity::find_by_id(team).one(txn).await?.is_none() {
                return Err(DeskError::NotFound { what: "team", id: team.to_string() });
            }
            let rows = team_members::Entity::find().filter(team_members::Column::Team.eq(team)).all(txn).await?;
            let members: BTreeSet<Uuid> = rows.into_iter().map(|row| row.person).collect();
            if let Some(stranger) = new.people.iter().find(|person| !members.contains(person)) {
                let message = format!("{stranger} is not in this team; add them to it first");
                return Err(DeskError::Invalid { field: "people", message });
            }
            let now = At::from(self.clock.now());
            let ahead = duties::Entity::find().filter(duties::Column::Team.eq(team));
            let ahead = ahead.filter(duties::Column::EndAt.gt(now)).count(txn).await?;
            if ahead + u64::from(new.turns) > u64::from(MOST_TURNS) {
                let message = format!("this team would have more than {MOST_TURNS} turns ahead; remove some first");
                return Err(DeskError::Conflict { code: "too_many_turns", message });
            }
            let zone = Zone::Named(self.world(txn).await?.calendars.of(Some(TeamId(team))).zone);
            let mut events = Vec::new();
            for (person, (start, end)) in new.people.iter().cycle().zip(turns(&new, zone)?) {
                let id = self.ids.id();
                let (start_at, end_at) = (start.into(), end.into());
                let row = duties::Model { id, team, person: *person, start_at, end_at, created_at: now };
                duties::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(txn).await?;
                let (start, end) = (micros(start), micros(end));
                events.push(HouseEvent::DutyAdded { duty: id, team, person: *person, start, end });
            }
            self.chronicle(txn, Stream::People, &actor, events, (None, vec![])).await
        })?;
        self.tell_people();
        Ok(())
    }

    /// Hands a turn over to somebody else of the team, who may give one of theirs in return. Whoever has the turn does so, or an
    /// administrator; both people stand in the record.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` names the field; `Conflict` (`not_your_turn`) for somebody else's turn.
    pub async fn hand_over(&self, actor: Actor, id: Uuid, asked: HandOver) -> Result<(), DeskError> {
        transact!(self, |txn| {
            let now = At::from(self.clock.now());
            let turn = ahead(txn, id, now).await?;
            let theirs = actor.person().is_some_and(|person| person.0 == turn.person);
            if !theirs && !asked.for_others {
                let message = "only whoever has a turn, or an administrator, hands it over".to_owned();
                return Err(DeskError::Conflict { code: "not_your_turn", message });
            }
            let wrong = |field, message: &str| DeskError::Invalid { field, message: message.to_owned() };
            if asked.to == turn.person {
                return Err(wrong("to", "that is who has the turn already"));
            }
            let member = team_members::Entity::find_by_id((turn.team, asked.to)).one(txn).await?.is_some();
            let active = people::Entity::find_by_id(asked.to).one(txn).await?.is_some_and(|person| person.active);
            if !(member && active) {
                return Err(wrong("to", "this person is not in the team; a turn is handed to somebody of it"));
            }
            let mut handed = vec![(turn.clone(), asked.to)];
            if let Some(other) = asked.in_return {
                let other = ahead(txn, other, now).await?;
                if (other.person, other.team) != (asked.to, turn.team) {
                    return Err(wrong("in_return", "that is not a turn of theirs in this team"));
                }
                handed.push((other, turn.person));
            }
            let (mut events, mut letters) = (Vec::new(), Vec::new());
            let book = AddressBook::read(txn).await?;
            let team = teams::Entity::find_by_id(turn.team).one(txn).await?.map(|team| team.name).unwrap_or_default();
            for (turn, to) in handed {
                letters.extend(self.told_of(&turn, to, (&team, &book), actor));
                let (duty, from) = (turn.id, turn.person);
                duties::ActiveModel { id: Set(duty), person: Set(to), ..Default::default() }.update(txn).await?;
                events.push(HouseEvent::DutyHandedOver { duty, from, to });
            }
            deliveries::plan(txn, letters, self.clock.now()).await?;
            self.chronicle(txn, Stream::People, &actor, events, (None, vec![])).await
        })?;
        self.tell_people();
        self.wake.notify_one();
        Ok(())
    }

    /// Mails about a turn that goes to somebody else: to both, but for who did it.
    fn told_of(
        &self,
        turn: &duties::Model,
        to: Uuid,
        (team, book): (&str, &AddressBook),
        actor: Actor,
    ) -> Vec<Planned> {
        let by = actor.person();
        let both = [(to, turn.person, true), (turn.person, to, false)].into_iter();
        let told = both.filter(|(whom, ..)| by != Some(PersonId(*whom)));
        let letters = told.filter_map(|(whom, other, yours)| {
            let body = Body::Duty(letter::Duty {
                team: team.to_owned(),
                start: turn.start_at.utc(),
                end: turn.end_at.utc(),
                yours,
                other: book.name(PersonId(other)),
                by: by.map(|by| book.name(by)),
            });
            // Each time that it is handed over is another.
            let key = format!("duty/{}/{whom}/{}", turn.id, self.ids.id());
            Some(self.letter_to(book.reachable(PersonId(whom))?, key, body))
        });
        letters.collect()
    }

    /// Takes a turn off a rota.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_duty(&self, actor: Actor, id: Uuid) -> Result<(), DeskError> {
        transact!(self, |txn| {
            if duties::Entity::delete_by_id(id).exec(txn).await?.rows_affected == 0 {
                return Err(DeskError::NotFound { what: "turn", id: id.to_string() });
            }
            let event = HouseEvent::DutyRemoved { duty: id };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(())
    }
}

/// A turn that is not over.
async fn ahead(txn: &DatabaseTransaction, id: Uuid, now: At) -> Result<duties::Model, DeskError> {
    let found = duties::Entity::find_by_id(id).filter(duties::Column::EndAt.gt(now)).one(txn).await?;
    found.ok_or_else(|| DeskError::NotFound { what: "turn", id: id.to_string() })
}

/// From when until when.
type Turn = (DateTime<Utc>, DateTime<Utc>);

/// One turn behind the other, each from midnight to midnight.
fn turns(new: &NewRota, zone: Zone) -> Result<Vec<Turn>, DeskError> {
    let day = |n: u32| new.from.checked_add_days(Days::new(u64::from(n) * u64::from(new.days)));
    (0..new.turns)
        .map(|n| Some((zone.start_of(day(n)?), zone.start_of(day(n + 1)?))))
        .collect::<Option<_>>()
        .ok_or_else(|| DeskError::Invalid {
            field: "from",
            message: "the calendar ends before these turns do".to_owned(),
        })
}
