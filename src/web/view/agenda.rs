//! The calendar: the working week, holidays, freezes, turns, feeds, and everything dated of a month.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::common::{Named, PersonName};
use super::home::HorizonNotice;
use crate::desk::house::{self, NewRota};
use crate::desk::{FeedMade, FeedView};
use crate::notice::calendar::Weekdays;
use crate::notice::fact::words;
use crate::web::problem::Problem;

words! {
    /// What stands on the calendar.
    AgendaWhat {
        HardDeadline = "hard_deadline",
        ActBy = "act_by",
        GateDue = "gate_due",
        Window = "window",
        Freeze = "freeze",
        Holiday = "holiday",
        Duty = "duty",
    }
}

/// One dated thing: on a whole day (`day`), or from a moment (`start`) until another where it lasts (`end`).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AgendaEntry {
    /// Stable for the same thing.
    pub id: String,
    pub what: AgendaWhat,
    /// A calendar date, never converted.
    pub day: Option<NaiveDate>,
    pub start: Option<DateTime<Utc>>,
    pub end: Option<DateTime<Utc>>,
    pub label: String,
    pub notice: Option<HorizonNotice>,
    /// Whose freeze, holiday or turn; null for the whole house.
    pub team: Option<Named>,
    /// Who is on duty.
    pub person: Option<PersonName>,
}

/// Which part of the calendar. At most 400 days.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AgendaQuery {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
    /// Only what is of this team.
    pub team: Option<Uuid>,
    /// Only what is one's own.
    pub mine: Option<bool>,
}

/// The working week of the house.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WorkingWeek {
    /// A zone of the tz database, in which days are counted.
    pub zone: String,
    /// 1 is Monday, 7 is Sunday.
    pub weekdays: Vec<u8>,
    /// When reminders go out, in each person's own zone: `08:00`.
    pub morning: String,
    /// When something due "on" a day is due: `17:00`.
    pub evening: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkingWeekForm {
    pub zone: String,
    #[schema(min_items = 1, max_items = 7)]
    pub weekdays: Vec<u8>,
    #[schema(examples("08:00"))]
    pub morning: String,
    #[schema(examples("17:00"))]
    pub evening: String,
}

/// A day on which nobody works.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Holiday {
    /// For its address: `house` or the team's id.
    pub calendar: String,
    pub team: Option<Named>,
    pub day: NaiveDate,
    pub name: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayForm {
    /// Left out: for the whole house.
    pub team: Option<Uuid>,
    pub day: NaiveDate,
    #[schema(min_length = 1, max_length = 80)]
    pub name: String,
}

/// A time in which no change is planned. A window within it is not scheduled without an override.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Freeze {
    pub id: Uuid,
    pub team: Option<Named>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub reason: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FreezeForm {
    /// Left out: for the whole house.
    pub team: Option<Uuid>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    #[schema(min_length = 1, max_length = 200)]
    pub reason: String,
}

/// Everything that counts as working time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalendarSettings {
    pub week: WorkingWeek,
    pub holidays: Vec<Holiday>,
    pub freezes: Vec<Freeze>,
}

/// One person's turn on a rota.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Duty {
    pub id: Uuid,
    pub team: Named,
    pub person: PersonName,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// To whom a turn goes, and which of theirs one takes instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOverForm {
    /// Somebody else of the team.
    pub to: Uuid,
    /// A turn of theirs in the same team; left out where it is simply handed over.
    pub in_return: Option<Uuid>,
}

/// Adds turns to a team's rota, one behind the other.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotaForm {
    /// In the order of their turns; from the last it goes on with the first.
    #[schema(min_items = 1)]
    pub people: Vec<Uuid>,
    /// The first day, in the zone of the team's calendar.
    pub from: NaiveDate,
    /// How many days each turn lasts.
    #[schema(minimum = 1, maximum = 366)]
    pub days: u32,
    /// How many turns in all.
    #[schema(minimum = 1, maximum = 100)]
    pub turns: u32,
}

/// A calendar feed that works.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Feed {
    pub id: Uuid,
    /// Null for one's own.
    pub team: Option<Named>,
    pub created_at: DateTime<Utc>,
    /// When a calendar program read it last, by the machine's clock.
    pub used_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedForm {
    /// A team that one is in; left out: one's own.
    pub team: Option<Uuid>,
}

/// A feed just made, with the address that is shown this once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NewFeed {
    pub id: Uuid,
    /// For a calendar program. Whoever knows it can read the feed.
    pub link: String,
}

pub(crate) fn named((id, name): (Uuid, String)) -> Named {
    Named { id: id.to_string(), name }
}

impl From<house::WorkingWeek> for WorkingWeek {
    fn from(week: house::WorkingWeek) -> Self {
        let worked = (0..7u8).filter(|day| week.weekdays.0 & (1 << day) != 0).map(|day| day + 1);
        Self {
            zone: week.zone.name().to_owned(),
            weekdays: worked.collect(),
            morning: week.morning.format("%H:%M").to_string(),
            evening: week.evening.format("%H:%M").to_string(),
        }
    }
}

impl WorkingWeekForm {
    /// # Errors
    /// Names the field.
    pub fn week(&self) -> Result<house::WorkingWeek, Problem> {
        let zone: Tz = self.zone.trim().parse().map_err(|_| {
            Problem::field("zone", format!("“{}” is no zone of the tz database.", self.zone.escape_debug()))
        })?;
        let time = |field: &str, written: &str| {
            NaiveTime::parse_from_str(written.trim(), "%H:%M")
                .map_err(|_| Problem::field(field, format!("“{}” is no time; write 08:00.", written.escape_debug())))
        };
        let mut mask = 0;
        for day in &self.weekdays {
            if !(1..=7).contains(day) {
                return Err(Problem::field("weekdays", "Weekdays are numbers from 1 (Monday) to 7 (Sunday)."));
            }
            mask |= 1 << (day - 1);
        }
        let (morning, evening) = (time("morning", &self.morning)?, time("evening", &self.evening)?);
        Ok(house::WorkingWeek { zone, weekdays: Weekdays(mask), morning, evening })
    }
}

impl From<house::HolidayView> for Holiday {
    fn from(view: house::HolidayView) -> Self {
        let calendar = view.team.as_ref().map_or_else(|| "house".to_owned(), |(id, _)| id.to_string());
        Self { calendar, team: view.team.map(named), day: view.day, name: view.name }
    }
}

impl From<house::FreezeView> for Freeze {
    fn from(view: house::FreezeView) -> Self {
        let house::FreezeView { id, team, start, end, reason } = view;
        Self { id, team: team.map(named), start, end, reason }
    }
}

impl From<house::DutyView> for Duty {
    fn from(view: house::DutyView) -> Self {
        let house::DutyView { id, team, person, start, end } = view;
        Self { id, team: named(team), person: person.into(), start, end }
    }
}

impl From<RotaForm> for NewRota {
    fn from(form: RotaForm) -> Self {
        Self { people: form.people, from: form.from, days: form.days, turns: form.turns }
    }
}

impl From<FeedView> for Feed {
    fn from(view: FeedView) -> Self {
        let FeedView { id, team, created_at, used_at } = view;
        Self { id, team: team.map(named), created_at, used_at }
    }
}

impl From<FeedMade> for NewFeed {
    fn from(made: FeedMade) -> Self {
        Self { id: made.id, link: made.link }
    }
}
