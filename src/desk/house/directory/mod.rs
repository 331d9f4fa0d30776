//! What a directory elsewhere says of people and groups, as SCIM brings it.
//!
//! Owns what its word does here: whom it adds, whom it deactivates, and what belonging to a group gives. It deactivates and
//! never erases, it changes nobody's address, and nobody gets a level by it that the rules of giving levels withhold. What
//! SCIM looks like on the wire is `web`'s.

mod groups;
mod people;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryOrder as _};
use uuid::Uuid;

use super::Belonging;
use crate::config::Grants;
use crate::desk::{Desk, DeskError};
use crate::notice::event::Actor;
use crate::store::directory;
use crate::store::entity::{directory_groups, directory_members, directory_people, people as persons};

/// How a directory's word is taken here.
#[derive(Debug, Clone, Default)]
pub struct DirectoryRules {
    /// What belonging to a group gives, by the group's name. Where none is named, groups give nothing.
    pub groups: BTreeMap<String, Grants>,
    /// Whom it adds is sent an invitation, since nobody else would let them in.
    pub invites: bool,
}

/// A person as the directory sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryPerson {
    pub id: Uuid,
    pub user_name: String,
    pub external_id: Option<String>,
    pub name: String,
    pub email: String,
    pub zone: String,
    pub active: bool,
    /// Ids and names, by name.
    pub groups: Vec<(Uuid, String)>,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
}

/// What the directory says of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidOfPerson {
    pub user_name: String,
    pub external_id: Option<String>,
    pub name: String,
    /// Every address that it gives, the first one first.
    pub emails: Vec<String>,
    pub zone: Option<String>,
    pub active: bool,
}

/// A group of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryGroup {
    pub id: Uuid,
    pub name: String,
    pub external_id: Option<String>,
    /// Ids and names, by name.
    pub members: Vec<(Uuid, String)>,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
}

/// What the directory says of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidOfGroup {
    pub name: String,
    pub external_id: Option<String>,
    pub members: BTreeSet<Uuid>,
}

impl Desk {
    /// Everybody whom the directory may see, oldest first: not who was erased, and not whom it deleted itself.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn directory_people(&self) -> Result<Vec<DirectoryPerson>, DeskError> {
        let db = self.store.reader();
        let mut said: BTreeMap<Uuid, directory_people::Model> =
            directory_people::Entity::find().all(db).await?.into_iter().map(|row| (row.person, row)).collect();
        let names: BTreeMap<Uuid, String> =
            directory_groups::Entity::find().all(db).await?.into_iter().map(|row| (row.id, row.name)).collect();
        let mut groups: BTreeMap<Uuid, Vec<(Uuid, String)>> = BTreeMap::new();
        for row in directory_members::Entity::find().all(db).await? {
            let name = names.get(&row.group_id).cloned().unwrap_or_default();
            groups.entry(row.person).or_default().push((row.group_id, name));
        }
        let rows = persons::Entity::find().order_by_asc(persons::Column::Id).all(db).await?;
        Ok(rows
            .into_iter()
            .filter(|row| row.erased_at.is_none())
            .filter_map(|row| seen(said.remove(&row.id), groups.remove(&row.id).unwrap_or_default(), row))
            .collect())
    }

    /// One person whom the directory may see.
    ///
    /// # Errors
    /// `NotFound`, or the database does not answer.
    pub async fn directory_person(&self, id: Uuid) -> Result<DirectoryPerson, DeskError> {
        let found = self.directory_people().await?.into_iter().find(|person| person.id == id);
        found.ok_or_else(|| super::people::missing(id))
    }

    /// Every group of the directory, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn directory_groups(&self) -> Result<Vec<DirectoryGroup>, DeskError> {
        let db = self.store.reader();
        let names: BTreeMap<Uuid, String> =
            persons::Entity::find().all(db).await?.into_iter().map(|row| (row.id, row.name)).collect();
        let mut members: BTreeMap<Uuid, Vec<(Uuid, String)>> = BTreeMap::new();
        for row in directory_members::Entity::find().all(db).await? {
            let name = names.get(&row.person).cloned().unwrap_or_default();
            members.entry(row.group_id).or_default().push((row.person, name));
        }
        let rows = directory_groups::Entity::find().order_by_asc(directory_groups::Column::Id).all(db).await?;
        Ok(rows
            .into_iter()
            .map(|row| DirectoryGroup {
                members: by_name(members.remove(&row.id).unwrap_or_default()),
                id: row.id,
                name: row.name,
                external_id: row.external_id,
                created_at: row.created_at.utc(),
                changed_at: row.changed_at.utc(),
            })
            .collect())
    }

    /// One group of the directory.
    ///
    /// # Errors
    /// `NotFound`, or the database does not answer.
    pub async fn directory_group(&self, id: Uuid) -> Result<DirectoryGroup, DeskError> {
        let found = self.directory_groups().await?.into_iter().find(|group| group.id == id);
        found.ok_or_else(|| no_group(id))
    }

    /// Gives a person what their groups give, where the operator said that groups give anything. The last administrator
    /// stays one whatever their groups say: a house that nobody administers helps no directory.
    async fn take_over_groups(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        rules: &DirectoryRules,
        person: Uuid,
    ) -> Result<(), DeskError> {
        if rules.groups.is_empty() {
            return Ok(());
        }
        let belonging = Belonging::of(&directory::groups_of(txn, person).await?, &rules.groups);
        self.belongs_in(txn, actor, person, &belonging).await
    }
}

fn seen(
    said: Option<directory_people::Model>,
    groups: Vec<(Uuid, String)>,
    row: persons::Model,
) -> Option<DirectoryPerson> {
    if said.as_ref().is_some_and(|said| said.deleted_at.is_some()) {
        return None;
    }
    Some(DirectoryPerson {
        user_name: said.as_ref().map_or_else(|| row.email.clone(), |said| said.user_name.clone()),
        changed_at: said.as_ref().map_or(row.created_at, |said| said.changed_at).utc(),
        external_id: said.and_then(|said| said.external_id),
        groups: by_name(groups),
        id: row.id,
        name: row.name,
        email: row.email,
        zone: row.zone,
        active: row.active,
        created_at: row.created_at.utc(),
    })
}

fn by_name(mut some: Vec<(Uuid, String)>) -> Vec<(Uuid, String)> {
    some.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
    some
}

fn no_group(id: Uuid) -> DeskError {
    DeskError::NotFound { what: "group", id: id.to_string() }
}

/// A name of the directory's, as it is compared.
fn key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The directory's own id for something: opaque, and bounded.
fn external(id: Option<&String>) -> Result<Option<String>, DeskError> {
    super::optional("externalId", id.map(String::as_str))
}

/// Nobody belongs to a group who is not here.
async fn known(db: &impl ConnectionTrait, members: &BTreeSet<Uuid>) -> Result<(), DeskError> {
    let here: BTreeSet<Uuid> = persons::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .filter(|row| row.erased_at.is_none())
        .map(|row| row.id)
        .collect();
    match members.difference(&here).next() {
        None => Ok(()),
        Some(strange) => {
            let message = format!("there is no user with the id {strange}; groups hold users only");
            Err(DeskError::Invalid { field: "members", message })
        }
    }
}
