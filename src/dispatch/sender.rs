//! Sends what is due: leases deliveries, commits, renders, sends, and only then marks.
//!
//! Delivery is at least once: where the machine dies between the server's "250" and our mark, the mail goes out again
//! under the same Message-ID. Any number of senders may run; the lease and its fence keep them apart.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::dkim::BadKey;
use super::post::{Fault, Post, SendError};
use super::retry;
use super::ways::{Fate, Ways};
use crate::config::Config;
use crate::desk::{Desk, DeskError, Topic};
use crate::paper::Seal;
use crate::reach::Client;
use crate::store::deliveries::{self, Delivery, Sent, kind, tally};
use crate::telemetry::names;

/// Deliveries marked together at most: so many could come twice where a process dies before it has marked them.
const GROUP: usize = 64;
/// After so long it is asked anew whether what is in hand is still to be sent: somebody may have been erased meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Sends deliveries, each by its own way out.
#[derive(Clone)]
pub struct Sender {
    desk: Desk,
    ways: Ways,
    settings: Settings,
}

#[derive(Debug, Clone, Copy)]
struct Settings {
    /// Mails to one address in an hour at most; nought is no limit.
    an_hour: u64,
    batch: u64,
    lease: Duration,
    give_up_after: TimeDelta,
    at_once: usize,
}

/// What one round came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    pub sent: usize,
    /// Put off or given up.
    pub failed: usize,
    /// Put off untried, because their address has had its mails of this hour.
    pub held: usize,
}

impl Round {
    /// Whether there may be more to do at once. A round that sent nothing and held nothing back is either empty, or the way
    /// out is shut and the next round no better.
    #[must_use]
    pub const fn went_on(&self) -> bool {
        self.sent + self.held > 0
    }
}

/// A configuration that nothing can be sent by.
#[derive(Debug, thiserror::Error)]
pub enum BadSender {
    #[error("{key}: “{given}” is no address such as \"Countersign <countersign@example.com>\": {source}")]
    Address { key: &'static str, given: String, source: lettre::address::AddressError },
    #[error(transparent)]
    Key(#[from] BadKey),
    #[error("{0}")]
    Hooks(String),
}

impl Sender {
    /// # Errors
    /// Where an address, a key or a network of the configuration is none.
    pub fn new(desk: Desk, post: Post, config: &Config) -> Result<Self, BadSender> {
        let settings = Settings {
            an_hour: config.dispatch.per_recipient_an_hour.into(),
            batch: config.dispatch.batch.into(),
            lease: Duration::from_secs(config.dispatch.lease_seconds.into()),
            give_up_after: TimeDelta::hours(config.dispatch.give_up_after_hours.into()),
            at_once: usize::try_from(config.mail.max_connections).unwrap_or(1).max(1),
        };
        Ok(Self { ways: Ways::new(desk.clone(), post, config)?, desk, settings })
    }

    /// The same, with hooks going out by this client.
    #[must_use]
    pub fn reaching_by(self, client: Client) -> Self {
        Self { ways: self.ways.reaching_by(client), ..self }
    }

    /// Sends everything that is due now.
    ///
    /// # Errors
    /// Where the database does not answer. What was sent and could not be marked is sent again when its lease has run out.
    pub async fn send_due(&self) -> Result<Round, DeskError> {
        let mut all = Round::default();
        loop {
            let round = self.round().await?;
            all.sent += round.sent;
            all.failed += round.failed;
            all.held += round.held;
            if !round.went_on() {
                return Ok(all);
            }
        }
    }

    /// Sends one batch of what is due now. So many hands make, sign and send mails, each with a connection of its own; what
    /// they are done with is marked here in groups, each of what came together while the one before was written.
    ///
    /// # Errors
    /// As [`Sender::send_due`].
    pub async fn round(&self) -> Result<Round, DeskError> {
        let lease = TimeDelta::from_std(self.settings.lease).unwrap_or(TimeDelta::minutes(2));
        let leased = deliveries::lease(&self.desk.store, self.desk.clock.now(), self.settings.batch, lease).await?;
        let (mut round, mut fault) = (Round::default(), None);
        let leased = self.hold_back(leased, &mut round).await?;
        let seal = if leased.iter().any(|d| d.kind == kind::MAIL) { self.ways.seal().await } else { None };
        let hands = self.settings.at_once.min(leased.len());
        let work = Arc::new(Work {
            left: Mutex::new(leased.into()),
            looked: Mutex::new(Instant::now()),
            seal,
            shut: AtomicBool::new(false),
            // Half the lease is for sending; what has not begun by then goes back, so that no other sender repeats it.
            until: Instant::now() + self.settings.lease / 2,
        });
        let (tell, mut done) = mpsc::channel(GROUP);
        let mut at_work = JoinSet::new();
        for _ in 0..hands {
            at_work.spawn(hand((self.desk.clone(), self.ways.clone()), Arc::clone(&work), tell.clone()));
        }
        drop(tell);
        let mut some = Vec::with_capacity(GROUP);
        while done.recv_many(&mut some, GROUP).await > 0 {
            // The others are in the middle of sending: breaking off would leave them sent and not marked.
            if let Err(error) = self.mark(std::mem::take(&mut some), &mut round).await {
                fault = Some(error);
            }
        }
        while let Some(ended) = at_work.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a hand of the sender broke off; what it held is sent when its lease has run out");
            }
        }
        fault.map_or(Ok(round), Err)
    }

    /// Puts off what would be more mails to one address than an hour may bring. Alarms and invitations are never held.
    async fn hold_back(&self, leased: Vec<Delivery>, round: &mut Round) -> Result<Vec<Delivery>, DeskError> {
        let limited = |d: &Delivery| d.kind == kind::MAIL && !matches!(d.template.as_str(), "alarm" | "invitation");
        if self.settings.an_hour == 0 || !leased.iter().any(limited) {
            return Ok(leased);
        }
        let now = self.desk.clock.now();
        let addresses = leased.iter().filter(|d| limited(d)).map(|d| d.address.clone()).collect();
        let mut sent = tally::sent_to(&self.desk.store, addresses, now - TimeDelta::hours(1)).await?;
        let mut kept = Vec::with_capacity(leased.len());
        for delivery in leased {
            if limited(&delivery) {
                let count = sent.entry(delivery.address.clone()).or_default();
                if *count >= self.settings.an_hour {
                    let why = format!("held back: {} mails went to this address within an hour", *count);
                    let again = now + TimeDelta::minutes(10);
                    deliveries::mark_failed(&self.desk.store, &delivery, &why, Some(again)).await?;
                    round.held += 1;
                    continue;
                }
                *count += 1;
            }
            kept.push(delivery);
        }
        Ok(kept)
    }

    /// Marks what came of some deliveries.
    async fn mark(&self, some: Vec<(Delivery, Option<Fate>)>, round: &mut Round) -> Result<(), DeskError> {
        let now = self.desk.clock.now();
        let about = some.iter().map(|(delivery, _)| delivery.notice).reduce(|one, other| one.filter(|_| one == other));
        let (mut marks, mut fault) = (Vec::with_capacity(some.len()), None);
        for (delivery, fate) in &some {
            let marked = match fate {
                Some(Fate::Sent { message_id, rendered, .. }) => {
                    marks.push(Sent { delivery, message_id, rendered });
                    Ok(())
                }
                Some(Fate::Failed(error)) => {
                    round.failed += 1;
                    self.mark_failed(delivery, error, now).await
                }
                None => deliveries::hand_back(&self.desk.store, delivery).await.map(drop).map_err(DeskError::from),
            };
            fault = fault.or(marked.err());
        }
        match deliveries::mark_sent(&self.desk.store, &marks, now).await {
            Ok(ours) => {
                round.sent += marks.len();
                for (delivery, fate) in &some {
                    let Some(Fate::Sent { answer, .. }) = fate else { continue };
                    let noted = self.note_sent(delivery, answer, ours.contains(&delivery.id), now).await;
                    fault = fault.or(noted.err());
                }
            }
            Err(error) => fault = Some(error.into()),
        }
        self.desk.hub.tell(Topic::Delivery, about.flatten());
        fault.map_or(Ok(()), Err)
    }

    /// Counts and tells a delivery that was marked as sent.
    async fn note_sent(
        &self,
        delivery: &Delivery,
        answer: &str,
        ours: bool,
        now: DateTime<Utc>,
    ) -> Result<(), DeskError> {
        if !ours {
            tracing::warn!(delivery = %delivery.id, "sent, but the lease had run out: the mail may be sent again");
        }
        metrics::counter!(names::DELIVERIES_SENT, "template" => delivery.template.clone()).increment(1);
        let late = (now - delivery.due_at.utc()).as_seconds_f64().max(0.0);
        metrics::histogram!(names::DELIVERY_LATENESS).record(late);
        if now - delivery.due_at.utc() > tally::LATE && delivery.template != "alarm" {
            metrics::counter!(names::DELIVERIES_LATE, "template" => delivery.template.clone()).increment(1);
        }
        if delivery.kind == kind::HOOK {
            tally::note_attempt(self.desk.store.writer(), delivery, now, "sent", answer).await?;
        }
        tracing::info!(delivery = %delivery.id, template = %delivery.template, attempts = delivery.attempts, "sent");
        Ok(())
    }

    async fn mark_failed(&self, delivery: &Delivery, error: &SendError, now: DateTime<Utc>) -> Result<(), DeskError> {
        let attempts = u32::try_from(delivery.attempts).unwrap_or(1);
        let again = if delivery.kind == kind::HOOK {
            retry::next_of_hook(error.fault, attempts, now)
        } else {
            retry::next(error.fault, attempts, delivery.due_at.utc(), now, self.settings.give_up_after)
        };
        deliveries::mark_failed(&self.desk.store, delivery, &error.message, again).await?;
        let outcome = if again.is_some() { "put_off" } else { "given_up" };
        tally::note_attempt(self.desk.store.writer(), delivery, now, outcome, &error.message).await?;
        let again_label = if again.is_some() { "yes" } else { "no" };
        metrics::counter!(names::DELIVERIES_FAILED, "again" => again_label).increment(1);
        match again {
            Some(at) => {
                tracing::warn!(delivery = %delivery.id, error = %error.message, %at, "not sent; will be tried again");
            }
            None => {
                tracing::error!(delivery = %delivery.id, error = %error.message, "not sent, and given up");
                if error.fault != Fault::Unwanted {
                    self.desk.delivery_failed(delivery, &error.message).await?;
                }
            }
        }
        Ok(())
    }
}

/// What the hands of one round share.
struct Work {
    left: Mutex<VecDeque<Delivery>>,
    /// When it was last asked whether they are still to be sent.
    looked: Mutex<Instant>,
    seal: Option<Seal>,
    /// The mail server is away: no other mail of this round is tried.
    shut: AtomicBool,
    until: Instant,
}

impl Work {
    /// Lays aside what was called off meanwhile. Once in a while for all that is left, and not for each mail.
    async fn look_again(&self, desk: &Desk) {
        {
            let mut looked = locked(&self.looked);
            if looked.elapsed() < LOOK_AGAIN {
                return;
            }
            *looked = Instant::now();
        }
        let left: Vec<Uuid> = locked(&self.left).iter().map(|delivery| delivery.id).collect();
        match deliveries::leased_of(&desk.store, left).await {
            Ok(leased) => locked(&self.left).retain(|delivery| leased.contains(&delivery.id)),
            Err(error) => tracing::warn!(%error, "whether mails in hand are still to be sent could not be asked"),
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes one delivery after the other and attempts it. What there was no time for is told with no fate.
async fn hand((desk, ways): (Desk, Ways), work: Arc<Work>, tell: mpsc::Sender<(Delivery, Option<Fate>)>) {
    loop {
        work.look_again(&desk).await;
        let next = locked(&work.left).pop_front();
        let Some(delivery) = next else { return };
        let is_mail = delivery.kind == kind::MAIL;
        let fate = if Instant::now() >= work.until {
            None
        } else if is_mail && work.shut.load(Ordering::Relaxed) {
            let message = "the way out is shut".to_owned();
            Some(Fate::Failed(SendError { fault: Fault::Unreachable, message }))
        } else {
            Some(ways.attempt(&delivery, work.seal.as_ref()).await)
        };
        // A hook's receiver that is away says nothing about the mail server.
        if is_mail && matches!(&fate, Some(Fate::Failed(error)) if error.fault == Fault::Unreachable) {
            work.shut.store(true, Ordering::Relaxed);
        }
        if tell.send((delivery, fate)).await.is_err() {
            return;
        }
    }
}
