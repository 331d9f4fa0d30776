//! The plain ways to prove a sender that several hooks share: a key that only they have, and a clock that is near ours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use subtle::ConstantTimeEq as _;

use super::{Delivery, Refused};
use crate::config::Hook;

/// Whether two secrets are the same, in time that does not tell how near they are.
pub fn same(given: &str, ours: &str) -> bool {
    !ours.is_empty() && bool::from(given.as_bytes().ct_eq(ours.as_bytes()))
}

/// HTTP's own user and password (RFC 7617), against the hook's `username` and `secret`.
pub fn basic(hook: &Hook, delivery: &Delivery<'_>) -> Result<(), Refused> {
    let wrong = || Refused::Unproven("The user or the password of this hook is missing or wrong.".to_owned());
    let given = delivery.header("authorization").and_then(|value| value.split_once(' ')).ok_or_else(wrong)?;
    let decoded = given.0.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(given.1.trim()).ok()).flatten();
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(wrong)?;
    let (user, password) = text.split_once(':').ok_or_else(wrong)?;
    // Both are compared, so that the time does not tell which of them was wrong.
    let (user, password) = (same(user, &hook.username), same(password, hook.secret.expose()));
    if user & password { Ok(()) } else { Err(wrong()) }
}

/// Whether a sender's time is within so much of ours, so that what was overheard is of no use later.
pub fn fresh(stamped: DateTime<Utc>, delivery: &Delivery<'_>, within: TimeDelta) -> Result<(), Refused> {
    if (delivery.now - stamped).abs() <= within {
        return Ok(());
    }
    Err(Refused::Unproven(format!(
        "It is stamped {}, which is more than {} minutes from our time: too old, or a clock is wrong.",
        stamped.to_rfc3339(),
        within.num_minutes()
    )))
}

/// Seconds since 1970 as senders write them.
pub fn seconds(written: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(written.trim().parse().ok()?, 0)
}
