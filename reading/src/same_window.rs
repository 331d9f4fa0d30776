//! The same window told twice: in the subject and the body, in local time and UTC, in text and table. Owns when two
//! windows are one, and when they contradict each other; it must not find any.

use chrono::Duration;

use super::dates::Point;
use super::windows::{Found, is_nowhere, wall};
use countersign_notice::fact::When;

/// How far apart, in lines, a window stands from its telling in another zone.
const NEAR: usize = 6;
/// Tables round: a minute more or less is the same.
const SLACK: i64 = 90;
/// Comparing is quadratic: a message with more windows than this is a report, and its first ones are enough.
const MOST: usize = 300;

/// Each window once: of several tellings the one in UTC, the one with both ends, the first.
#[must_use]
pub fn together(found: Vec<Found>) -> Vec<Found> {
    let found: Vec<Found> = found.into_iter().take(MOST).collect();
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for (at, window) in found.iter().enumerate() {
        let told_better = found
            .iter()
            .enumerate()
            .any(|(other_at, other)| other_at != at && is_retold_by(window, other, at > other_at));
        if !told_better {
            kept.push(window.clone());
        }
    }
    kept
}

/// Whether `other` tells the same window, and better or equally well and earlier.
fn is_retold_by(window: &Found, other: &Found, other_is_earlier: bool) -> bool {
    if same_instants(window, other) {
        let rank = |w: &Found| (w.start.is_some() && w.end.is_some(), is_utc(w), precise(w));
        return rank(other) > rank(window) || (rank(other) == rank(window) && other_is_earlier);
    }
    if covers_bare_days(window, other) {
        return true;
    }
    let near = window.place.part == other.place.part && window.line.abs_diff(other.line) <= NEAR;
    near && is_utc(other) && !is_utc(window) && nowhere(window) && same_in_another_zone(window, other)
}

fn is_utc(window: &Found) -> bool {
    window.start.as_ref().or(window.end.as_ref()).is_some_and(|p| p.zone.is_some_and(|z| z.is_utc()))
}

fn nowhere(window: &Found) -> bool {
    window.start.as_ref().or(window.end.as_ref()).is_some_and(is_nowhere)
}

fn precise(window: &Found) -> bool {
    window.start.as_ref().is_some_and(|p| p.clock.is_some())
}

fn close(a: &Point, b: &Point) -> bool {
    match (a.at, b.at) {
        (When::Instant(a), When::Instant(b)) => (a - b).num_seconds().abs() <= SLACK,
        (When::Date { date: a, .. }, When::Date { date: b, .. }) => a == b,
        _ => false,
    }
}

/// The same ends, as far as both tell them; at least one told by both.
fn same_instants(a: &Found, b: &Found) -> bool {
    let side = |x: &Option<Point>, y: &Option<Point>| match (x, y) {
        (Some(x), Some(y)) => Some(close(x, y)),
        _ => None,
    };
    match (side(&a.start, &b.start), side(&a.end, &b.end)) {
        (Some(start), Some(end)) => start && end,
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => false,
    }
}

/// A window told by its bare days is told better by one with times that begins on one of them.
fn covers_bare_days(window: &Found, other: &Found) -> bool {
    let (Some(start), Some(timed)) = (&window.start, &other.start) else { return false };
    let last = window.end.as_ref().map_or(start.day, |e| e.day);
    start.clock.is_none()
        && window.end.as_ref().is_none_or(|e| e.clock.is_none())
        && timed.clock.is_some()
        && timed.day >= start.day - Duration::days(1)
        && timed.day <= last + Duration::days(1)
}

/// Whether two windows read the same on clocks that are up to 14 hours apart by quarters of an hour.
fn same_in_another_zone(local: &Found, utc: &Found) -> bool {
    let apart = |a: &Option<Point>, b: &Option<Point>| Some((wall(a.as_ref()?)? - wall(b.as_ref()?)?).num_seconds());
    let plausible = |seconds: i64| {
        let off = seconds.rem_euclid(900);
        seconds.abs() <= 14 * 3600 + SLACK && off.min(900 - off) <= SLACK
    };
    match (apart(&local.start, &utc.start), apart(&local.end, &utc.end)) {
        (Some(start), Some(end)) => plausible(start) && (start - end).abs() <= SLACK,
        (Some(one), None) | (None, Some(one)) => plausible(one),
        (None, None) => false,
    }
}

/// Pairs of windows that overlap, are equally long, and differ: at most one of them can be true.
#[must_use]
pub fn contradictions(windows: &[Found]) -> Vec<(usize, usize)> {
    let bounds = |w: &Found| match (w.start.as_ref()?.at, w.end.as_ref()?.at) {
        (When::Instant(a), When::Instant(b)) => Some((a, b)),
        _ => None,
    };
    let timed: Vec<_> = windows.iter().enumerate().filter_map(|(i, w)| Some((i, bounds(w)?))).take(64).collect();
    let mut found = Vec::new();
    for (n, (i, (a1, b1))) in timed.iter().enumerate() {
        for (j, (a2, b2)) in &timed[n + 1..] {
            let overlap = a1 < b2 && a2 < b1;
            let as_long = ((*b1 - *a1) - (*b2 - *a2)).num_seconds().abs() <= SLACK;
            if overlap && as_long && a1 != a2 {
                found.push((*i, *j));
            }
        }
    }
    found
}
