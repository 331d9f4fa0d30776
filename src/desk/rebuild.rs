//! Projections dropped and built again from the record: the proof that they are nothing but its shadow.

use sea_orm::DatabaseTransaction;

use crate::desk::act::fold;
use crate::desk::file::search_row;
use crate::desk::{Desk, DeskError, World};
use crate::notice::chain::Stream;
use crate::reading::Reading;
use crate::store::{intake, projection, record, texts};

/// Streams gone through at once.
const BATCH: u64 = 200;

impl Desk {
    /// Drops all projections and builds them again, in one transaction, and says how many notices there are. Sends nothing
    /// and changes nothing else. A notice that a newer version wrote to is left out and logged; that version brings it back.
    ///
    /// # Errors
    /// When the database does not answer; the projections are then as they were.
    pub async fn rebuild_projections(&self) -> Result<u64, DeskError> {
        let txn = self.store.begin().await?;
        let world = self.world(&txn).await?;
        projection::drop_all(&txn).await?;
        let (mut built, mut after) = (0, None);
        loop {
            let streams = record::streams(&txn, after, BATCH).await?;
            let Some(last) = streams.last().copied() else { break };
            for stream in streams.into_iter().filter(|stream| matches!(stream, Stream::Notice(_))) {
                match self.rebuild_one(&txn, stream, &world).await {
                    Ok(()) => built += 1,
                    Err(error @ (DeskError::ReadOnly(_) | DeskError::Unopened)) => {
                        tracing::error!(%stream, %error, "a notice's rows could not be rebuilt");
                    }
                    Err(error) => return Err(error),
                }
            }
            after = Some(last);
        }
        txn.commit().await?;
        Ok(built)
    }

    async fn rebuild_one(&self, txn: &DatabaseTransaction, stream: Stream, world: &World) -> Result<(), DeskError> {
        let case = fold(&record::load(txn, stream).await?)?;
        let context = self.context_of(world, self.clock.now());
        let words = texts::of_stream(txn, stream).await?;
        self.project_in(txn, vec![(&case, words)], &context, world.version).await?;
        let mut rows = Vec::new();
        for attached in &case.messages {
            let newest = intake::readings(txn, attached.message.0).await?.pop();
            let reading = newest.and_then(|row| serde_json::from_str::<Reading>(&row.body).ok());
            rows.extend(reading.map(|reading| search_row(&case, attached.message.0, &reading)));
        }
        Ok(projection::index(txn, rows).await?)
    }
}
