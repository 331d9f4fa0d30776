//! Everything that decisions need from outside: people, calendars, procedures, and what readers were taught. Read together,
//! kept until one changes.
//!
//! A counter in the database says whether what is kept is still true, so that any number of processes see a change at their
//! next decision, and a decision costs one row and not the whole directory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::desk::outward::choices::{self, Choices};
use crate::desk::outward::hooks::{self, Hook};
use crate::desk::{Desk, DeskError, providers, teach};
use crate::notice::calendar::{Calendar, Calendars, Freeze};
use crate::notice::context::Context;
use crate::notice::directory::{Absence, Directory, Duty, Level, OwnershipRule, Person, Right, Team};
use crate::notice::facts::Mapping;
use crate::notice::ids::{Environment, LevelId, PersonId, ProviderId, TeamId};
use crate::notice::procedure::{Procedure, Procedures, Size};
use crate::store::entity::{
    absences, counters, duties, freezes, holidays, levels, ownership_rules, people, person_levels, procedures,
    resource_mappings, settings, team_members, teams,
};

/// The outside as of one version of it.
#[derive(Debug, Clone)]
pub struct World {
    /// Counts changes that may move a notice's thresholds: people, levels, teams, rules, absences, calendars, procedures.
    pub version: i64,
    /// Counts those and the mappings learned from notices.
    revision: i64,
    pub directory: Arc<Directory>,
    pub calendars: Arc<Calendars>,
    pub procedures: Arc<Procedures>,
    /// What each person wants of mails, where they have said something.
    pub choices: Arc<BTreeMap<PersonId, Choices>>,
    /// Where other programs want to be told.
    pub hooks: Arc<Vec<Hook>>,
}

/// What was read last.
pub(super) type Kept = Arc<RwLock<Option<Arc<World>>>>;

/// The setting that says for how many people procedures are made: `one`, `two` or `many`.
pub(super) const SIZE: &str = "size";
/// The setting that holds the house's working week, as `Calendar` is written in JSON.
pub(super) const CALENDAR: &str = "calendar";

impl Desk {
    /// The outside as `db` sees it: inside a transaction what that transaction decides upon.
    ///
    /// # Errors
    /// When the database does not answer, or holds a procedure that this version cannot read.
    pub async fn world(&self, db: &impl ConnectionTrait) -> Result<Arc<World>, DeskError> {
        let (version, revision) = counted(db).await?;
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(world) = kept.filter(|world| world.revision == revision) {
            return Ok(world);
        }
        providers::teach(&teach::taught(db).await?);
        let choices = choices::all(db).await?;
        let world = Arc::new(World {
            version,
            revision,
            directory: Arc::new(directory(db, &choices).await?),
            calendars: Arc::new(calendars(db).await?),
            procedures: Arc::new(all_procedures(db).await?),
            choices: Arc::new(choices),
            hooks: Arc::new(hooks::active(db).await?),
        });
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&world));
        Ok(world)
    }

    /// Whether any team's notices are closed to others, as this process knew last: what tells open pages of a change asks so
    /// for each of them. None before the first decision.
    pub(super) fn known_to_close(&self) -> Option<bool> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map(|world| world.directory.closes())
    }

    /// The context of a decision made now.
    ///
    /// # Errors
    /// As [`Desk::world`].
    pub async fn context(&self, db: &impl ConnectionTrait) -> Result<Context, DeskError> {
        Ok(self.context_of(&*self.world(db).await?, self.clock.now()))
    }

    pub(super) fn context_of(&self, world: &World, now: DateTime<Utc>) -> Context {
        Context {
            now,
            directory: Arc::clone(&world.directory),
            calendars: Arc::clone(&world.calendars),
            procedures: Arc::clone(&world.procedures),
            fresh_for: self.settings.fresh_for,
        }
    }
}

async fn counted(db: &impl ConnectionTrait) -> Result<(i64, i64), DeskError> {
    let rows = counters::Entity::find().filter(counters::Column::Name.is_in(["world", "learned"])).all(db).await?;
    let of = |name: &str| rows.iter().find(|row| row.name == name).map_or(0, |row| row.value);
    Ok((of("world"), of("world") + of("learned")))
}

async fn directory(db: &impl ConnectionTrait, choices: &BTreeMap<PersonId, Choices>) -> Result<Directory, DeskError> {
    let mut rotas = rotas(db).await?;
    Ok(Directory {
        people: persons(db, choices).await?,
        levels: levels::Entity::find()
            .order_by_asc(levels::Column::Rank)
            .all(db)
            .await?
            .into_iter()
            .map(|row| Level { id: LevelId(row.id), name: row.name, rank: u32::try_from(row.rank).unwrap_or(0) })
            .collect(),
        teams: teams::Entity::find()
            .all(db)
            .await?
            .into_iter()
            .map(|row| {
                let (id, rota) = (TeamId(row.id), rotas.remove(&row.id).unwrap_or_default());
                (id, Team { id, rota, closed: row.closed })
            })
            .collect(),
        ownership: ownership_rules::Entity::find()
            .order_by_asc(ownership_rules::Column::Position)
            .all(db)
            .await?
            .into_iter()
            .map(|row| OwnershipRule {
                provider: row.provider,
                account: row.account,
                region: row.region,
                resource: row.resource,
                team: TeamId(row.team),
                environment: row.environment.map(Environment),
            })
            .collect(),
        absences: absences::Entity::find()
            .order_by_asc(absences::Column::StartAt)
            .all(db)
            .await?
            .into_iter()
            .map(|row| Absence {
                person: PersonId(row.person),
                start: row.start_at.utc(),
                end: row.end_at.utc(),
                delegate: row.delegate.map(PersonId),
            })
            .collect(),
        learned: resource_mappings::Entity::find()
            .all(db)
            .await?
            .into_iter()
            .filter_map(|row| {
                let mapping = Mapping { environment: Environment(row.environment), team: TeamId(row.team?) };
                Some(((ProviderId(row.provider), row.resource), mapping))
            })
            .collect(),
    })
}

async fn rotas(db: &impl ConnectionTrait) -> Result<BTreeMap<Uuid, Vec<Duty>>, DeskError> {
    let mut rotas: BTreeMap<Uuid, Vec<Duty>> = BTreeMap::new();
    for row in duties::Entity::find().order_by_asc(duties::Column::StartAt).all(db).await? {
        let duty = Duty { person: PersonId(row.person), start: row.start_at.utc(), end: row.end_at.utc() };
        rotas.entry(row.team).or_default().push(duty);
    }
    Ok(rotas)
}

async fn persons(
    db: &impl ConnectionTrait,
    choices: &BTreeMap<PersonId, Choices>,
) -> Result<BTreeMap<PersonId, Person>, DeskError> {
    let mut held: BTreeMap<PersonId, BTreeSet<LevelId>> = BTreeMap::new();
    for row in person_levels::Entity::find().all(db).await? {
        held.entry(PersonId(row.person)).or_default().insert(LevelId(row.level));
    }
    let mut joined: BTreeMap<PersonId, BTreeSet<TeamId>> = BTreeMap::new();
    for row in team_members::Entity::find().all(db).await? {
        joined.entry(PersonId(row.person)).or_default().insert(TeamId(row.team));
    }
    let rows = people::Entity::find().all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let id = PersonId(row.id);
            let person = Person {
                id,
                active: row.active,
                right: row.role.parse().unwrap_or(Right::Auditor),
                levels: held.remove(&id).unwrap_or_default(),
                zone: row.zone.parse().unwrap_or(Tz::UTC),
                teams: joined.remove(&id).unwrap_or_default(),
                hours: choices.get(&id).and_then(|choices| choices.hours),
            };
            (id, person)
        })
        .collect())
}

/// The house's calendar, and one for each team that has holidays or freezes of its own: those add to the house's.
async fn calendars(db: &impl ConnectionTrait) -> Result<Calendars, DeskError> {
    let written = settings::Entity::find_by_id(CALENDAR).one(db).await?;
    let mut house: Calendar = written.and_then(|row| serde_json::from_str(&row.value).ok()).unwrap_or_default();
    let (mut days, mut frozen) = (BTreeMap::<Option<TeamId>, BTreeSet<NaiveDate>>::new(), BTreeMap::<_, Vec<_>>::new());
    for row in holidays::Entity::find().all(db).await? {
        let of = row.calendar.parse().ok().map(TeamId);
        days.entry(of).or_default().extend(row.day.parse::<NaiveDate>());
    }
    for row in freezes::Entity::find().order_by_asc(freezes::Column::StartAt).all(db).await? {
        let freeze = Freeze { label: row.reason, start: row.start_at.utc(), end: row.end_at.utc() };
        frozen.entry(row.team.map(TeamId)).or_default().push(freeze);
    }
    house.holidays.extend(days.remove(&None).unwrap_or_default());
    house.freezes.extend(frozen.remove(&None).unwrap_or_default());
    let own: BTreeSet<TeamId> = days.keys().chain(frozen.keys()).copied().flatten().collect();
    let teams = own
        .into_iter()
        .map(|team| {
            let mut calendar = house.clone();
            calendar.holidays.extend(days.remove(&Some(team)).unwrap_or_default());
            calendar.freezes.extend(frozen.remove(&Some(team)).unwrap_or_default());
            (team, calendar)
        })
        .collect();
    Ok(Calendars { house, teams })
}

async fn all_procedures(db: &impl ConnectionTrait) -> Result<Procedures, DeskError> {
    let size = settings::Entity::find_by_id(SIZE).one(db).await?;
    let mut all = Procedures::built_in(size.and_then(|row| row.value.parse().ok()).unwrap_or(Size::Many));
    let edited = procedures::Entity::find().filter(procedures::Column::RetiredAt.is_null()).all(db).await?;
    for row in edited {
        let version = u32::try_from(row.version).unwrap_or(0);
        match Procedure::parse(&row.document, version) {
            Ok(procedure) => all.add(procedure),
            Err(problem) => {
                tracing::error!(procedure = %row.id, version, %problem, "a saved procedure cannot be read any more");
            }
        }
    }
    Ok(all)
}
