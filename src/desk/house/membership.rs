//! What a directory elsewhere says of somebody: role, levels and teams, taken over as a whole.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::HouseEvent;
use super::people::PersonChange;
use crate::config::Grants;
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

impl Belonging {
    /// What some groups give together: all levels and teams, and the strongest role; a plain member where roles are given by
    /// groups and none of these gives one.
    #[must_use]
    pub fn of(groups: &BTreeSet<String>, grants: &BTreeMap<String, Grants>) -> Self {
        let roles = grants.values().any(|grant| grant.role.is_some());
        let (mut levels, mut teams, mut role) = (BTreeSet::new(), BTreeSet::new(), None);
        for grant in groups.iter().filter_map(|group| grants.get(group)) {
            levels.extend(grant.levels.iter().cloned());
            teams.extend(grant.teams.iter().cloned());
            let given = grant.role.as_deref().and_then(|word| word.parse::<Right>().ok());
            role = role.max(given.map(strength));
        }
        let role = role.map(|(_, role)| role).or_else(|| roles.then_some(Right::Member));
        Self { role, levels, teams }
    }
}

const fn strength(role: Right) -> (u8, Right) {
    match role {
        Right::Auditor => (1, role),
        Right::Member => (2, role),
        Right::Administrator => (3, role),
    }
}

impl Desk {
    /// Gives a person exactly these levels and teams, and the role where one is named, within the caller's transaction.
    /// Writes nothing where they have them already. Levels that an administrator would give themselves this way wait for
    /// another, and the last administrator stays one: a house that nobody administers helps no directory.
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
        let mut change = PersonChange { levels: Some(levels), ..PersonChange::default() };
        self.own_levels_wait(txn, actor, person, &mut change).await?;
        change.role = belonging.role;
        if change.role.is_some_and(|role| role != Right::Administrator) && self.administers_alone(txn, person).await? {
            tracing::warn!(%person, "the last administrator keeps the role against their groups");
            change.role = None;
        }
        self.change_person_in(txn, actor, person, &change).await?;
        self.in_teams(txn, actor, person, &belonging.teams).await
    }

    /// After a commit that changed people: hands on what waits for who left, and tells the pages.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) async fn people_changed(&self, people: &[Uuid]) -> Result<(), DeskError> {
        for person in people {
            self.hand_on(*person).await?;
        }
        self.tell_people();
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(levels: &[&str], teams: &[&str], role: Option<&str>) -> Grants {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Grants { levels: owned(levels), teams: owned(teams), role: role.map(str::to_owned) }
    }

    fn named(groups: &[&str]) -> BTreeSet<String> {
        groups.iter().map(|group| (*group).to_owned()).collect()
    }

    #[test]
    fn groups_add_up_and_the_strongest_role_holds() {
        let grants = BTreeMap::from([
            ("a".to_owned(), grants(&["lead"], &["Databases"], Some("auditor"))),
            ("b".to_owned(), grants(&["engineer"], &[], Some("administrator"))),
            ("c".to_owned(), grants(&["executive"], &[], None)),
        ]);
        let got = Belonging::of(&named(&["a", "b", "unknown"]), &grants);
        assert_eq!(got.role, Some(Right::Administrator));
        assert_eq!(got.levels.into_iter().collect::<Vec<_>>(), ["engineer", "lead"]);
        assert_eq!(got.teams.into_iter().collect::<Vec<_>>(), ["Databases"]);
    }

    #[test]
    fn who_has_left_every_group_keeps_nothing_of_them() {
        let with_role = BTreeMap::from([("a".to_owned(), grants(&["lead"], &[], Some("auditor")))]);
        let plain = Belonging { role: Some(Right::Member), ..Belonging::default() };
        assert_eq!(Belonging::of(&named(&[]), &with_role), plain);
        let without = BTreeMap::from([("a".to_owned(), grants(&["lead"], &[], None))]);
        assert_eq!(Belonging::of(&named(&[]), &without).role, None, "a house that gives roles itself keeps them");
    }
}
