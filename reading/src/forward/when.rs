//! The date in the headers of a forward, in the forwarder's language.
//!
//! Owns turning that one line into a date; the grammar is `dates`'.

use chrono::{DateTime, FixedOffset, NaiveTime, TimeZone, Utc};

use crate::dates::{Base, Dates};
use crate::document::Document;
use countersign_notice::fact::When;

/// The date of a header line, and whether its zone was written. Without one the wall-clock time is taken as UTC's: the
/// day is what relative dates count from.
#[must_use]
pub fn parse(line: &str, month_first: bool, received: Option<DateTime<Utc>>) -> Option<(DateTime<FixedOffset>, bool)> {
    let line = line.trim();
    if let Ok(at) = DateTime::parse_from_rfc2822(line).or_else(|_| DateTime::parse_from_rfc3339(line)) {
        return Some((at, true));
    }
    let base = Base { received, day_first: (!month_first).then_some(true), ..Base::default() };
    let dates = Dates::read(&Document::from_text(None, line), &base);
    let point = dates.mentions.iter().find_map(|m| m.points().next())?;
    if let (When::Instant(at), Some(_)) = (point.at, &point.zone) {
        return Some((at.fixed_offset(), true));
    }
    let time =
        point.clock.and_then(|c| NaiveTime::from_num_seconds_from_midnight_opt(c.seconds, 0)).unwrap_or(NaiveTime::MIN);
    Some((Utc.from_utc_datetime(&point.day.and_time(time)).fixed_offset(), false))
}
