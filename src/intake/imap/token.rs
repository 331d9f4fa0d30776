//! Access tokens for XOAUTH2 (RFC 6749, section 6), as Google and Microsoft hand them out for a refresh token.
//!
//! A token is used until shortly before it runs out. A server that hands out a new refresh token with it means that one to
//! be used from then on: it is kept, sealed, and counts for as long as the configured one that it came from stands.

use std::sync::Arc;
use std::time::Instant;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::{MailboxError, Reader};
use crate::config::Secret;
use crate::reach::token::{Given, Grant};

/// The access token in hand.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Arc<Mutex<Option<Given>>>);

/// A refresh token that replaced the configured one.
#[derive(Serialize, Deserialize)]
struct Replaced {
    /// The digest of the configured one, so that a new one in the configuration wins.
    configured: String,
    refresh: String,
}

impl Tokens {
    /// Forgets the token: the mailbox's server does not take it.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

impl Reader {
    /// An access token, and whether it is one from before.
    pub(super) async fn token(&self) -> Result<(Secret, bool), MailboxError> {
        let mut held = self.tokens.0.lock().await;
        if let Some(given) = held.as_ref().filter(|given| given.until > Instant::now()) {
            return Ok((given.token.clone(), true));
        }
        let given = self.refreshed().await?;
        let token = given.token.clone();
        *held = Some(given);
        Ok((token, false))
    }

    /// A new access token. A replaced refresh token that is refused may have been withdrawn by a person who then configured
    /// nothing new, so the configured one has the last word.
    async fn refreshed(&self) -> Result<Given, MailboxError> {
        let configured = self.mailbox.refresh_token.expose();
        let stood = hex::encode(digest(&SHA256, configured.as_bytes()));
        let kept = self.desk.mailbox_token(&self.channel()).await?;
        let replaced = kept.and_then(|text| serde_json::from_str::<Replaced>(&text).ok());
        let replaced = replaced.filter(|kept| kept.configured == stood).map(|kept| Secret::from(kept.refresh));
        let given = match &replaced {
            Some(refresh) => match self.ask_for_token(refresh.expose()).await {
                Err(MailboxError::Refused { .. }) => self.ask_for_token(configured).await?,
                other => other?,
            },
            None => self.ask_for_token(configured).await?,
        };
        let used = replaced.as_ref().map_or(configured, Secret::expose);
        if let Some(new) = given.refresh.as_ref().map(Secret::expose).filter(|new| *new != used) {
            let replaced = Replaced { configured: stood, refresh: new.to_owned() };
            let words = serde_json::to_string(&replaced).unwrap_or_default();
            self.desk.keep_mailbox_token(&self.channel(), &words).await?;
        }
        Ok(given)
    }

    async fn ask_for_token(&self, refresh: &str) -> Result<Given, MailboxError> {
        let mailbox = &self.mailbox;
        let grant = Grant {
            url: mailbox.token_url.clone(),
            client_id: mailbox.client_id.clone(),
            client_secret: mailbox.client_secret.clone(),
            refresh_token: mailbox.refresh_token.clone(),
            scope: mailbox.scope.clone(),
        };
        let asked = Instant::now();
        let answer = self.http.send(self.http.client().post(&grant.url).form(&grant.form(refresh))).await;
        let given = match answer {
            Ok(answer) => grant.given(asked, answer.status, &answer.body),
            Err(error) => Err(grant.nothing(&error.to_string(), false)),
        };
        given.map_err(|none| match none.for_good {
            true => MailboxError::Refused { username: mailbox.username.clone(), what: none.said },
            false => MailboxError::Token(none.said),
        })
    }
}
