//! The calendar: the working week, days on which nobody works, and times in which nothing may be changed.
//!
//! Teams add to what holds for the house. Changing any of it moves due dates, so that open notices are looked at again.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::{HouseEvent, set, worded};
use crate::desk::transact::transact;
use crate::desk::world::CALENDAR;
use crate::desk::{Desk, DeskError};
use crate::notice::calendar::{Calendar, Weekdays};
use crate::notice::chain::{Stream, micros};
use crate::notice::event::Actor;
use crate::store::entity::{freezes, holidays, teams};

/// What the calendar of the house is called where teams are called by their id.
const HOUSE: &str = "house";

/// The working week of the house, in its own zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkingWeek {
    pub zone: Tz,
    pub weekdays: Weekdays,
    /// When reminders go out, in each person's own zone.
    pub morning: NaiveTime,
    /// When something due "on" a day is due.
    pub evening: NaiveTime,
}

/// A day on which nobody works: in the house, or in one team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayView {
    pub team: Option<(Uuid, String)>,
    pub day: NaiveDate,
    pub name: String,
}

/// A time in which no change is planned. Half open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeView {
    pub id: Uuid,
    pub team: Option<(Uuid, String)>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub reason: String,
}

impl Desk {
    /// The working week as decisions count it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn working_week(&self) -> Result<WorkingWeek, DeskError> {
        let Calendar { zone, weekdays, morning, evening, .. } =
            self.world(self.store.reader()).await?.calendars.house.clone();
        Ok(WorkingWeek { zone, weekdays, morning, evening })
    }

    /// Sets the working week.
    ///
    /// # Errors
    /// `Invalid` names the field.
    pub async fn set_working_week(&self, actor: Actor, week: WorkingWeek) -> Result<(), DeskError> {
        if week.weekdays.0 & 0b111_1111 == 0 {
            let message = "at least one day of the week is worked".to_owned();
            return Err(DeskError::Invalid { field: "weekdays", message });
        }
        if week.evening <= week.morning {
            let message = "the evening comes after the morning".to_owned();
            return Err(DeskError::Invalid { field: "evening", message });
        }
        let WorkingWeek { zone, weekdays, morning, evening } = week;
        let calendar = Calendar { zone, weekdays, morning, evening, ..Calendar::default() };
        let written = serde_json::to_string(&calendar).unwrap_or_default();
        transact!(self, |txn| {
            set(txn, CALENDAR, &written).await?;
            let event = HouseEvent::WorkingWeekSet {
                zone: zone.name().to_owned(),
                weekdays: weekdays.0,
                morning: morning.format("%H:%M").to_string(),
                evening: evening.format("%H:%M").to_string(),
            };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(())
    }

    /// Every holiday, by day.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holidays(&self) -> Result<Vec<HolidayView>, DeskError> {
        let db = self.store.reader();
        let teams = team_names(db).await?;
        let rows = holidays::Entity::find().order_by_asc(holidays::Column::Day).all(db).await?;
        let shown = rows.into_iter().filter_map(|row| {
            let team = row.calendar.parse().ok().map(|id| named(&teams, id));
            Some(HolidayView { team, day: row.day.parse().ok()?, name: row.name })
        });
        Ok(shown.collect())
    }

    /// Every freeze, by when it begins.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn freezes(&self) -> Result<Vec<FreezeView>, DeskError> {
        let db = self.store.reader();
        let teams = team_names(db).await?;
        let rows = freezes::Entity::find().order_by_asc(freezes::Column::StartAt).all(db).await?;
        let shown = rows.into_iter().map(|row| FreezeView {
            id: row.id,
            team: row.team.map(|id| named(&teams, id)),
            start: row.start_at.utc(),
            end: row.end_at.utc(),
            reason: row.reason,
        });
        Ok(shown.collect())
    }

    /// Notes a day on which nobody works, for the house or for one team.
    ///
    /// # Errors
    /// `Invalid` names the field.
    pub async fn add_holiday(
        &self,
        actor: Actor,
        team: Option<Uuid>,
        day: NaiveDate,
        name: &str,
    ) -> Result<(), DeskError> {
        let name = worded("name", name, 80)?;
        let calendar = name_of(team);
        transact!(self, |txn| {
            known_team(txn, team).await?;
            let row = holidays::Model { calendar: calendar.clone(), day: day.to_string(), name: name.clone() };
            holidays::Entity::insert(row.into_active_model().reset_all())
                .on_conflict(
                    OnConflict::columns([holidays::Column::Calendar, holidays::Column::Day])
                        .update_column(holidays::Column::Name)
                        .to_owned(),
                )
                .exec_without_returning(txn)
                .await?;
            let event = HouseEvent::HolidayAdded { calendar: calendar.clone(), day: day.to_string() };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(())
    }

    /// Notes a time in which no change is planned, for the house or for one team. Half open.
    ///
    /// # Errors
    /// `Invalid` names the field.
    pub async fn add_freeze(
        &self,
        actor: Actor,
        team: Option<Uuid>,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
        reason: &str,
    ) -> Result<Uuid, DeskError> {
        let reason = worded("reason", reason, 200)?;
        if end <= start {
            let message = "a freeze ends after it begins".to_owned();
            return Err(DeskError::Invalid { field: "end", message });
        }
        let id = self.ids.id();
        transact!(self, |txn| {
            known_team(txn, team).await?;
            let row = freezes::Model { id, team, start_at: start.into(), end_at: end.into(), reason: reason.clone() };
            freezes::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(txn).await?;
            let event = HouseEvent::FreezeAdded { freeze: id, start: micros(start), end: micros(end) };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(id)
    }

    /// Takes a holiday back.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_holiday(&self, actor: Actor, team: Option<Uuid>, day: NaiveDate) -> Result<(), DeskError> {
        let calendar = name_of(team);
        transact!(self, |txn| {
            let gone = holidays::Entity::delete_many()
                .filter(holidays::Column::Calendar.eq(calendar.as_str()))
                .filter(holidays::Column::Day.eq(day.to_string()))
                .exec(txn)
                .await?;
            if gone.rows_affected == 0 {
                return Err(DeskError::NotFound { what: "holiday", id: day.to_string() });
            }
            let event = HouseEvent::HolidayRemoved { calendar: calendar.clone(), day: day.to_string() };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(())
    }

    /// Takes a freeze back.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_freeze(&self, actor: Actor, id: Uuid) -> Result<(), DeskError> {
        transact!(self, |txn| {
            if freezes::Entity::delete_by_id(id).exec(txn).await?.rows_affected == 0 {
                return Err(DeskError::NotFound { what: "freeze", id: id.to_string() });
            }
            let event = HouseEvent::FreezeRemoved { freeze: id };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(())
    }
}

fn name_of(team: Option<Uuid>) -> String {
    team.map_or_else(|| HOUSE.to_owned(), |team| team.to_string())
}

fn named(teams: &BTreeMap<Uuid, String>, id: Uuid) -> (Uuid, String) {
    (id, teams.get(&id).cloned().unwrap_or_else(|| "a team that was removed".to_owned()))
}

async fn team_names(db: &impl ConnectionTrait) -> Result<BTreeMap<Uuid, String>, DeskError> {
    Ok(teams::Entity::find().all(db).await?.into_iter().map(|team| (team.id, team.name)).collect())
}

async fn known_team(db: &impl ConnectionTrait, team: Option<Uuid>) -> Result<(), DeskError> {
    let Some(team) = team else { return Ok(()) };
    if teams::Entity::find_by_id(team).one(db).await?.is_some() {
        return Ok(());
    }
    Err(DeskError::Invalid { field: "team", message: format!("there is no team with the id {team}") })
}
