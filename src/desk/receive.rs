//! Raw first: a message is on disk before its door says "accepted", and is understood later.

use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use uuid::Uuid;

use crate::desk::{Desk, DeskError, Topic};
use crate::notice::fact::Authenticity;
use crate::notice::text::Digest;
use crate::store::entity::messages;
use crate::store::intake::{self, state};

/// One message as a door took it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// `smtp`, `imap`, `webhook/<adapter>`, `poll/<adapter>`, `upload` or `pipe`.
    pub channel: String,
    pub raw: Vec<u8>,
    /// The media type where the door was told one.
    pub media: Option<String>,
    pub envelope_from: Option<String>,
    pub envelope_to: Vec<String>,
    pub authenticity: Authenticity,
    /// One sentence on why, for people.
    pub authenticity_reason: String,
    /// Business time at which the door took it.
    pub received_at: DateTime<Utc>,
}

/// What became of an incoming message: it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    pub message_id: Uuid,
    /// The first message with the same bytes, channel and recipients. Told, and kept all the same.
    pub duplicate: Option<Uuid>,
}

impl Desk {
    /// Keeps a message. When this returns, it is committed and will be read; nothing is refused for its content.
    ///
    /// # Errors
    /// Only when the database does not take it: the door then answers "try again later".
    pub async fn receive(&self, incoming: Incoming) -> Result<Received, DeskError> {
        let sha256 = hex::encode(digest(&SHA256, &incoming.raw));
        let to = serde_json::to_string(&incoming.envelope_to).unwrap_or_default();
        let txn = self.store.begin().await?;
        let duplicate = intake::earlier_same(&txn, &sha256, &incoming.channel, &to).await?;
        let message_id = self.ids.id();
        let salt: [u8; 16] = self.entropy.bytes();
        let row = messages::Model {
            id: message_id,
            channel: incoming.channel,
            received_at: incoming.received_at.into(),
            sha256,
            length: i64::try_from(incoming.raw.len()).unwrap_or(i64::MAX),
            blob: self.ids.id(),
            commitment: Digest::of_all(&[&salt, &incoming.raw]).to_string(),
            salt: Some(salt.to_vec()),
            media: incoming.media,
            envelope_from: incoming.envelope_from,
            envelope_to: to,
            authenticity: incoming.authenticity.word().to_owned(),
            authenticity_reason: incoming.authenticity_reason,
            duplicate_of: duplicate,
            state: state::RECEIVED.to_owned(),
            reason: None,
            attempts: 0,
            leased_until: None,
            read_at: None,
            format: None,
            sender: None,
            forwarded_by: None,
            subject: None,
            erased_at: None,
        };
        intake::add(&txn, row, incoming.raw).await?;
        txn.commit().await?;
        self.wake.notify_waiters();
        self.wake.notify_one();
        self.hub.tell(Topic::Message, None);
        Ok(Received { message_id, duplicate })
    }
}
