//! Taking in what lies in a mailbox, and waiting for more.

use async_imap::error::Error;
use async_imap::extensions::idle::IdleResponse;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::asked::Found;
use super::connection::{Connected, PATIENCE};
use super::{Cursor, MailboxError, Reader, WAIT, asked};
use crate::desk::{DeskError, Incoming, Unfetched};
use crate::intake::authenticity::{Origin, SpfTold, sender};
use crate::intake::keeper::is_colleague;
use crate::store::channels;
use crate::store::passed_over::state;
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
        self.try_again(session, validity).await?;
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

    /// Keeps these mails one by one, and marks on the server what was kept. What cannot be fetched is passed over and told.
    pub(super) async fn keep_all(
        &self,
        session: &mut Connected,
        validity: u32,
        uids: &[u32],
    ) -> Result<(), MailboxError> {
        let troubled = self.desk.troubled_mails(&self.channel()).await?;
        let (mut kept, mut unfetched) = (Vec::with_capacity(uids.len()), Vec::new());
        for uid in uids {
            let key = self.key(validity, *uid);
            let before = troubled.get(&key);
            if before.is_some_and(|row| row.state != state::SUSPECT) {
                continue;
            }
            match self.take_one(session, &key, *uid).await? {
                Taken::Kept => kept.push(*uid),
                Taken::Gone => {}
                Taken::Not(reason) => unfetched.push(Unfetched { key, uid: *uid, reason }),
            }
            if let Some(row) = before {
                self.desk.is_settled(row.id).await?;
            }
        }
        if !unfetched.is_empty() {
            self.desk.pass_over(&self.channel(), &unfetched).await?;
        }
        self.mark(session, &kept).await
    }

    /// What the channel calls a mail.
    pub(super) fn key(&self, validity: u32, uid: u32) -> String {
        format!("{}/{validity}/{uid}", self.mailbox.folder)
    }

    /// Keeps one mail. Where the connection breaks over it, that is written down first.
    pub(super) async fn take_one(&self, session: &mut Connected, key: &str, uid: u32) -> Result<Taken, MailboxError> {
        match self.fetch(session, uid).await {
            Ok(Ok(raw)) => {
                self.keep(raw, key, uid).await?;
                Ok(Taken::Kept)
            }
            Ok(Err(not)) => Ok(not),
            Err(MailboxError::Protocol(Error::No(said) | Error::Bad(said))) => {
                Ok(Taken::Not(format!("the server does not hand it out: {}", shortened(&said))))
            }
            Err(broken) => {
                let what = shortened(&broken.to_string());
                let mail = Unfetched { key: key.to_owned(), uid, reason: what.clone() };
                self.desk.stumbled_over(&self.channel(), &mail).await?;
                Err(MailboxError::OverMail { uid, what })
            }
        }
    }

    /// The bytes of one mail, or why there are none. A mail that is too large is not even begun.
    async fn fetch(&self, session: &mut Connected, uid: u32) -> Result<Result<Vec<u8>, Taken>, MailboxError> {
        let size = timely(asked::size(session, uid)).await?;
        if let Some(size) = size.filter(|size| usize::try_from(*size).is_ok_and(|size| size > self.most)) {
            let most = self.most;
            let reason = format!("it has {size} bytes, and smtp.max_message_bytes takes {most} at most");
            return Ok(Err(Taken::Not(reason)));
        }
        Ok(match timely(asked::mail(session, uid)).await? {
            Found::Mail(raw) => Ok(raw),
            Found::Gone => Err(Taken::Gone),
            Found::Empty => Err(Taken::Not("the server hands out no bytes of it".to_owned())),
        })
    }

    async fn keep(&self, raw: Vec<u8>, key: &str, uid: u32) -> Result<(), MailboxError> {
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
        let received = self.desk.receive_once(incoming, key).await?;
        metrics::counter!(names::MESSAGES_RECEIVED, "channel" => self.channel()).increment(1);
        tracing::info!(id = %received.message_id, mailbox = %self.mailbox.name, uid, "kept");
        Ok(())
    }

    /// Only what is committed is marked as seen, or moved.
    pub(super) async fn mark(&self, session: &mut Connected, uids: &[u32]) -> Result<(), MailboxError> {
        if uids.is_empty() {
            return Ok(());
        }
        let set = asked::set(uids);
        timely(session.run_command_and_check_ok(format!("UID STORE {set} +FLAGS.SILENT (\\Seen)"))).await?;
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

/// What became of one mail of the mailbox.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Kept,
    /// Somebody took it out of the mailbox meanwhile.
    Gone,
    /// It cannot be fetched, for this reason.
    Not(String),
}

/// What a server said, in a line that a page can show.
fn shortened(said: &str) -> String {
    said.chars().filter(|c| !c.is_control()).take(300).collect()
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
