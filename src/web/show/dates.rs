//! Dates in sentences: short, in UTC, never converted where they are bare.

use chrono::{DateTime, Utc};

use crate::notice::facts::Deadline;
use crate::web::view::common::WhenView;

/// “22 August 2024”
pub fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y").to_string()
}

/// “22 August 2024, 17:08 UTC”
pub fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// A deadline with the exact instant where a later message told it.
pub fn when(deadline: &Deadline) -> WhenView {
    deadline.refined.map_or(deadline.when, crate::notice::fact::When::Instant).into()
}
