//! Coming in: invitations, and what is on record of how people prove who they are.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, sea_query::Expr,
};
use uuid::Uuid;

use super::HouseEvent;
use super::people::found;
use crate::clock::machine_now;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::Stream;
use crate::notice::event::Actor;
use crate::notice::letter;
use crate::store::At;
use crate::store::deliveries::{self, Planned};
use crate::store::entity::{one_time_links, people};

/// How long an invitation can be taken up.
const INVITATION: TimeDelta = TimeDelta::days(14);

/// An invitation that was made. The secret is shown here once and kept nowhere.
#[derive(Debug, Clone)]
pub struct Invitation {
    pub person: Uuid,
    pub secret: String,
    /// Where it is taken up.
    pub link: String,
    /// Machine time.
    pub expires_at: DateTime<Utc>,
}

/// What changed about how a person proves who they are: `password`, `passkey`, or a provider's name.
#[derive(Debug, Clone, Copy)]
pub enum Way<'a> {
    Added(&'a str),
    Removed(&'a str),
}

impl Desk {
    /// Makes a one-time link for a person to set up their account, and plans the mail with it. An earlier link of theirs
    /// no longer works.
    ///
    /// # Errors
    /// `NotFound`; `Conflict`: `not_active` for somebody who left, `has_joined` for somebody who has an account.
    pub async fn invite(&self, actor: Actor, person: Uuid) -> Result<Invitation, DeskError> {
        let made = transact!(self, |txn| self.invite_in(txn, &actor, person).await)?;
        self.tell_people();
        Ok(made)
    }

    /// As [`Desk::invite`], within the caller's transaction.
    ///
    /// # Errors
    /// As [`Desk::invite`].
    pub async fn invite_in(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        person: Uuid,
    ) -> Result<Invitation, DeskError> {
        let row = found(txn, person).await?;
        if row.joined_at.is_some() {
            let message = format!("{} has an account already; what helps them in again is a recovery", row.name);
            return Err(DeskError::Conflict { code: "has_joined", message });
        }
        let made = self.link_for(txn, actor, &row).await?;
        let until = made.expires_at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let event = HouseEvent::PersonInvited { person, until };
        self.chronicle(txn, Stream::People, actor, vec![event], (None, vec![])).await?;
        Ok(made)
    }

    /// Puts on record that a person has lost every way of proving who they are, and plans the mail with a link for a new one,
    /// within the caller's transaction. Whoever asks for it does not learn the link.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` (`not_active`, `not_joined`).
    pub async fn recovery_in(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        person: Uuid,
    ) -> Result<Invitation, DeskError> {
        let row = found(txn, person).await?;
        if row.joined_at.is_none() {
            let message = format!("{} has not set up an account yet; invite them again", row.name);
            return Err(DeskError::Conflict { code: "not_joined", message });
        }
        let made = self.link_for(txn, actor, &row).await?;
        let event = HouseEvent::RecoveryBegun { person };
        self.chronicle(txn, Stream::People, actor, vec![event], (None, vec![])).await?;
        Ok(made)
    }

    /// A one-time link, and the mail with it.
    async fn link_for(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        row: &people::Model,
    ) -> Result<Invitation, DeskError> {
        let person = row.id;
        if !row.active {
            let message = format!("{} is not active; activate them before inviting them", row.name);
            return Err(DeskError::Conflict { code: "not_active", message });
        }
        let (secret, now) = (self.entropy.secret(), machine_now());
        let expires_at = now + INVITATION;
        one_time_links::Entity::update_many()
            .col_expr(one_time_links::Column::UsedAt, Expr::value(At::from(now)))
            .filter(one_time_links::Column::Person.eq(person))
            .filter(one_time_links::Column::Purpose.eq("invitation"))
            .filter(one_time_links::Column::UsedAt.is_null())
            .exec(txn)
            .await?;
        let link = one_time_links::Model {
            id: self.ids.id(),
            purpose: "invitation".to_owned(),
            secret_hash: hash_of(&secret),
            person: Some(person),
            created_by: actor.person().map(|id| id.0),
            created_at: now.into(),
            expires_at: expires_at.into(),
            used_at: None,
        };
        let link_id = link.id;
        one_time_links::Entity::insert(link.into_active_model().reset_all()).exec_without_returning(txn).await?;
        let made = Invitation {
            person,
            link: format!("{}/invitation/{secret}", self.settings.public_url),
            secret,
            expires_at,
        };
        let by = match actor.person() {
            Some(id) => people::Entity::find_by_id(id.0).one(txn).await?.map(|person| person.name),
            None => None,
        };
        let mail = self.invitation_mail(row, link_id, &made.link, by);
        deliveries::plan(txn, vec![mail], self.clock.now()).await?;
        Ok(made)
    }

    fn invitation_mail(&self, row: &people::Model, link_id: Uuid, url: &str, by: Option<String>) -> Planned {
        // The letter tells the time that the house goes by; the link itself keeps to the machine's.
        let letter = letter::Invitation { by, url: url.to_owned(), expires: self.clock.now() + INVITATION };
        self.letter_to(row, format!("invitation/{link_id}"), letter::Body::Invitation(letter))
    }

    /// Plans a mail to one person within the caller's transaction, due now. Planned twice under one key it is one mail.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn mail_in(
        &self,
        txn: &DatabaseTransaction,
        person: &people::Model,
        key: String,
        body: letter::Body,
    ) -> Result<(), DeskError> {
        let mail = self.letter_to(person, key, body);
        deliveries::plan(txn, vec![mail], self.clock.now()).await?;
        Ok(())
    }

    /// Puts on record that a person can prove who they are in one more way, or in one way less.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn way_in(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        person: Uuid,
        way: Way<'_>,
    ) -> Result<(), DeskError> {
        let event = match way {
            Way::Added(way) => HouseEvent::WayAdded { person, way: way.to_owned() },
            Way::Removed(way) => HouseEvent::WayRemoved { person, way: way.to_owned() },
        };
        self.chronicle(txn, Stream::People, actor, vec![event], (None, vec![])).await
    }

    /// Notes that a person set up their account.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn person_joined_in(&self, txn: &DatabaseTransaction, person: Uuid) -> Result<(), DeskError> {
        let now = self.clock.now();
        people::ActiveModel { id: Set(person), joined_at: Set(Some(now.into())), ..Default::default() }
            .update(txn)
            .await?;
        let actor = Actor::Person { id: crate::notice::ids::PersonId(person) };
        self.chronicle(txn, Stream::People, &actor, vec![HouseEvent::PersonJoined { person }], (None, vec![])).await
    }
}

/// How a secret of a link or a token is kept: SHA-256 in hex. Enough for 256 random bits; passwords need argon2.
#[must_use]
pub fn hash_of(secret: &str) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, secret.as_bytes()))
}
