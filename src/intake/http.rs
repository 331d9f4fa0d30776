//! How the doors ask others over HTTP: pollers their APIs, hooks for the keys that prove a sender.
//!
//! Every answer is bounded in size and time. It must not follow a redirect: where a key or a confirmation comes from is
//! checked before asking, and a redirect would lead elsewhere.

use std::time::Duration;

use reqwest::header::{HeaderMap, USER_AGENT};
use reqwest::{Client, RequestBuilder, StatusCode, redirect};

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
    Refused { status: StatusCode, start: String },
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
        let client = Client::builder()
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
        Err(HttpError::Refused { status: self.status, start })
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
