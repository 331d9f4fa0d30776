//! How a reminder travels: in a mail of its own or in the day's digest, and when its reader may be disturbed.
//!
//! Owns what is urgent. It must not know what was sent.

use chrono::{DateTime, Duration, NaiveTime, Utc};

use super::{Reminder, Rung};
use crate::calendar::Hours;
use crate::context::Context;
use crate::fact::{Zone, words};
use crate::ids::PersonId;

words! {
    /// A mail of its own, or a line of the day's digest.
    Manner { Alone = "alone", Digest = "digest" }
}

/// What is due within this disturbs its reader at any hour.
const AT_ANY_HOUR: Duration = Duration::days(1);
/// A reminder of something due later than this can wait for the digest.
const CAN_WAIT: Duration = Duration::days(3);
/// So many mornings what is overdue, or waits for a second person, makes a mail of its own. By then silence has gone up to
/// everybody; from then on one mail each morning tells a person all that they owe, and the last days before the hard
/// deadline are loud again.
const LOUD_MORNINGS: u32 = 10;
/// After the morning, so that everything that a morning brings is in its digest.
const GATHERING: Duration = Duration::minutes(15);

impl Reminder {
    /// Being asked, a change and silence always make a mail of their own; a reminder that comes in good time is a line, and so
    /// is what has been said alone on many mornings.
    #[must_use]
    pub fn manner(&self) -> Manner {
        let early = matches!(self.rung, Rung::BeforeDue | Rung::BeforeActBy | Rung::BeforeHard)
            && self.due - self.at > CAN_WAIT;
        let said = matches!(self.rung, Rung::Overdue | Rung::SecondPerson) && self.occurrence > LOUD_MORNINGS;
        if early || said { Manner::Digest } else { Manner::Alone }
    }

    /// When it may be handed over, from `at` on: within its reader's hours, but at once where it is due within a day.
    #[must_use]
    pub fn leaves(&self, at: DateTime<Utc>, context: &Context) -> DateTime<Utc> {
        if self.due - at <= AT_ANY_HOUR { at } else { within_hours(self.person, at, context) }
    }
}

/// The first moment from `at` on at which a person may be disturbed by what can wait.
#[must_use]
pub fn within_hours(person: PersonId, at: DateTime<Utc>, context: &Context) -> DateTime<Utc> {
    let person = context.directory.person(person);
    let (hours, zone) = person.map_or((None, context.calendars.house.zone), |p| (p.hours, p.zone));
    hours.unwrap_or_default().next(at, zone)
}

/// The next digest of a person: a quarter of an hour after their day has begun, on a day on which they work.
#[must_use]
pub fn digest_at(person: PersonId, now: DateTime<Utc>, context: &Context) -> DateTime<Utc> {
    let house = &context.calendars.house;
    let person = context.directory.person(person);
    let (own, zone) = person.map_or((None, house.zone), |p| (p.hours, p.zone));
    let begins = own.map_or(house.morning, |hours| hours.from);
    let weekdays = own.map_or(house.weekdays, |hours| hours.weekdays);
    // From one moment of the day to its end, and the search gives that moment or the next day's.
    let moment = begins.overflowing_add_signed(GATHERING).0;
    let until = moment.overflowing_add_signed(Duration::microseconds(1)).0;
    let last = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or(moment);
    let found = Hours { from: moment, to: if until > moment { until } else { last }, weekdays }.next(now, zone);
    let day = found.with_timezone(&zone).date_naive();
    if house.holidays.contains(&day) {
        // A holiday's digest comes with the next working day's.
        return Zone::Named(zone).at(house.business_days_after(day, 1), moment);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::house::{House, at};

    fn house() -> (Context, PersonId) {
        (House::of_four().context, House::id("lea"))
    }

    #[test]
    fn a_digest_comes_once_a_working_day_after_the_morning() {
        let (context, lea) = house();
        for (told, now, then) in [
            ("in the night", "2024-06-13T03:00:00Z", "2024-06-13T08:15:00Z"),
            ("while the morning's lines gather", "2024-06-13T08:00:10Z", "2024-06-13T08:15:00Z"),
            ("after it has gone", "2024-06-13T08:15:01Z", "2024-06-14T08:15:00Z"),
            ("on a Friday evening", "2024-06-14T18:00:00Z", "2024-06-17T08:15:00Z"),
        ] {
            assert_eq!(digest_at(lea, at(now), &context), at(then), "{told}");
        }
    }

    #[test]
    fn nobody_is_woken_for_what_can_wait() {
        let (context, lea) = house();
        let night = at("2024-06-13T03:00:00Z");
        let mut reminder = Reminder {
            at: night,
            person: lea,
            rung: Rung::Assigned,
            gate: crate::procedure::Gate::Assess,
            level: None,
            due: at("2024-06-20T15:00:00Z"),
            subject: crate::text::Digest::ZERO,
            occurrence: 1,
            entry: None,
        };
        assert_eq!(reminder.leaves(night, &context), at("2024-06-13T07:00:00Z"));
        reminder.due = at("2024-06-13T15:00:00Z");
        assert_eq!(reminder.leaves(night, &context), night, "what is due today waited for the morning");
    }

    #[test]
    fn a_reminder_in_good_time_is_a_line_and_all_else_a_mail() {
        let mut reminder = Reminder {
            at: at("2024-06-13T08:00:00Z"),
            person: House::id("lea"),
            rung: Rung::BeforeDue,
            gate: crate::procedure::Gate::Assess,
            level: None,
            due: at("2024-06-20T15:00:00Z"),
            subject: crate::text::Digest::ZERO,
            occurrence: 1,
            entry: None,
        };
        assert_eq!(reminder.manner(), Manner::Digest);
        reminder.due = at("2024-06-15T15:00:00Z");
        assert_eq!(reminder.manner(), Manner::Alone, "two days before is not early");
        reminder.due = at("2024-06-20T15:00:00Z");
        for rung in [Rung::Overdue, Rung::SecondPerson, Rung::LastDays] {
            (reminder.rung, reminder.occurrence) = (rung, LOUD_MORNINGS + 1);
            let bundled = if rung == Rung::LastDays { Manner::Alone } else { Manner::Digest };
            assert_eq!(reminder.manner(), bundled, "{rung} on its eleventh morning");
        }
        reminder.occurrence = 1;
        for rung in [Rung::Assigned, Rung::DueToday, Rung::Overdue, Rung::LastDays, Rung::NextLevel, Rung::Stale] {
            reminder.rung = rung;
            assert_eq!(reminder.manner(), Manner::Alone, "{rung}");
        }
    }
}
