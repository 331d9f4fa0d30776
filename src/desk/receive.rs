//! Raw first: a message is on disk before its door says "accepted", and is understood later.
//!
//! Many doors deliver at once, and what a commit costs is waiting for the disk: whoever comes while one is under way is
//! committed together with the others who did, in the next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use sea_orm::{DbBackend, DbErr};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::desk::{Desk, DeskError, Topic};
use crate::notice::fact::Authenticity;
use crate::notice::text::Digest;
use crate::store::entity::messages;
use crate::store::intake::{self, Arrival, state};
use crate::store::is_conflict;

/// Messages in one commit at most: far below what a statement of either database may carry.
const MOST: usize = 200;
/// Bytes in one commit at most, beyond its first message.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// One message as a door took it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// `smtp`, `imap/<name>`, `webhook/<name>`, `poll/<name>`, `upload` or `pipe`.
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

/// Messages that wait for the commit under way to end.
#[derive(Clone, Default)]
pub(super) struct Inbox(Arc<Mutex<Waits>>);

#[derive(Default)]
struct Waits {
    queue: Vec<Waiting>,
    /// Commits under way.
    busy: usize,
}

struct Waiting {
    arrival: Arrival,
    answer: oneshot::Sender<Result<Received, DeskError>>,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Waits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is committed next.
    fn next(&self) -> Vec<Waiting> {
        let mut waits = self.lock();
        let mut bytes = 0;
        let fits = waits.queue.iter().take(MOST).take_while(|waiting| {
            let first = bytes == 0;
            bytes += waiting.arrival.raw.len().max(1);
            first || bytes <= MOST_BYTES
        });
        let count = fits.count();
        waits.queue.drain(..count).collect()
    }
}

/// A place among the commits under way, given back whatever happens.
struct Turn {
    inbox: Inbox,
    held: bool,
}

impl Turn {
    /// Gives the place back where nobody waits. Asked under the lock that newcomers take, so that none waits for nobody.
    fn ends(&mut self) -> bool {
        let mut waits = self.inbox.lock();
        if waits.queue.is_empty() {
            waits.busy -= 1;
            self.held = false;
        }
        !self.held
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.held {
            self.inbox.lock().busy -= 1;
        }
    }
}

impl Desk {
    /// Keeps a message. When this returns, it is committed and will be read; nothing is refused for its content.
    ///
    /// # Errors
    /// Only when the database does not take it: the door then answers "try again later".
    pub async fn receive(&self, incoming: Incoming) -> Result<Received, DeskError> {
        self.put_down(incoming, None).await
    }

    /// As [`Desk::receive`], for a source that names its messages: the same channel and key again is the same message,
    /// and nothing is kept twice, however many processes take it at once.
    ///
    /// # Errors
    /// As [`Desk::receive`].
    pub async fn receive_once(&self, incoming: Incoming, key: &str) -> Result<Received, DeskError> {
        if let Some(known) = intake::by_key(self.store.reader(), &incoming.channel, key).await? {
            return Ok(Received { message_id: known, duplicate: Some(known) });
        }
        self.put_down(incoming, Some(key.to_owned())).await
    }

    async fn put_down(&self, incoming: Incoming, key: Option<String>) -> Result<Received, DeskError> {
        let arrival = Arrival { row: self.row(&incoming), raw: incoming.raw, key };
        let (answer, answered) = oneshot::channel();
        // PostgreSQL commits side by side; SQLite has one writer.
        let most = if self.store.backend() == DbBackend::Postgres { 2 } else { 1 };
        let begin = {
            let mut waits = self.inbox.lock();
            waits.queue.push(Waiting { arrival, answer });
            let begin = waits.busy < most;
            waits.busy += usize::from(begin);
            begin
        };
        if begin {
            // A task of its own: whoever hangs up must not end the commit that others wait for.
            let (desk, turn) = (self.clone(), Turn { inbox: self.inbox.clone(), held: true });
            tokio::spawn(async move { desk.commit_waiting(turn).await });
        }
        answered.await.unwrap_or_else(|_| Err(DbErr::Custom("the commit was broken off".to_owned()).into()))
    }

    fn row(&self, incoming: &Incoming) -> messages::Model {
        let salt: [u8; 16] = self.entropy.bytes();
        messages::Model {
            id: self.ids.id(),
            channel: incoming.channel.clone(),
            received_at: incoming.received_at.into(),
            sha256: hex::encode(digest(&SHA256, &incoming.raw)),
            length: i64::try_from(incoming.raw.len()).unwrap_or(i64::MAX),
            blob: self.ids.id(),
            commitment: Digest::of_all(&[&salt, &incoming.raw]).to_string(),
            salt: Some(salt.to_vec()),
            media: incoming.media.clone(),
            envelope_from: incoming.envelope_from.clone(),
            envelope_to: serde_json::to_string(&incoming.envelope_to).unwrap_or_default(),
            authenticity: incoming.authenticity.word().to_owned(),
            authenticity_reason: incoming.authenticity_reason.clone(),
            duplicate_of: None,
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
        }
    }

    async fn commit_waiting(&self, mut turn: Turn) {
        while !turn.ends() {
            let some = turn.inbox.next();
            if !some.is_empty() {
                self.commit_some(some).await;
            }
        }
    }

    async fn commit_some(&self, some: Vec<Waiting>) {
        let (arrivals, answers): (Vec<_>, Vec<_>) = some.into_iter().map(|one| (one.arrival, one.answer)).unzip();
        // Only a key can be taken, so only then may they have to be added one by one.
        let again = if arrivals.iter().any(|arrival| arrival.key.is_some()) { arrivals.clone() } else { Vec::new() };
        match self.add(arrivals).await {
            Ok(received) => answers.into_iter().zip(received).for_each(|(answer, one)| tell(answer, Ok(one))),
            Err(error) if !again.is_empty() && is_conflict(&error) => {
                // One of them has a key that is taken; the others have nothing to do with that.
                for (arrival, answer) in again.into_iter().zip(answers) {
                    tell(answer, self.add_one(arrival).await);
                }
            }
            Err(error) => {
                let told = error.to_string();
                answers.into_iter().for_each(|answer| tell(answer, Err(DbErr::Custom(told.clone()).into())));
                return;
            }
        }
        self.wake.notify_waiters();
        self.wake.notify_one();
        self.hub.tell(Topic::Message, None);
    }

    async fn add_one(&self, arrival: Arrival) -> Result<Received, DeskError> {
        let place = arrival.key.clone().map(|key| (arrival.row.channel.clone(), key));
        match (self.add(vec![arrival]).await, place) {
            (Ok(received), _) => Ok(received[0]),
            (Err(error), Some((channel, key))) if is_conflict(&error) => {
                match intake::by_key(self.store.writer(), &channel, &key).await? {
                    Some(known) => Ok(Received { message_id: known, duplicate: Some(known) }),
                    None => Err(error.into()),
                }
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    /// Commits messages together, each with the earlier one of the same bytes.
    async fn add(&self, mut arrivals: Vec<Arrival>) -> Result<Vec<Received>, DbErr> {
        let txn = self.store.begin().await?;
        let digests = arrivals.iter().map(|arrival| arrival.row.sha256.clone()).collect();
        let mut known: HashMap<(String, String, String), Uuid> = HashMap::new();
        for (sha256, channel, to, first) in intake::same_bytes(&txn, digests).await? {
            known.entry((sha256, channel, to)).or_insert(first);
        }
        let mut received = Vec::with_capacity(arrivals.len());
        for Arrival { row, .. } in &mut arrivals {
            let place = (row.sha256.clone(), row.channel.clone(), row.envelope_to.clone());
            row.duplicate_of = known.get(&place).copied();
            known.entry(place).or_insert(row.id);
            received.push(Received { message_id: row.id, duplicate: row.duplicate_of });
        }
        intake::add_all(&txn, arrivals).await?;
        txn.commit().await?;
        Ok(received)
    }
}

/// Whoever asked may have gone; what was committed stays.
fn tell(answer: oneshot::Sender<Result<Received, DeskError>>, what: Result<Received, DeskError>) {
    let _ = answer.send(what);
}
