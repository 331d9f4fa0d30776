//! Who somebody is: sessions, passwords, one-time links, tokens, roles.
//!
//! Every way of signing in ends in one place, [`Identity::begin`], which records how and when a person proved who they are;
//! that [`Authenticated`] becomes part of each of their signatures. An OpenID provider or a passkey is one more [`Method`]
//! that ends there. Only hashes of secrets are kept. It must not know a gate, a level or a route. All times are machine
//! time: a business clock that is set back must not bring an expired session to life.

mod join;
mod limit;
mod link;
mod password;
mod role;
mod session;
mod token;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use ring::digest::{SHA256, digest};

use crate::clock::{Entropy, Ids};
use crate::store::Store;

pub use crate::notice::event::Method;
pub use join::{Founder, JoinError};
pub use limit::Source;
pub use link::{Link, NewPassword, Purpose};
pub use password::{MAX_BYTES as MAX_PASSWORD_BYTES, MIN_CHARS as MIN_PASSWORD_CHARS, Weakness};
pub use role::{Role, Scope};
pub use session::{Begun, Session, normal_email};
pub use token::{MadeToken, TOKEN_PREFIX, scopes_of};

/// How and when somebody proved who they are. Part of every signature, there by the business clock and here by the machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authenticated {
    pub method: Method,
    pub at: DateTime<Utc>,
}

/// How long things last.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// A session that nobody used for so long is over.
    pub idle: TimeDelta,
    /// No session lasts longer.
    pub absolute: TimeDelta,
    /// For so long after proving who one is, a signature asks for nothing more.
    pub fresh: TimeDelta,
    pub setup_link: TimeDelta,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            idle: TimeDelta::hours(24),
            absolute: TimeDelta::days(14),
            fresh: TimeDelta::minutes(10),
            setup_link: TimeDelta::hours(24),
        }
    }
}

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The same for an unknown address, a wrong password and a person who left: the answer must not tell which.
    #[error("address and password do not fit together")]
    WrongPassword,
    #[error("too many failed attempts from here; wait {} seconds", wait.num_seconds())]
    TooManyAttempts { wait: TimeDelta },
    #[error("this link has been used, has run out, or was replaced by a newer one")]
    LinkGone,
    #[error(transparent)]
    Weak(#[from] Weakness),
    #[error("the database refused: {0}")]
    Store(#[from] sea_orm::DbErr),
    #[error("the password could not be hashed: {0}")]
    Hashing(String),
}

/// Everything that proving needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Identity {
    store: Store,
    ids: Ids,
    entropy: Entropy,
    passwords: Arc<password::Hasher>,
    pub terms: Terms,
}

impl Identity {
    #[must_use]
    pub fn new(store: Store, ids: Ids, entropy: Entropy) -> Self {
        Self { store, ids, entropy, passwords: Arc::new(password::Hasher::new()), terms: Terms::default() }
    }
}

/// What is kept of a secret: it has 256 random bits, so a plain SHA-256 cannot be searched, and comparing by an index of
/// hashes tells nothing about the secret.
fn hash_of(secret: &str) -> String {
    hex::encode(digest(&SHA256, secret.as_bytes()))
}
