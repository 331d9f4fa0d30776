//! When a source is read next, as a value: nothing here waits or asks for the time.
//!
//! Chance keeps replicas and sources from asking all at once. A source that fails is left alone for longer and longer, and
//! never asked sooner than it says itself (429 and 503 with `Retry-After`, RFC 9110, 10.2.3).

use chrono::TimeDelta;

/// The shortest pause after a failure.
const FIRST: TimeDelta = TimeDelta::minutes(1);
/// The longest pause that is our own idea.
const LONGEST: TimeDelta = TimeDelta::hours(1);
/// Nobody makes us wait longer, by mistake or by malice.
const LONGEST_ASKED: TimeDelta = TimeDelta::days(1);

/// The pause after a reading that went well: its own, up to a tenth more or less by `chance`.
pub fn after_success(every: TimeDelta, chance: u8) -> TimeDelta {
    every * (900 + i32::from(chance) * 200 / 255) / 1000
}

/// The pause after a failure that `before` others preceded: twice as long each time, up to an hour, never sooner than its own
/// schedule (as far as that is below an hour), and not before the time that the server asks for.
pub fn after_failure(every: TimeDelta, before: i32, asked: Option<TimeDelta>, chance: u8) -> TimeDelta {
    let doubled = every.min(FIRST) * (1 << before.clamp(0, 6));
    let ours = after_success(doubled.min(LONGEST).max(every.min(LONGEST)), chance);
    let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
    // Later than asked, by chance, and never sooner.
    ours.max(asked + asked * i32::from(chance) / 2550)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: TimeDelta = TimeDelta::minutes(5);

    #[test]
    fn chance_moves_a_reading_by_a_tenth_at_most() {
        assert_eq!(after_success(EVERY, 0), TimeDelta::seconds(270));
        assert_eq!(after_success(EVERY, 255), TimeDelta::seconds(330));
        let all: Vec<TimeDelta> = (0..=255).map(|chance| after_success(EVERY, chance)).collect();
        assert!(all.is_sorted() && all.iter().collect::<std::collections::BTreeSet<_>>().len() > 150, "no spread");
    }

    #[test]
    fn a_source_that_fails_is_left_alone_for_longer_and_longer_up_to_an_hour() {
        let minutes = |before| after_failure(EVERY, before, None, 128).num_minutes();
        assert_eq!((0..9).map(minutes).collect::<Vec<_>>(), [5, 5, 5, 8, 16, 32, 60, 60, 60]);
        // One that is read every quarter of a minute is not asked at once again either, nor is one that is read daily.
        assert_eq!(after_failure(TimeDelta::seconds(15), 3, None, 128).num_seconds(), 120);
        assert_eq!(after_failure(TimeDelta::days(1), 0, None, 128).num_minutes(), 60);
    }

    #[test]
    fn a_server_that_asks_to_be_left_alone_is_and_for_no_longer_than_a_day() {
        for chance in [0, 77, 255] {
            let pause = after_failure(EVERY, 0, Some(TimeDelta::hours(2)), chance);
            assert!(pause >= TimeDelta::hours(2) && pause <= TimeDelta::minutes(132), "{pause}");
            assert!(after_failure(EVERY, 0, Some(TimeDelta::days(400)), chance) <= TimeDelta::hours(27));
        }
        // Its own schedule is longer than what the server asks for.
        assert_eq!(after_failure(EVERY, 0, Some(TimeDelta::seconds(1)), 0), TimeDelta::seconds(270));
    }
}
