//! People: who is here, what they may do, at which levels they sign.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel as _, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::{HouseEvent, worded};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::Stream;
use crate::notice::directory::Right;
use crate::notice::event::Actor;
use crate::store::entity::{absences, level_requests, levels, people, person_levels, team_members, teams};
use crate::store::texts::Draft;
use crate::store::{At, accounts, directory};

/// A person as pages show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub zone: String,
    pub role: Right,
    /// Ids of levels, from the lowest rank.
    pub levels: Vec<String>,
    /// Ids and names of teams.
    pub teams: Vec<(Uuid, String)>,
    pub active: bool,
    /// They were added and have not set up their account yet.
    pub invited: bool,
    /// Levels that they asked for themselves, which another administrator has not agreed to yet.
    pub asked_levels: Vec<String>,
    /// They are away now, until then.
    pub away_until: Option<DateTime<Utc>>,
    pub erased_at: Option<DateTime<Utc>>,
}

/// A person to be added.
#[derive(Debug, Clone)]
pub struct NewPerson {
    pub name: String,
    pub email: String,
    /// A zone of the tz database; `None` for UTC until they choose one.
    pub zone: Option<String>,
    pub role: Right,
    pub levels: Vec<String>,
}

/// What changes about a person; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct PersonChange {
    pub name: Option<String>,
    pub zone: Option<String>,
    pub role: Option<Right>,
    pub levels: Option<Vec<String>>,
    pub active: Option<bool>,
}

impl Desk {
    /// Everybody who was ever added, by name; those who left and those who were erased too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn people(&self) -> Result<Vec<PersonView>, DeskError> {
        let db = self.store.reader();
        let rows = people::Entity::find().order_by_asc(people::Column::Name).all(db).await?;
        views(db, rows, self.clock.now()).await
    }

    /// One person.
    ///
    /// # Errors
    /// `NotFound`, or the database does not answer.
    pub async fn person(&self, id: Uuid) -> Result<PersonView, DeskError> {
        let db = self.store.reader();
        let row = found(db, id).await?;
        let mut views = views(db, vec![row], self.clock.now()).await?;
        views.pop().ok_or_else(|| missing(id))
    }

    /// The person with this address, in whatever case it is written.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn person_by_email(&self, email: &str) -> Result<Option<people::Model>, DeskError> {
        let email = email.trim().to_lowercase();
        Ok(people::Entity::find().filter(people::Column::Email.eq(email)).one(self.store.reader()).await?)
    }

    /// Adds a person. They cannot sign in before they took up an invitation.
    ///
    /// # Errors
    /// `Invalid` names the field; `Conflict` (`address_taken`) where somebody has the address already.
    pub async fn add_person(&self, actor: Actor, new: NewPerson) -> Result<PersonView, DeskError> {
        let id = transact!(self, |txn| self.add_person_in(txn, &actor, &new).await)?;
        self.tell_people();
        self.person(id).await
    }

    /// As [`Desk::add_person`], within the caller's transaction.
    ///
    /// # Errors
    /// As [`Desk::add_person`].
    pub async fn add_person_in(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        new: &NewPerson,
    ) -> Result<Uuid, DeskError> {
        let name = worded("name", &new.name, 200)?;
        let email = address(&new.email)?;
        let zone = zone(new.zone.as_deref().unwrap_or("UTC"))?;
        let levels = known_levels(txn, &new.levels).await?;
        if people::Entity::find().filter(people::Column::Email.eq(email.as_str())).one(txn).await?.is_some() {
            let message = format!("somebody with the address {email} is here already");
            return Err(DeskError::Conflict { code: "address_taken", message });
        }
        let id = self.ids.id();
        let row = people::Model {
            id,
            name: name.clone(),
            email: email.clone(),
            zone: zone.clone(),
            role: new.role.word().to_owned(),
            active: true,
            password_hash: None,
            created_at: self.clock.now().into(),
            joined_at: None,
            erased_at: None,
        };
        people::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(txn).await?;
        set_levels(txn, id, &levels).await?;
        let (name, email) = (self.draft(&name), self.draft(&email));
        let event = HouseEvent::PersonAdded {
            person: id,
            name: name.reference,
            email: email.reference,
            role: new.role.word().to_owned(),
            levels,
            zone,
        };
        self.chronicle(txn, Stream::People, actor, vec![event], (Some(id), vec![name, email])).await?;
        Ok(id)
    }

    /// Changes a person, with one event for each thing that really changed. Deactivating ends their sessions.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` names the field; `Conflict` (`last_administrator`) where nobody would be left to administer.
    pub async fn change_person(&self, actor: Actor, id: Uuid, change: PersonChange) -> Result<PersonView, DeskError> {
        transact!(self, |txn| {
            let mut change = change.clone();
            self.own_levels_wait(txn, &actor, id, &mut change).await?;
            self.change_person_in(txn, &actor, id, &change).await
        })?;
        self.people_changed(&[id]).await?;
        self.person(id).await
    }

    /// As [`Desk::change_person`], within the caller's transaction.
    ///
    /// # Errors
    /// As [`Desk::change_person`].
    pub async fn change_person_in(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        id: Uuid,
        change: &PersonChange,
    ) -> Result<(), DeskError> {
        let row = found(txn, id).await?;
        if row.erased_at.is_some() {
            let message = "this person was erased and cannot be changed any more".to_owned();
            return Err(DeskError::Conflict { code: "erased", message });
        }
        let (events, drafts) = self.apply(txn, &row, change).await?;
        keep_an_administrator(txn).await?;
        self.chronicle(txn, Stream::People, actor, events, (Some(id), drafts)).await
    }

    /// Writes what changes and says it as events.
    async fn apply(
        &self,
        txn: &DatabaseTransaction,
        row: &people::Model,
        change: &PersonChange,
    ) -> Result<(Vec<HouseEvent>, Vec<Draft>), DeskError> {
        let (mut events, mut drafts) = (Vec::new(), Vec::new());
        let person = row.id;
        let mut update = people::ActiveModel { id: Set(person), ..Default::default() };
        if let Some(name) = change.name.as_deref().map(|name| worded("name", name, 200)).transpose()?
            && name != row.name
        {
            let draft = self.draft(&name);
            events.push(HouseEvent::PersonRenamed { person, name: draft.reference });
            drafts.push(draft);
            update.name = Set(name);
        }
        if let Some(zone) = change.zone.as_deref().map(zone).transpose()?
            && zone != row.zone
        {
            events.push(HouseEvent::PersonZoneSet { person, zone: zone.clone() });
            update.zone = Set(zone);
        }
        if let Some(role) = change.role.map(Right::word)
            && role != row.role
        {
            events.push(HouseEvent::PersonRoleSet { person, role: role.to_owned() });
            update.role = Set(role.to_owned());
        }
        if let Some(active) = change.active
            && active != row.active
        {
            events.push(if active {
                HouseEvent::PersonReactivated { person }
            } else {
                HouseEvent::PersonDeactivated { person }
            });
            update.active = Set(active);
            crate::store::entity::sessions::Entity::delete_many()
                .filter(crate::store::entity::sessions::Column::Person.eq(person))
                .exec(txn)
                .await?;
        }
        if update.is_changed() {
            update.update(txn).await?;
        }
        if let Some(wanted) = &change.levels {
            let wanted = known_levels(txn, wanted).await?;
            if set_levels(txn, person, &wanted).await? {
                events.push(HouseEvent::PersonLevelsSet { person, levels: wanted });
            }
        }
        Ok((events, drafts))
    }

    /// Forgets a person's name and address, and every text they wrote. What they decided stays in the record under their
    /// id; verifying says when they were erased.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` (`last_administrator`).
    pub async fn erase_person(&self, actor: Actor, id: Uuid) -> Result<(), DeskError> {
        transact!(self, |txn| {
            let now = self.clock.now();
            let known = found(txn, id).await?;
            let blank = people::ActiveModel {
                id: Set(id),
                name: Set(format!("[erased on {}]", now.format("%Y-%m-%d"))),
                email: Set(format!("erased-{id}@invalid")),
                active: Set(false),
                password_hash: Set(None),
                erased_at: Set(Some(now.into())),
                ..Default::default()
            };
            blank.update(txn).await?;
            keep_an_administrator(txn).await?;
            set_levels(txn, id, &[]).await?;
            self.forget_words_of(txn, &known).await?;
            crate::store::entity::sessions::Entity::delete_many()
                .filter(crate::store::entity::sessions::Column::Person.eq(id))
                .exec(txn)
                .await?;
            accounts::forget_ways_of(txn, id).await?;
            directory::forget_person(txn, id).await?;
            let event = HouseEvent::PersonErased { person: id };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })?;
        self.people_changed(&[id]).await?;
        Ok(self.store.forget_deleted().await?)
    }
}

pub(super) async fn found(db: &impl ConnectionTrait, id: Uuid) -> Result<people::Model, DeskError> {
    people::Entity::find_by_id(id).one(db).await?.ok_or_else(|| missing(id))
}

pub(super) fn missing(id: Uuid) -> DeskError {
    DeskError::NotFound { what: "person", id: id.to_string() }
}

async fn views(
    db: &impl ConnectionTrait,
    rows: Vec<people::Model>,
    now: DateTime<Utc>,
) -> Result<Vec<PersonView>, DeskError> {
    let ranks: BTreeMap<String, i32> =
        levels::Entity::find().all(db).await?.into_iter().map(|level| (level.id, level.rank)).collect();
    let mut held: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for row in person_levels::Entity::find().all(db).await? {
        held.entry(row.person).or_default().push(row.level);
    }
    let names: BTreeMap<Uuid, String> =
        teams::Entity::find().all(db).await?.into_iter().map(|team| (team.id, team.name)).collect();
    let mut joined: BTreeMap<Uuid, Vec<(Uuid, String)>> = BTreeMap::new();
    for row in team_members::Entity::find().all(db).await? {
        let name = names.get(&row.team).cloned().unwrap_or_default();
        joined.entry(row.person).or_default().push((row.team, name));
    }
    let mut asked: BTreeMap<Uuid, Vec<String>> = level_requests::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.person, row.levels.split(' ').map(str::to_owned).collect()))
        .collect();
    let away: BTreeMap<Uuid, At> = absences::Entity::find()
        .filter(absences::Column::StartAt.lte(At::from(now)))
        .filter(absences::Column::EndAt.gt(At::from(now)))
        .all(db)
        .await?
        .into_iter()
        .map(|absence| (absence.person, absence.end_at))
        .collect();
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut levels = held.remove(&row.id).unwrap_or_default();
            levels.sort_by_key(|level| ranks.get(level).copied().unwrap_or_default());
            PersonView {
                id: row.id,
                levels,
                teams: joined.remove(&row.id).unwrap_or_default(),
                asked_levels: asked.remove(&row.id).unwrap_or_default(),
                invited: row.active && row.joined_at.is_none(),
                away_until: away.get(&row.id).map(|until| until.utc()),
                role: row.role.parse().unwrap_or(Right::Auditor),
                name: row.name,
                email: row.email,
                zone: row.zone,
                active: row.active,
                erased_at: row.erased_at.map(At::utc),
            }
        })
        .collect())
}

/// Writes a person's levels and says whether that changed anything.
async fn set_levels(db: &impl ConnectionTrait, person: Uuid, wanted: &[String]) -> Result<bool, DeskError> {
    let before: BTreeSet<String> = person_levels::Entity::find()
        .filter(person_levels::Column::Person.eq(person))
        .all(db)
        .await?
        .into_iter()
        .map(|row| row.level)
        .collect();
    if before == wanted.iter().cloned().collect() {
        return Ok(false);
    }
    person_levels::Entity::delete_many().filter(person_levels::Column::Person.eq(person)).exec(db).await?;
    if !wanted.is_empty() {
        let rows =
            wanted.iter().map(|level| person_levels::ActiveModel { person: Set(person), level: Set(level.clone()) });
        person_levels::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(true)
}

pub(super) async fn known_levels(db: &impl ConnectionTrait, wanted: &[String]) -> Result<Vec<String>, DeskError> {
    let known: BTreeSet<String> = levels::Entity::find().all(db).await?.into_iter().map(|level| level.id).collect();
    if let Some(strange) = wanted.iter().find(|level| !known.contains(*level)) {
        let all = known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let message = format!("there is no level “{strange}”; known are {all}");
        return Err(DeskError::Invalid { field: "levels", message });
    }
    let unique: BTreeSet<String> = wanted.iter().cloned().collect();
    Ok(unique.into_iter().collect())
}

async fn keep_an_administrator(db: &impl ConnectionTrait) -> Result<(), DeskError> {
    let left = people::Entity::find()
        .filter(people::Column::Active.eq(true))
        .filter(people::Column::Role.eq(Right::Administrator.word()))
        .one(db)
        .await?;
    if left.is_none() {
        let message = "nobody would be left to administer; make somebody else an administrator first".to_owned();
        return Err(DeskError::Conflict { code: "last_administrator", message });
    }
    Ok(())
}

fn zone(written: &str) -> Result<String, DeskError> {
    let zone = written.trim().parse::<Tz>().map_err(|_| {
        let message = format!("“{written}” is no zone of the tz database; write one such as Europe/Berlin");
        DeskError::Invalid { field: "zone", message }
    })?;
    Ok(zone.name().to_owned())
}

/// A mail address in lower case, as far as a form can judge one.
pub(super) fn address(written: &str) -> Result<String, DeskError> {
    let email = written.trim().to_lowercase();
    let whole = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.is_empty()
            && !domain.contains('@')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
    });
    let clean =
        email.len() <= 254 && !email.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
    if whole && clean {
        return Ok(email);
    }
    let message = format!("“{}” is no mail address", written.chars().take(80).collect::<String>());
    Err(DeskError::Invalid { field: "email", message })
}
