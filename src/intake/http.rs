//! How the doors ask others over HTTP: pollers their APIs, hooks for the keys that prove a sender.
//!
//! Every answer is bounded in size and time. It must not follow a redirect: where a key or a confirmation comes from is
//! checked before asking, and a redirect would lead elsewhere.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, ClientBuilder, RequestBuilder, StatusCode, redirect};

use crate::clock::machine_now;

/// No answer that is wanted is larger.
const MOST: usize = 20 * 1024 * 1024;

/// A client; clones share its connections.
#[derive(Debug, Clone)]
pub struct Http(Client);

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("{}", told(.0))]
    Failed(#[from] reqwest::Error),
    #[error("the answer is larger than {MOST} bytes")]
    TooLarge,
    #[error("the answer was {status}: {start}")]
    Refused {
        status: StatusCode,
        start: String,
        /// How long the server asks to be left alone (RFC 9110, 10.2.3).
        wait: Option<TimeDelta>,
    },
}

impl HttpError {
    /// How long the server asks to be left alone, where it says so.
    #[must_use]
    pub const fn wait(&self) -> Option<TimeDelta> {
        match self {
            Self::Refused { wait, .. } => *wait,
            _ => None,
        }
    }
}

/// The error with its causes, without the address: that may carry a secret.
fn told(error: &reqwest::Error) -> String {
    let mut words = if error.is_timeout() { "it took too long".to_owned() } else { "it cannot be reached".to_owned() };
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        words.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    words
}

impl Http {
    /// # Errors
    /// Where the system's certificates cannot be read.
    pub fn new() -> Result<Self, HttpError> {
        Self::on(Client::builder())
    }

    /// The same rules on a client that finds names, or believes certificates, in another way.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn on(builder: ClientBuilder) -> Result<Self, HttpError> {
        let client = builder
            .timeout(Duration::from_secs(30))
            .connect_timeout(Duration::from_secs(10))
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self(client))
    }

    /// The client itself, to put a request together with.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0
    }

    /// Sends a request and takes the whole answer, whatever its status.
    ///
    /// # Errors
    /// Where nothing answers in time, or too much.
    pub async fn send(&self, request: RequestBuilder) -> Result<Fetched, HttpError> {
        let request = request.header(USER_AGENT, concat!("countersign/", env!("CARGO_PKG_VERSION")));
        let mut response = request.send().await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MOST {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Fetched { status: response.status(), headers: response.headers().clone(), body })
    }

    /// The body of a page that must be there.
    ///
    /// # Errors
    /// As [`Http::send`], and where the answer is no success.
    pub async fn get(&self, url: &str) -> Result<Vec<u8>, HttpError> {
        self.send(self.0.get(url)).await?.success().map(|fetched| fetched.body)
    }
}

impl Fetched {
    /// # Errors
    /// Where the status is none of success, with the start of what was said.
    pub fn success(self) -> Result<Self, HttpError> {
        if self.status.is_success() {
            return Ok(self);
        }
        let start = String::from_utf8_lossy(&self.body).chars().filter(|c| !c.is_control()).take(200).collect();
        let wait = self.header(RETRY_AFTER.as_str()).and_then(|written| asked_to_wait(written, machine_now()));
        Err(HttpError::Refused { status: self.status, start, wait })
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// `Retry-After`: a number of seconds, or the time of day from when on.
fn asked_to_wait(written: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let written = written.trim();
    if let Ok(seconds) = written.parse::<u32>() {
        return Some(TimeDelta::seconds(seconds.into()));
    }
    let from = DateTime::parse_from_rfc2822(written).ok()?.with_timezone(&Utc);
    Some((from - now).max(TimeDelta::zero()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_time() {
        let now: DateTime<Utc> = "2024-06-01T08:00:00Z".parse().unwrap();
        for (written, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sat, 01 Jun 2024 08:05:00 GMT", Some(300)),
            ("Sat, 01 Jun 2024 07:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ] {
            assert_eq!(asked_to_wait(written, now).map(|wait| wait.num_seconds()), seconds, "{written:?}");
        }
    }
}
