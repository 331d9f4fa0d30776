//! What is read again and again: status pages, feeds, and providers' APIs; one file each.
//!
//! Owns the schedule: one process at a time has a source in hand, each is due after its own pause with some chance in it,
//! and one that fails is left alone for longer and longer. What is found is kept under the source's own name for it, so a
//! source that is read again after a crash gives nothing twice. It must not judge what it found.

mod aws;
mod endoflife;
mod feed;
mod health;
mod rds;
mod statuspage;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::http::{Fetched, Http, HttpError};
use crate::config::{Poll, Source};
use crate::desk::{Desk, DeskError, Incoming};
use crate::notice::fact::Authenticity;
use crate::store::channels;
use crate::telemetry::names;

/// Wakes the pollers: a hint came that there is something new.
pub type Wake = Arc<Notify>;

/// How long one reading of a source may take before another process may begin it anew.
const LEASE: TimeDelta = TimeDelta::minutes(10);
/// How often to look whether a source is due.
const LOOK: Duration = Duration::from_secs(5);
/// The longest pause after failures.
const MOST_PAUSE: TimeDelta = TimeDelta::hours(1);

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
    #[error("the database: {0}")]
    Desk(#[from] DeskError),
}

impl PollError {
    fn answer(url: &str, what: impl ToString) -> Self {
        Self::Answer { url: url.to_owned(), what: what.to_string() }
    }
}

/// One reading of a source, with what it needs.
pub struct Round<'a> {
    pub desk: &'a Desk,
    pub http: &'a Http,
    pub source: &'a Source,
    /// Where the last one ended; each adapter's own words.
    pub cursor: Option<String>,
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

    /// A page that may not have changed since `etag`: none where it has not.
    async fn changed(&self, url: &str, etag: Option<&str>) -> Result<Option<Fetched>, PollError> {
        let failed = |source| PollError::Http { url: url.to_owned(), source };
        let mut request = self.http.client().get(url);
        if let Some(etag) = etag {
            request = request.header("if-none-match", etag);
        }
        let fetched = self.http.send(request).await.map_err(failed)?;
        if fetched.status == reqwest::StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        fetched.success().map(Some).map_err(failed)
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

/// Reads sources as they become due, until `shutdown`. `holder` tells this process from others.
pub async fn run(
    desk: Desk,
    http: Http,
    sources: Vec<Source>,
    holder: String,
    wake: Wake,
    shutdown: CancellationToken,
) {
    loop {
        let woken = wake.notified();
        for source in &sources {
            if shutdown.is_cancelled() {
                return;
            }
            if let Err(error) = look(&desk, &http, source, &holder).await {
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
pub async fn look(desk: &Desk, http: &Http, source: &Source, holder: &str) -> Result<bool, DeskError> {
    let id = channel(source);
    let Some(taken) = channels::take(&desk.store, &id, holder, LEASE).await? else { return Ok(false) };
    let round = Round { desk, http, source, cursor: taken.cursor };
    let read = match source.adapter {
        Poll::Statuspage => statuspage::read(&round).await,
        Poll::Feed => feed::read(&round).await,
        Poll::Endoflife => endoflife::read(&round).await,
        Poll::Rds => rds::read(&round).await,
        Poll::Health => health::read(&round).await,
    };
    let every = TimeDelta::seconds(source.every().into());
    match read {
        Ok(cursor) => {
            if let Some(cursor) = cursor {
                channels::keep_cursor(&desk.store, &id, holder, &cursor).await?;
            }
            channels::give_back(&desk.store, &id, holder, None, jittered(desk, every)).await?;
        }
        Err(error) => {
            tracing::warn!(source = %source.name, %error, failures = taken.failures + 1, "a source could not be read");
            let pause = jittered(desk, backed_off(every, taken.failures));
            channels::give_back(&desk.store, &id, holder, Some(&error.to_string()), pause).await?;
        }
    }
    Ok(true)
}

/// Up to a tenth more or less, so that replicas and sources do not all ask at once.
fn jittered(desk: &Desk, pause: TimeDelta) -> TimeDelta {
    let [chance] = desk.entropy.bytes::<1>();
    pause * (900 + i32::from(chance) * 200 / 255) / 1000
}

/// Twice as long after each failure, up to an hour, and never sooner than its own schedule.
fn backed_off(every: TimeDelta, failures: i32) -> TimeDelta {
    let times = 1 << failures.clamp(0, 6);
    (every.min(TimeDelta::minutes(1)) * times).min(MOST_PAUSE).max(every.min(MOST_PAUSE))
}
