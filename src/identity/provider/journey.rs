//! The way to a provider and back: what a browser carries, what is kept here meanwhile, and what a return is worth.
//!
//! A return counts once, within ten minutes, in the browser that left, and for what it left for: to sign in, to prove again
//! who signs, or to link an account.

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{Pending, Provider, SKEW, Vouched};
use crate::clock::machine_now;
use crate::desk::Desk;
use crate::identity::limit::BEGUN_FROM_ONE;
use crate::identity::{Begun, Device, Identity, IdentityError, Method, Proven, Session, Source, hash_of};
use crate::store::accounts;
use crate::store::entity::begun_proofs;

const KIND: &str = "provider";
/// How long somebody may be away.
const AWAY: TimeDelta = TimeDelta::minutes(10);

/// What somebody goes to a provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    SignIn,
    /// To prove again who signs.
    Fresh,
    /// To link the account there to the one here.
    Link,
}

/// Where to send the browser, and the secret that it keeps so that nobody else's return is taken for its own.
#[derive(Debug)]
pub struct Departure {
    pub url: String,
    pub browser: SecretString,
}

/// What a provider's redirect carries.
#[derive(Debug, Default)]
pub struct Returned {
    pub state: Option<String>,
    pub code: Option<String>,
    /// Why it sends nobody, in its protocol's words.
    pub error: Option<String>,
    /// Who it says it is (RFC 9207).
    pub issuer: Option<String>,
}

/// What a return led to.
#[derive(Debug)]
pub struct Arrived {
    pub errand: Errand,
    /// The path on our own page that the person left.
    pub to: String,
    pub outcome: Result<Begun, IdentityError>,
}

/// What is kept of somebody who is away.
#[derive(Serialize, Deserialize)]
struct Kept {
    provider: String,
    errand: Errand,
    to: String,
    /// The hash of the browser's secret.
    browser: String,
    pending: Pending,
}

impl Identity {
    /// Sends somebody to a provider. A browser that is there already keeps its secret, so that two tabs do not disturb each
    /// other.
    ///
    /// # Errors
    /// [`IdentityError::WayClosed`] for a provider that is none here; [`IdentityError::Provider`] where it does not answer;
    /// [`IdentityError::TooManyAttempts`] for this source.
    pub async fn depart(
        &self,
        provider: &str,
        (errand, session): (Errand, Option<&Session>),
        to: &str,
        (browser, source): (Option<String>, &Source),
    ) -> Result<Departure, IdentityError> {
        let provider = self.ways.provider(provider)?;
        self.may_begin(source.subject("departures"), BEGUN_FROM_ONE).await?;
        let (state, now) = (self.entropy.secret(), machine_now());
        let browser = browser.filter(|secret| secret.len() == 43).unwrap_or_else(|| self.entropy.secret());
        let sent = provider.send(&state, errand == Errand::Fresh).await?;
        let kept = Kept {
            provider: provider.id.clone(),
            errand,
            to: own_path(to),
            browser: hash_of(&browser),
            pending: sent.pending,
        };
        let row = begun_proofs::Model {
            id: self.ids.id(),
            secret_hash: hash_of(&state),
            kind: KIND.to_owned(),
            person: session.map(|session| session.person.id),
            session: session.map(|session| session.id),
            body: serde_json::to_string(&kept).unwrap_or_default(),
            created_at: now.into(),
            expires_at: (now + AWAY).into(),
        };
        accounts::begin(self.store.writer(), row).await?;
        Ok(Departure { url: sent.url, browser: browser.into() })
    }

    /// Takes a return in.
    ///
    /// # Errors
    /// [`IdentityError::NotBegun`] where it does not belong to this browser; everything else is told in
    /// [`Arrived::outcome`], with where to go on.
    pub async fn arrive(
        &self,
        desk: &Desk,
        provider: &str,
        returned: Returned,
        (browser, session): (Option<&SecretString>, Option<&Session>),
        device: Device,
    ) -> Result<Arrived, IdentityError> {
        let provider = self.ways.provider(provider)?.clone();
        let state = returned.state.as_deref().ok_or(IdentityError::NotBegun)?;
        let row = accounts::take(self.store.writer(), KIND, &hash_of(state), machine_now().into()).await?;
        let row = row.ok_or(IdentityError::NotBegun)?;
        let kept: Kept = serde_json::from_str(&row.body).map_err(|_| IdentityError::NotBegun)?;
        let browser = browser.map(|secret| hash_of(secret.expose_secret())).ok_or(IdentityError::NotBegun)?;
        if kept.provider != provider.id || !bool::from(browser.as_bytes().ct_eq(kept.browser.as_bytes())) {
            return Err(IdentityError::NotBegun);
        }
        let left = (row.session, row.created_at.utc());
        let outcome = self.settle(desk, &provider, &kept, returned, (left, session), device).await;
        Ok(Arrived { errand: kept.errand, to: kept.to, outcome })
    }

    async fn settle(
        &self,
        desk: &Desk,
        provider: &Provider,
        kept: &Kept,
        returned: Returned,
        ((left_as, left_at), session): ((Option<Uuid>, chrono::DateTime<chrono::Utc>), Option<&Session>),
        device: Device,
    ) -> Result<Begun, IdentityError> {
        if let Some(error) = returned.error {
            let told = format!("{} did not vouch for you: {}", provider.name, plain(&error));
            return Err(IdentityError::NotAdmitted { code: "not_vouched", told });
        }
        let other = returned
            .issuer
            .is_some_and(|issuer| issuer.trim_end_matches('/') != provider.settings.issuer().trim_end_matches('/'));
        let code = returned.code.filter(|_| !other).ok_or(IdentityError::NotBegun)?;
        let vouched = provider.ask(code, &kept.pending).await?;
        let session = session.filter(|session| Some(session.id) == left_as);
        match (kept.errand, session) {
            (Errand::SignIn, _) => {
                let person = self.admit(desk, provider, &vouched).await?;
                self.begin(person, proven(provider, &vouched), device).await
            }
            (Errand::Fresh, Some(session)) => self.prove_by(session, provider, vouched, left_at).await,
            (Errand::Link, Some(session)) => {
                self.link_account(desk, session, provider, &vouched).await?;
                // To have an account elsewhere proves nothing new about who signs here.
                let (method, at) = (session.authenticated.method, session.authenticated.at);
                self.renew(session, Proven { method, at, ..proven(provider, &vouched) }).await
            }
            (Errand::Fresh | Errand::Link, None) => Err(IdentityError::SessionEnded),
        }
    }

    /// The same person, and asked since they left here: else it would prove that somebody had been there once.
    async fn prove_by(
        &self,
        session: &Session,
        provider: &Provider,
        vouched: Vouched,
        left_at: chrono::DateTime<chrono::Utc>,
    ) -> Result<Begun, IdentityError> {
        let linked = accounts::linked(self.store.reader(), &provider.id, &vouched.subject).await?;
        if linked.is_none_or(|linked| linked.person != session.person.id) {
            let told = format!("that is another account at {} than yours; nothing was signed", provider.name);
            return Err(IdentityError::NotAdmitted { code: "another_account", told });
        }
        match vouched.asked_at {
            Some(at) if at >= left_at - SKEW => self.renew(session, proven(provider, &vouched)).await,
            Some(_) => Err(IdentityError::NotAdmitted {
                code: "not_asked_again",
                told: format!("{} did not ask you again who you are; sign out there and try once more", provider.name),
            }),
            None => Err(IdentityError::NotAdmitted {
                code: "undated",
                told: format!("{} does not say when it asked who you are; prove it another way", provider.name),
            }),
        }
    }
}

fn proven(provider: &Provider, vouched: &Vouched) -> Proven {
    Proven {
        method: if vouched.asked_at.is_some() { Method::Oidc } else { Method::Oauth2 },
        at: vouched.asked_at.unwrap_or_else(machine_now),
        provider: Some(provider.id.clone()),
        session: vouched.session.clone(),
        id_token: vouched.id_token.clone(),
    }
}

/// A path on our own page; anything else is its first page. What begins with two slashes, or a slash and a backslash, is
/// another site to a browser.
pub(in crate::identity) fn own_path(to: &str) -> String {
    let own = to.starts_with('/')
        && !to.starts_with("//")
        && !to.contains('\\')
        && to.len() <= 2000
        && to.chars().all(|c| c.is_ascii_graphic());
    if own { to.to_owned() } else { "/".to_owned() }
}

/// An error code as a protocol allows it; whatever else stands there is somebody else's text.
fn plain(error: &str) -> String {
    error.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_leads_to_our_own_page_and_nowhere_else() {
        for own in ["/", "/notices/12", "/notices?stage=close&q=rds"] {
            assert_eq!(own_path(own), own);
        }
        for foreign in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "",
            "/a\r\nSet-Cookie: x=1",
            "/\t/evil.example",
        ] {
            assert_eq!(own_path(foreign), "/", "{foreign:?} leads away");
        }
    }
}
