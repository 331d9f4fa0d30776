//! The worker: takes unread messages in hand, has them read, and files them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::TimeDelta;

use crate::desk::file::set_state;
use crate::desk::outward::answers::{self, Answer};
use crate::desk::outward::bounces::{self, Bounce};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic};
use crate::notice::fact::Authenticity;
use crate::reading::{Input, Reading};
use crate::store::entity::messages;
use crate::store::intake::{self, state};

/// How long a message rests that the database could not take.
const PAUSE: TimeDelta = TimeDelta::seconds(5);

/// A message at which workers died so often is not read again but shown to a person.
const MOST_ATTEMPTS: i32 = 5;

/// What makes a reading of a message. In production the reader with the embedded providers; tests put in what panics.
pub type Reader = Arc<dyn Fn(&Input<'_>) -> Reading + Send + Sync>;

impl Desk {
    /// Reads and files up to `limit` unread messages, oldest first, and says how many it took in hand. What the reader
    /// cannot read, or dies over, waits for a person with the reason.
    ///
    /// # Errors
    /// When the database does not answer; the messages in hand are taken again when their lease runs out.
    pub async fn read_pending(&self, limit: u64) -> Result<usize, DeskError> {
        let taken = intake::lease(&self.store, limit, self.settings.reading_lease).await?;
        if !taken.is_empty() {
            // What people taught the reader since, in whichever process.
            self.world(self.store.reader()).await?;
        }
        for message in &taken {
            if let Err(error) = self.read_one(message).await {
                tracing::error!(message = %message.id, attempt = message.attempts, %error, "a message could not be filed");
                if error.is_away() {
                    // Nothing is wrong with the message. Where not even this can be written, its lease brings it back.
                    let _ = intake::put_off(&self.store, message, PAUSE).await;
                }
            }
        }
        if !taken.is_empty() {
            self.hub.tell(Topic::Message, None);
        }
        Ok(taken.len())
    }

    async fn read_one(&self, message: &messages::Model) -> Result<(), DeskError> {
        if message.attempts > MOST_ATTEMPTS {
            let reason =
                format!("The worker stopped {MOST_ATTEMPTS} times while reading this message; open the original.");
            return self.needs_person(message, &reason).await;
        }
        let Some(raw) = intake::raw(self.store.reader(), message.blob).await? else {
            return self.needs_person(message, "Its bytes were erased before it was read.").await;
        };
        // Only what names us can answer a mail of ours or report one; of the others nothing more is parsed.
        let ours = memchr::memmem::find(&raw, b"ountersign").is_some();
        let (answer, bounce) = (ours.then(|| answers::answer(&raw)), ours.then(|| bounces::bounce(&raw)));
        match self.reading_of(message, raw).await {
            Ok(reading) => match self.settle_read(message, &reading, answer.flatten(), bounce.flatten()).await {
                Ok(()) => Ok(()),
                Err(error) if message.attempts >= MOST_ATTEMPTS && !error.is_away() => {
                    let reason = format!("It was read, and could not be filed: {error}.");
                    self.needs_person(message, &reason).await
                }
                Err(error) => Err(error),
            },
            Err(reason) => self.needs_person(message, &reason).await,
        }
    }

    /// Does what a message that has been read asks for.
    async fn settle_read(
        &self,
        message: &messages::Model,
        reading: &Reading,
        answer: Option<Answer>,
        bounce: Option<Bounce>,
    ) -> Result<(), DeskError> {
        match (reading.automatic, answer, bounce) {
            (None, Some(answer), _) => self.answered(message, reading, &answer).await,
            (Some(_), _, Some(bounce)) => {
                // Before the message is settled: a worker that dies in between finds it again, and the alarm is one.
                self.bounced(&bounce).await?;
                self.file(message, reading).await.map(drop)
            }
            _ => self.file(message, reading).await.map(drop),
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
