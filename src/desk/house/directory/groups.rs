//! Groups as a directory keeps them, and what belonging to one gives.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::{DirectoryGroup, DirectoryRules, SaidOfGroup, external, key, known, no_group};
use crate::desk::house::{HouseEvent, worded};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::Stream;
use crate::notice::event::Actor;
use crate::store::directory;
use crate::store::entity::directory_groups;

impl Desk {
    /// Adds a group.
    ///
    /// # Errors
    /// `Invalid` names the field; `Conflict` (`name_taken`).
    pub async fn directory_adds_group(
        &self,
        actor: Actor,
        rules: &DirectoryRules,
        said: &SaidOfGroup,
    ) -> Result<DirectoryGroup, DeskError> {
        let id = self.ids.id();
        self.set_group(actor, rules, id, said).await
    }

    /// Changes a group to what the directory says of it now, and gives or takes what belonging to it gives.
    ///
    /// # Errors
    /// `NotFound`, and as [`Desk::directory_adds_group`].
    pub async fn directory_changes_group(
        &self,
        actor: Actor,
        rules: &DirectoryRules,
        id: Uuid,
        said: &SaidOfGroup,
    ) -> Result<DirectoryGroup, DeskError> {
        self.directory_group(id).await?;
        self.set_group(actor, rules, id, said).await
    }

    async fn set_group(
        &self,
        actor: Actor,
        rules: &DirectoryRules,
        id: Uuid,
        said: &SaidOfGroup,
    ) -> Result<DirectoryGroup, DeskError> {
        let name = worded("displayName", &said.name, 200)?;
        let external_id = external(said.external_id.as_ref())?;
        let moved = transact!(self, |txn| {
            known(txn, &said.members).await?;
            let now = self.clock.now().into();
            let row = directory_groups::Model {
                id,
                name_key: key(&name),
                name: name.clone(),
                external_id: external_id.clone(),
                created_at: now,
                changed_at: now,
            };
            self.keep_group(txn, &actor, rules, row, &said.members).await
        })?;
        self.people_changed(&moved).await?;
        self.directory_group(id).await
    }

    /// Keeps the group, and says for whom something may have changed.
    async fn keep_group(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        rules: &DirectoryRules,
        row: directory_groups::Model,
        members: &BTreeSet<Uuid>,
    ) -> Result<Vec<Uuid>, DeskError> {
        let (id, name) = (row.id, row.name.clone());
        let taken =
            directory_groups::Entity::find().filter(directory_groups::Column::NameKey.eq(row.name_key.as_str()));
        if taken.one(txn).await?.is_some_and(|other| other.id != id) {
            let message = format!("there is a group “{name}” already");
            return Err(DeskError::Conflict { code: "name_taken", message });
        }
        let old = directory_groups::Entity::find_by_id(id).one(txn).await?;
        let before = directory::members_of(txn, id).await?;
        let renamed = old.as_ref().is_some_and(|old| old.name != name);
        let same = old.is_some_and(|old| old.external_id == row.external_id) && !renamed && before == *members;
        if same {
            return Ok(Vec::new());
        }
        directory::keep_group(txn, row, members).await?;
        let event = HouseEvent::DirectoryGroupSet { group: id, name, members: members.iter().copied().collect() };
        self.chronicle(txn, Stream::People, actor, vec![event], (None, vec![])).await?;
        let moved: Vec<Uuid> = if renamed {
            before.union(members).copied().collect()
        } else {
            before.symmetric_difference(members).copied().collect()
        };
        for person in &moved {
            self.take_over_groups(txn, actor, rules, *person).await?;
        }
        Ok(moved)
    }

    /// Removes a group; who belonged to it keeps what their other groups give.
    ///
    /// # Errors
    /// `NotFound`; what giving and taking says.
    pub async fn directory_removes_group(
        &self,
        actor: Actor,
        rules: &DirectoryRules,
        id: Uuid,
    ) -> Result<(), DeskError> {
        let moved = transact!(self, |txn| {
            let before = directory::members_of(txn, id).await?;
            if !directory::remove_group(txn, id).await? {
                return Err(no_group(id));
            }
            let event = HouseEvent::DirectoryGroupRemoved { group: id };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await?;
            for person in &before {
                self.take_over_groups(txn, &actor, rules, *person).await?;
            }
            Ok(before.into_iter().collect::<Vec<Uuid>>())
        })?;
        self.people_changed(&moved).await
    }
}
