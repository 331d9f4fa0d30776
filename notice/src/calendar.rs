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
    fn a_calendar_without_working_days_still_answers() {
        let calendar = Calendar { weekdays: Weekdays(0), ..Calendar::default() };
        assert_eq!(calendar.business_days_after(day("2024-08-14"), 3), day("2024-08-17"));
    }
}
