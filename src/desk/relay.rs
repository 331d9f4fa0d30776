//! Between the processes of one installation: what changed in one, the pages, worker and senders of the others hear.
//!
//! Passes on hints and no data. What is lost costs a page its liveliness until the next change, and a worker one turn of
//! its own clock; no decision rests on it.

use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::desk::{Change, Desk, Topic};

/// What one process says to the others.
#[derive(Serialize, Deserialize)]
struct Word {
    /// The process that says it, which hears itself and must not listen.
    from: Uuid,
    change: Change,
}

impl Desk {
    /// Passes on changes, both ways, until the database fails. Returns at once on SQLite, which serves one process.
    ///
    /// # Errors
    /// When the database does not answer; begin again after a while.
    pub async fn relay(&self) -> Result<(), DbErr> {
        let Some(mut ears) = self.store.listen().await? else { return Ok(()) };
        let me = self.ids.id();
        let mut here = self.hub.listen();
        loop {
            tokio::select! {
                change = here.recv() => match change {
                    Ok(change) if change.afar => {}
                    Ok(change) => self.say(me, change).await?,
                    Err(RecvError::Lagged(_)) => self.say(me, Change::EVERYTHING).await?,
                    Err(RecvError::Closed) => return Ok(()),
                },
                heard = ears.hear() => match heard?.map(|text| serde_json::from_str::<Word>(&text)) {
                    Some(Ok(word)) if word.from == me => {}
                    Some(Ok(word)) => self.take_in(word.change),
                    // The connection was away, or a newer version said something unknown here: look at everything.
                    None | Some(Err(_)) => self.take_in(Change::EVERYTHING),
                },
            }
        }
    }

    async fn say(&self, me: Uuid, change: Change) -> Result<(), DbErr> {
        let word = serde_json::to_string(&Word { from: me, change }).map_err(|e| DbErr::Custom(e.to_string()))?;
        self.store.notify(&word).await
    }

    fn take_in(&self, change: Change) {
        let work = !matches!(change.topic, Topic::People | Topic::Procedures);
        self.hub.pass_on(change);
        if work {
            self.wake.notify_waiters();
            self.wake.notify_one();
        }
    }
}
