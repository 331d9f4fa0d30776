//! A time as the database keeps it.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::DeriveValueType;

/// Microseconds since 1970-01-01T00:00:00Z. One representation on both databases that compares as time does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct At(pub i64);

impl At {
    /// The same time for everything above the store, in UTC.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(if self.0 < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        })
    }
}

impl From<DateTime<Utc>> for At {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }
}

impl From<At> for DateTime<Utc> {
    fn from(at: At) -> Self {
        at.utc()
    }
}

impl std::ops::Add<TimeDelta> for At {
    type Output = Self;

    fn add(self, by: TimeDelta) -> Self {
        Self(self.0 + by.num_microseconds().unwrap_or(i64::MAX / 4))
    }
}
