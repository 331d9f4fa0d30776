//! Access tokens for XOAUTH2 (RFC 6749, section 6), as Google and Microsoft hand them out for a refresh token.
//!
//! A token is used until shortly before it runs out. A server that hands out a new refresh token with it means that one to
//! be used from then on: it is kept, sealed, and counts for as long as the configured one that it came from stands.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::{MailboxError, Reader};
use crate::intake::http::Fetched;

/// No token is used when it has less than this left.
const SPARE: Duration = Duration::from_secs(120);
/// How long a token lasts whose server does not say so.
const USUAL: u64 = 600;

/// The access token in hand.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Arc<Mutex<Option<Access>>>);

#[derive(Debug)]
struct Access {
    token: SecretString,
    until: Instant,
}

/// A refresh token that replaced the configured one.
#[derive(Serialize, Deserialize)]
struct Replaced {
    /// The digest of the configured one, so that a new one in the configuration wins.
    configured: String,
    refresh: String,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
}

impl Tokens {
    /// Forgets the token: the mailbox's server does not take it.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

impl Reader {
    /// An access token, and whether it is one from before.
    pub(super) async fn token(&self) -> Result<(SecretString, bool), MailboxError> {
        let mut held = self.tokens.0.lock().await;
        if let Some(access) = held.as_ref().filter(|access| access.until > Instant::now()) {
            return Ok((access.token.clone(), true));
        }
        let asked = Instant::now();
        let answer = self.refreshed().await?;
        let lasts = Duration::from_secs(answer.expires_in.unwrap_or(USUAL));
        let token = SecretString::from(answer.access_token);
        *held = Some(Access { token: token.clone(), until: asked + lasts.saturating_sub(SPARE) });
        Ok((token, false))
    }

    /// A new access token. A replaced refresh token that is refused may have been withdrawn by a person who then configured
    /// nothing new, so the configured one has the last word.
    async fn refreshed(&self) -> Result<Answer, MailboxError> {
        let configured = self.mailbox.refresh_token.expose();
        let stood = hex::encode(digest(&SHA256, configured.as_bytes()));
        let kept = self.desk.mailbox_token(&self.channel()).await?;
        let replaced = kept.and_then(|text| serde_json::from_str::<Replaced>(&text).ok());
        let replaced = replaced.filter(|kept| kept.configured == stood).map(|kept| SecretString::from(kept.refresh));
        let answer = match &replaced {
            Some(refresh) => match self.ask_for_token(refresh.expose_secret()).await {
                Err(MailboxError::Refused { .. }) => self.ask_for_token(configured).await?,
                other => other?,
            },
            None => self.ask_for_token(configured).await?,
        };
        let used = replaced.as_ref().map_or(configured, |kept| kept.expose_secret());
        if let Some(refresh) = answer.refresh_token.clone().filter(|new| new != used) {
            let words = serde_json::to_string(&Replaced { configured: stood, refresh }).unwrap_or_default();
            self.desk.keep_mailbox_token(&self.channel(), &words).await?;
        }
        Ok(answer)
    }

    async fn ask_for_token(&self, refresh: &str) -> Result<Answer, MailboxError> {
        let mailbox = &self.mailbox;
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("client_id", mailbox.client_id.as_str()),
            ("refresh_token", refresh),
        ];
        if !mailbox.client_secret.is_empty() {
            form.push(("client_secret", mailbox.client_secret.expose()));
        }
        if !mailbox.scope.is_empty() {
            form.push(("scope", mailbox.scope.as_str()));
        }
        let asked = self.http.client().post(&mailbox.token_url).form(&form);
        let answer = self.http.send(asked).await?;
        let refused = |what: String| MailboxError::Refused { username: mailbox.username.clone(), what };
        if is_refusal(&answer) {
            // The refresh token was withdrawn, or the client's secret has run out: a person has to consent anew.
            let said: String = String::from_utf8_lossy(&answer.body).chars().take(200).collect();
            return Err(refused(format!("{} gives no token: {said}", mailbox.token_url)));
        }
        let body = answer.success()?.body;
        serde_json::from_slice(&body).map_err(|error| refused(format!("{}: {error}", mailbox.token_url)))
    }
}

/// Whether asking again is of no use. "Too many requests" and "too slow" pass by themselves.
fn is_refusal(answer: &Fetched) -> bool {
    answer.status.is_client_error() && !matches!(answer.status.as_u16(), 408 | 425 | 429)
}
