//! What lies in a mailbox, on a status page or in a feed that is read for the first time: counted, shown, and acted on from
//! the date that a person gives.
//!
//! Years of it are a flood, to the reader and to people. What is older than a fortnight therefore waits for an answer;
//! what came since, and whatever comes, is taken in at once. Nothing of it is touched meanwhile.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic};
use crate::notice::letter::{Alarm, Body};
use crate::store::channels;

/// What is no older than this is taken in without asking.
const FRESH: TimeDelta = TimeDelta::days(14);
/// So many that are older flood nobody, and are taken in without asking.
pub const FEW: usize = 20;

/// What is old in a mailbox or at a source, while it waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct History {
    /// It came before this day.
    pub before: NaiveDate,
    pub count: u64,
    /// How much of it came on a day or after it, the nearest day first.
    pub ages: Vec<Age>,
}

/// How much came since a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Age {
    pub since: NaiveDate,
    pub count: u64,
}

/// What people answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// What came on this day or after it.
    Since(NaiveDate),
    /// Nothing: it stays where it lies.
    Nothing,
}

impl Desk {
    /// The day before which something counts as old, and the days that its counts are told for.
    #[must_use]
    pub fn history_days(&self) -> (NaiveDate, Vec<NaiveDate>) {
        let today = self.clock.now().date_naive();
        let ago = |days| today - TimeDelta::days(days);
        ((self.clock.now() - FRESH).date_naive(), [30, 90, 365].map(ago).to_vec())
    }

    /// Shows what lies in a mailbox or at a source and asks administrators from which date to act on it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ask_about_history(&self, channel: &str, holder: &str, history: &History) -> Result<(), DeskError> {
        let words = serde_json::to_string(history).unwrap_or_default();
        channels::ask_about_history(&self.store, channel, holder, &words).await?;
        let (old, things) =
            if channel.starts_with("poll/") { ("what is old", "entries") } else { ("old mail", "mails") };
        let body = Body::Alarm(Alarm {
            what: format!("{channel}: from which date is {old} to be acted on?"),
            details: vec![
                format!("{} {things} in it came before {}.", history.count, history.before.format("%-d %B %Y")),
                "They wait where they are. What came since then, and what comes, is read already.".to_owned(),
            ],
            advice: "Choose a date on the page of channels. What has passed by now opens as history and asks nobody."
                .to_owned(),
            path: "/intake/channels".to_owned(),
        });
        let key = format!("alarm/history/{channel}/{}", history.before);
        transact!(self, |txn| self.alarm_administrators(txn, &key, body.clone()).await)?;
        tracing::info!(
            channel,
            count = history.count,
            "what is old waits until somebody says from which date to act on it"
        );
        self.hub.tell(Topic::Message, None);
        self.wake.notify_one();
        Ok(())
    }

    /// Says from which date what is old is acted on. Its reader does so within a minute.
    ///
    /// # Errors
    /// `NotFound` where nothing was asked; `Invalid` for a date that is none of the past.
    pub async fn choose_history(&self, channel: &str, choice: Choice) -> Result<(), DeskError> {
        if let Choice::Since(day) = choice
            && day > self.clock.now().date_naive()
        {
            return Err(DeskError::Invalid { field: "since", message: format!("{day} is not in the past") });
        }
        let words = match choice {
            Choice::Since(day) => day.to_string(),
            Choice::Nothing => "none".to_owned(),
        };
        if !channels::choose_history(&self.store, channel, &words).await? {
            return Err(DeskError::NotFound { what: "question about old mail of", id: channel.to_owned() });
        }
        channels::due_now(&self.store, channel).await?;
        self.hub.tell(Topic::Message, None);
        Ok(())
    }

    /// What people answered about what is old in a channel; none where they have not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn history_choice(&self, channel: &str) -> Result<Option<Choice>, DeskError> {
        let words = channels::history_choice(self.store.reader(), channel).await?;
        Ok(words.map(|words| words.parse().map_or(Choice::Nothing, Choice::Since)))
    }

    /// What is old was dealt with as people said.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn history_is_done(&self, channel: &str, holder: &str) -> Result<(), DeskError> {
        channels::history_is_done(&self.store, channel, holder).await?;
        self.hub.tell(Topic::Message, None);
        Ok(())
    }
}
