//! Tokens for programs: long random secrets, kept as hashes, with scopes and an end. No token signs.

use chrono::TimeDelta;
use secrecy::SecretString;
use uuid::Uuid;

use super::{Identity, IdentityError, Scope, hash_of};
use crate::clock::machine_now;
use crate::store::entity::{people, tokens};
use crate::store::{At, proofs};

/// What every token begins with, so that one left in a repository is found by scanners.
pub const TOKEN_PREFIX: &str = "countersign_";

/// A token's use is written down again only after so many microseconds.
const TOUCH_EVERY: i64 = 60 * 1_000_000;

/// What a token is for.
#[derive(Debug, Clone)]
pub struct TokenTerms {
    pub name: String,
    pub scopes: Vec<Scope>,
    /// The one channel that it brings into. It can do nothing else then.
    pub channel: Option<String>,
}

/// Whoever carries a token.
#[derive(Debug)]
pub struct Bearer {
    pub person: people::Model,
    pub scopes: Vec<Scope>,
    pub channel: Option<String>,
}

/// A token just made: the only time its secret is known.
#[derive(Debug)]
pub struct MadeToken {
    pub row: tokens::Model,
    pub secret: SecretString,
}

impl Identity {
    /// Makes a token for a person.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn make_token(
        &self,
        person: Uuid,
        terms: &TokenTerms,
        lasts: Option<TimeDelta>,
    ) -> Result<MadeToken, IdentityError> {
        let (secret, now) = (format!("{TOKEN_PREFIX}{}", self.entropy.secret()), machine_now());
        let row = tokens::Model {
            id: self.ids.id(),
            name: terms.name.trim().to_owned(),
            secret_hash: hash_of(&secret),
            scopes: terms.scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(" "),
            channel: terms.channel.clone(),
            created_by: person,
            created_at: now.into(),
            expires_at: lasts.map(|lasts| (now + lasts).into()),
            used_at: None,
            revoked_at: None,
        };
        proofs::add_token(self.store.writer(), row.clone()).await?;
        Ok(MadeToken { row, secret: secret.into() })
    }

    /// Whose token this is and what it may do; none where it has ended or its person has left.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn token(&self, secret: &str) -> Result<Option<Bearer>, IdentityError> {
        let now = machine_now();
        let Some(row) = proofs::token_of(self.store.reader(), &hash_of(secret), now.into()).await? else {
            return Ok(None);
        };
        if row.used_at.is_none_or(|used| At::from(now).0 - used.0 > TOUCH_EVERY) {
            proofs::touch_token(self.store.writer(), row.id, now.into()).await?;
        }
        let person = proofs::active_person(self.store.reader(), row.created_by).await?;
        Ok(person.map(|person| Bearer { person, scopes: scopes_of(&row), channel: row.channel }))
    }

    /// What a token is called; none where it has ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn token_name(&self, secret: &str) -> Result<Option<String>, IdentityError> {
        let row = proofs::token_of(self.store.reader(), &hash_of(secret), machine_now().into()).await?;
        Ok(row.map(|row| row.name))
    }

    /// A person's tokens, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tokens(&self, person: Uuid) -> Result<Vec<tokens::Model>, IdentityError> {
        Ok(proofs::tokens_of(self.store.reader(), person).await?)
    }

    /// Ends a token of this person at once. False where they have no such token.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revoke_token(&self, id: Uuid, person: Uuid) -> Result<bool, IdentityError> {
        Ok(proofs::revoke_token(self.store.writer(), id, person, machine_now().into()).await?)
    }
}

/// What a token may be used for. A scope that this binary does not know gives no right.
#[must_use]
pub fn scopes_of(row: &tokens::Model) -> Vec<Scope> {
    row.scopes.split(' ').filter_map(|word| word.parse().ok()).collect()
}
