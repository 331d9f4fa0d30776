//! Sessions: a random secret in a cookie, its hash in a table, an idle and an absolute limit.
//!
//! Every way of signing in ends in [`Identity::begin`], every way of proving it again in [`Identity::renew`]; both hand out a
//! new secret, so that one that was learnt before is worth nothing after.

use chrono::{DateTime, Utc};
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
    pub fresh_until: Option<DateTime<Utc>>,
    /// Where they proved who they are, if not here.
    pub provider: Option<String>,
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

/// Whether a request shows that somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Used,
    /// An open page asks by itself: nobody need be in front of it, so the idle limit goes on.
    Background,
}

/// From where and with which program somebody comes, so that they know their sessions apart.
#[derive(Debug, Clone, Default)]
pub struct Device {
    pub agent: Option<String>,
    pub address: Option<String>,
}

/// That somebody has proved who they are: how, when, and where.
#[derive(Debug, Clone)]
pub struct Proven {
    pub method: Method,
    /// Machine time.
    pub at: DateTime<Utc>,
    /// The provider that vouches for them.
    pub provider: Option<String>,
    /// The session there, which the provider may end here too.
    pub session: Option<String>,
    /// The provider's word for it, handed back to it when they sign out.
    pub id_token: Option<String>,
}

impl Proven {
    /// Just now, and here.
    #[must_use]
    pub fn now(method: Method) -> Self {
        Self { method, at: machine_now(), provider: None, session: None, id_token: None }
    }
}

impl Identity {
    /// Signs in with a password.
    ///
    /// # Errors
    /// [`IdentityError::WrongPassword`] for an unknown address, a wrong password and a person who left, alike and after the
    /// same time; [`IdentityError::TooManyAttempts`] for this source only; [`IdentityError::WayClosed`].
    pub async fn sign_in(
        &self,
        email: &str,
        password: &SecretString,
        source: &Source,
        device: Device,
    ) -> Result<Begun, IdentityError> {
        self.ways.allows_passwords()?;
        let email = normal_email(email);
        self.may_try(&email, source).await?;
        let person = proofs::person_by_email(self.store.reader(), &email).await?.filter(|person| person.active);
        let hash = person.as_ref().and_then(|person| person.password_hash.clone());
        let fits = self.passwords.check(password, hash).await?;
        match person {
            Some(person) if fits => {
                self.forget_failures(&email, source).await?;
                self.begin(person, Proven::now(Method::Password), device).await
            }
            _ => {
                self.count_failure(&email, source).await?;
                Err(IdentityError::WrongPassword)
            }
        }
    }

    /// Proves again by password who one is, for a signature.
    ///
    /// # Errors
    /// As [`Identity::sign_in`].
    pub async fn refresh(
        &self,
        session: &Session,
        password: &SecretString,
        source: &Source,
    ) -> Result<Begun, IdentityError> {
        self.check_own(session, password, source).await?;
        self.renew(session, Proven::now(Method::Password)).await
    }

    /// Whether this is the password of who is signed in, counted like an attempt to sign in.
    pub(super) async fn check_own(
        &self,
        session: &Session,
        password: &SecretString,
        source: &Source,
    ) -> Result<(), IdentityError> {
        self.ways.allows_passwords()?;
        self.may_try(&session.person.email, source).await?;
        if !self.passwords.check(password, session.person.password_hash.clone()).await? {
            self.count_failure(&session.person.email, source).await?;
            return Err(IdentityError::WrongPassword);
        }
        self.forget_failures(&session.person.email, source).await
    }

    /// Where every way of signing in ends: this person has just proved who they are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self, person: people::Model, proven: Proven, device: Device) -> Result<Begun, IdentityError> {
        let (secret, now) = (self.entropy.secret(), machine_now());
        let row = sessions::Model {
            id: self.ids.id(),
            secret_hash: hash_of(&secret),
            person: person.id,
            method: proven.method.word().to_owned(),
            authenticated_at: proven.at.into(),
            fresh_until: self.fresh_until(&proven).map(At::from),
            created_at: now.into(),
            seen_at: now.into(),
            expires_at: (now + self.terms.absolute).into(),
            agent: device.agent.map(|text| text.chars().take(200).collect()),
            address: device.address,
            provider: proven.provider,
            provider_session: proven.session,
            id_token: proven.id_token,
        };
        proofs::add_session(self.store.writer(), row.clone()).await?;
        tracing::info!(person = %person.id, method = row.method, "signed in");
        Ok(Begun { session: read(row, person)?, secret: secret.into() })
    }

    /// Where every way of proving it again ends. The session gets a new secret.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn renew(&self, session: &Session, proven: Proven) -> Result<Begun, IdentityError> {
        let secret = self.entropy.secret();
        let fresh_until = self.fresh_until(&proven);
        let renewed = proofs::Renewed {
            secret_hash: hash_of(&secret),
            method: proven.method.word(),
            authenticated_at: proven.at.into(),
            fresh_until: fresh_until.map(At::from),
            seen_at: machine_now().into(),
        };
        if !proofs::renew_session(self.store.writer(), session.id, renewed).await? {
            return Err(IdentityError::SessionEnded);
        }
        let session = Session {
            authenticated: Authenticated { method: proven.method, at: proven.at },
            fresh_until,
            ..session.clone()
        };
        Ok(Begun { session, secret: secret.into() })
    }

    /// Until when this proof is enough for a signature; none where nobody says when it was given.
    fn fresh_until(&self, proven: &Proven) -> Option<DateTime<Utc>> {
        (proven.method != Method::Oauth2).then_some(proven.at + self.terms.fresh)
    }

    /// The session of a cookie's secret; none where it has run out or its person has left.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn session(&self, secret: &str, presence: Presence) -> Result<Option<Session>, IdentityError> {
        let now = machine_now();
        let found =
            proofs::session_of(self.store.reader(), &hash_of(secret), now.into(), (now - self.terms.idle).into())
                .await?;
        let Some((row, person)) = found else { return Ok(None) };
        if presence == Presence::Used && At::from(now).0 - row.seen_at.0 > TOUCH_EVERY {
            proofs::touch_session(self.store.writer(), row.id, now.into()).await?;
        }
        read(row, person).map(Some)
    }

    /// A person's sessions that still hold, the last used first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sessions(&self, person: Uuid) -> Result<Vec<sessions::Model>, IdentityError> {
        let now = machine_now();
        let idle = (now - self.terms.idle).into();
        Ok(proofs::sessions_of(self.store.reader(), person, now.into(), idle).await?)
    }

    /// Signs out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end(&self, session: &Session) -> Result<(), IdentityError> {
        Ok(proofs::end_session(self.store.writer(), session.id).await?)
    }

    /// Ends the session of a secret that a browser carried before it signed in anew: what was learnt of it is worth nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_secret(&self, secret: &str) -> Result<(), IdentityError> {
        Ok(proofs::end_session_of_secret(self.store.writer(), &hash_of(secret)).await?)
    }

    /// Ends one of a person's sessions. False where they have no such session.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_one(&self, person: Uuid, session: Uuid) -> Result<bool, IdentityError> {
        Ok(proofs::end_session_of(self.store.writer(), person, session).await?)
    }

    /// Ends all of a person's sessions but this one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_others(&self, session: &Session) -> Result<u64, IdentityError> {
        Ok(proofs::end_other_sessions(self.store.writer(), session.person.id, session.id).await?)
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
        let now = machine_now();
        proofs::forget_expired(self.store.writer(), now.into()).await?;
        Ok(crate::store::accounts::forget_begun(self.store.writer(), now.into()).await?)
    }
}

/// An address as it is kept and looked up.
#[must_use]
pub fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

pub(super) fn read(row: sessions::Model, person: people::Model) -> Result<Session, IdentityError> {
    let unknown = |e: crate::notice::fact::UnknownWord| IdentityError::Store(sea_orm::DbErr::Custom(e.to_string()));
    Ok(Session {
        id: row.id,
        role: person.role.parse().map_err(unknown)?,
        person,
        authenticated: Authenticated { method: row.method.parse().map_err(unknown)?, at: row.authenticated_at.utc() },
        fresh_until: row.fresh_until.map(At::utc),
        provider: row.provider,
    })
}
