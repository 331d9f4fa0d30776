//! Providers that vouch for people: OpenID Connect by discovery, and GitHub, which speaks only OAuth 2.0.
//!
//! Owns how a provider is asked and how its word is checked. Whom it lets in is `admit`'s; what a browser carries back and
//! forth is `journey`'s. Answers of a provider are not trusted beyond what its keys sign.

mod github;
mod http;
mod journey;
mod logout;
mod openid;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::RwLock;

use super::IdentityError;
use crate::config::{self, Preset};

pub(super) use journey::own_path;
pub use journey::{Arrived, Departure, Errand, Returned};
pub(super) use logout::COUNTS_FOR as LOGOUT_COUNTS_FOR;

/// How far a provider's clock may be from ours, either way.
pub(super) const SKEW: TimeDelta = TimeDelta::minutes(2);

/// A provider that people can sign in with here.
#[derive(Debug)]
pub struct Provider {
    pub(super) id: String,
    name: String,
    pub(super) settings: config::Provider,
    secret: Option<String>,
    /// Where it sends people back to.
    redirect: String,
    http: reqwest::Client,
    /// What discovery told, until a key is missing in it.
    known: RwLock<Option<Arc<openid::Known>>>,
}

/// What must be the same when somebody comes back. Kept here and never sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    nonce: String,
    verifier: String,
}

/// Where to send somebody, and what to keep until they are back.
#[derive(Debug)]
struct Sent {
    url: String,
    pending: Pending,
}

/// What a provider says of somebody, checked.
#[derive(Debug, Clone)]
pub(super) struct Vouched {
    /// The provider's own name for them.
    pub subject: String,
    /// Only where the provider says that it has verified it. In lower case.
    pub email: Option<String>,
    pub name: Option<String>,
    pub zone: Option<String>,
    /// Empty where it tells none.
    pub groups: Vec<String>,
    /// When it last asked them who they are; none where it does not say.
    pub asked_at: Option<DateTime<Utc>>,
    /// Which session at the provider it was (`sid`), where it says.
    pub session: Option<String>,
    pub id_token: Option<String>,
}

impl Provider {
    /// # Errors
    /// Where the file with its secret cannot be read.
    pub(super) fn new(id: &str, settings: config::Provider, public_url: &str) -> Result<Self, String> {
        let path = format!("sign_in.providers.{id}");
        let secret = if settings.client_secret_file.as_os_str().is_empty() {
            Some(settings.client_secret.expose().to_owned()).filter(|secret| !secret.is_empty())
        } else {
            let read = std::fs::read_to_string(&settings.client_secret_file);
            let file = settings.client_secret_file.display();
            let read = read.map_err(|e| format!("{path}.client_secret_file: {file} cannot be read: {e}"))?;
            Some(read.trim().to_owned())
        };
        Ok(Self {
            id: id.to_owned(),
            name: settings.shown(id),
            redirect: format!("{}/api/v1/session/providers/{id}/return", public_url.trim_end_matches('/')),
            http: http::client().map_err(|e| format!("{path}: {e}"))?,
            known: RwLock::default(),
            secret,
            settings,
        })
    }

    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where to send somebody who shall prove who they are; `anew` where they must do so even if they have just done it.
    async fn send(&self, state: &str, anew: bool) -> Result<Sent, IdentityError> {
        match self.settings.preset {
            Preset::Github => github::send(self, state),
            Preset::Openid | Preset::Google => openid::send(self, state, anew).await,
        }
    }

    /// What the provider says of whoever came back with this code.
    async fn ask(&self, code: String, pending: &Pending) -> Result<Vouched, IdentityError> {
        match self.settings.preset {
            Preset::Github => github::ask(self, code, pending).await,
            Preset::Openid | Preset::Google => openid::ask(self, code, pending).await,
        }
    }

    /// Where to send somebody who signs out here, so that they are signed out there too; none where it knows no such place.
    pub(super) async fn farewell(&self, id_token: &str, back: &str) -> Option<String> {
        match self.settings.preset {
            Preset::Github => None,
            Preset::Openid | Preset::Google => openid::farewell(self, id_token, back).await,
        }
    }

    fn failed(&self, told: impl std::fmt::Display) -> IdentityError {
        IdentityError::Provider { provider: self.name.clone(), told: told.to_string() }
    }
}
