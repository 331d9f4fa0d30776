//! Working days: which weekdays are worked, holidays, freezes, and arithmetic in them.
//!
//! Owns calendars as values. It knows nothing of gates; who asks for "ten business days before" is `deadline`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::fact::Zone;
use super::ids::TeamId;

/// The house's calendar and those of teams that keep another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Calendars {
    pub house: Calendar,
    #[serde(default)]
    pub teams: BTreeMap<TeamId, Calendar>,
}

impl Calendars {
    #[must_use]
    pub fn of(&self, team: Option<TeamId>) -> &Calendar {
        team.and_then(|team| self.teams.get(&team)).unwrap_or(&self.house)
    }
}

/// One calendar. Dates are days in its zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    pub zone: Tz,
    pub weekdays: Weekdays,
    #[serde(default)]
    pub holidays: BTreeSet<NaiveDate>,
    #[serde(default)]
    pub freezes: Vec<Freeze>,
    /// When reminders go out, in the zone of whom they go to.
    pub morning: NaiveTime,
    /// When something due "on" a day is due.
    pub evening: NaiveTime,
}

impl Default for Calendar {
    /// Monday to Friday, UTC, reminders at 08:00, due at 17:00.
    fn default() -> Self {
        let hour = |h| NaiveTime::from_hms_opt(h, 0, 0).unwrap_or(NaiveTime::MIN);
        Self {
            zone: Tz::UTC,
            weekdays: Weekdays::MONDAY_TO_FRIDAY,
            holidays: BTreeSet::new(),
            freezes: Vec::new(),
            morning: hour(8),
            evening: hour(17),
        }
    }
}

/// A time in which no change is planned: a peak season, an audit. Half open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    pub label: String,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// Which weekdays are worked, as a mask: bit 0 is Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weekdays(pub u8);

impl Weekdays {
    pub const MONDAY_TO_FRIDAY: Self = Self(0b001_1111);

    #[must_use]
    pub fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.num_days_from_monday()) != 0
    }
}

/// When somebody works, in their own zone. Mail that can wait arrives within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    #[schema(value_type = String, example = "08:30:00")]
    pub from: NaiveTime,
    #[schema(value_type = String, example = "17:00:00")]
    pub to: NaiveTime,
    /// A mask: bit 0 is Monday.
    #[schema(value_type = u8)]
    pub weekdays: Weekdays,
}

impl Default for Hours {
    /// Every day from 07:00 to 20:00: nobody's night, and nobody's plan of the week.
    fn default() -> Self {
        let hour = |h| NaiveTime::from_hms_opt(h, 0, 0).unwrap_or(NaiveTime::MIN);
        Self { from: hour(7), to: hour(20), weekdays: Weekdays(0b111_1111) }
    }
}

impl Hours {
    /// The first moment from `at` on that lies within these hours; `at` itself where there are none.
    #[must_use]
    pub fn next(&self, at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        let today = at.with_timezone(&zone).date_naive();
        let days = today.iter_days().take(8).filter(|day| self.weekdays.has(day.weekday()));
        let zone = Zone::Named(zone);
        days.map(|day| (zone.at(day, self.from), zone.at(day, self.to)))
            .find(|(_, to)| at < *to)
            .map_or(at, |(from, _)| from.max(at))
    }
}

/// How many days a search for a working day may take; a calendar without any falls back to every day being one.
const SEARCH: usize = 400;

impl Calendar {
    #[must_use]
    pub fn is_business_day(&self, day: NaiveDate) -> bool {
        self.weekdays.has(day.weekday()) && !self.holidays.contains(&day)
    }

    /// The day in this calendar's zone.
    #[must_use]
    pub fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    #[must_use]
    pub fn morning_of(&self, day: NaiveDate, zone: Tz) -> DateTime<Utc> {
        Zone::Named(zone).at(day, self.morning)
    }

    #[must_use]
    pub fn evening_of(&self, day: NaiveDate) -> DateTime<Utc> {
        Zone::Named(self.zone).at(day, self.evening)
    }

    /// The day `count` business days after `day`; with 0 that day itself if it is worked, else the next that is.
    #[must_use]
    pub fn business_days_after(&self, day: NaiveDate, count: u32) -> NaiveDate {
        if count == 0 {
            return self.nearest(day, 1);
        }
        (0..count).fold(day, |day, _| self.nearest(day + Duration::days(1), 1))
    }

    /// The day `count` business days before `day`; with 0 that day itself if it is worked, else the last that was.
    #[must_use]
    pub fn business_days_before(&self, day: NaiveDate, count: u32) -> NaiveDate {
        if count == 0 {
            return self.nearest(day, -1);
        }
        (0..count).fold(day, |day, _| self.nearest(day - Duration::days(1), -1))
    }

    fn nearest(&self, day: NaiveDate, step: i64) -> NaiveDate {
        std::iter::successors(Some(day), |d| d.checked_add_signed(Duration::days(step)))
            .take(SEARCH)
            .find(|d| self.is_business_day(*d))
            .unwrap_or(day)
    }

    /// The freeze that a window would fall into.
    #[must_use]
    pub fn freeze_within(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> Option<&Freeze> {
        self.freezes.iter().find(|f| f.start < end && start < f.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(s: &str) -> NaiveDate {
        s.parse().expect("a date")
    }

    #[test]
    fn business_days_skip_weekends_and_holidays() {
        let mut calendar = Calendar::default();
        calendar.holidays.insert(day("2024-08-15"));
        assert_eq!(calendar.business_days_before(day("2024-08-22"), 5), day("2024-08-14"));
        assert_eq!(calendar.business_days_after(day("2024-08-14"), 1), day("2024-08-16"));
        assert_eq!(calendar.business_days_after(day("2024-08-17"), 0), day("2024-08-19"));
    }

    #[test]
    fn mail_that_can_wait_waits_for_its_readers_hours() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        let hour = |h| NaiveTime::from_hms_opt(h, 0, 0).expect("an hour");
        let hours = Hours { from: hour(9), to: hour(17), weekdays: Weekdays::MONDAY_TO_FRIDAY };
        for (told, now, then) in [
            ("within", "2024-06-13T10:00:00Z", "2024-06-13T10:00:00Z"),
            ("before", "2024-06-13T03:00:00Z", "2024-06-13T07:00:00Z"),
            ("after, on a Friday", "2024-06-14T15:30:00Z", "2024-06-17T07:00:00Z"),
        ] {
            assert_eq!(hours.next(at(now), Tz::Europe__Berlin), at(then), "{told}");
        }
        let never = Hours { weekdays: Weekdays(0), ..hours };
        assert_eq!(never.next(at("2024-06-13T03:00:00Z"), Tz::UTC), at("2024-06-13T03:00:00Z"), "never means always");
    }

    #[test]
    fn a_calendar_without_working_days_still_answers() {
        let calendar = Calendar { weekdays: Weekdays(0), ..Calendar::default() };
        assert_eq!(calendar.business_days_after(day("2024-08-14"), 3), day("2024-08-17"));
    }
}
