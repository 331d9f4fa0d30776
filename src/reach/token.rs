//! Access tokens, fetched from where a provider hands them out: for a refresh token (RFC 6749, section 6), or for the
//! application itself (section 4.4), and kept as long as they are good.
//!
//! Google and Microsoft both do so. A token is never logged, and what a provider answers to a refusal is cut short.

use std::time::{Duration, Instant};

use reqwest::{Client, redirect};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::config::Secret;

/// A token is fetched anew so long before it ends.
const BEFORE: Duration = Duration::from_secs(120);
/// How long a token is good where the provider does not say (RFC 6749, 5.1 recommends that it does).
const LIFE: u64 = 3600;

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

/// Tokens of one grant.
pub struct Tokens {
    grant: Grant,
    http: Client,
    kept: Mutex<Kept>,
}

struct Kept {
    token: Option<(Secret, Instant)>,
    /// The newest: Microsoft hands out another with each token.
    refresh: Secret,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
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
        Ok(Self { grant, http, kept: Mutex::new(Kept { token: None, refresh }) })
    }

    /// A token that is good for a while yet, and whether it was fetched just now. Whoever asks meanwhile waits for the same.
    ///
    /// # Errors
    /// Where none is given; the reason, in words.
    pub async fn current(&self) -> Result<(Secret, bool), String> {
        let mut kept = self.kept.lock().await;
        if let Some((token, until)) = &kept.token
            && Instant::now() < *until
        {
            return Ok((token.clone(), false));
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
        let told = |what: String| format!("{} gives no token: {what}", grant.url);
        let mut form = vec![("client_id", grant.client_id.as_str())];
        if kept.refresh.is_empty() {
            form.push(("grant_type", "client_credentials"));
        } else {
            form.extend([("grant_type", "refresh_token"), ("refresh_token", kept.refresh.expose())]);
        }
        form.extend(Some(("client_secret", grant.client_secret.expose())).filter(|(_, secret)| !secret.is_empty()));
        form.extend(Some(("scope", grant.scope.as_str())).filter(|(_, scope)| !scope.is_empty()));
        let answered = self.http.post(&grant.url).form(&form).send().await;
        let answer = answered.map_err(|error| told(error.without_url().to_string()))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| told(error.without_url().to_string()))?;
        if !status.is_success() {
            let start: String = String::from_utf8_lossy(&body).chars().filter(|c| !c.is_control()).take(200).collect();
            return Err(told(format!("HTTP {} {start}", status.as_u16())));
        }
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| told("its answer holds none".to_owned()))?;
        let token = Secret::from(answer.access_token);
        let life = Duration::from_secs(answer.expires_in.unwrap_or(LIFE));
        kept.token = Some((token.clone(), asked + life.saturating_sub(BEFORE)));
        if let Some(refresh) = answer.refresh_token.filter(|next| !next.is_empty()) {
            kept.refresh = refresh.into();
        }
        Ok(token)
    }
}
