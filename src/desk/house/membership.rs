//! What a directory elsewhere says of somebody: role, levels and teams, taken over as a whole.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::HouseEvent;
use super::people::PersonChange;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::Stream;
use crate::notice::directory::Right;
use crate::notice::event::Actor;
use crate::store::entity::{team_members, teams};

/// What somebody belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Belonging {
    pub role: Option<Right>,
    pub levels: BTreeSet<String>,
    /// By name. One that is none here is left out.
    pub teams: BTreeSet<String>,
}

impl Desk {
    /// Gives a person exactly these levels and teams, and the role where one is named, within the caller's transaction.
    /// Writes nothing where they have them already.
    ///
    /// # Errors
    /// As [`Desk::change_person`].
    pub async fn belongs_in(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        person: Uuid,
        belonging: &Belonging,
    ) -> Result<(), DeskError> {
        let known = self.levels().await?.into_iter().map(|level| level.id).collect::<BTreeSet<_>>();
        let levels = belonging.levels.intersection(&known).cloned().collect();
        let change = PersonChange { role: belonging.role, levels: Some(levels), ..PersonChange::default() };
        self.change_person_in(txn, actor, person, &change).await?;
        self.in_teams(txn, actor, person, &belonging.teams).await
    }

    async fn in_teams(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        person: Uuid,
        wanted: &BTreeSet<String>,
    ) -> Result<(), DeskError> {
        let mut events = Vec::new();
        for team in teams::Entity::find().all(txn).await? {
            let rows = team_members::Entity::find().filter(team_members::Column::Team.eq(team.id)).all(txn).await?;
            let mut members: BTreeSet<Uuid> = rows.into_iter().map(|row| row.person).collect();
            let (is, should) = (members.contains(&person), wanted.contains(&team.name));
            if is == should {
                continue;
            }
            if should {
                let row = team_members::ActiveModel {
                    team: sea_orm::ActiveValue::Set(team.id),
                    person: sea_orm::ActiveValue::Set(person),
                };
                team_members::Entity::insert(row).exec_without_returning(txn).await?;
                members.insert(person);
            } else {
                team_members::Entity::delete_by_id((team.id, person)).exec(txn).await?;
                members.remove(&person);
            }
            let members = members.into_iter().collect();
            events.push(HouseEvent::TeamSet { team: team.id, name: team.name, members });
        }
        self.chronicle(txn, Stream::People, actor, events, (None, vec![])).await
    }
}
