//! Tokens for programs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::identity::{self, Scope};
use crate::store::At;
use crate::store::entity::tokens;

/// A token, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TokenView {
    pub id: Uuid,
    pub name: String,
    pub scopes: Vec<Scope>,
    /// The one channel that it brings into, such as `upload/backups`; null where it is bound to none.
    pub channel: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A token just made: the only time its secret is shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NewToken {
    #[serde(flatten)]
    pub view: TokenView,
    /// Send it as `Authorization: Bearer …`.
    pub secret: String,
}

/// Makes a token for oneself. A token never signs, whatever its scopes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenForm {
    /// What it is for.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[schema(min_items = 1)]
    pub scopes: Vec<Scope>,
    /// Binds it to a channel of its own, `upload/` and this: lower-case letters, digits and hyphens. It can then bring
    /// messages into that channel and do nothing else, so `scopes` is `["ingest"]`.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9-]+$")]
    pub channel: Option<String>,
    /// Left out: 365.
    #[schema(minimum = 1, maximum = 3650)]
    pub expires_in_days: Option<u32>,
}

impl From<&tokens::Model> for TokenView {
    fn from(row: &tokens::Model) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            scopes: identity::scopes_of(row),
            channel: row.channel.clone(),
            created_at: row.created_at.utc(),
            expires_at: row.expires_at.map(At::utc),
            last_used_at: row.used_at.map(At::utc),
        }
    }
}
