//! One-time links: the first administrator's, invitations, and links by mail that sign in. Opening one shows a page and uses
//! nothing up, because mail scanners follow links; the form on that page does.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use secrecy::SecretString;
use uuid::Uuid;

use super::{Identity, IdentityError, Role, hash_of, password};
use crate::clock::machine_now;
use crate::notice::fact::words;
use crate::store::entity::{one_time_links, people};
use crate::store::proofs;

words! {
    /// What a link is for.
    Purpose { Setup = "setup", Invitation = "invitation", SignIn = "sign_in" }
}

/// A link just made: the only time its secret is known.
#[derive(Debug)]
pub struct Link {
    pub secret: SecretString,
    /// Machine time.
    pub expires_at: DateTime<Utc>,
}

/// The hash of a new password that was found good enough.
#[derive(Debug, Clone)]
pub struct NewPassword(String);

impl Identity {
    /// Whether there is no administrator who can sign in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn needs_setup(&self) -> Result<bool, IdentityError> {
        Ok(!proofs::has_joined(self.store.reader(), Role::Administrator.word()).await?)
    }

    /// A link that makes the first administrator, in place of any earlier one. None where there is one already.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn setup_link(&self) -> Result<Option<Link>, IdentityError> {
        if !self.needs_setup().await? {
            return Ok(None);
        }
        let (secret, now) = (self.entropy.secret(), machine_now());
        let expires_at = now + self.terms.setup_link;
        let row = one_time_links::Model {
            id: self.ids.id(),
            purpose: Purpose::Setup.word().to_owned(),
            secret_hash: hash_of(&secret),
            person: None,
            created_by: None,
            created_at: now.into(),
            expires_at: expires_at.into(),
            used_at: None,
        };
        let txn = self.store.begin().await?;
        proofs::add_link(&txn, row).await?;
        txn.commit().await?;
        Ok(Some(Link { secret: secret.into(), expires_at }))
    }

    /// Whom an invitation is for, without using it up.
    ///
    /// # Errors
    /// [`IdentityError::LinkGone`] where it cannot be used any more.
    pub async fn invited(&self, secret: &str) -> Result<people::Model, IdentityError> {
        let db = self.store.reader();
        let person = open(db, Purpose::Invitation, secret).await?.person.ok_or(IdentityError::LinkGone)?;
        proofs::active_person(db, person).await?.ok_or(IdentityError::LinkGone)
    }

    /// Whether a link for the first administrator can still be used.
    ///
    /// # Errors
    /// [`IdentityError::LinkGone`] where it cannot, or where there is an administrator by now.
    pub async fn may_set_up(&self, secret: &str) -> Result<(), IdentityError> {
        open(self.store.reader(), Purpose::Setup, secret).await?;
        if self.needs_setup().await? { Ok(()) } else { Err(IdentityError::LinkGone) }
    }

    /// Judges and hashes a new password of somebody with this name and address.
    ///
    /// # Errors
    /// [`IdentityError::Weak`] says what is wrong with it.
    pub async fn new_password(
        &self,
        password: &SecretString,
        name: &str,
        email: &str,
    ) -> Result<NewPassword, IdentityError> {
        password::acceptable(password, name, email)?;
        if let Some(list) = &self.ways.breached {
            match list.holds(secrecy::ExposeSecret::expose_secret(password)) {
                Ok(true) => return Err(password::Weakness::Breached.into()),
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "the list of stolen passwords cannot be read"),
            }
        }
        self.passwords.hash(password).await.map(NewPassword)
    }

    /// Uses a link up within the caller's transaction and says whom it was for. Of two at once, one gets through.
    ///
    /// # Errors
    /// [`IdentityError::LinkGone`].
    pub async fn redeem_in(
        &self,
        txn: &impl ConnectionTrait,
        purpose: Purpose,
        secret: &str,
    ) -> Result<Option<Uuid>, IdentityError> {
        let link = open(txn, purpose, secret).await?;
        if proofs::use_link(txn, link.id, machine_now().into()).await? {
            Ok(link.person)
        } else {
            Err(IdentityError::LinkGone)
        }
    }

    /// Gives a person a new password within the caller's transaction, and signs them out everywhere: whoever was signed in
    /// as them did not know it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_password_in(
        &self,
        txn: &impl ConnectionTrait,
        person: Uuid,
        password: &NewPassword,
    ) -> Result<(), IdentityError> {
        self.keep_password_in(txn, person, password).await?;
        Ok(proofs::end_sessions_of(txn, person).await?)
    }

    pub(super) async fn keep_password_in(
        &self,
        txn: &impl ConnectionTrait,
        person: Uuid,
        password: &NewPassword,
    ) -> Result<(), IdentityError> {
        Ok(proofs::set_password(txn, person, password.0.clone()).await?)
    }
}

async fn open(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    secret: &str,
) -> Result<one_time_links::Model, IdentityError> {
    proofs::open_link(db, purpose.word(), &hash_of(secret), machine_now().into()).await?.ok_or(IdentityError::LinkGone)
}
