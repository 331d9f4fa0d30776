//! Mails that a mailbox does not hand out. One such never stops the rest, and it is not lost in silence: administrators are
//! told, it is listed with its channel, and it is tried again when somebody asks and once a day by itself.

use std::collections::HashMap;

use chrono::TimeDelta;
use uuid::Uuid;

use crate::clock::machine_now;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic};
use crate::store::entity::passed_over::Model;
use crate::store::passed_over::{self as rows, state};
use crate::store::{At, channels};

/// So often may the connection break over one mail before that mail is held to be the cause.
const STUMBLES: i32 = 3;
/// By itself, a mail is tried again after so long.
const REST: TimeDelta = TimeDelta::days(1);
/// An alarm names so many; the page lists all.
const NAMED: usize = 10;
/// What refresh tokens are sealed for.
const PURPOSE: &str = "mailbox-token";

/// A mail that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfetched {
    /// What the source calls it, such as `INBOX/1700000000/17`.
    pub key: String,
    pub uid: u32,
    /// One sentence for people.
    pub reason: String,
}

impl Desk {
    /// The mails of a channel with which there was trouble, by their keys.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn troubled_mails(&self, channel: &str) -> Result<HashMap<String, Model>, DeskError> {
        Ok(rows::of_channel(self.store.reader(), channel).await?)
    }

    /// Leaves mails where they lie: lists them and tells the administrators of those that are new.
    ///
    /// # Errors
    /// When the database does not answer; nothing was passed over then.
    pub async fn pass_over(&self, channel: &str, mails: &[Unfetched]) -> Result<(), DeskError> {
        let known = rows::of_channel(self.store.reader(), channel).await?;
        let is_new = |mail: &&Unfetched| known.get(&mail.key).is_none_or(|row| row.state == state::SUSPECT);
        let new: Vec<&Unfetched> = mails.iter().filter(is_new).collect();
        // Told before they are listed: whoever dies in between tells again under the same key, which is nothing.
        if let Some(first) = new.first() {
            let what = format!(
                "{} of {channel} cannot be fetched",
                if new.len() == 1 { "A mail".to_owned() } else { format!("{} mails", new.len()) }
            );
            let named = new.iter().take(NAMED).map(|mail| format!("UID {}: {}", mail.uid, mail.reason));
            let rest = new.len().saturating_sub(NAMED);
            let mut details: Vec<String> = named.collect();
            details.extend((rest > 0).then(|| format!("And {rest} more.")));
            details.push("The others are read. What cannot be fetched stays in the mailbox as it is.".to_owned());
            self.alarm(channel, format!("alarm/passed-over/{channel}/{}", first.key), what, details).await?;
        }
        for mail in mails {
            tracing::error!(channel, uid = mail.uid, reason = %mail.reason, "a mail is passed over; the others go on");
            rows::failed(self.store.writer(), self.troubled(channel, mail, state::PASSED_OVER)).await?;
        }
        self.hub.tell(Topic::Message, None);
        Ok(())
    }

    /// The connection broke while this mail was fetched. After some times it is passed over.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn stumbled_over(&self, channel: &str, mail: &Unfetched) -> Result<(), DeskError> {
        let times = rows::failed(self.store.writer(), self.troubled(channel, mail, state::SUSPECT)).await?;
        if times < STUMBLES {
            return Ok(());
        }
        let reason = format!("the connection broke {times} times while it was fetched, last so: {}", mail.reason);
        self.pass_over(channel, &[Unfetched { reason, ..mail.clone() }]).await
    }

    fn troubled(&self, channel: &str, mail: &Unfetched, state: &str) -> Model {
        let now = At::from(machine_now());
        Model {
            id: self.ids.id(),
            channel: channel.to_owned(),
            key: mail.key.clone(),
            uid: mail.uid.into(),
            state: state.to_owned(),
            reason: mail.reason.clone(),
            attempts: 1,
            since: now,
            tried_at: now,
        }
    }

    /// The mails of a channel that are to be tried again now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mails_to_try(&self, channel: &str) -> Result<Vec<Model>, DeskError> {
        Ok(rows::due(self.store.reader(), channel, At::from(machine_now() - REST)).await?)
    }

    /// A mail came after all, or is no longer in the mailbox.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_settled(&self, id: Uuid) -> Result<(), DeskError> {
        rows::forget(self.store.writer(), id).await?;
        self.hub.tell(Topic::Message, None);
        Ok(())
    }

    /// Has a mail tried again that was passed over. The mailbox's reader does so within a minute.
    ///
    /// # Errors
    /// `NotFound` where it is not on the channel's list.
    pub async fn try_mail_again(&self, channel: &str, id: Uuid) -> Result<(), DeskError> {
        if !rows::again(self.store.writer(), channel, id).await? {
            return Err(DeskError::NotFound { what: "mail passed over in this channel", id: id.to_string() });
        }
        self.hub.tell(Topic::Message, None);
        Ok(())
    }

    /// The refresh token that a mailbox's server gave last, where it replaced one that was configured. Sealed in the database.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mailbox_token(&self, channel: &str) -> Result<Option<String>, DeskError> {
        let sealed = channels::tokens(self.store.reader(), channel).await?;
        let opened = sealed.and_then(|sealed| self.keyring.open(PURPOSE, channel.as_bytes(), &sealed));
        Ok(opened.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// Keeps the refresh token that a mailbox's server gave.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keep_mailbox_token(&self, channel: &str, token: &str) -> Result<(), DeskError> {
        let sealed = self.keyring.seal(PURPOSE, channel.as_bytes(), token.as_bytes(), &self.entropy);
        transact!(self, |txn| Ok(channels::keep_tokens(txn, channel, &sealed).await?))
    }
}
