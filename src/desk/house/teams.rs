//! Teams: who works together and owns things together.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel as _,
    QueryFilter, QueryOrder, sea_query::OnConflict,
};
use uuid::Uuid;

use super::{HouseEvent, worded};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::Stream;
use crate::notice::event::Actor;
use crate::store::entity::{duties, freezes, holidays, ownership_rules, people, team_members, teams};

/// A team as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamView {
    pub id: Uuid,
    pub name: String,
    /// Ids and names, by name.
    pub members: Vec<(Uuid, String)>,
    /// Its notices are closed to others.
    pub closed: bool,
}

/// A team and who is in it.
#[derive(Debug, Clone, Default)]
pub struct NewTeam {
    pub name: String,
    pub members: Vec<Uuid>,
    /// Whether its notices are closed to others. `None` leaves that as it is; a new team is open.
    pub closed: Option<bool>,
}

impl Desk {
    /// All teams, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn teams(&self) -> Result<Vec<TeamView>, DeskError> {
        let db = self.store.reader();
        let names: BTreeMap<Uuid, String> =
            people::Entity::find().all(db).await?.into_iter().map(|person| (person.id, person.name)).collect();
        let mut members: BTreeMap<Uuid, Vec<(Uuid, String)>> = BTreeMap::new();
        for row in team_members::Entity::find().all(db).await? {
            let name = names.get(&row.person).cloned().unwrap_or_default();
            members.entry(row.team).or_default().push((row.person, name));
        }
        let rows = teams::Entity::find().order_by_asc(teams::Column::Name).all(db).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let mut members = members.remove(&row.id).unwrap_or_default();
                members.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
                TeamView { id: row.id, name: row.name, members, closed: row.closed }
            })
            .collect())
    }

    /// Adds a team.
    ///
    /// # Errors
    /// `Invalid` names the field; `Conflict` (`name_taken`).
    pub async fn add_team(&self, actor: Actor, new: NewTeam) -> Result<Uuid, DeskError> {
        let id = self.ids.id();
        self.set_team(actor, id, new).await?;
        Ok(id)
    }

    /// Renames a team, and says who is in it and whether its notices are closed to others.
    ///
    /// # Errors
    /// `NotFound`, and as [`Desk::add_team`].
    pub async fn change_team(&self, actor: Actor, id: Uuid, new: NewTeam) -> Result<(), DeskError> {
        if teams::Entity::find_by_id(id).one(self.store.reader()).await?.is_none() {
            return Err(DeskError::NotFound { what: "team", id: id.to_string() });
        }
        self.set_team(actor, id, new).await
    }

    async fn set_team(&self, actor: Actor, id: Uuid, new: NewTeam) -> Result<(), DeskError> {
        let name = worded("name", &new.name, 80)?;
        let members: BTreeSet<Uuid> = new.members.iter().copied().collect();
        transact!(self, |txn| {
            known_people(txn, &members).await?;
            let taken = teams::Entity::find().filter(teams::Column::Name.eq(name.as_str())).one(txn).await?;
            if taken.is_some_and(|other| other.id != id) {
                let message = format!("there is a team “{name}” already");
                return Err(DeskError::Conflict { code: "name_taken", message });
            }
            let before = teams::Entity::find_by_id(id).one(txn).await?.is_some_and(|team| team.closed);
            let closed = new.closed.unwrap_or(before);
            let row = teams::Model { id, name: name.clone(), created_at: self.clock.now().into(), closed };
            let columns = [teams::Column::Name, teams::Column::Closed];
            teams::Entity::insert(row.into_active_model().reset_all())
                .on_conflict(OnConflict::column(teams::Column::Id).update_columns(columns).to_owned())
                .exec_without_returning(txn)
                .await?;
            team_members::Entity::delete_many().filter(team_members::Column::Team.eq(id)).exec(txn).await?;
            if !members.is_empty() {
                let rows =
                    members.iter().map(|person| team_members::ActiveModel { team: Set(id), person: Set(*person) });
                team_members::Entity::insert_many(rows).exec_without_returning(txn).await?;
            }
            // Who is no longer in the team is no longer on its rota.
            duties::Entity::delete_many()
                .filter(duties::Column::Team.eq(id))
                .filter(duties::Column::Person.is_not_in(members.iter().copied()))
                .exec(txn)
                .await?;
            let members = members.iter().copied().collect();
            let mut events = vec![HouseEvent::TeamSet { team: id, name: name.clone(), members }];
            if closed != before {
                events.push(HouseEvent::TeamClosed { team: id, closed });
            }
            self.chronicle(txn, Stream::People, &actor, events, (None, vec![])).await
        })?;
        self.tell_people();
        Ok(())
    }

    /// Removes a team that no rule gives anything to, with its rota, holidays and freezes.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` (`team_owns`).
    pub async fn remove_team(&self, actor: Actor, id: Uuid) -> Result<(), DeskError> {
        transact!(self, |txn| {
            let owns = ownership_rules::Entity::find().filter(ownership_rules::Column::Team.eq(id)).one(txn).await?;
            if owns.is_some() {
                let message = "an ownership rule still names this team; give what it owns to another first".to_owned();
                return Err(DeskError::Conflict { code: "team_owns", message });
            }
            if teams::Entity::delete_by_id(id).exec(txn).await?.rows_affected == 0 {
                return Err(DeskError::NotFound { what: "team", id: id.to_string() });
            }
            team_members::Entity::delete_many().filter(team_members::Column::Team.eq(id)).exec(txn).await?;
            duties::Entity::delete_many().filter(duties::Column::Team.eq(id)).exec(txn).await?;
            freezes::Entity::delete_many().filter(freezes::Column::Team.eq(id)).exec(txn).await?;
            holidays::Entity::delete_many().filter(holidays::Column::Calendar.eq(id.to_string())).exec(txn).await?;
            let event = HouseEvent::TeamRemoved { team: id };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(())
    }
}

async fn known_people(db: &impl ConnectionTrait, wanted: &BTreeSet<Uuid>) -> Result<(), DeskError> {
    let found: BTreeSet<Uuid> = people::Entity::find()
        .filter(people::Column::Id.is_in(wanted.iter().copied()))
        .all(db)
        .await?
        .into_iter()
        .map(|person| person.id)
        .collect();
    match wanted.difference(&found).next() {
        None => Ok(()),
        Some(strange) => {
            Err(DeskError::Invalid { field: "members", message: format!("there is no person with the id {strange}") })
        }
    }
}
