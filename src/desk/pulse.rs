//! Whether the clock can be trusted: a jump by more than ten minutes between two ticks pauses planning and sending and
//! raises an alarm, since escalations cannot be taken back (design, "The way of a reminder").
//!
//! Within a process a jump shows against the machine's steady clock; across a restart only a step back does, since being
//! switched off looks like a step forward. In local mode, where laptops sleep and clocks are set, nothing pauses.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{DatabaseTransaction, EntityTrait as _};

use crate::desk::house::{HouseEvent, setting};
use crate::desk::letters::AddressBook;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::{Stream, micros};
use crate::notice::event::Actor;
use crate::notice::letter::{Alarm, Body};
use crate::store::deliveries;
use crate::store::entity::settings;

/// The setting that holds the time of the newest tick, RFC 3339.
const TICKED: &str = "ticked_at";
/// The setting whose being there pauses planning and sending. The outbox's lease asks for it too.
const PAUSED: &str = deliveries::PAUSED;

/// More than this between what passed and what the clock says is a jump.
const JUMP: TimeDelta = TimeDelta::minutes(10);

/// The last tick of this process by both clocks.
pub(super) type LastBeat = Arc<Mutex<Option<(Instant, DateTime<Utc>)>>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    Steady,
    Paused,
}

impl Desk {
    /// Notes this tick and says whether planning may go on.
    pub(super) async fn beat(&self) -> Result<Beat, DeskError> {
        if self.settings.local_mode {
            return Ok(Beat::Steady);
        }
        let now = self.clock.now();
        let before = {
            let mut last = self.last_beat.lock().unwrap_or_else(PoisonError::into_inner);
            last.replace((Instant::now(), now))
        };
        let db = self.store.reader();
        if setting(db, PAUSED).await?.is_some() {
            return Ok(Beat::Paused);
        }
        let stored = setting(db, TICKED).await?.and_then(|text| text.parse::<DateTime<Utc>>().ok());
        let jumped = before
            .filter(|_| !self.clock.is_held())
            .and_then(|(then, at)| jump(at, TimeDelta::from_std(then.elapsed()).unwrap_or_default(), now))
            .or_else(|| stored.filter(|at| *at - now > JUMP));
        match jumped {
            Some(from) => {
                transact!(self, |txn| self.pause(txn, from, now).await)?;
                Ok(Beat::Paused)
            }
            None => {
                // One write a minute is enough to notice a step back of ten.
                if stored.is_none_or(|at| now - at >= TimeDelta::minutes(1)) {
                    transact!(self, |txn| super::house::set(txn, TICKED, &micros(now)).await)?;
                }
                Ok(Beat::Steady)
            }
        }
    }

    async fn pause(&self, txn: &DatabaseTransaction, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<(), DeskError> {
        tracing::error!(%from, %to, "the clock jumped; planning and sending are paused until an administrator accepts it");
        super::house::set(txn, PAUSED, &micros(to)).await?;
        let event = HouseEvent::ClockJumped { from: micros(from), to: micros(to) };
        self.chronicle(txn, Stream::Installation, &Actor::System, vec![event], (None, vec![])).await?;
        let alarm = Body::Alarm(Alarm {
            what: "The clock jumped, and reminders are paused".to_owned(),
            details: vec![
                format!("It stood at {} and then at {}.", from.format("%F %T UTC"), to.format("%F %T UTC")),
                "Nothing is sent meanwhile, since an escalation cannot be taken back.".to_owned(),
            ],
            advice: "Set the server's clock right, or accept the new time if it is; then reminders go on.".to_owned(),
            path: "/record".to_owned(),
        });
        self.alarm_administrators(txn, &format!("alarm/clock/{}", to.timestamp()), alarm).await
    }

    /// Whether planning and sending are paused since the clock jumped.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_paused(&self) -> Result<bool, DeskError> {
        Ok(setting(self.store.reader(), PAUSED).await?.is_some())
    }

    /// Accepts the clock as it stands: planning and sending go on.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn accept_clock(&self, actor: Actor) -> Result<(), DeskError> {
        transact!(self, |txn| {
            let now = micros(self.clock.now());
            settings::Entity::delete_by_id(PAUSED).exec(txn).await?;
            super::house::set(txn, TICKED, &now).await?;
            let event = HouseEvent::ClockAccepted { at: now };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await
        })?;
        self.wake.notify_waiters();
        Ok(())
    }

    /// Plans an alarm to every administrator who can be reached.
    pub(super) async fn alarm_administrators(
        &self,
        txn: &DatabaseTransaction,
        key: &str,
        body: Body,
    ) -> Result<(), DeskError> {
        let world = self.world(txn).await?;
        let book = AddressBook::read(txn).await?;
        let letters = world
            .directory
            .administrators()
            .filter_map(|person| book.reachable(person.id))
            .map(|row| self.letter_to(row, format!("{key}/{}", row.id), body.clone()))
            .collect();
        deliveries::plan(txn, letters, self.clock.now()).await?;
        Ok(())
    }
}

/// Where the clock should stand if it had run on since `at`, where it is more than ten minutes off.
fn jump(at: DateTime<Utc>, passed: TimeDelta, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let expected = at + passed;
    ((now - expected).abs() > JUMP).then_some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_difference_of_more_than_ten_minutes_is_a_jump() {
        let noon: DateTime<Utc> = "2024-06-01T12:00:00Z".parse().unwrap();
        let minutes = TimeDelta::minutes;
        assert_eq!(jump(noon, minutes(300), noon + minutes(309)), None, "a slow tick is no jump");
        assert_eq!(jump(noon, minutes(1), noon + minutes(12)), Some(noon + minutes(1)), "a step forward");
        assert_eq!(jump(noon, minutes(1), noon - minutes(10)), Some(noon + minutes(1)), "a step back");
    }
}
