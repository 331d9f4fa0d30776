//! Taking in what lies in a mailbox, and waiting for more.

use async_imap::error::Error;
use async_imap::extensions::idle::IdleResponse;
use futures_util::TryStreamExt as _;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::connection::{Connected, PATIENCE};
use super::{Cursor, MailboxError, Reader, WAIT};
use crate::desk::{DeskError, Incoming};
use crate::intake::authenticity::{Origin, SpfTold, sender};
use crate::intake::keeper::is_colleague;
use crate::store::channels;
use crate::telemetry::names;

/// How far the cursor may run ahead of what is marked on the server, so that a mailbox of thousands is not marked in one
/// command.
pub(super) const BATCH: usize = 50;

impl Reader {
    /// Takes in every mail beyond the cursor, one by one: kept first, then marked or moved.
    pub(super) async fn take_in(&self, session: &mut Connected, cursor: Cursor) -> Result<Cursor, MailboxError> {
        // Selecting again is what tells a mailbox that was made anew meanwhile.
        let mailbox = timely(session.select(&self.mailbox.folder)).await?;
        let validity = mailbox.uid_validity.unwrap_or(0);
        let mut cursor = if cursor.validity == validity {
            cursor
        } else {
            if cursor.validity != 0 {
                tracing::warn!(mailbox = %self.mailbox.name, "the mailbox was made anew; it is read from its beginning");
            }
            self.begin(session, validity).await?
        };
        let uids: Vec<u32> = self.fresh(session, &cursor).await?.into_iter().collect();
        for some in uids.chunks(BATCH) {
            self.keep_all(session, validity, some).await?;
            cursor.upto = some.last().copied().unwrap_or(cursor.upto);
            let words = serde_json::to_string(&cursor).unwrap_or_default();
            let ours = channels::keep_cursor(&self.desk.store, &self.channel(), &self.holder, &words).await;
            if !ours.map_err(DeskError::from)? {
                return Err(MailboxError::Lost);
            }
            self.hold().await?;
        }
        self.take_history(session, cursor).await
    }

    /// Keeps these mails one by one, and marks on the server what was kept.
    pub(super) async fn keep_all(
        &self,
        session: &mut Connected,
        validity: u32,
        uids: &[u32],
    ) -> Result<(), MailboxError> {
        let mut kept = Vec::with_capacity(uids.len());
        for uid in uids {
            if self.take_one(session, validity, *uid).await? {
                kept.push(*uid);
            }
        }
        self.mark(session, &kept).await
    }

    /// Keeps one mail; false where it is gone or cannot be fetched, which is told and passed over.
    async fn take_one(&self, session: &mut Connected, validity: u32, uid: u32) -> Result<bool, MailboxError> {
        let raw = match timely(body(session, uid)).await {
            Ok(Some(raw)) => raw,
            Ok(None) => return Ok(false),
            Err(MailboxError::Protocol(error @ (Error::No(_) | Error::Bad(_) | Error::Parse(_)))) => {
                tracing::error!(
                    mailbox = %self.mailbox.name, uid, %error,
                    "one mail cannot be fetched and stays in the mailbox; the others go on"
                );
                return Ok(false);
            }
            Err(other) => return Err(other),
        };
        let colleague = sender(&raw).is_some() && is_colleague(&self.desk, &raw).await;
        let from = return_path(&raw);
        let origin = Origin { spf: SpfTold::Unknown, from: &from, to: &[], colleague };
        let verdict = self.judge.judge(&raw, origin).await;
        let incoming = Incoming {
            channel: self.channel(),
            raw,
            media: Some("message/rfc822".to_owned()),
            envelope_from: (!from.is_empty()).then(|| from.clone()),
            envelope_to: Vec::new(),
            authenticity: verdict.authenticity,
            authenticity_reason: verdict.reason,
            received_at: self.desk.clock.now(),
        };
        // While the database is away nothing is marked, and everything is still there when it is back.
        let key = format!("{}/{validity}/{uid}", self.mailbox.folder);
        let received = self.desk.receive_once(incoming, &key).await?;
        metrics::counter!(names::MESSAGES_RECEIVED, "channel" => self.channel()).increment(1);
        tracing::info!(id = %received.message_id, mailbox = %self.mailbox.name, uid, "kept");
        Ok(true)
    }

    /// Only what is committed is marked as seen, or moved.
    async fn mark(&self, session: &mut Connected, uids: &[u32]) -> Result<(), MailboxError> {
        if uids.is_empty() {
            return Ok(());
        }
        let set = uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let flagged = async {
            let answers = session.uid_store(&set, "+FLAGS.SILENT (\\Seen)").await?;
            answers.try_collect::<Vec<_>>().await
        };
        timely(flagged).await?;
        if !self.mailbox.move_to.is_empty() {
            timely(session.uid_mv(&set, &self.mailbox.move_to)).await?;
        }
        Ok(())
    }

    /// Waits for news: by IDLE where the server offers it, else for the pause that the configuration gives.
    pub(super) async fn wait(
        &self,
        mut session: Connected,
        shutdown: &CancellationToken,
    ) -> Result<Connected, MailboxError> {
        let idles = timely(session.capabilities()).await?.has_str("IDLE");
        if !idles {
            let pause = std::time::Duration::from_secs(self.mailbox.every_seconds.clamp(1, 60).into());
            let _ = shutdown.run_until_cancelled(tokio::time::sleep(pause)).await;
            return Ok(session);
        }
        let mut idle = session.idle();
        timely(idle.init()).await?;
        let (news, stop) = idle.wait_with_timeout(WAIT.min(self.lease / 2));
        let told = tokio::select! {
            () = shutdown.cancelled() => None,
            told = news => Some(told),
        };
        drop(stop);
        if let Some(told) = told {
            let told: IdleResponse = told.map_err(MailboxError::Protocol)?;
            tracing::debug!(mailbox = %self.mailbox.name, ?told, "the mailbox told something");
        }
        timely(idle.done()).await
    }
}

async fn body(session: &mut Connected, uid: u32) -> Result<Option<Vec<u8>>, Error> {
    let mut raw = None;
    let mut answers = session.uid_fetch(uid.to_string(), "(UID BODY.PEEK[])").await?;
    // To its end, or the next command would hear the rest of this answer.
    while let Some(fetched) = answers.try_next().await? {
        if fetched.uid == Some(uid) && raw.is_none() {
            raw = fetched.body().map(<[u8]>::to_vec);
        }
    }
    Ok(raw)
}

pub(super) async fn timely<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, MailboxError> {
    timeout(PATIENCE, work).await.map_err(|_| MailboxError::Slow)?.map_err(MailboxError::Protocol)
}

/// The sender of the envelope as the server that delivered it wrote it down (RFC 5321, 4.4); empty where it did not.
fn return_path(raw: &[u8]) -> String {
    let head = mail_parser::MessageParser::new().header_text("Return-Path").parse_headers(raw);
    let text = head.as_ref().and_then(|mail| mail.header("Return-Path")).and_then(|value| value.as_text());
    text.map(|text| text.trim().trim_matches(['<', '>']).to_lowercase()).unwrap_or_default()
}
