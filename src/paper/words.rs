//! Dates and terms as a mail shows them to one person: in their zone, and how far away.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::notice::fact::When;

/// The zone of the tz database of that name; UTC for one that is not known, so that a mail is sent all the same.
#[must_use]
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// `Fri 14 June 2024, 17:00 CEST`
#[must_use]
pub fn moment(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%a %-d %B %Y, %H:%M %Z").to_string()
}

/// `Fri 14 June 2024`
#[must_use]
pub fn day(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%a %-d %B %Y").to_string()
}

/// A provider's date: an instant in the reader's zone, a bare date as it was written.
#[must_use]
pub fn when(date: &When, zone: Tz) -> String {
    match date {
        When::Instant(at) => moment(*at, zone),
        When::Date { date, .. } => date.format("%a %-d %B %Y").to_string(),
    }
}

/// How far a day is from today, both as calendar days in the reader's zone: `in 9 days`, `tomorrow`, `3 days ago`.
#[must_use]
pub fn away(date: NaiveDate, today: NaiveDate) -> String {
    match (date - today).num_days() {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        days if days > 0 => format!("in {days} days"),
        days => format!("{} days ago", -days),
    }
}

/// The calendar day on which something stands for this reader.
#[must_use]
pub fn day_of(date: &When, zone: Tz) -> NaiveDate {
    match date {
        When::Instant(at) => at.with_timezone(&zone).date_naive(),
        When::Date { date, .. } => *date,
    }
}

/// A level with its article: `a lead`, `an Executive`.
#[must_use]
pub fn one(level: &str) -> String {
    let vowel = level.chars().next().is_some_and(|first| "aeiouAEIOU".contains(first));
    format!("{} {level}", if vowel { "an" } else { "a" })
}

/// One line without control characters, cut at a word to at most `most` characters: for subjects, which a provider's
/// title must not break or flood.
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let plain = text.replace(|c: char| c.is_control(), " ");
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most).collect();
    let whole =
        cut.rsplit_once(' ').map_or_else(|| cut.chars().take(most - 1).collect(), |(before, _)| before.to_owned());
    format!("{}…", whole.trim_end_matches([',', ':', ';', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_in_the_readers_zone_and_a_bare_date_as_written() {
        let at: DateTime<Utc> = "2024-08-22T23:30:00Z".parse().unwrap();
        assert_eq!(moment(at, zone("Europe/Berlin")), "Fri 23 August 2024, 01:30 CEST");
        assert_eq!(when(&When::Instant(at), zone("nowhere")), "Thu 22 August 2024, 23:30 UTC");
        let date = When::date(NaiveDate::from_ymd_opt(2024, 8, 22).unwrap());
        assert_eq!(when(&date, zone("Pacific/Kiritimati")), "Thu 22 August 2024");
    }

    #[test]
    fn distances_are_told_in_days() {
        let today = NaiveDate::from_ymd_opt(2024, 6, 14).unwrap();
        let told: Vec<String> = [-3, -1, 0, 1, 9].map(|n| away(today + chrono::Duration::days(n), today)).into();
        assert_eq!(told, ["3 days ago", "yesterday", "today", "tomorrow", "in 9 days"]);
    }

    #[test]
    fn a_level_has_its_article() {
        assert_eq!([one("lead"), one("Engineer"), one("executive")], ["a lead", "an Engineer", "an executive"]);
    }

    #[test]
    fn a_title_cannot_break_a_subject() {
        assert_eq!(one_line("two\r\nBcc: x@example.com\tlines", 80), "two Bcc: x@example.com lines");
        assert_eq!(one_line("certificates of all the databases", 20), "certificates of all…");
    }
}
