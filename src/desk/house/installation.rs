//! The installation: for how many people its procedures are, and its settings.

use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel as _,
    sea_query::OnConflict,
};

use super::HouseEvent;
use crate::desk::transact::transact;
use crate::desk::world::SIZE;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::Stream;
use crate::notice::event::Actor;
use crate::notice::procedure::Size;
use crate::store::entity::{people, settings};

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
