//! The outbox as people look at it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::people_names;
use crate::desk::{Desk, DeskError};
use crate::notice::sight::Sight;
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
        sight: Sight,
        (state, notice): (Option<&str>, Option<Uuid>),
        before: Option<(At, Uuid)>,
        limit: u64,
    ) -> Result<DeliveryPage, DeskError> {
        let rows = deliveries::list(&self.store, sight, (state, notice), before, limit).await?;
        self.delivered(sight, rows).await
    }

    /// One delivery.
    ///
    /// # Errors
    /// `NotFound`, also where it may not be looked at, or the database does not answer.
    pub async fn delivery(&self, sight: Sight, id: Uuid) -> Result<DeliveryPage, DeskError> {
        let missing = || DeskError::NotFound { what: "delivery", id: id.to_string() };
        let row = deliveries::get(&self.store, sight, id).await?.ok_or_else(missing)?;
        self.delivered(sight, vec![row]).await
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
    pub async fn notices_by_provider(&self, sight: Sight) -> Result<BTreeMap<String, u64>, DeskError> {
        let counts = lists::by_provider(self.store.reader(), sight).await?;
        Ok(counts.into_iter().map(|(id, count)| (id, u64::try_from(count).unwrap_or(0))).collect())
    }

    async fn delivered(&self, sight: Sight, rows: Vec<Delivery>) -> Result<DeliveryPage, DeskError> {
        let db = self.store.reader();
        let notices = lists::by_id(db, rows.iter().filter_map(|row| row.notice).collect(), sight).await?;
        Ok(DeliveryPage { people: people_names(db).await?, notices, rows })
    }
}
