//! Levels of responsibility, from the lowest rank to the highest.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};

use super::{HouseEvent, worded};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::Stream;
use crate::notice::event::Actor;
use crate::store::entity::{levels, people, person_levels};

/// A level as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelView {
    pub id: String,
    pub name: String,
    /// Higher is more responsible.
    pub rank: i32,
    /// Active people who hold it.
    pub holders: u64,
}

impl Desk {
    /// All levels, from the lowest rank.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn levels(&self) -> Result<Vec<LevelView>, DeskError> {
        let db = self.store.reader();
        let active: std::collections::BTreeSet<_> = people::Entity::find()
            .filter(people::Column::Active.eq(true))
            .all(db)
            .await?
            .into_iter()
            .map(|person| person.id)
            .collect();
        let mut holders: BTreeMap<String, u64> = BTreeMap::new();
        for row in person_levels::Entity::find().all(db).await? {
            *holders.entry(row.level).or_default() += u64::from(active.contains(&row.person));
        }
        let rows = levels::Entity::find().order_by_asc(levels::Column::Rank).all(db).await?;
        Ok(rows
            .into_iter()
            .map(|row| LevelView {
                holders: holders.remove(&row.id).unwrap_or(0),
                id: row.id,
                name: row.name,
                rank: row.rank,
            })
            .collect())
    }

    /// Adds a level, or renames it and moves its rank.
    ///
    /// # Errors
    /// `Invalid` names the field; `Conflict` (`rank_taken`) where another level has the rank.
    pub async fn set_level(&self, actor: Actor, id: &str, name: &str, rank: i32) -> Result<(), DeskError> {
        let name = worded("name", name, 80)?;
        let mut letters = id.chars();
        let plain = letters.next().is_some_and(|first| first.is_ascii_lowercase())
            && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && id.len() <= 40;
        if !plain {
            let message =
                "a level's id is 1 to 40 lower-case letters, digits and `_`, and begins with a letter".to_owned();
            return Err(DeskError::Invalid { field: "id", message });
        }
        let Some(event_rank) = u32::try_from(rank).ok().filter(|rank| (1..=100).contains(rank)) else {
            return Err(DeskError::Invalid { field: "rank", message: "a rank is a number from 1 to 100".to_owned() });
        };
        transact!(self, |txn| {
            let taken = levels::Entity::find().filter(levels::Column::Rank.eq(rank)).one(txn).await?;
            if let Some(other) = taken.filter(|other| other.id != id) {
                let message = format!("{} has rank {rank} already; two levels never share one", other.name);
                return Err(DeskError::Conflict { code: "rank_taken", message });
            }
            let row = levels::Model { id: id.to_owned(), name: name.clone(), rank };
            levels::Entity::insert(row.into_active_model().reset_all())
                .on_conflict(
                    OnConflict::column(levels::Column::Id)
                        .update_columns([levels::Column::Name, levels::Column::Rank])
                        .to_owned(),
                )
                .exec_without_returning(txn)
                .await?;
            let event = HouseEvent::LevelSet { level: id.to_owned(), name: name.clone(), rank: event_rank };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(())
    }

    /// Removes a level that nobody holds.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` (`level_held`).
    pub async fn remove_level(&self, actor: Actor, id: &str) -> Result<(), DeskError> {
        transact!(self, |txn| {
            let held = person_levels::Entity::find().filter(person_levels::Column::Level.eq(id)).one(txn).await?;
            if held.is_some() {
                let message = format!("somebody still holds the level “{id}”; take it from them first");
                return Err(DeskError::Conflict { code: "level_held", message });
            }
            if levels::Entity::delete_by_id(id).exec(txn).await?.rows_affected == 0 {
                return Err(DeskError::NotFound { what: "level", id: id.to_owned() });
            }
            let event = HouseEvent::LevelRemoved { level: id.to_owned() };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(())
    }
}
