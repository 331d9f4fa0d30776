//! Sending once more, because somebody asks: a hook that its receiver lost, a mail whose address has been mended.

use uuid::Uuid;

use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic};
use crate::store::deliveries::{self, kind, state, tally};
use crate::store::entity::delivery_attempts;

impl Desk {
    /// Puts a delivery that is done back into the outbox, under its old id: whoever gets it twice can tell. A mail only
    /// where it failed; a hook always.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where it waits already, is no longer called for, or was delivered.
    pub async fn replay(&self, id: Uuid) -> Result<(), DeskError> {
        transact!(self, |txn| {
            let missing = || DeskError::NotFound { what: "delivery", id: id.to_string() };
            let row = deliveries::get_in(txn, id).await?.ok_or_else(missing)?;
            let from: &[&str] = if row.kind == kind::HOOK { &[state::SENT, state::FAILED] } else { &[state::FAILED] };
            if !deliveries::turn(txn, id, from, state::WAITING, None, self.clock.now()).await? {
                let message =
                    format!("It is {}: only what failed, or a hook that was sent, can be sent again.", row.state);
                return Err(DeskError::Conflict { code: "not_replayable", message });
            }
            Ok(())
        })?;
        self.hub.tell(Topic::Delivery, None);
        self.wake.notify_one();
        Ok(())
    }

    /// The tries of one delivery that are on record, oldest first: those that failed, and of a hook all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attempts(&self, id: Uuid) -> Result<Vec<delivery_attempts::Model>, DeskError> {
        Ok(tally::attempts(self.store.reader(), id).await?)
    }
}
