//! The door to a mailbox: what lies there is kept under its UID, and only then marked as seen or moved away.
//!
//! One process at a time has a mailbox in hand; should two have it for a moment, a UID is kept once all the same. A mail
//! that cannot be fetched is passed over, told and listed, so that it neither stops the rest nor is lost in silence. "Cannot
//! reach the mailbox" and "one bad mail" are different alarms, and a refused password is told at once.
//!
//! RFC 9051 (IMAP), 2177 (IDLE), 6851 (MOVE), 7628 and XOAUTH2 for tokens.

mod asked;
mod connection;
mod fetch;
mod history;
mod token;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::authenticity::Judge;
use super::http::Http;
use crate::config::Mailbox;
use crate::desk::{Desk, DeskError};
use crate::store::channels;

pub use connection::{Authority, tls_connector};
pub use token::Tokens;

/// The longest wait for news: far below the 29 minutes after which servers hang up (RFC 2177).
const WAIT: Duration = Duration::from_secs(60);
const SHORTEST_PAUSE: u64 = 2;
const LONGEST_PAUSE: u64 = 300;

/// What a mailbox needs beside itself.
#[derive(Clone)]
pub struct Reader {
    pub desk: Desk,
    pub judge: Arc<Judge>,
    pub http: Http,
    pub mailbox: Mailbox,
    /// Tells this process from others.
    pub holder: String,
    /// Held on to while a connection stands; taken over by another process this long after one has died.
    pub lease: Duration,
    /// Bytes of one mail at most; a larger one is passed over.
    pub most: usize,
    pub tokens: Tokens,
}

/// Why a mailbox could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    #[error("{host}:{port} cannot be reached: {what}")]
    Unreachable { host: String, port: u16, what: String },
    /// Trying again would lock the account; somebody has to act.
    #[error("the server refuses {username}: {what}")]
    Refused { username: String, what: String },
    #[error("{0}")]
    Token(String),
    /// The connection broke over one mail, which may be the mail's fault.
    #[error("the connection broke while mail {uid} was fetched: {what}")]
    OverMail { uid: u32, what: String },
    #[error("the server said what was not expected: {0}")]
    Protocol(#[from] async_imap::error::Error),
    #[error("the server did not answer in time")]
    Slow,
    #[error("another process took the mailbox over")]
    Lost,
    #[error("the database: {0}")]
    Desk(#[from] DeskError),
}

/// How far a mailbox has been taken in. A mailbox that was made anew (another UIDVALIDITY) is begun anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Cursor {
    validity: u32,
    /// All UIDs up to this one have been taken in or passed over, but for those held.
    upto: u32,
    /// What is old, until people say from which date to act on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held: Option<history::Held>,
}

impl Reader {
    /// The channel that the mailbox feeds.
    #[must_use]
    pub fn channel(&self) -> String {
        format!("imap/{}", self.mailbox.name)
    }

    /// Reads the mailbox until `shutdown`: connects, takes in what is there, waits for news, and after a failure begins
    /// anew a while later.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut failures = 0;
        while !shutdown.is_cancelled() {
            let pause = match self.turn(&shutdown, &mut failures).await {
                Ok(()) => Duration::from_secs(SHORTEST_PAUSE),
                Err(error) => {
                    // Where a mail is at fault, the server is well and the next try is a step further.
                    failures += u32::from(!matches!(error, MailboxError::OverMail { .. }));
                    let pause = backoff(failures);
                    tracing::warn!(mailbox = %self.mailbox.name, %error, failures, ?pause, "a mailbox could not be read");
                    self.tell(&error).await;
                    pause
                }
            };
            let _ = shutdown.run_until_cancelled(tokio::time::sleep(pause)).await;
        }
    }

    /// Has the mailbox in hand for as long as all goes well. Returns at once where another process has it.
    async fn turn(&self, shutdown: &CancellationToken, failures: &mut u32) -> Result<(), MailboxError> {
        let (store, id) = (&self.desk.store, self.channel());
        let taken = channels::take(store, &id, &self.holder, self.lease()).await.map_err(DeskError::from)?;
        let Some(taken) = taken else { return Ok(()) };
        let stood = taken.cursor.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let result = self.read_on(stood, shutdown, failures).await;
        let trouble = result.as_ref().err().map(ToString::to_string);
        let given = channels::give_back(store, &id, &self.holder, trouble.as_deref(), TimeDelta::zero()).await;
        given.map_err(DeskError::from)?;
        result
    }

    async fn read_on(
        &self,
        mut cursor: Cursor,
        shutdown: &CancellationToken,
        failures: &mut u32,
    ) -> Result<(), MailboxError> {
        let mut session = self.connect().await?;
        while !shutdown.is_cancelled() {
            cursor = self.take_in(&mut session, cursor).await?;
            *failures = 0;
            channels::fares(&self.desk.store, &self.channel(), &self.holder, None).await.map_err(DeskError::from)?;
            session = self.wait(session, shutdown).await?;
            self.hold().await?;
        }
        // It closes by itself as well; a server that is told frees it sooner.
        let _ = session.logout().await;
        Ok(())
    }

    fn lease(&self) -> TimeDelta {
        TimeDelta::from_std(self.lease).unwrap_or(TimeDelta::MAX)
    }

    /// Holds on to the lease, or gives up where another process has it by now.
    async fn hold(&self) -> Result<(), MailboxError> {
        let held = channels::hold(&self.desk.store, &self.channel(), &self.holder, self.lease()).await;
        if held.map_err(DeskError::from)? { Ok(()) } else { Err(MailboxError::Lost) }
    }

    /// A refused password cannot heal by itself: people are told at once, and once.
    async fn tell(&self, error: &MailboxError) {
        let MailboxError::Refused { .. } = error else { return };
        let raised = self.desk.channel_refused(&self.channel(), &error.to_string()).await;
        if let Err(error) = raised {
            tracing::error!(mailbox = %self.mailbox.name, %error, "the alarm about this mailbox could not be raised");
        }
    }
}

/// How long a mailbox is left alone after so many failures in a row.
fn backoff(failures: u32) -> Duration {
    Duration::from_secs((SHORTEST_PAUSE << failures.min(8)).min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_that_fails_is_left_alone_for_longer_and_longer_but_never_for_long() {
        let pauses: Vec<u64> = [0, 1, 2, 3, 7, 8, 1_000_000].map(|failures| backoff(failures).as_secs()).into();
        assert_eq!(pauses, [2, 4, 8, 16, 256, 300, 300]);
    }
}
