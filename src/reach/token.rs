//! Access tokens, fetched from where a provider hands them out: for a refresh token (RFC 6749, section 6), or for the
//! application itself (section 4.4), and kept as long as they are good.
//!
//! Google and Microsoft both do so. A token is never logged, and what a provider answers to a refusal is cut short.

use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode, redirect};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::config::Secret;

/// A token is fetched anew so long before it ends.
const BEFORE: Duration = Duration::from_secs(120);
/// Seconds that a token is good where the provider does not say (RFC 6749, 5.1 recommends that it does).
const LIFE: u64 = 600;

/// What a token is asked for with.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Such as `https://oauth2.googleapis.com/token`.
    pub url: String,
    pub client_id: String,
    pub client_secret: Secret,
    /// Empty: the application asks for itself.
    pub refresh_token: Secret,
    pub scope: String,
}

/// A token that was handed out.
#[derive(Debug, Clone)]
pub struct Given {
    pub token: Secret,
    /// Until when it is used: shortly before it ends.
    pub until: Instant,
    /// Stands in the place of the refresh token that it was asked for with.
    pub refresh: Option<Secret>,
}

/// An answer without a token, in words.
#[derive(Debug)]
pub struct NotGiven {
    pub said: String,
    /// Asking again is of no use: a person has to consent anew, or the client's secret has run out.
    pub for_good: bool,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
}

impl Grant {
    /// The form that asks for a token with this refresh token; where it is empty, the application asks for itself.
    #[must_use]
    pub fn form<'a>(&'a self, refresh: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut form = vec![("client_id", self.client_id.as_str())];
        if refresh.is_empty() {
            form.push(("grant_type", "client_credentials"));
        } else {
            form.extend([("grant_type", "refresh_token"), ("refresh_token", refresh)]);
        }
        form.extend(Some(("client_secret", self.client_secret.expose())).filter(|(_, secret)| !secret.is_empty()));
        form.extend(Some(("scope", self.scope.as_str())).filter(|(_, scope)| !scope.is_empty()));
        form
    }

    /// What an answer gives that was asked for at `asked`.
    ///
    /// # Errors
    /// Where it gives none.
    pub fn given(&self, asked: Instant, status: StatusCode, body: &[u8]) -> Result<Given, NotGiven> {
        if !status.is_success() {
            let start: String = String::from_utf8_lossy(body).chars().filter(|c| !c.is_control()).take(200).collect();
            // "Too many requests" and "too slow" pass by themselves.
            let for_good = status.is_client_error() && !matches!(status.as_u16(), 408 | 425 | 429);
            return Err(self.nothing(&format!("HTTP {} {start}", status.as_u16()), for_good));
        }
        let answer: Answer = serde_json::from_slice(body).map_err(|_| self.nothing("its answer holds none", false))?;
        let life = Duration::from_secs(answer.expires_in.unwrap_or(LIFE));
        let refresh = answer.refresh_token.filter(|next| !next.is_empty()).map(Secret::from);
        Ok(Given { token: answer.access_token.into(), until: asked + life.saturating_sub(BEFORE), refresh })
    }

    /// That no token came, and why.
    #[must_use]
    pub fn nothing(&self, what: &str, for_good: bool) -> NotGiven {
        NotGiven { said: format!("{} gives no token: {what}", self.url), for_good }
    }
}

/// Tokens of one grant.
pub struct Tokens {
    grant: Grant,
    http: Client,
    kept: Mutex<Kept>,
}

struct Kept {
    given: Option<Given>,
    /// The newest: Microsoft hands out another with each token.
    refresh: Secret,
}

impl Tokens {
    /// # Errors
    /// Where no HTTP client can be made; the reason, in words.
    pub fn new(grant: Grant) -> Result<Self, String> {
        // Whoever set one before us set the same; with none, rustls could not choose.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| error.to_string())?;
        let refresh = grant.refresh_token.clone();
        Ok(Self { grant, http, kept: Mutex::new(Kept { given: None, refresh }) })
    }

    /// A token that is good for a while yet, and whether it was fetched just now. Whoever asks meanwhile waits for the same.
    ///
    /// # Errors
    /// Where none is given; the reason, in words.
    pub async fn current(&self) -> Result<(Secret, bool), String> {
        let mut kept = self.kept.lock().await;
        if let Some(given) = kept.given.as_ref().filter(|given| Instant::now() < given.until) {
            return Ok((given.token.clone(), false));
        }
        Ok((self.fetch(&mut kept).await?, true))
    }

    /// Another token than the one before.
    ///
    /// # Errors
    /// As [`Tokens::current`].
    pub async fn renewed(&self) -> Result<Secret, String> {
        self.fetch(&mut *self.kept.lock().await).await
    }

    async fn fetch(&self, kept: &mut Kept) -> Result<Secret, String> {
        let (grant, asked) = (&self.grant, Instant::now());
        let told = |error: reqwest::Error| grant.nothing(&error.without_url().to_string(), false).said;
        let answered = self.http.post(&grant.url).form(&grant.form(kept.refresh.expose())).send().await;
        let answer = answered.map_err(told)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(told)?;
        let given = grant.given(asked, status, &body).map_err(|none| none.said)?;
        if let Some(refresh) = &given.refresh {
            kept.refresh = refresh.clone();
        }
        let token = given.token.clone();
        kept.given = Some(given);
        Ok(token)
    }
}
