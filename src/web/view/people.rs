//! People, levels, teams, who owns what, and who is away.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::common::{Named, PersonName};
use crate::desk::house;
use crate::identity::Role;
use crate::web::problem::Problem;

/// A person with what they may do and sign.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub zone: String,
    pub role: Role,
    /// Ids of levels.
    pub levels: Vec<String>,
    pub teams: Vec<Named>,
    pub active: bool,
    /// They have not taken up their invitation yet.
    pub invited: bool,
    /// Levels that they asked for themselves, and that another administrator has not agreed to yet.
    pub asked_levels: Vec<String>,
    /// They are away today, until this day.
    pub away_until: Option<NaiveDate>,
}

/// Adds a person and mails them an invitation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonForm {
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[schema(max_length = 254)]
    pub email: String,
    pub role: Role,
    #[serde(default)]
    pub levels: Vec<String>,
    /// A zone of the tz database; left out: UTC until they choose one.
    pub zone: Option<String>,
}

/// Changes a person. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    pub zone: Option<String>,
    pub role: Option<Role>,
    pub levels: Option<Vec<String>>,
    pub active: Option<bool>,
}

/// An invitation that was made: mailed, and shown once for handing over by other means.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InvitationMade {
    pub person: Uuid,
    pub expires_at: DateTime<Utc>,
    /// The one-time link.
    pub link: String,
}

/// A person just added, with the invitation that goes out to them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonAdded {
    pub person: Person,
    pub invitation: InvitationMade,
}

/// A rung of responsibility.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Level {
    pub id: String,
    pub name: String,
    /// Higher is more responsible.
    pub rank: i32,
    /// How many active people hold it.
    pub holders: u64,
}

/// Adds a level, or renames it and moves its rank.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelForm {
    /// Lower-case letters, digits and `_`. Never changes.
    #[schema(pattern = "^[a-z][a-z0-9_]{0,39}$")]
    pub id: String,
    #[schema(min_length = 1, max_length = 80)]
    pub name: String,
    #[schema(minimum = 1, maximum = 100)]
    pub rank: i32,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Team {
    pub id: Uuid,
    pub name: String,
    pub members: Vec<PersonName>,
    /// Its notices are seen only by its members, by who is asked, told or mentioned or did something on them, by
    /// administrators and by auditors.
    pub closed: bool,
}

/// A team and who is in it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamForm {
    #[schema(min_length = 1, max_length = 80)]
    pub name: String,
    #[serde(default)]
    pub members: Vec<Uuid>,
    /// Whether its notices are closed to others. Left out, that stays as it is.
    pub closed: Option<bool>,
}

/// Who owns what. The last rule that matches wins.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OwnershipRule {
    pub id: Uuid,
    /// Rules apply in this order.
    pub position: i32,
    /// Null matches any.
    pub provider: Option<String>,
    pub account: Option<String>,
    pub region: Option<String>,
    /// With `*` for anything.
    pub resource: Option<String>,
    pub environment: Option<String>,
    pub team: Named,
}

/// Adds a rule at the end. What is left out matches anything.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnershipRuleForm {
    pub provider: Option<String>,
    pub account: Option<String>,
    pub region: Option<String>,
    /// A resource's id, with `*` for anything.
    pub resource: Option<String>,
    /// Proposed as the resource's environment.
    pub environment: Option<String>,
    pub team: Uuid,
}

/// A person is away, from the first day to the last, both inclusive, in their own zone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Absence {
    pub id: Uuid,
    pub person: PersonName,
    pub from: NaiveDate,
    pub until: NaiveDate,
    /// Who signs for them meanwhile.
    pub delegate: Option<PersonName>,
}

/// Enters an absence.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbsenceForm {
    /// Left out: oneself. Only administrators enter others' absences.
    pub person: Option<Uuid>,
    pub from: NaiveDate,
    pub until: NaiveDate,
    pub delegate: Option<Uuid>,
}

impl From<house::PersonView> for Person {
    fn from(view: house::PersonView) -> Self {
        let zone: Tz = view.zone.parse().unwrap_or(Tz::UTC);
        Self {
            id: view.id,
            name: view.name,
            email: view.email,
            role: view.role,
            levels: view.levels,
            teams: view.teams.into_iter().map(named).collect(),
            active: view.active,
            invited: view.invited,
            asked_levels: view.asked_levels,
            away_until: view.away_until.map(|end| last_day(end, zone)),
            zone: view.zone,
        }
    }
}

impl From<PersonForm> for house::NewPerson {
    fn from(form: PersonForm) -> Self {
        Self { name: form.name, email: form.email, zone: form.zone, role: form.role, levels: form.levels }
    }
}

impl From<PersonChange> for house::PersonChange {
    fn from(form: PersonChange) -> Self {
        Self { name: form.name, zone: form.zone, role: form.role, levels: form.levels, active: form.active }
    }
}

impl From<house::Invitation> for InvitationMade {
    fn from(made: house::Invitation) -> Self {
        Self { person: made.person, expires_at: made.expires_at, link: made.link }
    }
}

impl From<house::LevelView> for Level {
    fn from(view: house::LevelView) -> Self {
        Self { id: view.id, name: view.name, rank: view.rank, holders: view.holders }
    }
}

impl From<house::TeamView> for Team {
    fn from(view: house::TeamView) -> Self {
        let members = view.members.into_iter().map(PersonName::from).collect();
        Self { id: view.id, name: view.name, members, closed: view.closed }
    }
}

impl From<TeamForm> for house::NewTeam {
    fn from(form: TeamForm) -> Self {
        Self { name: form.name, members: form.members, closed: form.closed }
    }
}

impl From<house::RuleView> for OwnershipRule {
    fn from(view: house::RuleView) -> Self {
        Self {
            id: view.id,
            position: view.position,
            provider: view.provider,
            account: view.account,
            region: view.region,
            resource: view.resource,
            environment: view.environment,
            team: named(view.team),
        }
    }
}

impl From<OwnershipRuleForm> for house::NewRule {
    fn from(form: OwnershipRuleForm) -> Self {
        Self {
            provider: form.provider,
            account: form.account,
            region: form.region,
            resource: form.resource,
            environment: form.environment,
            team: form.team,
        }
    }
}

impl From<house::AbsenceView> for Absence {
    fn from(view: house::AbsenceView) -> Self {
        Self {
            id: view.id,
            from: view.start.with_timezone(&view.zone).date_naive(),
            until: last_day(view.end, view.zone),
            person: view.person.into(),
            delegate: view.delegate.map(PersonName::from),
        }
    }
}

impl AbsenceForm {
    /// From the first instant of the first day to that after the last day, in the zone of the person who is away.
    ///
    /// # Errors
    /// Where the last day lies before the first.
    pub fn days_of(&self, person: &house::PersonView) -> Result<house::NewAbsence, Problem> {
        let zone = crate::notice::fact::Zone::Named(person.zone.parse().unwrap_or(Tz::UTC));
        if self.until < self.from {
            return Err(Problem::field("until", "The last day of an absence cannot lie before its first."));
        }
        let after = self.until.succ_opt().ok_or_else(|| Problem::field("until", "There is no day after this one."))?;
        Ok(house::NewAbsence {
            person: person.id,
            start: zone.start_of(self.from),
            end: zone.start_of(after),
            delegate: self.delegate,
        })
    }
}

fn named((id, name): (Uuid, String)) -> Named {
    Named { id: id.to_string(), name }
}

/// The last day that a half-open time covers.
fn last_day(end: DateTime<Utc>, zone: Tz) -> NaiveDate {
    (end - TimeDelta::microseconds(1)).with_timezone(&zone).date_naive()
}
