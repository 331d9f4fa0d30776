//! Sessions: a random secret in a cookie, its hash in a table, an idle and an absolute limit.

use secrecy::SecretString;
use uuid::Uuid;

use super::limit::Source;
use super::{Authenticated, Identity, IdentityError, Method, Role, hash_of};
use crate::clock::machine_now;
use crate::store::entity::{people, sessions};
use crate::store::{At, proofs};

/// A session in use is written down again only after so many microseconds, so that reading a page is not a write.
const TOUCH_EVERY: i64 = 60 * 1_000_000;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: Uuid,
    pub person: people::Model,
    pub role: Role,
    pub authenticated: Authenticated,
    /// Machine time. None once a new proof is needed for a signature.
    pub fresh_until: Option<chrono::DateTime<chrono::Utc>>,
}

impl Session {
    /// Whether a signature may be taken without a new proof.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.fresh_until.is_some_and(|until| until > machine_now())
    }
}

/// A session just begun or renewed, with the secret for its cookie.
#[derive(Debug)]
pub struct Begun {
    pub session: Session,
    pub secret: SecretString,
}

impl Identity {
    /// Signs in with a password.
    ///
    /// # Errors
    /// [`IdentityError::WrongPassword`] for an unknown address, a wrong password and a person who left, alike and after the
    /// same time; [`IdentityError::TooManyAttempts`] for this source only.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &SecretString,
        source: &Source,
        agent: Option<String>,
    ) -> Result<Begun, IdentityError> {
        let email = normal_email(email);
        self.may_try(&email, source).await?;
        let person = proofs::person_by_email(self.store.reader(), &email).await?.filter(|person| person.active);
        let hash = person.as_ref().and_then(|person| person.password_hash.clone());
        let fits = self.passwords.check(password, hash).await?;
        match person {
            Some(person) if fits => {
                self.forget_failures(&email, source).await?;
                self.begin(person, Method::Password, agent).await
            }
            _ => {
                self.count_failure(&email, source).await?;
                Err(IdentityError::WrongPassword)
            }
        }
    }

    /// Proves again who one is, for a signature. The session gets a new secret.
    ///
    /// # Errors
    /// As [`Identity::sign_in`].
    pub async fn refresh(
        &self,
        session: &Session,
        password: &SecretString,
        source: &Source,
    ) -> Result<Begun, IdentityError> {
        self.may_try(&session.person.email, source).await?;
        if !self.passwords.check(password, session.person.password_hash.clone()).await? {
            self.count_failure(&session.person.email, source).await?;
            return Err(IdentityError::WrongPassword);
        }
        self.forget_failures(&session.person.email, source).await?;
        let (secret, now) = (self.entropy.secret(), machine_now());
        let fresh_until = now + self.terms.fresh;
        let method = Method::Password;
        proofs::renew_session(
            self.store.writer(),
            session.id,
            hash_of(&secret),
            method.word(),
            now.into(),
            fresh_until.into(),
        )
        .await?;
        let session = Session {
            authenticated: Authenticated { method, at: now },
            fresh_until: Some(fresh_until),
            ..session.clone()
        };
        Ok(Begun { session, secret: secret.into() })
    }

    /// Where every way of signing in ends: this person has just proved by this method who they are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(
        &self,
        person: people::Model,
        method: Method,
        agent: Option<String>,
    ) -> Result<Begun, IdentityError> {
        let (secret, now) = (self.entropy.secret(), machine_now());
        let row = sessions::Model {
            id: self.ids.id(),
            secret_hash: hash_of(&secret),
            person: person.id,
            method: method.word().to_owned(),
            authenticated_at: now.into(),
            fresh_until: Some((now + self.terms.fresh).into()),
            created_at: now.into(),
            seen_at: now.into(),
            expires_at: (now + self.terms.absolute).into(),
            agent: agent.map(|text| text.chars().take(200).collect()),
        };
        proofs::add_session(self.store.writer(), row.clone()).await?;
        Ok(Begun { session: read(row, person)?, secret: secret.into() })
    }

    /// The session of a cookie's secret; none where it has run out or its person has left.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn session(&self, secret: &str) -> Result<Option<Session>, IdentityError> {
        let now = machine_now();
        let found =
            proofs::session_of(self.store.reader(), &hash_of(secret), now.into(), (now - self.terms.idle).into())
                .await?;
        let Some((row, person)) = found else { return Ok(None) };
        if At::from(now).0 - row.seen_at.0 > TOUCH_EVERY {
            proofs::touch_session(self.store.writer(), row.id, now.into()).await?;
        }
        read(row, person).map(Some)
    }

    /// Signs out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end(&self, session: &Session) -> Result<(), IdentityError> {
        Ok(proofs::end_session(self.store.writer(), session.id).await?)
    }

    /// Signs a person out everywhere, for when they leave or their password changes.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_all_of(&self, person: Uuid) -> Result<(), IdentityError> {
        Ok(proofs::end_sessions_of(self.store.writer(), person).await?)
    }

    /// Ids of the levels that a person holds, from the lowest rank.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn levels_of(&self, person: Uuid) -> Result<Vec<String>, IdentityError> {
        Ok(proofs::levels_of(self.store.reader(), person).await?)
    }

    /// Forgets what has run out. For the worker, once in a while.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sweep(&self) -> Result<(), IdentityError> {
        Ok(proofs::forget_expired(self.store.writer(), machine_now().into()).await?)
    }
}

/// An address as it is kept and looked up.
#[must_use]
pub fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

fn read(row: sessions::Model, person: people::Model) -> Result<Session, IdentityError> {
    let unknown = |e: crate::notice::fact::UnknownWord| IdentityError::Store(sea_orm::DbErr::Custom(e.to_string()));
    Ok(Session {
        id: row.id,
        role: person.role.parse().map_err(unknown)?,
        person,
        authenticated: Authenticated { method: row.method.parse().map_err(unknown)?, at: row.authenticated_at.utc() },
        fresh_until: row.fresh_until.map(At::utc),
    })
}
