//! What is read again and again: status pages, feeds, and providers' APIs; one file each.
//!
//! One process at a time has a source in hand; when it is due again is `schedule`'s. What is found is kept under the source's
//! own name for it, and only then is noted how far the source was read (`cursor`), so one that is read again after a crash
//! gives nothing twice. It must not judge what it found.

mod aws;
mod cursor;
mod endoflife;
mod feed;
mod health;
mod rds;
mod schedule;
mod statuspage;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::http::{Fetched, Http, HttpError};
use crate::config::{Poll, Source};
use crate::desk::history::Choice;
use crate::desk::{Desk, DeskError, Incoming};
use crate::notice::fact::Authenticity;
use crate::store::channels;
use crate::telemetry::names;
use cursor::Cursor;

/// Wakes the pollers: a hint came that there is something new.
pub type Wake = Arc<Notify>;

/// How often to look whether a source is due.
const LOOK: Duration = Duration::from_secs(5);

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    #[error("{url}: {source}")]
    Http { url: String, source: HttpError },
    #[error("{url}: the answer cannot be read: {what}")]
    Answer { url: String, what: String },
    #[error("{0}")]
    Credentials(String),
    #[error("poll.sources: {0}")]
    Setting(String),
    #[error("another process has it in hand by now")]
    Lost,
    #[error("the database: {0}")]
    Desk(#[from] DeskError),
}

impl PollError {
    /// How long the server asks to be left alone.
    const fn wait(&self) -> Option<TimeDelta> {
        match self {
            Self::Http { source, .. } => source.wait(),
            _ => None,
        }
    }

    fn answer(url: &str, what: impl ToString) -> Self {
        Self::Answer { url: url.to_owned(), what: what.to_string() }
    }
}

/// One reading of a source, with what it needs.
pub struct Round<'a> {
    pub desk: &'a Desk,
    pub http: &'a Http,
    pub source: &'a Source,
    /// Tells this process from others.
    holder: &'a str,
    /// Where the last one ended.
    cursor: Cursor,
    /// Nobody ever read it before.
    first: bool,
    /// From which date people want its past acted on, where they have just said so.
    choice: Option<Choice>,
}

/// Something found.
pub struct Found {
    pub raw: Vec<u8>,
    pub media: &'static str,
    /// The source's own name for it; the same again is the same message.
    pub key: String,
    pub authenticity: Authenticity,
    pub reason: String,
}

impl Round<'_> {
    /// Keeps what was found; says whether it was new.
    async fn keep(&self, found: Found) -> Result<bool, PollError> {
        let channel = channel(self.source);
        let incoming = Incoming {
            channel: channel.clone(),
            raw: found.raw,
            media: Some(found.media.to_owned()),
            envelope_from: None,
            envelope_to: Vec::new(),
            authenticity: found.authenticity,
            authenticity_reason: found.reason,
            received_at: self.desk.clock.now(),
        };
        let received = self.desk.receive_once(incoming, &found.key).await?;
        let new = received.duplicate.is_none_or(|earlier| earlier != received.message_id);
        if new {
            metrics::counter!(names::MESSAGES_RECEIVED, "channel" => channel.clone()).increment(1);
            tracing::info!(id = %received.message_id, channel, "kept");
        }
        Ok(new)
    }

    /// A page, where it has changed since it was noted last. The first reading, and one that goes back to the past, want all.
    async fn changed(&self, url: &str) -> Result<Option<Fetched>, PollError> {
        let failed = |source| PollError::Http { url: url.to_owned(), source };
        let mut request = self.http.client().get(url);
        let known = self.cursor.validators(url).filter(|_| !self.first && self.choice.is_none());
        if let Some(etag) = known.and_then(|known| known.etag.as_deref()) {
            request = request.header("if-none-match", etag);
        }
        if let Some(modified) = known.and_then(|known| known.modified.as_deref()) {
            request = request.header("if-modified-since", modified);
        }
        let fetched = self.http.send(request).await.map_err(failed)?;
        if fetched.status == reqwest::StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        fetched.success().map(Some).map_err(failed)
    }

    /// Of all that a source tells at once, each with when it was told, what is to be acted on. At the first reading a long past
    /// is counted and asked about, and left alone until people have answered.
    async fn wanted<T>(&mut self, told: Vec<(Option<DateTime<Utc>>, T)>) -> Result<Vec<T>, PollError> {
        if self.first {
            let times: Vec<_> = told.iter().map(|(at, _)| *at).collect();
            if let Some(history) = cursor::past(&times, self.desk.history_days()) {
                self.desk.ask_about_history(&channel(self.source), self.holder, &history).await?;
                self.cursor.from = Some(history.before);
            }
        }
        if let Some(Choice::Since(day)) = self.choice {
            self.cursor.from = Some(day);
        }
        Ok(told.into_iter().filter(|(at, _)| self.cursor.acts_on(*at)).map(|(_, one)| one).collect())
    }
}

/// The channel that a source feeds.
#[must_use]
pub fn channel(source: &Source) -> String {
    format!("poll/{}", source.name)
}

/// Whether what was read may be believed to be its page's own: only where nobody on the way could alter it.
fn by_https(url: &str) -> Authenticity {
    if url.starts_with("https://") { Authenticity::Verified } else { Authenticity::Unverified }
}

/// A process's way to its sources.
#[derive(Clone)]
pub struct Poller {
    pub desk: Desk,
    pub http: Http,
    /// Tells this process from others.
    pub holder: String,
    /// When it dies with a source in hand, another takes over after so long. While it lives it holds on.
    pub lease: Duration,
}

impl Poller {
    /// Reads sources as they become due, until `shutdown`.
    pub async fn run(self, sources: Vec<Source>, wake: Wake, shutdown: CancellationToken) {
        loop {
            let woken = wake.notified();
            for source in &sources {
                if shutdown.is_cancelled() {
                    return;
                }
                if let Err(error) = self.look(source).await {
                    tracing::error!(source = %source.name, %error, "a source could not be looked after; it will be tried again");
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = woken => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Reads one source, where it is due and nobody else has it in hand. Says whether it did.
    ///
    /// # Errors
    /// Where the database does not answer. A source that cannot be read is no error here: it is told with its channel.
    pub async fn look(&self, source: &Source) -> Result<bool, DeskError> {
        let (id, store) = (channel(source), &self.desk.store);
        let Some(taken) = channels::take(store, &id, &self.holder, self.lease()).await? else { return Ok(false) };
        let mut round = Round {
            desk: &self.desk,
            http: &self.http,
            source,
            holder: &self.holder,
            cursor: Cursor::parse(taken.cursor.as_deref()),
            first: taken.cursor.is_none() && taken.well_at.is_none(),
            choice: self.desk.history_choice(&id).await?,
        };
        let every = TimeDelta::seconds(source.every().into());
        let [chance] = self.desk.entropy.bytes::<1>();
        match self.holding(&id, read(&mut round)).await {
            Ok(()) => {
                let (cursor, answered) = (round.cursor.written(), round.choice.is_some());
                channels::keep_cursor(store, &id, &self.holder, &cursor).await?;
                if answered {
                    self.desk.history_is_done(&id, &self.holder).await?;
                }
                channels::give_back(store, &id, &self.holder, None, schedule::after_success(every, chance)).await?;
            }
            Err(error) => {
                tracing::warn!(source = %source.name, %error, failures = taken.failures + 1, "a source could not be read");
                let pause = schedule::after_failure(every, taken.failures, error.wait(), chance);
                channels::give_back(store, &id, &self.holder, Some(&error.to_string()), pause).await?;
            }
        }
        Ok(true)
    }

    fn lease(&self) -> TimeDelta {
        TimeDelta::from_std(self.lease).unwrap_or(TimeDelta::MAX)
    }

    /// Holds on to a source while it is read, and stops reading where it was lost.
    async fn holding(&self, id: &str, reading: impl Future<Output = Result<(), PollError>>) -> Result<(), PollError> {
        tokio::pin!(reading);
        loop {
            tokio::select! {
                read = &mut reading => return read,
                () = tokio::time::sleep(self.lease / 3) => {
                    let held = channels::hold(&self.desk.store, id, &self.holder, self.lease()).await;
                    if !held.map_err(DeskError::from)? {
                        return Err(PollError::Lost);
                    }
                }
            }
        }
    }
}

async fn read(round: &mut Round<'_>) -> Result<(), PollError> {
    match round.source.adapter {
        Poll::Statuspage => statuspage::read(round).await,
        Poll::Feed => feed::read(round).await,
        Poll::Endoflife => endoflife::read(round).await,
        Poll::Rds => rds::read(round).await,
        Poll::Health => health::read(round).await,
    }
}
