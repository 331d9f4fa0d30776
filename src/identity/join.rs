//! Coming in for the first time: the first administrator, and people who were invited. Each is one transaction: a link is
//! used up exactly if its person can sign in afterwards.

use secrecy::SecretString;
use uuid::Uuid;

use super::{Begun, Device, Identity, IdentityError, Method, NewPassword, Proven, Purpose, Role};
use crate::desk::house::{NewPerson, PersonChange};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::event::Actor;
use crate::notice::ids::PersonId;
use crate::notice::procedure::Size;
use crate::store::proofs;

/// Who makes themselves the first administrator.
#[derive(Debug)]
pub struct Founder {
    pub name: String,
    pub email: String,
    pub password: SecretString,
    pub zone: String,
    /// For how many people the procedures are made.
    pub size: Size,
}

/// Why somebody could not join.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Identity {
    /// Makes the first administrator and signs them in. In a house of one or two they hold every level, since nobody else
    /// does; in a larger one the lowest, and give out the others.
    ///
    /// # Errors
    /// [`IdentityError::LinkGone`], also where somebody else was first; [`IdentityError::Weak`]; what the desk says of name,
    /// address and zone.
    pub async fn found(
        &self,
        desk: &Desk,
        secret: &str,
        founder: &Founder,
        device: Device,
    ) -> Result<Begun, JoinError> {
        self.may_set_up(secret).await?;
        let password = self.new_password(&founder.password, &founder.name, &founder.email).await?;
        let levels = desk.levels().await?.into_iter().map(|level| level.id);
        let levels = if founder.size == Size::Many { levels.take(1).collect() } else { levels.collect() };
        let new = NewPerson {
            name: founder.name.clone(),
            email: founder.email.clone(),
            zone: Some(founder.zone.clone()),
            role: Role::Administrator,
            levels,
        };
        let person = self.add_founder(desk, secret, (&new, &password), founder.size).await?;
        self.enter(person, Method::SetupLink, device).await
    }

    async fn add_founder(
        &self,
        desk: &Desk,
        secret: &str,
        (new, password): (&NewPerson, &NewPassword),
        size: Size,
    ) -> Result<Uuid, DeskError> {
        transact!(desk, |txn| {
            self.redeem_in(txn, Purpose::Setup, secret).await?;
            let person = desk.add_person_in(txn, &Actor::System, new).await?;
            desk.found_in(txn, &Actor::Person { id: PersonId(person) }, size).await?;
            self.set_password_in(txn, person, password).await?;
            desk.person_joined_in(txn, person).await?;
            Ok(person)
        })
    }

    /// Takes up an invitation: sets the password, and name and zone as the person wants them, and signs them in.
    ///
    /// # Errors
    /// [`IdentityError::LinkGone`]; [`IdentityError::Weak`]; what the desk says of name and zone.
    pub async fn accept(
        &self,
        desk: &Desk,
        secret: &str,
        (name, zone): (Option<String>, String),
        password: &SecretString,
        device: Device,
    ) -> Result<Begun, JoinError> {
        let invited = self.invited(secret).await?;
        let password = self.new_password(password, name.as_ref().unwrap_or(&invited.name), &invited.email).await?;
        let change = PersonChange { name, zone: Some(zone), ..PersonChange::default() };
        // Before the link is used up: a name that is not taken must not cost the invitation.
        desk.change_person(Actor::Person { id: PersonId(invited.id) }, invited.id, change).await?;
        self.add_invited(desk, secret, invited.id, &password).await?;
        self.enter(invited.id, Method::Invitation, device).await
    }

    async fn add_invited(
        &self,
        desk: &Desk,
        secret: &str,
        person: Uuid,
        password: &NewPassword,
    ) -> Result<(), DeskError> {
        transact!(desk, |txn| {
            self.redeem_in(txn, Purpose::Invitation, secret).await?;
            self.set_password_in(txn, person, password).await?;
            desk.person_joined_in(txn, person).await
        })
    }

    async fn enter(&self, person: Uuid, method: Method, device: Device) -> Result<Begun, JoinError> {
        let person = proofs::active_person(self.store.writer(), person).await.map_err(IdentityError::from)?;
        Ok(self.begin(person.ok_or(IdentityError::LinkGone)?, Proven::now(method), device).await?)
    }
}

impl From<sea_orm::DbErr> for JoinError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Desk(error.into())
    }
}

impl From<IdentityError> for DeskError {
    /// Within a transaction of the desk.
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Store(error) => Self::Store(error),
            other => Self::Conflict { code: "link_gone", message: other.to_string() },
        }
    }
}
