//! Sends what is due: leases deliveries, commits, renders, sends, and only then marks.
//!
//! Delivery is at least once: where the machine dies between the server's "250" and our mark, the mail goes out again
//! under the same Message-ID. Any number of senders may run; the lease and its fence keep them apart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use lettre::message::Mailbox;
use serde_json::json;

use super::compose::{Ticket, compose};
use super::post::{Fault, Post, SendError};
use super::render::{Rendered, render};
use super::retry;
use crate::config::Config;
use crate::desk::{Desk, DeskError, Topic};
use crate::notice::letter::Letter;
use crate::store::deliveries::{self, Delivery};
use crate::telemetry::names;

/// Sends deliveries by one way out.
#[derive(Clone)]
pub struct Sender {
    desk: Desk,
    post: Post,
    from: Mailbox,
    settings: Settings,
}

#[derive(Debug, Clone, Copy)]
struct Settings {
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
}

/// A configuration that no mail can be sent by.
#[derive(Debug, thiserror::Error)]
#[error("mail.from: “{given}” is no sender such as \"Countersign <countersign@example.com>\": {source}")]
pub struct BadSender {
    given: String,
    source: lettre::address::AddressError,
}

enum Fate {
    Sent { message_id: String, rendered: String },
    Failed(SendError),
}

impl Sender {
    /// # Errors
    /// Where `mail.from` is no address.
    pub fn new(desk: Desk, post: Post, config: &Config) -> Result<Self, BadSender> {
        let given = &config.mail.from;
        let from = given.parse().map_err(|source| BadSender { given: given.clone(), source })?;
        let settings = Settings {
            batch: config.dispatch.batch.into(),
            lease: Duration::from_secs(config.dispatch.lease_seconds.into()),
            give_up_after: TimeDelta::hours(config.dispatch.give_up_after_hours.into()),
            at_once: usize::try_from(config.mail.max_connections).unwrap_or(1).max(1),
        };
        Ok(Self { desk, post, from, settings })
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
            // A round without a sent mail is either empty, or the way out is shut and the next round no better.
            if round.sent == 0 {
                return Ok(all);
            }
        }
    }

    /// Sends one batch of what is due now.
    ///
    /// # Errors
    /// As [`Sender::send_due`].
    pub async fn round(&self) -> Result<Round, DeskError> {
        let lease = TimeDelta::from_std(self.settings.lease).unwrap_or(TimeDelta::minutes(2));
        let leased = deliveries::lease(&self.desk.store, self.desk.clock.now(), self.settings.batch, lease).await?;
        // Half the lease is for sending; what has not begun by then goes back, so that no other sender repeats it.
        let until = Instant::now() + self.settings.lease / 2;
        let shut = Arc::new(AtomicBool::new(false));
        let mut results = futures_util::stream::iter(leased)
            .map(|delivery| {
                let shut = Arc::clone(&shut);
                async move { self.one(&delivery, &shut, until).await }
            })
            .buffer_unordered(self.settings.at_once);
        let (mut round, mut fault) = (Round::default(), None);
        while let Some(sent) = results.next().await {
            match sent {
                Ok(true) => round.sent += 1,
                Ok(false) => round.failed += 1,
                // The others are in the middle of sending: breaking off would leave them sent and not marked.
                Err(error) => fault = Some(error),
            }
        }
        fault.map_or(Ok(round), Err)
    }

    async fn one(&self, delivery: &Delivery, shut: &AtomicBool, until: Instant) -> Result<bool, DeskError> {
        let fate = if shut.load(Ordering::Relaxed) || Instant::now() >= until {
            Fate::Failed(SendError { fault: Fault::Unreachable, message: "the way out is shut or too slow".to_owned() })
        } else {
            self.attempt(delivery).await
        };
        let now = self.desk.clock.now();
        let sent = match fate {
            Fate::Sent { message_id, rendered } => {
                self.mark_sent(delivery, &message_id, &rendered, now).await?;
                true
            }
            Fate::Failed(error) => {
                if error.fault == Fault::Unreachable {
                    shut.store(true, Ordering::Relaxed);
                }
                self.mark_failed(delivery, &error, now).await?;
                false
            }
        };
        self.desk.hub.tell(Topic::Delivery, delivery.notice);
        Ok(sent)
    }

    async fn attempt(&self, delivery: &Delivery) -> Fate {
        let hopeless = |message: String| Fate::Failed(SendError { fault: Fault::Permanent, message });
        if delivery.kind != "mail" {
            return hopeless(format!("this version knows no way to send a “{}”", delivery.kind));
        }
        let letter: Letter = match serde_json::from_str(&delivery.data) {
            Ok(letter) => letter,
            Err(error) => return hopeless(format!("the letter {} cannot be read: {error}", delivery.template)),
        };
        let now = self.desk.clock.now();
        let rendered = match render(&letter, now) {
            Ok(rendered) => rendered,
            Err(error) => return hopeless(error.to_string()),
        };
        let ticket = Ticket { delivery: delivery.id, key: &delivery.key, address: &delivery.address };
        let mail = match compose(&self.from, &letter, &rendered, ticket, now) {
            Ok(mail) => mail,
            Err(error) => return hopeless(error.to_string()),
        };
        match self.post.send(&mail).await {
            Ok(()) => Fate::Sent { message_id: mail.message_id, rendered: self.kept(delivery, &rendered) },
            Err(error) => Fate::Failed(error),
        }
    }

    /// What the Outbox page shows of a mail that was sent.
    fn kept(&self, delivery: &Delivery, rendered: &Rendered) -> String {
        json!({
            "from": self.from.to_string(),
            "to": delivery.address,
            "subject": rendered.subject,
            "text": rendered.text,
            "html": rendered.html,
        })
        .to_string()
    }

    async fn mark_sent(
        &self,
        delivery: &Delivery,
        message_id: &str,
        rendered: &str,
        now: DateTime<Utc>,
    ) -> Result<(), DeskError> {
        let ours = deliveries::mark_sent(&self.desk.store, delivery, message_id, rendered, now).await?;
        if !ours {
            tracing::warn!(delivery = %delivery.id, "sent, but the lease had run out: the mail may be sent again");
        }
        metrics::counter!(names::DELIVERIES_SENT, "template" => delivery.template.clone()).increment(1);
        let late = (now - delivery.due_at.utc()).as_seconds_f64().max(0.0);
        metrics::histogram!(names::DELIVERY_LATENESS).record(late);
        tracing::info!(delivery = %delivery.id, template = %delivery.template, attempts = delivery.attempts, "sent");
        Ok(())
    }

    async fn mark_failed(&self, delivery: &Delivery, error: &SendError, now: DateTime<Utc>) -> Result<(), DeskError> {
        let attempts = u32::try_from(delivery.attempts).unwrap_or(1);
        let again = retry::next(error.fault, attempts, delivery.due_at.utc(), now, self.settings.give_up_after);
        deliveries::mark_failed(&self.desk.store, delivery, &error.message, again).await?;
        let again_label = if again.is_some() { "yes" } else { "no" };
        metrics::counter!(names::DELIVERIES_FAILED, "again" => again_label).increment(1);
        match again {
            Some(at) => {
                tracing::warn!(delivery = %delivery.id, error = %error.message, %at, "not sent; will be tried again");
            }
            None => {
                tracing::error!(delivery = %delivery.id, error = %error.message, "not sent, and given up");
                self.desk.delivery_failed(delivery, &error.message).await?;
            }
        }
        Ok(())
    }
}
