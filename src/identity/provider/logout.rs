//! What a provider says when it ends somebody's session by itself (OpenID Connect Back-Channel Logout 1.0).
//!
//! Owns how such a word is checked. Anybody may post one, so nothing in it counts before its signature holds, and a word
//! counts once. What it ends is `session`'s.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm as Algorithm};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::openid::known;
use super::{Provider, SKEW};
use crate::clock::machine_now;
use crate::config::Preset;
use crate::identity::IdentityError;

/// The event that makes a token one of these (section 2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// A word that is older is not taken, and its id is remembered for as long.
pub(in crate::identity) const COUNTS_FOR: TimeDelta = TimeDelta::minutes(10);
/// Keys are fetched for a word that no known key fits no more often than this: anybody can post one.
const AGAIN: TimeDelta = TimeDelta::minutes(1);
/// No real one is larger, in bytes.
const MOST: usize = 16 * 1024;

/// Whose session ended there, checked. At least one of the two is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::identity) struct Ended {
    /// The provider's own name for the person.
    pub subject: Option<String>,
    /// The session at the provider; without it, all of the person's that came from there end.
    pub session: Option<String>,
    /// What this word is called, so that it counts once.
    pub id: String,
}

#[derive(Deserialize)]
struct Head {
    alg: Algorithm,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: i64,
    exp: Option<i64>,
    jti: String,
    sub: Option<String>,
    sid: Option<String>,
    #[serde(default)]
    events: Map<String, Value>,
    nonce: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn holds(&self, client: &str) -> bool {
        match self {
            Self::One(one) => one == client,
            Self::Many(many) => many.iter().any(|one| one == client),
        }
    }
}

impl Provider {
    /// Whose session ended at the provider, by its signed word for it.
    ///
    /// # Errors
    /// [`IdentityError::Unproven`] says what does not hold; [`IdentityError::Provider`] where it cannot be asked for its keys.
    pub(in crate::identity) async fn ended(&self, token: &str) -> Result<Ended, IdentityError> {
        if self.settings.preset == Preset::Github || token.len() > MOST {
            return Err(wrong("no such word is taken from here"));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or_else(|| wrong("it is no token"))?;
        let (head, claims) = signed.split_once('.').ok_or_else(|| wrong("it is no token"))?;
        let head: Head = part(head).ok_or_else(|| wrong("its head names no algorithm that is known here"))?;
        if symmetric(&head.alg) {
            return Err(wrong("it is not signed by a key of the provider’s"));
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| wrong("its signature is no base64"))?;
        self.signed(&head, signed.as_bytes(), &signature).await?;
        let claims: Claims = part(claims).ok_or_else(|| wrong("it lacks iss, aud, iat or jti"))?;
        self.holds(claims, machine_now())
    }

    /// Whether one of the provider's keys made this signature. Where none fits, they may have been changed since discovery.
    async fn signed(&self, head: &Head, signed: &[u8], signature: &[u8]) -> Result<(), IdentityError> {
        let fits = |key: &&CoreJsonWebKey| {
            let named = head.kid.as_deref().is_none_or(|kid| key.key_id().is_some_and(|id| id.as_str() == kid));
            named && key.verify_signature(&head.alg, signed, signature).is_ok()
        };
        let first = known(self, false).await?;
        if first.metadata.jwks().keys().iter().any(|key| fits(&key)) {
            return Ok(());
        }
        if machine_now() - first.at > AGAIN && known(self, true).await?.metadata.jwks().keys().iter().any(|k| fits(&k))
        {
            return Ok(());
        }
        Err(wrong("no key of the provider’s made its signature"))
    }

    fn holds(&self, claims: Claims, now: DateTime<Utc>) -> Result<Ended, IdentityError> {
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        let issuer = self.settings.issuer();
        let why = if claims.iss.trim_end_matches('/') != issuer.trim_end_matches('/') {
            "another provider made it"
        } else if !claims.aud.holds(&self.settings.client_id) {
            "it is for somebody else"
        } else if at(claims.iat) > now + SKEW {
            "it comes from the future, or a clock is wrong"
        } else if now - at(claims.iat) > COUNTS_FOR || claims.exp.is_some_and(|end| at(end) + SKEW < now) {
            "it has run out"
        } else if !claims.events.get(EVENT).is_some_and(Value::is_object) {
            "it tells of no logout"
        } else if claims.nonce.is_some() {
            "it has a nonce, as only an ID token has"
        } else if claims.sub.is_none() && claims.sid.is_none() {
            "it names neither a person nor a session"
        } else if claims.jti.is_empty() {
            "it has no id"
        } else {
            return Ok(Ended { subject: claims.sub, session: claims.sid, id: claims.jti });
        };
        Err(wrong(why))
    }
}

/// Signed with a secret that both sides have: whoever learnt it could end sessions.
const fn symmetric(algorithm: &Algorithm) -> bool {
    use Algorithm::{HmacSha256, HmacSha384, HmacSha512, None};
    matches!(algorithm, HmacSha256 | HmacSha384 | HmacSha512 | None)
}

fn part<T: serde::de::DeserializeOwned>(encoded: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

fn wrong(why: &str) -> IdentityError {
    IdentityError::Unproven(format!("this logout token does not hold: {why}"))
}
