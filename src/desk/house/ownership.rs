//! Who owns what (in the manner of CODEOWNERS), and who is away with whom in their place.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::{HouseEvent, optional};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::{Stream, micros};
use crate::notice::event::Actor;
use crate::store::At;
use crate::store::entity::{absences, ownership_rules, people, teams};

/// A rule as pages show it. What is `None` matches anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleView {
    pub id: Uuid,
    /// Rules apply in this order; of those that match, the last decides.
    pub position: i32,
    pub provider: Option<String>,
    pub account: Option<String>,
    pub region: Option<String>,
    pub resource: Option<String>,
    pub environment: Option<String>,
    pub team: (Uuid, String),
}

/// A rule to be added at the end.
#[derive(Debug, Clone, Default)]
pub struct NewRule {
    pub provider: Option<String>,
    pub account: Option<String>,
    pub region: Option<String>,
    pub resource: Option<String>,
    pub environment: Option<String>,
    pub team: Uuid,
}

/// An absence as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbsenceView {
    pub id: Uuid,
    pub person: (Uuid, String),
    /// Half open: from `start`, until `end`.
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// The person's own zone, in which its days are counted.
    pub zone: Tz,
    pub delegate: Option<(Uuid, String)>,
}

/// An absence to be added. Half open.
#[derive(Debug, Clone)]
pub struct NewAbsence {
    pub person: Uuid,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub delegate: Option<Uuid>,
}

impl Desk {
    /// All rules in their order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ownership_rules(&self) -> Result<Vec<RuleView>, DeskError> {
        let db = self.store.reader();
        let names: BTreeMap<Uuid, String> =
            teams::Entity::find().all(db).await?.into_iter().map(|team| (team.id, team.name)).collect();
        let rows = ownership_rules::Entity::find().order_by_asc(ownership_rules::Column::Position).all(db).await?;
        Ok(rows
            .into_iter()
            .map(|row| RuleView {
                id: row.id,
                position: row.position,
                provider: row.provider,
                account: row.account,
                region: row.region,
                resource: row.resource,
                environment: row.environment,
                team: (row.team, names.get(&row.team).cloned().unwrap_or_default()),
            })
            .collect())
    }

    /// Adds a rule at the end, where it goes before all others that match.
    ///
    /// # Errors
    /// `Invalid` names the field.
    pub async fn add_rule(&self, actor: Actor, new: NewRule) -> Result<Uuid, DeskError> {
        let id = self.ids.id();
        let pattern = [
            optional("provider", new.provider.as_deref())?,
            optional("account", new.account.as_deref())?,
            optional("region", new.region.as_deref())?,
            optional("resource", new.resource.as_deref())?,
            optional("environment", new.environment.as_deref())?,
        ];
        transact!(self, |txn| {
            if teams::Entity::find_by_id(new.team).one(txn).await?.is_none() {
                let message = format!("there is no team with the id {}", new.team);
                return Err(DeskError::Invalid { field: "team", message });
            }
            let last: Option<i32> = ownership_rules::Entity::find()
                .select_only()
                .column(ownership_rules::Column::Position)
                .order_by_desc(ownership_rules::Column::Position)
                .into_tuple()
                .one(txn)
                .await?;
            let position = last.unwrap_or(0) + 1;
            let [provider, account, region, resource, environment] = pattern.clone();
            let told = json!({
                "provider": provider, "account": account, "region": region, "resource": resource,
                "environment": environment,
            });
            let row = ownership_rules::Model {
                id,
                position,
                provider,
                account,
                region,
                resource,
                environment,
                team: new.team,
                created_at: self.clock.now().into(),
            };
            ownership_rules::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(txn).await?;
            let event = HouseEvent::RuleAdded { rule: id, position, pattern: told, team: new.team };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(id)
    }

    /// Removes a rule.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_rule(&self, actor: Actor, id: Uuid) -> Result<(), DeskError> {
        transact!(self, |txn| {
            if ownership_rules::Entity::delete_by_id(id).exec(txn).await?.rows_affected == 0 {
                return Err(DeskError::NotFound { what: "ownership rule", id: id.to_string() });
            }
            let event = HouseEvent::RuleRemoved { rule: id };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(())
    }

    /// Absences that are not over yet, by when they begin.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn absences(&self) -> Result<Vec<AbsenceView>, DeskError> {
        let db = self.store.reader();
        let people: BTreeMap<Uuid, people::Model> =
            people::Entity::find().all(db).await?.into_iter().map(|person| (person.id, person)).collect();
        let named = |id: Uuid| (id, people.get(&id).map(|person| person.name.clone()).unwrap_or_default());
        let zone = |id: Uuid| people.get(&id).and_then(|person| person.zone.parse().ok()).unwrap_or(Tz::UTC);
        let rows = absences::Entity::find()
            .filter(absences::Column::EndAt.gt(At::from(self.clock.now())))
            .order_by_asc(absences::Column::StartAt)
            .all(db)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| AbsenceView {
                id: row.id,
                person: named(row.person),
                start: row.start_at.utc(),
                end: row.end_at.utc(),
                zone: zone(row.person),
                delegate: row.delegate.map(named),
            })
            .collect())
    }

    /// Notes that a person is away, and who signs for them meanwhile.
    ///
    /// # Errors
    /// `Invalid` names the field.
    pub async fn add_absence(&self, actor: Actor, new: NewAbsence) -> Result<Uuid, DeskError> {
        if new.end <= new.start {
            let message = "an absence ends after it begins".to_owned();
            return Err(DeskError::Invalid { field: "until", message });
        }
        if new.delegate == Some(new.person) {
            let message = "nobody can stand in for themselves".to_owned();
            return Err(DeskError::Invalid { field: "delegate", message });
        }
        let id = self.ids.id();
        transact!(self, |txn| {
            for (field, person) in [("person", Some(new.person)), ("delegate", new.delegate)] {
                let Some(person) = person else { continue };
                let there = people::Entity::find_by_id(person).one(txn).await?;
                if !there.is_some_and(|row| row.active) {
                    let message = format!("there is no active person with the id {person}");
                    return Err(DeskError::Invalid { field, message });
                }
            }
            let row = absences::Model {
                id,
                person: new.person,
                start_at: new.start.into(),
                end_at: new.end.into(),
                delegate: new.delegate,
                created_at: self.clock.now().into(),
            };
            absences::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(txn).await?;
            let event = HouseEvent::AbsenceAdded {
                absence: id,
                person: new.person,
                start: micros(new.start),
                end: micros(new.end),
                delegate: new.delegate,
            };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(id)
    }

    /// Takes an absence back.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_absence(&self, actor: Actor, id: Uuid) -> Result<(), DeskError> {
        transact!(self, |txn| {
            if absences::Entity::delete_by_id(id).exec(txn).await?.rows_affected == 0 {
                return Err(DeskError::NotFound { what: "absence", id: id.to_string() });
            }
            let event = HouseEvent::AbsenceRemoved { absence: id };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        Ok(())
    }
}
