//! A mailbox that is read for the first time: what is old in it is counted and waits until people say from which date to act.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::connection::Connected;
use super::fetch::{BATCH, timely};
use super::{Cursor, MailboxError, Reader, asked};
use crate::desk::DeskError;
use crate::desk::history::{Age, Choice, FEW, History};
use crate::store::channels;

/// Old mails that wait for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    /// They came before this day (by the mailbox's own date, RFC 9051, 2.3.3).
    before: NaiveDate,
    /// No UID of theirs is greater: what is moved into the mailbox later is new, whatever its date.
    upto: u32,
}

impl Reader {
    /// Where to begin a mailbox that was never read: at its first mail, or, where much of it is old, at what is not.
    pub(super) async fn begin(&self, session: &mut Connected, validity: u32) -> Result<Cursor, MailboxError> {
        let (before, days) = self.desk.history_days();
        let old = search(session, &format!("UNDELETED BEFORE {}", written(before))).await?;
        if old.len() <= FEW {
            return Ok(Cursor { validity, upto: 0, held: None });
        }
        let mut ages = Vec::with_capacity(days.len());
        for since in days {
            let found =
                search(session, &format!("UNDELETED SINCE {} BEFORE {}", written(since), written(before))).await?;
            ages.push(Age { since, count: found.len() as u64 });
        }
        let history = History { before, count: old.len() as u64, ages };
        self.desk.ask_about_history(&self.channel(), &self.holder, &history).await?;
        let upto = old.last().copied().unwrap_or(0);
        Ok(Cursor { validity, upto: 0, held: Some(Held { before, upto }) })
    }

    /// The UIDs beyond the cursor that do not wait for an answer, in order.
    pub(super) async fn fresh(&self, session: &mut Connected, cursor: &Cursor) -> Result<BTreeSet<u32>, MailboxError> {
        let beyond = |uid: u32| format!("UID {}:* UNDELETED", uid.saturating_add(1));
        // "n:*" names the last mail even where it is before n (RFC 9051, 9).
        let Some(held) = cursor.held else {
            let mut found = search(session, &beyond(cursor.upto)).await?;
            found.retain(|uid| *uid > cursor.upto);
            return Ok(found);
        };
        let recent = format!("{} SINCE {}", beyond(cursor.upto), written(held.before));
        let mut found = search(session, &recent).await?;
        let later = search(session, &beyond(held.upto.max(cursor.upto))).await?;
        found.extend(later.into_iter().filter(|uid| *uid > held.upto));
        found.retain(|uid| *uid > cursor.upto);
        Ok(found)
    }

    /// Takes in the old mails that people want acted on, once they have said so; the others stay where they lie.
    pub(super) async fn take_history(&self, session: &mut Connected, cursor: Cursor) -> Result<Cursor, MailboxError> {
        let Some(held) = cursor.held else { return Ok(cursor) };
        let Some(choice) = self.desk.history_choice(&self.channel()).await? else { return Ok(cursor) };
        if let Choice::Since(day) = choice {
            let wanted =
                format!("UID 1:{} UNDELETED SINCE {} BEFORE {}", held.upto, written(day), written(held.before));
            let found: Vec<u32> = search(session, &wanted).await?.into_iter().collect();
            tracing::info!(mailbox = %self.mailbox.name, mails = found.len(), since = %day, "old mail is taken in");
            // Begun anew after a crash: a UID that was kept already is kept once.
            for some in found.chunks(BATCH) {
                self.keep_all(session, cursor.validity, some).await?;
                self.hold().await?;
            }
        }
        let done = Cursor { held: None, ..cursor };
        let words = serde_json::to_string(&done).unwrap_or_default();
        let ours = channels::keep_cursor(&self.desk.store, &self.channel(), &self.holder, &words).await;
        if !ours.map_err(DeskError::from)? {
            return Err(MailboxError::Lost);
        }
        self.desk.history_is_done(&self.channel(), &self.holder).await?;
        Ok(done)
    }
}

async fn search(session: &mut Connected, wanted: &str) -> Result<BTreeSet<u32>, MailboxError> {
    timely(asked::search(session, wanted)).await
}

/// A day as IMAP writes it: `1-Jun-2024`.
fn written(day: NaiveDate) -> String {
    day.format("%-d-%b-%Y").to_string()
}
