//! One's own account: where one is signed in, and how one can prove who one is.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::common::Named;
use crate::notice::event::Method;
use crate::store::At;
use crate::store::entity::{passkeys, sessions};
use crate::web::problem::Problem;

/// One's own account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Account {
    /// The last used first.
    pub sessions: Vec<SessionView>,
    pub passkeys: Vec<PasskeyView>,
    pub linked: Vec<LinkedView>,
    pub has_password: bool,
}

/// A browser in which one is signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionView {
    pub id: Uuid,
    /// The one that asks.
    pub current: bool,
    pub method: Method,
    /// What the browser says of itself.
    pub agent: Option<String>,
    pub address: Option<String>,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// A passkey, without its key.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PasskeyView {
    pub id: Uuid,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

/// An account at a provider.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LinkedView {
    pub provider: Named,
    /// The address that the provider gave last; null where it had not verified one.
    pub email: Option<String>,
    pub linked_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

/// A new password of one's own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordForm {
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 1024)]
    pub password: SecretString,
}

/// How many sessions were ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ended {
    pub count: u64,
}

impl SessionView {
    /// # Errors
    /// Where the row holds a word that this program does not know.
    pub fn of(row: sessions::Model, current: Uuid) -> Result<Self, Problem> {
        Ok(Self {
            id: row.id,
            current: row.id == current,
            method: row.method.parse().map_err(|e: crate::notice::fact::UnknownWord| Problem::internal(&e))?,
            agent: row.agent,
            address: row.address,
            created_at: row.created_at.utc(),
            seen_at: row.seen_at.utc(),
            expires_at: row.expires_at.utc(),
        })
    }
}

impl From<passkeys::Model> for PasskeyView {
    fn from(row: passkeys::Model) -> Self {
        Self { id: row.id, name: row.name, created_at: row.created_at.utc(), used_at: row.used_at.map(At::utc) }
    }
}
