//! People as a directory brings, changes and takes them.

use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait as _};
use uuid::Uuid;

use super::{DirectoryPerson, DirectoryRules, SaidOfPerson, external, key};
use crate::desk::house::people::{PersonChange, address, found};
use crate::desk::house::{HouseEvent, NewPerson, worded};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::Stream;
use crate::notice::directory::Right;
use crate::notice::event::Actor;
use crate::store::entity::{directory_people, people};
use crate::store::{directory, proofs};

impl Desk {
    /// Adds whom the directory names: somebody new, somebody whom it had deleted, or somebody who is here already and of
    /// whom it has not spoken yet. A new person is a member without levels; groups and administrators give those.
    ///
    /// # Errors
    /// `Invalid` names the field; `Conflict` (`address_taken`) where it knows this person already.
    pub async fn directory_adds(
        &self,
        actor: Actor,
        rules: &DirectoryRules,
        said: &SaidOfPerson,
    ) -> Result<DirectoryPerson, DeskError> {
        let id = transact!(self, |txn| {
            let email = match said.emails.first() {
                Some(email) => address(email)?,
                None => address(&said.user_name)?,
            };
            let known = self.whom_it_means(txn, said, &email).await?;
            let person = match &known {
                Some(row) => row.id,
                None => self.add_person_in(txn, &actor, &new_person(said, email)).await?,
            };
            self.takes_over(txn, &actor, person, said).await?;
            self.take_over_groups(txn, &actor, rules, person).await?;
            // Whoever was invited already has the mail; whoever has an account needs none.
            let waits = known.is_none_or(|row| !row.active && row.joined_at.is_none());
            if rules.invites && said.active && waits {
                self.invite_in(txn, &actor, person).await?;
            }
            Ok(person)
        })?;
        self.people_changed(&[id]).await?;
        self.directory_person(id).await
    }

    /// Somebody who is here already. Twice the same person is a mistake of the directory's, and told as one.
    async fn whom_it_means(
        &self,
        txn: &DatabaseTransaction,
        said: &SaidOfPerson,
        email: &str,
    ) -> Result<Option<people::Model>, DeskError> {
        let by_name = match directory::person_called(txn, &key(&said.user_name)).await? {
            Some(row) => Some(found(txn, row.person).await?),
            None => None,
        };
        let by_email = proofs::person_by_email(txn, email).await?;
        let Some(person) = by_name.or(by_email) else { return Ok(None) };
        let before = said_before(txn, person.id).await?;
        if before.is_some_and(|row| row.deleted_at.is_none()) {
            let message = format!("the user {} is here already", said.user_name);
            return Err(DeskError::Conflict { code: "address_taken", message });
        }
        Ok(Some(person))
    }

    /// Changes a person to what the directory says of them now. Not active is deactivated, as an administrator does it.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` names the field, and is told of an address that would change; `Conflict`: `address_taken` where
    /// another person has the name, `last_administrator`, `erased`.
    pub async fn directory_changes(
        &self,
        actor: Actor,
        id: Uuid,
        said: &SaidOfPerson,
    ) -> Result<DirectoryPerson, DeskError> {
        self.directory_person(id).await?;
        transact!(self, |txn| {
            let taken = directory::person_called(txn, &key(&said.user_name)).await?;
            if taken.is_some_and(|row| row.person != id) {
                let message = format!("another user is called {}", said.user_name);
                return Err(DeskError::Conflict { code: "address_taken", message });
            }
            self.takes_over(txn, &actor, id, said).await
        })?;
        self.people_changed(&[id]).await?;
        self.directory_person(id).await
    }

    /// Deactivates a person whom the directory deleted. Their name, what they wrote and what they signed stay; the directory
    /// no longer sees them, and may add them again.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` (`last_administrator`).
    pub async fn directory_deletes(&self, actor: Actor, id: Uuid) -> Result<(), DeskError> {
        let seen = self.directory_person(id).await?;
        transact!(self, |txn| {
            let change = PersonChange { active: Some(false), ..PersonChange::default() };
            self.change_person_in(txn, &actor, id, &change).await?;
            let now = self.clock.now().into();
            let row = directory_people::Model {
                person: id,
                user_key: key(&seen.user_name),
                user_name: seen.user_name.clone(),
                external_id: seen.external_id.clone(),
                changed_at: now,
                deleted_at: Some(now),
            };
            directory::keep_person(txn, row).await?;
            directory::leave_groups(txn, id).await?;
            let event = HouseEvent::DirectoryPersonDeleted { person: id };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })?;
        self.people_changed(&[id]).await
    }

    /// Writes what the directory says of a person where that differs from what it said before.
    async fn takes_over(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        person: Uuid,
        said: &SaidOfPerson,
    ) -> Result<(), DeskError> {
        let row = found(txn, person).await?;
        same_address(&row, said)?;
        let change = PersonChange {
            name: Some(said.name.clone()),
            zone: said.zone.clone(),
            active: Some(said.active),
            ..PersonChange::default()
        };
        self.change_person_in(txn, actor, person, &change).await?;
        let user_name = worded("userName", &said.user_name, 254)?;
        let external_id = external(said.external_id.as_ref())?;
        let before = said_before(txn, person).await?;
        if before
            .is_some_and(|row| row.deleted_at.is_none() && row.user_name == user_name && row.external_id == external_id)
        {
            return Ok(());
        }
        let row = directory_people::Model {
            person,
            user_key: key(&user_name),
            user_name,
            external_id,
            changed_at: self.clock.now().into(),
            deleted_at: None,
        };
        directory::keep_person(txn, row).await?;
        let event = HouseEvent::DirectoryPersonSet { person };
        self.chronicle(txn, Stream::People, actor, vec![event], (None, vec![])).await
    }
}

fn new_person(said: &SaidOfPerson, email: String) -> NewPerson {
    NewPerson { name: said.name.clone(), email, zone: said.zone.clone(), role: Right::Member, levels: Vec::new() }
}

async fn said_before(db: &impl ConnectionTrait, person: Uuid) -> Result<Option<directory_people::Model>, DeskError> {
    Ok(directory_people::Entity::find_by_id(person).one(db).await?)
}

/// Whoever reads a mailbox gets in by it, so no directory changes where a person's mails go.
fn same_address(row: &people::Model, said: &SaidOfPerson) -> Result<(), DeskError> {
    if said.emails.is_empty() || said.emails.iter().any(|email| email.trim().eq_ignore_ascii_case(&row.email)) {
        return Ok(());
    }
    let message = format!(
        "the address of a person does not change once they are here, since links that sign in go to it; {} stays. Where the \
         person has a new address, deactivate this user and add them anew with it",
        row.email
    );
    Err(DeskError::Invalid { field: "emails", message })
}
