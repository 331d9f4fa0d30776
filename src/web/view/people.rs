//! People, levels, teams, who owns what, and who is away.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::common::{Named, PersonName};
use crate::identity::Role;

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
}

/// A team and who is in it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamForm {
    #[schema(min_length = 1, max_length = 80)]
    pub name: String,
    #[serde(default)]
    pub members: Vec<Uuid>,
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
