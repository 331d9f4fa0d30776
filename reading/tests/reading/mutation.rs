//! Golden messages with their dates and resources changed: what is read must change with them, so that no rule can have
//! learnt a message by heart.

use std::sync::LazyLock;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use regex::Regex;
use serde_json::Value;

use crate::golden::{Pair, comparable, differences, pairs};

/// After 28 years the calendar of the Gregorian years 1901 to 2099 repeats: weekdays stay right.
const YEARS: u32 = 28;

/// How many pairs of a hundred must read as well after a change. Some messages hold digits that are no years, and some
/// resources are known by their names.
const SHARE: usize = 90;

#[test]
fn dates_moved_by_28_years_are_read_28_years_later() {
    check("dates", |pair| {
        let message = shift_years(std::str::from_utf8(&pair.message).ok()?);
        let expected: Value = serde_json::from_str(&shift_years(&pair.expected.to_string())).ok()?;
        let mut known = pair.known.clone();
        known.received = known.received.map(|r| r + chrono::Months::new(12 * YEARS));
        Some(Pair { name: pair.name.clone(), message: message.into_bytes(), expected, known })
    });
}

#[test]
fn renamed_resources_are_read_by_their_new_names() {
    check("resources", |pair| {
        let mut message = std::str::from_utf8(&pair.message).ok()?.to_owned();
        let mut expected = pair.expected.clone();
        let notices = expected.get_mut("notices")?.as_array_mut()?;
        let mut renamed = false;
        for resource in
            notices.iter_mut().flat_map(|n| n.get_mut("resources").and_then(Value::as_array_mut).into_iter().flatten())
        {
            let id = resource["id"].as_str()?.to_owned();
            let new = rename(&id);
            if new != id && message.contains(&id) {
                message = message.replace(&id, &new);
                resource["id"] = Value::String(new);
                renamed = true;
            }
        }
        renamed.then(|| Pair {
            name: pair.name.clone(),
            message: message.into_bytes(),
            expected: expected.clone(),
            known: pair.known.clone(),
        })
    });
}

#[test]
fn times_told_in_another_zone_are_other_instants() {
    check("zones", |pair| {
        let message = std::str::from_utf8(&pair.message).ok()?;
        let body = message.split_once("\r\n\r\n").or_else(|| message.split_once("\n\n"))?.1;
        let told = IN_UTC.replace_all(body, "${1}JST${2}");
        // Only where all times are told in UTC: of the others the instants stay.
        if told == body || OTHER_ZONE.is_match(&told) {
            return None;
        }
        let message = IN_UTC.replace_all(message, "${1}JST${2}").into_owned();
        let mut expected = pair.expected.clone();
        in_japan(&mut expected).then(|| Pair {
            name: pair.name.clone(),
            message: message.into_bytes(),
            expected,
            known: pair.known.clone(),
        })
    });
}

/// A time of day in UTC, and what follows it.
static IN_UTC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?,? \(?)(?:UTC|GMT)([^A-Za-z0-9+-]|$)")
        .expect("a pattern")
});

/// Any other way of saying in which zone a time is.
static OTHER_ZONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(UTC|GMT|[ECMP][SD]?T|CES?T|WES?T|BST|IST|SGT|AES?T|BRT|[Ll]ocal)\b|\d\dT?\d\d:?\d\d(:\d\d)?Z|\dT\d|[+-]\d\d:?\d\d\b|BEGIN:V")
        .expect("a pattern")
});

/// Moves each instant to where the same time of day is in Japan, nine hours earlier. Says whether there was one.
fn in_japan(value: &mut Value) -> bool {
    match value {
        Value::String(text) if text.ends_with('Z') => match text.parse::<DateTime<Utc>>() {
            Ok(at) => {
                *text = (at - TimeDelta::hours(9)).to_rfc3339_opts(SecondsFormat::Secs, true);
                true
            }
            Err(_) => false,
        },
        Value::Array(items) => items.iter_mut().filter_map(|item| in_japan(item).then_some(())).count() > 0,
        Value::Object(map) => map.values_mut().filter_map(|item| in_japan(item).then_some(())).count() > 0,
        _ => false,
    }
}

fn check(what: &str, change: impl Fn(&Pair) -> Option<Pair>) {
    let changed: Vec<Pair> = pairs().iter().filter_map(change).collect();
    assert!(changed.len() >= 20, "only {} golden pairs could be changed in their {what}", changed.len());
    let mut wrong = Vec::new();
    for pair in &changed {
        let mut expected = pair.expected.clone();
        // A title may hold what was changed in another spelling; it is not what this test is about.
        for notice in expected.get_mut("notices").and_then(Value::as_array_mut).into_iter().flatten() {
            notice.as_object_mut().map(|n| n.remove("title"));
            notice.as_object_mut().map(|n| n.remove("correlation"));
        }
        let mut found = Vec::new();
        differences(&expected, &comparable(pair, &pair.message), "", &mut found);
        wrong.extend(found.first().map(|d| format!("{} {d}", pair.name)));
    }
    let right = changed.len() - wrong.len();
    assert!(
        right * 100 >= changed.len() * SHARE,
        "only {right} of {} golden messages read as well with their {what} changed:\n{}",
        changed.len(),
        wrong.join("\n")
    );
}

/// Each year from 2010 to 2049 that stands as a word of four digits, 28 years later.
fn shift_years(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let year =
            text.get(at..at + 4).filter(|y| y.bytes().all(|b| b.is_ascii_digit())).and_then(|y| y.parse::<u32>().ok());
        let alone = (at == 0 || !bytes[at - 1].is_ascii_digit()) && !bytes.get(at + 4).is_some_and(u8::is_ascii_digit);
        let compact = (at == 0 || !bytes[at - 1].is_ascii_digit())
            && bytes.get(at + 8) == Some(&b'T')
            && bytes[at + 4..at + 8].iter().all(u8::is_ascii_digit);
        match year.filter(|y| (2010..2050).contains(y) && (alone || compact)) {
            Some(year) => {
                out.push_str(&(year + YEARS).to_string());
                at += 4;
            }
            None => {
                let c = text[at..].chars().next().expect("it is not the end");
                out.push(c);
                at += c.len_utf8();
            }
        }
    }
    out
}

/// A name of the same family: other last digits. Names with hardly a digit are known by their words and stay.
fn rename(id: &str) -> String {
    if id.bytes().filter(u8::is_ascii_digit).count() < 3 || id.contains(' ') {
        return id.to_owned();
    }
    let mut turned: Vec<char> = id.chars().collect();
    for c in turned.iter_mut().rev().filter(|c| c.is_ascii_digit()).take(2) {
        *c = char::from((*c as u8 - b'0' + 3) % 10 + b'0');
    }
    turned.into_iter().collect()
}
