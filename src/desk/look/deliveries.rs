//! The outbox as people look at it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::people_names;
use crate::desk::{Desk, DeskError};
use crate::store::deliveries::Delivery;
use crate::store::deliveries::tally::{self, Tally};
use crate::store::entity::notices;
use crate::store::{At, deliveries, lists};

/// Deliveries with the names of whom and what they are about.
#[derive(Debug, Clone)]
pub struct DeliveryPage {
    pub rows: Vec<Delivery>,
    pub people: BTreeMap<Uuid, String>,
    pub notices: BTreeMap<Uuid, notices::Model>,
}

impl Desk {
    /// A page of deliveries, newest first, in one state or in all, of one notice or of all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn deliveries(
        &self,
        state: Option<&str>,
        notice: Option<Uuid>,
        before: Option<(At, Uuid)>,
        limit: u64,
    ) -> Result<DeliveryPage, DeskError> {
        self.delivered(deliveries::list(&self.store, state, notice, before, limit).await?).await
    }

    /// One delivery.
    ///
    /// # Errors
    /// `NotFound`, or the database does not answer.
    pub async fn delivery(&self, id: Uuid) -> Result<DeliveryPage, DeskError> {
        let missing = || DeskError::NotFound { what: "delivery", id: id.to_string() };
        let row = deliveries::get(&self.store, id).await?.ok_or_else(missing)?;
        self.delivered(vec![row]).await
    }

    /// The outbox in numbers, from a moment on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tally(&self, since: DateTime<Utc>) -> Result<Tally, DeskError> {
        Ok(tally::tally(&self.store, since, self.clock.now()).await?)
    }

    /// How many notices came from each provider, by its id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn notices_by_provider(&self) -> Result<BTreeMap<String, u64>, DeskError> {
        let counts = lists::by_provider(self.store.reader()).await?;
        Ok(counts.into_iter().map(|(id, count)| (id, u64::try_from(count).unwrap_or(0))).collect())
    }

    async fn delivered(&self, rows: Vec<Delivery>) -> Result<DeliveryPage, DeskError> {
        let db = self.store.reader();
        let notices = lists::by_id(db, rows.iter().filter_map(|row| row.notice).collect()).await?;
        Ok(DeliveryPage { people: people_names(db).await?, notices, rows })
    }
}
