//! What arrived.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::notices::read;
use crate::desk::{Desk, DeskError};
use crate::notice::sight::Sight;
use crate::reading::Reading;
use crate::store::entity::{message_notices, messages, notices};
use crate::store::{At, intake, lists};

/// A message with what was read in it and where it went.
#[derive(Debug, Clone)]
pub struct MessageDetail {
    pub row: messages::Model,
    /// None until it has been read.
    pub reading: Option<Reading>,
    pub notices: Vec<notices::Model>,
}

impl Desk {
    /// A page of messages, newest first, in one state or in all, each with the notices that it belongs to; `unproven` only those
    /// for whose sender nothing speaks.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn messages(
        &self,
        sight: Sight,
        (state, unproven): (Option<&str>, bool),
        before: Option<(At, Uuid)>,
        limit: u64,
    ) -> Result<Vec<(messages::Model, Vec<notices::Model>)>, DeskError> {
        let rows = lists::messages(self.store.reader(), sight, (state, unproven), before, limit).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut notices = self.notices_of(sight, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (notices.remove(&row.id).unwrap_or_default(), row))
            .map(|(n, row)| (row, n))
            .collect())
    }

    /// One message, with those of its notices that may be seen.
    ///
    /// # Errors
    /// `NotFound`, or the database does not answer.
    pub async fn message(&self, sight: Sight, id: Uuid) -> Result<MessageDetail, DeskError> {
        let db = self.store.reader();
        let missing = || DeskError::NotFound { what: "message", id: id.to_string() };
        let row = intake::get(db, id).await?.ok_or_else(missing)?;
        let reading = read(db, &[id]).await?.pop().map(|(_, reading)| reading);
        let notices = self.notices_of(sight, &[id]).await?.remove(&id).unwrap_or_default();
        Ok(MessageDetail { row, reading, notices })
    }

    /// The bytes of a message as they arrived; none once they were erased.
    ///
    /// # Errors
    /// `NotFound`, or the database does not answer.
    pub async fn raw(&self, id: Uuid) -> Result<Option<Vec<u8>>, DeskError> {
        let db = self.store.reader();
        let missing = || DeskError::NotFound { what: "message", id: id.to_string() };
        let row = intake::get(db, id).await?.ok_or_else(missing)?;
        Ok(intake::raw(db, row.blob).await?)
    }

    async fn notices_of(
        &self,
        sight: Sight,
        messages: &[Uuid],
    ) -> Result<BTreeMap<Uuid, Vec<notices::Model>>, DeskError> {
        let db = self.store.reader();
        let links = message_notices::Entity::find()
            .filter(message_notices::Column::Message.is_in(messages.to_vec()))
            .all(db)
            .await?;
        let rows = lists::by_id(db, links.iter().map(|link| link.notice).collect(), sight).await?;
        let mut found: BTreeMap<Uuid, Vec<notices::Model>> = BTreeMap::new();
        for link in links {
            let here = found.entry(link.message).or_default();
            if let Some(row) = rows.get(&link.notice).filter(|row| here.iter().all(|known| known.id != row.id)) {
                here.push(row.clone());
            }
        }
        Ok(found)
    }
}
