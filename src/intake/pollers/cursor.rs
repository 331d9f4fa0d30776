//! Where a source stands: what it said last, so that it need not say it again, and from which date on it is acted upon.
//!
//! Kept after everything that it covers is committed. Whoever dies before that reads the same again, and what was kept is
//! known by the source's own names for it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::desk::history::{Age, FEW, History};
use crate::intake::http::Fetched;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// By address.
    #[serde(default)]
    seen: BTreeMap<String, Validators>,
    /// What was told before this day stays where it is. None: everything is acted upon.
    #[serde(default)]
    pub from: Option<NaiveDate>,
}

/// What tells whether an answer has changed (RFC 9110, 8.8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    pub etag: Option<String>,
    pub modified: Option<String>,
}

impl Cursor {
    /// As it was written; an older program's own words only cost one reading more.
    pub fn parse(written: Option<&str>) -> Self {
        written.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    pub fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub fn validators(&self, url: &str) -> Option<&Validators> {
        self.seen.get(url)
    }

    /// Takes note of an answer that was taken in whole.
    pub fn note(&mut self, url: &str, fetched: &Fetched) {
        let header = |name: &str| fetched.header(name).map(str::to_owned);
        self.seen.insert(url.to_owned(), Validators { etag: header("etag"), modified: header("last-modified") });
    }

    /// Whether something that was told then is acted upon. What has no date is.
    pub fn acts_on(&self, at: Option<DateTime<Utc>>) -> bool {
        at.zip(self.from).is_none_or(|(at, from)| at.date_naive() >= from)
    }
}

/// What there is to ask about at the first reading: how much is from before a day, and from since when. None where it is so
/// little that it floods nobody.
pub fn past(told: &[Option<DateTime<Utc>>], (before, since): (NaiveDate, Vec<NaiveDate>)) -> Option<History> {
    let old: Vec<NaiveDate> = told.iter().flatten().map(DateTime::date_naive).filter(|day| *day < before).collect();
    let count = |since: NaiveDate| old.iter().filter(|day| **day >= since).count() as u64;
    let ages = since.into_iter().map(|since| Age { since, count: count(since) }).collect();
    (old.len() > FEW).then_some(History { before, count: old.len() as u64, ages })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(written: &str) -> NaiveDate {
        written.parse().unwrap()
    }

    fn at(written: &str) -> Option<DateTime<Utc>> {
        Some(day(written).and_time(chrono::NaiveTime::MIN).and_utc())
    }

    #[test]
    fn a_little_of_the_past_is_no_question_and_much_of_it_is_counted() {
        let days = || (day("2024-05-18"), vec![day("2024-05-02"), day("2024-03-03")]);
        let few: Vec<_> = (0..FEW).map(|_| at("2020-01-01")).collect();
        assert_eq!(past(&few, days()), None);
        let many = [few, vec![at("2024-03-03"), at("2024-05-17"), at("2024-05-18"), None]].concat();
        let told = past(&many, days()).expect("there is much");
        assert_eq!((told.count, told.ages[0].count, told.ages[1].count), (22, 1, 2));
    }

    #[test]
    fn what_was_told_before_the_day_stays_where_it_is() {
        let mut cursor = Cursor::default();
        assert!(cursor.acts_on(at("1999-01-01")), "without a date everything is acted upon");
        cursor.from = Some(day("2024-01-01"));
        assert!(!cursor.acts_on(at("2023-12-31")) && cursor.acts_on(at("2024-01-01")) && cursor.acts_on(None));
        assert_eq!(Cursor::parse(Some(&cursor.written())), cursor);
        assert_eq!(Cursor::parse(Some("\"an etag of an older program\"")), Cursor::default());
    }
}
