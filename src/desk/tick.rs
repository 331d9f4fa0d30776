//! The tick: what is due now, from the state alone. It takes no input, so one that was missed heals at the next.
//!
//! Its cost grows with what is due and not with what is open: an index on the next due moment finds the notices, and they
//! are looked at in sets, each in one transaction. Any number of replicas may tick at once; the deliveries' keys make a reminder
//! planned twice one.

use uuid::Uuid;

use crate::desk::act::fold;
use crate::desk::pulse::Beat;
use crate::desk::refresh::Grown;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic};
use crate::notice::chain::Stream;
use crate::notice::command::{Command, decide};
use crate::notice::event::Actor;
use crate::notice::ids::NoticeId;
use crate::store::{At, projection, record};

/// Notices looked at in one tick. What is left is due still and comes next.
const MOST: u64 = 1_000;
/// Notices fetched at once.
const BATCH: u64 = 100;
/// Notices looked at in one transaction: few enough that somebody who acts on one of them does not wait for long.
const SET: usize = 50;

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
    pub(super) async fn hand_on(&self, person: Uuid) -> Result<(), DeskError> {
        let db = self.store.reader();
        let ids = projection::waiting_for(db, person).await?;
        let world = self.world(db).await?.version;
        self.reconsider(&ids, world).await;
        for id in ids {
            self.tell_notice(NoticeId(id));
        }
        Ok(())
    }

    /// Looks at notices again, a set at a time. Says how many there were, and whether at least one moved on: if none did,
    /// asking for the same ones again would never end.
    async fn reconsider(&self, ids: &[Uuid], world: i64) -> (u64, bool) {
        let mut moved = false;
        for some in ids.chunks(SET) {
            let Err(together) = self.reconsider_all(some, world).await else {
                moved = true;
                continue;
            };
            tracing::debug!(%together, "a set of notices could not be looked at; each is looked at alone");
            for id in some {
                match self.reconsider_all(&[*id], world).await {
                    Ok(()) => moved = true,
                    Err(error) => tracing::error!(notice = %id, %error, "a notice that is due could not be looked at"),
                }
            }
        }
        (ids.len() as u64, moved)
    }

    async fn reconsider_all(&self, ids: &[Uuid], world: i64) -> Result<(), DeskError> {
        let streams: Vec<Stream> = ids.iter().map(|id| Stream::Notice(NoticeId(*id))).collect();
        transact!(self, |txn| {
            record::queue_all(txn, &streams).await?;
            let now = self.clock.now();
            let still = projection::still_due(txn, ids, world, now.into()).await?;
            let still: Vec<Stream> = still.into_iter().map(|id| Stream::Notice(NoticeId(id))).collect();
            let world = self.world(txn).await?;
            let context = self.context_of(&world, now);
            let (mut grown, mut happened) = (Vec::with_capacity(still.len()), Vec::new());
            for stored in record::load_all(txn, &still).await?.into_values() {
                let mut case = fold(&stored)?;
                let made = decide(&case, Command::Settle, &Actor::System, &context).map_err(DeskError::Refused)?;
                let news = self.seal(&mut case, made, now, &mut happened);
                grown.push(Grown { case, news });
            }
            record::append(txn, &happened).await?;
            self.refresh(txn, &mut grown, &world).await
        })
    }
}
