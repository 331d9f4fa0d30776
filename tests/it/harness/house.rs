//! One installation of Countersign for one test.

use chrono::{DateTime, Utc};
use countersign::clock::{Clock, Entropy, parse_start};
use countersign::desk::{Desk, Incoming, Keyring, Received, Settings};
use countersign::notice::fact::Authenticity;
use countersign::store::Store;

use super::{Kind, fresh};

/// An installation with an empty database and a clock that stands still.
pub struct House {
    pub desk: Desk,
    pub clock: Clock,
    /// To open the same database again, as after a restart.
    pub url: String,
    _folder: tempfile::TempDir,
}

impl House {
    /// Built on 1 June 2024 at 08:00 UTC, before the certificate of that August expired.
    pub async fn build(kind: Kind) -> Self {
        let made = fresh(kind).await;
        let clock = Clock::fixed(at("2024-06-01T08:00:00Z"));
        let entropy = Entropy::seeded(2024);
        let keyring = Keyring::generate(&entropy);
        let desk = Desk::new(made.store, clock.clone(), entropy, keyring, Settings::default());
        Self { desk, clock, url: made.url, _folder: made.folder }
    }

    pub fn store(&self) -> &Store {
        &self.desk.store
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A provider's mail arrives by SMTP and proves its sender.
    pub async fn receives(&self, mail: impl Into<Vec<u8>>) -> Received {
        self.desk
            .receive(Incoming {
                channel: "smtp".to_owned(),
                raw: mail.into(),
                media: Some("message/rfc822".to_owned()),
                envelope_from: Some("no-reply@provider.example".to_owned()),
                envelope_to: vec!["notices@house.example".to_owned()],
                authenticity: Authenticity::Verified,
                authenticity_reason: "signed by provider.example".to_owned(),
                received_at: self.clock.now(),
            })
            .await
            .expect("the message is accepted")
    }
}

/// A time as the tests write it: a date or an instant in RFC 3339.
pub fn at(written: &str) -> DateTime<Utc> {
    parse_start(written).unwrap_or_else(|told| panic!("{told}"))
}
