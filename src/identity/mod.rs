//! Who somebody is: sessions, passwords, one-time links, providers, passkeys, tokens, roles.
//!
//! Every way of signing in ends in one place, [`Identity::begin`], and every way of proving it again in
//! [`Identity::renew`]; both record how and when a person proved who they are, and that [`Authenticated`] becomes part of each
//! of their signatures. Only hashes of secrets are kept. It must not know a gate, a level's rank or a route. All times are
//! machine time: a business clock that is set back must not bring an expired session to life.

mod admit;
mod code;
mod join;
mod limit;
mod link;
mod mail;
mod passkey;
mod password;
pub mod provider;
mod recovery;
mod role;
mod session;
mod token;
mod ways;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use ring::digest::{SHA256, digest};

use crate::clock::{Entropy, Ids};
use crate::store::Store;

pub use crate::notice::event::Method;
pub use join::{Founder, JoinError};
pub use limit::Source;
pub use link::{Link, NewPassword, Purpose};
pub use passkey::{ALGORITHMS as PASSKEY_ALGORITHMS, Challenge, Made, TIME as PASSKEY_TIME, Used};
pub use password::{MAX_BYTES as MAX_PASSWORD_BYTES, MIN_CHARS as MIN_PASSWORD_CHARS, Weakness};
pub use role::{Role, Scope};
pub use session::{Begun, Device, Presence, Proven, Session, normal_email};
pub use token::{Bearer, MadeToken, TOKEN_PREFIX, TokenTerms, scopes_of};
pub use ways::Ways;

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
            fresh: TimeDelta::minutes(15),
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
    #[error("the session has ended meanwhile")]
    SessionEnded,
    /// This installation does not let people in this way.
    #[error("{0} are not a way of signing in here")]
    WayClosed(&'static str),
    /// What came back does not belong to anything that was begun here, or too late.
    #[error("this sign-in was not begun here, or has run out; begin again")]
    NotBegun,
    /// A code, a passkey or a provider's word that proves nothing.
    #[error("{0}")]
    Unproven(String),
    /// A provider vouches for somebody, and that is not enough here. The code is stable.
    #[error("{told}")]
    NotAdmitted { code: &'static str, told: String },
    /// A provider did not answer as it should.
    #[error("{provider} did not answer as it should: {told}")]
    Provider { provider: String, told: String },
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
    ways: Arc<Ways>,
    pub terms: Terms,
}

impl Identity {
    #[must_use]
    pub fn new(store: Store, ids: Ids, entropy: Entropy) -> Self {
        let (passwords, ways) = (Arc::new(password::Hasher::new()), Arc::new(Ways::default()));
        Self { store, ids, entropy, passwords, ways, terms: Terms::default() }
    }

    /// The same with other ways of signing in and their terms.
    #[must_use]
    pub fn with_ways(mut self, ways: Ways) -> Self {
        self.terms = ways.terms;
        self.ways = Arc::new(ways);
        self
    }

    /// The ways in which people sign in here.
    #[must_use]
    pub fn ways(&self) -> &Ways {
        &self.ways
    }
}

/// What is kept of a secret: it has 256 random bits, so a plain SHA-256 cannot be searched, and comparing by an index of
/// hashes tells nothing about the secret.
fn hash_of(secret: &str) -> String {
    hex::encode(digest(&SHA256, secret.as_bytes()))
}
