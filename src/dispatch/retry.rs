//! When a mail that did not leave is tried again.

use chrono::{DateTime, TimeDelta, Utc};

use super::post::Fault;

/// The next time to try, by the number of attempts so far (from 1); none where it is given up.
///
/// A mail that the server put off waits longer each time, as servers that greylist and limit expect (RFC 5321, 4.5.4.1).
/// A way out that is shut is knocked at every few minutes: that nobody is home says nothing about the mail.
pub(super) fn next(
    fault: Fault,
    attempts: u32,
    first_due: DateTime<Utc>,
    now: DateTime<Utc>,
    give_up_after: TimeDelta,
) -> Option<DateTime<Utc>> {
    if is_final(fault) || now - first_due >= give_up_after {
        return None;
    }
    let minutes = match (fault, attempts) {
        (_, 0 | 1) => 1,
        (Fault::Unreachable, _) => 3,
        (_, 2) => 5,
        (_, 3) => 15,
        (_, 4) => 30,
        (_, 5) => 60,
        _ => 120,
    };
    Some(now + TimeDelta::minutes(minutes))
}

/// The same for a hook: the schedule that Standard Webhooks 1.0.0 recommends ("Deliverability and reliability"), a little
/// over three days from first to last.
pub(super) fn next_of_hook(fault: Fault, attempts: u32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    const SECONDS: [i64; 9] = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600];
    let next = usize::try_from(attempts.saturating_sub(1)).ok().and_then(|nth| SECONDS.get(nth));
    next.filter(|_| !is_final(fault)).map(|seconds| now + TimeDelta::seconds(*seconds))
}

const fn is_final(fault: Fault) -> bool {
    matches!(fault, Fault::Permanent | Fault::Unwanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(fault: Fault) -> Vec<i64> {
        let due = "2024-06-14T10:00:00Z".parse().unwrap();
        let (mut now, mut waits, mut attempts) = (due, Vec::new(), 1);
        while let Some(again) = next(fault, attempts, due, now, TimeDelta::hours(120)) {
            waits.push((again - now).num_minutes());
            now = again;
            attempts += 1;
        }
        waits
    }

    #[test]
    fn a_mail_put_off_is_tried_for_days_at_growing_distances() {
        let waits = waits(Fault::Temporary);
        assert_eq!(&waits[..7], [1, 5, 15, 30, 60, 120, 120]);
        assert_eq!(waits.iter().sum::<i64>() / 60 / 24, 5, "given up after five days: {waits:?}");
    }

    #[test]
    fn a_server_that_is_away_for_an_hour_is_found_within_minutes_of_its_return() {
        assert!(waits(Fault::Unreachable).iter().all(|minutes| *minutes <= 3));
    }

    #[test]
    fn a_hook_is_tried_ten_times_over_three_days() {
        let mut now: DateTime<Utc> = "2024-06-14T10:00:00Z".parse().unwrap();
        let (first, mut tries) = (now, 1);
        while let Some(again) = next_of_hook(Fault::Temporary, tries, now) {
            now = again;
            tries += 1;
        }
        assert_eq!((tries, (now - first).num_hours()), (10, 75));
        assert_eq!(next_of_hook(Fault::Permanent, 1, now), None);
    }

    #[test]
    fn what_is_refused_for_good_is_not_tried_again() {
        assert_eq!(waits(Fault::Permanent), Vec::<i64>::new());
        assert_eq!(waits(Fault::Unwanted), Vec::<i64>::new());
    }
}
