//! The installation: for how many people its procedures are, when nobody works, and when nothing may be changed.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel as _,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::{HouseEvent, worded};
use crate::desk::transact::transact;
use crate::desk::world::SIZE;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::{Stream, micros};
use crate::notice::event::Actor;
use crate::notice::procedure::Size;
use crate::store::entity::{freezes, holidays, people, settings};

impl Desk {
    /// Whether nobody has been added yet, so that the one-time setup link is wanted.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn needs_setup(&self) -> Result<bool, DeskError> {
        Ok(people::Entity::find().one(self.store.reader()).await?.is_none())
    }

    /// Founds the installation within the transaction that adds its first person: procedures for one, two or many people.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn found_in(&self, txn: &DatabaseTransaction, actor: &Actor, size: Size) -> Result<(), DeskError> {
        set(txn, SIZE, size.word()).await?;
        let event = HouseEvent::InstallationFounded { size: size.word().to_owned() };
        self.chronicle(txn, Stream::Installation, actor, vec![event], (None, vec![])).await
    }

    /// Chooses for how many people procedures are made. Open notices keep what they opened with.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_size(&self, actor: Actor, size: Size) -> Result<(), DeskError> {
        transact!(self, |txn| {
            set(txn, SIZE, size.word()).await?;
            let event = HouseEvent::SizeSet { size: size.word().to_owned() };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await
        })
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
        let calendar = team.map_or_else(|| "house".to_owned(), |team| team.to_string());
        transact!(self, |txn| {
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
        })
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
            let row = freezes::Model { id, team, start_at: start.into(), end_at: end.into(), reason: reason.clone() };
            freezes::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(txn).await?;
            let event = HouseEvent::FreezeAdded { freeze: id, start: micros(start), end: micros(end) };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await
        })?;
        Ok(id)
    }
}

/// Writes one setting.
pub async fn set(db: &impl ConnectionTrait, name: &str, value: &str) -> Result<(), DeskError> {
    let row = settings::Model { name: name.to_owned(), value: value.to_owned() };
    settings::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::column(settings::Column::Name).update_column(settings::Column::Value).to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Reads one setting.
pub async fn get(db: &impl ConnectionTrait, name: &str) -> Result<Option<String>, DeskError> {
    Ok(settings::Entity::find_by_id(name).one(db).await?.map(|row| row.value))
}
