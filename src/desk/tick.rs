//! The tick: what is due now, from the state alone. It takes no input, so one that was missed heals at the next.
//!
//! Its cost grows with what is due and not with what is open: an index on the next due moment finds the notices, and each
//! is looked at in a transaction of its own. Any number of replicas may tick at once; the deliveries' keys make a reminder
//! planned twice one.

use crate::desk::pulse::Beat;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic};
use crate::notice::chain::Stream;
use crate::notice::command::{Command, decide};
use crate::notice::event::{Actor, Cause};
use crate::notice::ids::NoticeId;
use crate::store::{At, projection, record};

/// Notices looked at in one tick. What is left is due still and comes next.
const MOST: u64 = 1_000;
/// Notices fetched at once.
const BATCH: u64 = 100;

/// What a tick did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ticked {
    /// Notices whose moment had come.
    pub due: u64,
    /// Open notices looked at again because people, calendars or procedures changed.
    pub reconsidered: u64,
    /// Readers whose digest was made.
    pub digests: u64,
    /// The clock jumped, and until somebody accepts it nothing is planned and nothing sent.
    pub paused: bool,
}

impl Desk {
    /// Plans what is due now.
    ///
    /// # Errors
    /// When the database does not answer. A single notice that cannot be looked at is logged and does not stop the others.
    pub async fn tick(&self) -> Result<Ticked, DeskError> {
        if self.beat().await? == Beat::Paused {
            return Ok(Ticked { paused: true, ..Ticked::default() });
        }
        // First, so that what should have gone this morning goes before the next morning's takes its place.
        let mut ticked = Ticked { digests: self.gather_digests().await?, ..Ticked::default() };
        let world = self.world(self.store.reader()).await?.version;
        while ticked.due < MOST {
            let now = At::from(self.clock.now());
            let ids = projection::due(self.store.reader(), now, BATCH).await?;
            let (found, moved) = self.reconsider(&ids, world).await;
            ticked.due += found;
            if found == 0 || !moved {
                break;
            }
        }
        while ticked.reconsidered < MOST {
            let ids = projection::behind(self.store.reader(), world, BATCH).await?;
            let (found, moved) = self.reconsider(&ids, world).await;
            ticked.reconsidered += found;
            if found == 0 || !moved {
                break;
            }
        }
        self.report_weekly().await?;
        if ticked.due + ticked.reconsidered + ticked.digests > 0 {
            self.hub.tell(Topic::Delivery, None);
            self.wake.notify_waiters();
            self.wake.notify_one();
        }
        Ok(ticked)
    }

    /// Looks at once at every notice that waits for a person: what somebody can no longer sign goes to others now, and not
    /// with the next tick.
    pub(super) async fn hand_on(&self, person: uuid::Uuid) -> Result<(), DeskError> {
        let db = self.store.reader();
        let ids = projection::waiting_for(db, person).await?;
        let world = self.world(db).await?.version;
        self.reconsider(&ids, world).await;
        for id in ids {
            self.tell_notice(NoticeId(id));
        }
        Ok(())
    }

    /// Looks at each notice again. Says how many there were, and whether at least one moved on: if none did, asking for the
    /// same ones again would never end.
    async fn reconsider(&self, ids: &[uuid::Uuid], world: i64) -> (u64, bool) {
        let mut moved = false;
        for id in ids {
            match self.reconsider_one(NoticeId(*id), world).await {
                Ok(()) => moved = true,
                Err(error) => tracing::error!(notice = %id, %error, "a notice that is due could not be looked at"),
            }
        }
        (ids.len() as u64, moved)
    }

    async fn reconsider_one(&self, id: NoticeId, world: i64) -> Result<(), DeskError> {
        transact!(self, |txn| {
            record::queue(txn, Stream::Notice(id)).await?;
            let now = self.clock.now();
            let row = projection::read(txn, id.0).await?;
            let still = row.is_some_and(|row| {
                row.notice.world < world || row.notice.next_due_at.is_some_and(|at| at <= At::from(now))
            });
            if !still {
                // Another replica was here first.
                return Ok(());
            }
            let mut case = self.load(txn, id).await?;
            let world = self.world(txn).await?;
            let context = self.context_of(&world, now);
            let made = decide(&case, Command::Settle, &Actor::System, &context).map_err(DeskError::Refused)?;
            if made.is_empty() {
                self.refresh(txn, &mut case, &world, &[]).await
            } else {
                self.commit(txn, Some(&mut case), &world, made, (Cause::default(), Vec::new())).await.map(|_| ())
            }
        })
    }
}
