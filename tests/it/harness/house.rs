//! One installation of Countersign for one test.

use chrono::{DateTime, TimeDelta, Utc};
use countersign::clock::{Clock, Entropy, parse_start};
use countersign::desk::{Desk, Incoming, Keyring, Received, Settings};
use countersign::notice::fact::Authenticity;
use countersign::notice::sight::Sight;
use countersign::store::deliveries::{self, Delivery, Sent};
use countersign::store::entity::messages;
use countersign::store::{Durability, Store, intake};

use super::database::Dropped;
use super::{Fresh, Kind, fresh};

/// An installation with an empty database and a clock that stands still.
pub struct House {
    pub desk: Desk,
    pub clock: Clock,
    /// To open the same database again, as after a restart.
    pub url: String,
    folder: tempfile::TempDir,
    #[expect(dead_code, reason = "held for its end, which drops the test's database")]
    dropped: Option<Dropped>,
}

impl House {
    /// Built on 1 June 2024 at 08:00 UTC, before the certificate of that August expired.
    pub async fn build(kind: Kind) -> Self {
        Self::on(fresh(kind).await)
    }

    /// The same on a database that a test has made for itself.
    pub fn on(made: Fresh) -> Self {
        let clock = Clock::fixed(at("2024-06-01T08:00:00Z"));
        let entropy = Entropy::seeded(2024);
        let keyring = Keyring::generate(&entropy);
        let desk = Desk::new(made.store, clock.clone(), entropy, keyring, Settings::default());
        Self { desk, clock, url: made.url, folder: made.folder, dropped: made.dropped }
    }

    /// For files of the test; goes with it.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn store(&self) -> &Store {
        &self.desk.store
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A provider's mail arrives by SMTP and proves its sender.
    pub async fn receives(&self, mail: impl Into<Vec<u8>>) -> Received {
        self.desk.receive(self.incoming(mail)).await.expect("the message is accepted")
    }

    /// A mail as the door hands it over, its sender proven.
    pub fn incoming(&self, mail: impl Into<Vec<u8>>) -> Incoming {
        Incoming {
            channel: "smtp".to_owned(),
            raw: mail.into(),
            media: Some("message/rfc822".to_owned()),
            envelope_from: Some("no-reply@provider.example".to_owned()),
            envelope_to: vec!["notices@house.example".to_owned()],
            authenticity: Authenticity::Verified,
            authenticity_reason: "signed by provider.example".to_owned(),
            received_at: self.clock.now(),
        }
    }
}

impl House {
    /// The worker reads everything that has arrived.
    pub async fn reads(&self) -> usize {
        let mut read = 0;
        loop {
            match self.desk.read_pending(10).await.expect("the worker reaches the database") {
                0 => return read,
                some => read += some,
            }
        }
    }

    /// Days pass; each morning at eight the tick looks at what is due, and the sender sends it.
    pub async fn days_pass(&self, days: u32) {
        for _ in 0..days {
            self.clock.advance(TimeDelta::days(1));
            self.desk.tick().await.expect("the tick reaches the database");
            self.sends().await;
        }
    }

    /// The sender sends everything that is due, and says what went to whom as `template → address`.
    pub async fn sends(&self) -> Vec<String> {
        let mut sent = Vec::new();
        loop {
            let lease = deliveries::lease(self.store(), self.now(), 100, TimeDelta::minutes(5)).await.unwrap();
            if lease.is_empty() {
                sent.sort();
                return sent;
            }
            for delivery in lease {
                sent.push(format!("{} → {}", delivery.template, delivery.address));
                let id = format!("<{}@house.example>", delivery.key);
                let done = Sent { delivery: &delivery, message_id: &id, rendered: "{}" };
                let ours = deliveries::mark_sent(self.store(), &[done], self.now()).await.unwrap();
                assert!(ours.contains(&delivery.id), "the lease of {} was lost", delivery.key);
            }
        }
    }

    /// Everything that ever went out or waits to, oldest first.
    pub async fn outbox(&self) -> Vec<Delivery> {
        let mut all = deliveries::list(self.store(), Sight::All, (None, None), None, 10_000).await.unwrap();
        all.reverse();
        all
    }

    /// Where a message stands.
    pub async fn message(&self, received: Received) -> messages::Model {
        intake::get(self.store().reader(), received.message_id).await.unwrap().expect("the message is there")
    }

    /// A second process on the same database, as after a restart.
    pub async fn restarted(&self) -> Desk {
        let store = Store::connect_with(&self.url, Durability::Loose).await.unwrap();
        let entropy = Entropy::seeded(99);
        let keyring = Keyring::parse(&self.desk.keyring.to_text()).unwrap();
        Desk::new(store, self.clock.clone(), entropy, keyring, Settings::default())
    }
}

/// A time as the tests write it: a date or an instant in RFC 3339.
pub fn at(written: &str) -> DateTime<Utc> {
    parse_start(written).unwrap_or_else(|told| panic!("{told}"))
}
