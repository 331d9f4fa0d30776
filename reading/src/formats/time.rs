//! The ways in which machines write instants. Prose is read elsewhere.
//!
//! Tolerant where real senders are wrong (a weekday that contradicts its date, blanks inside the clock time) and strict
//! where a guess would move a deadline: a time without a zone is no instant.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde_json::Value;

use countersign_notice::fact::When;

/// RFC 3339 and its near relatives, RFC 2822 without regard to the weekday, seconds or milliseconds since 1970.
pub(super) fn instant(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::String(text) => instant_text(text),
        Value::Number(number) => number.as_f64().and_then(since_epoch),
        _ => None,
    }
}

/// As [`instant`], and the field-by-field form that Python programs write. That one names no zone, so it only says
/// around when: good for the day that clock times in prose belong to, and for no date of its own.
pub(super) fn about(value: &Value) -> Option<DateTime<Utc>> {
    instant(value).or_else(|| by_fields(value))
}

/// An instant, or a bare date as such.
pub(super) fn when(value: &Value) -> Option<When> {
    let bare = value.as_str().and_then(|t| NaiveDate::parse_from_str(t.trim(), "%Y-%m-%d").ok());
    bare.map(When::date).or_else(|| instant(value).map(When::Instant))
}

pub(super) fn instant_text(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim().trim_matches('`');
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    if let Ok(at) = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%:z") {
        return Some(at.to_utc());
    }
    let text = without_weekday(&text.replace(": ", ":"));
    for zone in ["GMT", "UTC", "Z"] {
        if let Some(local) = text.strip_suffix(zone) {
            return ["%d %b %Y %H:%M:%S%.f", "%d %B %Y %H:%M:%S", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(local.trim(), form).ok())
                .map(|local| local.and_utc());
        }
    }
    DateTime::parse_from_str(&text, "%d %b %Y %H:%M:%S %z").ok().map(|at| at.to_utc())
}

fn without_weekday(text: &str) -> String {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    if rest.len() == text.len() {
        return text.to_owned();
    }
    rest.trim_start_matches([',', '.', ' ']).to_owned()
}

/// Above this a number counts milliseconds: as seconds it would be the year 5138.
const MILLISECONDS_FROM: f64 = 1e11;

#[expect(clippy::cast_possible_truncation, reason = "bounded above and below before the cast")]
fn since_epoch(number: f64) -> Option<DateTime<Utc>> {
    if !(1e8..1e14).contains(&number) {
        return None;
    }
    let millis = if number < MILLISECONDS_FROM { number * 1000.0 } else { number };
    DateTime::from_timestamp_millis(millis as i64)
}

/// `{"__class__": "datetime", "year": 2017, …}`.
fn by_fields(value: &Value) -> Option<DateTime<Utc>> {
    let part = |name: &str| value.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let date = NaiveDate::from_ymd_opt(i32::try_from(part("year")?).ok()?, part("month")?, part("day")?)?;
    let clock = |name: &str| part(name).unwrap_or(0);
    let time = NaiveTime::from_hms_opt(clock("hour"), clock("minute"), clock("second"))?;
    Some(date.and_time(time).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_write_one_instant_in_many_ways() {
        let want = "2023-01-27T13:19:03Z".parse::<DateTime<Utc>>().expect("an instant");
        for written in [
            "2023-01-27T13:19:03Z",
            "2023-01-27T14:19:03+01:00",
            "2023-01-27 13:19:03+00:00",
            "Thu, 27 Jan 2023 13:19:03 GMT",
            "Fri 27 Jan 2023 13: 19: 03 GMT",
            "2023-01-27 13:19:03 UTC",
            "Fri, 27 Jan 2023 08:19:03 -0500",
        ] {
            assert_eq!(instant(&Value::from(written)), Some(want), "{written}");
        }
        assert_eq!(instant(&Value::from(1_674_825_543)), Some(want), "seconds since 1970");
        assert_eq!(instant(&Value::from(1_674_825_543_000_i64)), Some(want), "milliseconds since 1970");
    }

    #[test]
    fn a_time_without_a_zone_is_no_instant() {
        for written in ["2023-01-27 13:19:03", "27 Jan 2023 13:19:03", "soon", ""] {
            assert_eq!(instant(&Value::from(written)), None, "{written}");
        }
    }

    #[test]
    fn a_bare_date_stays_one() {
        let date = NaiveDate::from_ymd_opt(2025, 3, 28).expect("a date");
        assert_eq!(when(&Value::from("2025-03-28")), Some(When::date(date)));
    }
}
