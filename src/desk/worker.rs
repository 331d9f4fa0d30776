//! The worker: takes unread messages in hand, has them read, and files them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::{StreamExt as _, stream};

use crate::desk::file::{Read, set_state};
use crate::desk::outward::answers::{self, Answer};
use crate::desk::outward::bounces::{self, Bounce};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic};
use crate::notice::fact::Authenticity;
use crate::reading::{Input, Reading};
use crate::store::entity::messages;
use crate::store::filing;
use crate::store::intake::{self, state};

/// How long a message rests that the database could not take.
const PAUSE: TimeDelta = TimeDelta::seconds(5);

/// A message at which workers died so often is not read again but shown to a person.
const MOST_ATTEMPTS: i32 = 5;

/// Bytes of raw messages in memory at once, beyond the first of them.
const MOST_BYTES: i64 = 16 * 1024 * 1024;

/// What makes a reading of a message. In production the reader with the embedded providers; tests put in what panics.
pub type Reader = Arc<dyn Fn(&Input<'_>) -> Reading + Send + Sync>;

/// What a message turned out to be.
enum Understood {
    Read(Read),
    /// A report that a mail of ours did not arrive.
    Bounce(Read, Bounce),
    /// An answer to a mail of ours.
    Answer(Read, Answer),
    /// Nothing, for this reason.
    No(messages::Model, String),
}

impl Desk {
    /// Reads and files up to `limit` unread messages, oldest first, and says how many it took in hand. What the reader
    /// cannot read, or dies over, waits for a person with the reason.
    ///
    /// # Errors
    /// When the database does not answer; the messages in hand are taken again when their lease runs out.
    pub async fn read_pending(&self, limit: u64) -> Result<usize, DeskError> {
        let taken = intake::lease(&self.store, limit, self.settings.reading_lease).await?;
        let count = taken.len();
        if count > 0 {
            // What people taught the reader since, in whichever process.
            self.world(self.store.reader()).await?;
        }
        for some in handfuls(taken) {
            self.work_through(some).await;
        }
        if count > 0 {
            self.hub.tell(Topic::Message, None);
        }
        Ok(count)
    }

    /// Reads messages side by side, and does in their order what each asks for.
    async fn work_through(&self, taken: Vec<messages::Model>) {
        let blobs: Vec<_> = taken.iter().map(|message| message.blob).collect();
        let mut raw = match filing::raw(self.store.reader(), &blobs).await.map_err(DeskError::from) {
            Ok(raw) => raw,
            Err(error) => {
                for message in &taken {
                    self.failed_at(message, &error).await;
                }
                return;
            }
        };
        let with_raw: Vec<_> = taken.into_iter().map(|message| (raw.remove(&message.blob), message)).collect();
        let side_by_side = std::thread::available_parallelism().map_or(1, usize::from);
        let understood = stream::iter(with_raw).map(|(raw, message)| self.understood(message, raw));
        let understood: Vec<Understood> = understood.buffered(side_by_side).collect().await;
        let mut pile = Vec::with_capacity(understood.len());
        for one in understood {
            match one {
                Understood::Read(read) => pile.push(read),
                Understood::Bounce(read, bounce) => {
                    // Before the message is settled: a worker that dies in between finds it again, and the alarm is one.
                    match self.bounced(&bounce).await {
                        Ok(()) => pile.push(read),
                        Err(error) => self.failed_at(&read.message, &error).await,
                    }
                }
                Understood::Answer(read, answer) => {
                    self.file_pile(std::mem::take(&mut pile)).await;
                    if let Err(error) = self.answered(&read, &answer).await {
                        self.failed_at(&read.message, &error).await;
                    }
                }
                Understood::No(message, reason) => {
                    if let Err(error) = self.needs_person(&message, &reason).await {
                        self.failed_at(&message, &error).await;
                    }
                }
            }
        }
        self.file_pile(pile).await;
    }

    /// Files messages together; where that fails, each alone, so that one does not keep the others back.
    async fn file_pile(&self, pile: Vec<Read>) {
        let Err(together) = self.file(&pile).await else { return };
        tracing::debug!(%together, "a pile of messages could not be filed together; each is filed alone");
        for one in pile {
            if let Err(error) = self.file(std::slice::from_ref(&one)).await {
                self.failed_at(&one.message, &error).await;
            }
        }
    }

    /// A message could not be dealt with: it is tried again, a few times.
    async fn failed_at(&self, message: &messages::Model, error: &DeskError) {
        tracing::error!(message = %message.id, attempt = message.attempts, %error, "a message could not be filed");
        if error.is_away() {
            // Nothing is wrong with the message. Where not even this can be written, its lease brings it back.
            let _ = intake::put_off(&self.store, message, PAUSE).await;
        } else if message.attempts >= MOST_ATTEMPTS {
            let reason = format!("It was read, and could not be filed: {error}.");
            let _ = self.needs_person(message, &reason).await;
        }
    }

    async fn understood(&self, message: messages::Model, raw: Option<Vec<u8>>) -> Understood {
        if message.attempts > MOST_ATTEMPTS {
            let reason =
                format!("The worker stopped {MOST_ATTEMPTS} times while reading this message; open the original.");
            return Understood::No(message, reason);
        }
        let Some(raw) = raw else {
            return Understood::No(message, "Its bytes were erased before it was read.".to_owned());
        };
        // Only what names us can answer a mail of ours or report one; of the others nothing more is parsed.
        let ours = memchr::memmem::find(&raw, b"ountersign").is_some();
        let (answer, bounce) = (ours.then(|| answers::answer(&raw)), ours.then(|| bounces::bounce(&raw)));
        let reading = match self.reading_of(&message, raw).await {
            Ok(reading) => reading,
            Err(reason) => return Understood::No(message, reason),
        };
        let automatic = reading.automatic.is_some();
        let read = Read { message, reading };
        match (automatic, answer.flatten(), bounce.flatten()) {
            (false, Some(answer), _) => Understood::Answer(read, answer),
            (true, _, Some(bounce)) => Understood::Bounce(read, bounce),
            _ => Understood::Read(read),
        }
    }

    /// Reads one message away from the asynchronous threads: it is work for the processor, and may panic.
    pub(super) async fn reading_of(&self, message: &messages::Model, raw: Vec<u8>) -> Result<Reading, String> {
        let (reader, media) = (Arc::clone(&self.reader), message.media.clone());
        let (received, authenticity) = (message.received_at.utc(), message.authenticity.parse());
        let read = move || {
            let input = Input {
                bytes: &raw,
                media: media.as_deref(),
                received: Some(received),
                subject: None,
                authenticity: authenticity.unwrap_or(Authenticity::Unverified),
            };
            catch_unwind(AssertUnwindSafe(|| reader(&input)))
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(reading)) => Ok(reading),
            Ok(Err(_)) | Err(_) => {
                tracing::error!(message = %message.id, sha256 = %message.sha256, "the reader failed on a message");
                Err("The reader failed on this message, which is a fault of Countersign's; open the original."
                    .to_owned())
            }
        }
    }

    /// Puts a message on the pile that waits for a person, unless somebody else has it in hand by now.
    async fn needs_person(&self, message: &messages::Model, reason: &str) -> Result<(), DeskError> {
        transact!(self, |txn| {
            let now = intake::get(txn, message.id).await?;
            let ours = now.is_some_and(|row| row.state == state::READING && row.attempts == message.attempts);
            if ours {
                set_state(txn, message.id, state::NEEDS_PERSON, Some(reason)).await?;
            }
            Ok(())
        })
    }
}

/// Messages in their order, in parts that fit into memory together.
fn handfuls(taken: Vec<messages::Model>) -> Vec<Vec<messages::Model>> {
    let mut handfuls: Vec<Vec<messages::Model>> = Vec::new();
    let mut bytes = 0;
    for message in taken {
        bytes += message.length;
        match handfuls.last_mut() {
            Some(last) if bytes <= MOST_BYTES => last.push(message),
            _ => {
                bytes = message.length;
                handfuls.push(vec![message]);
            }
        }
    }
    handfuls
}
