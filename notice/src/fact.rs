//! The plain values that a notice is about: kinds, roles, dates as providers write them.
//!
//! Owns the vocabulary that `reading` finds and `notice` decides upon. It must not know where a value came from (that is
//! `reading`'s evidence) nor what follows from it (that is the gates').

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A fieldless enum with one stable spelling for JSON, the database and the page.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:tt),+ $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        $(#[$meta])*
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable word used in JSON, in the database and in URLs.
            #[must_use]
            pub const fn word(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.word()) }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::fact::UnknownWord;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                match s {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::fact::UnknownWord { what: stringify!($name), got: s.to_owned(), known: &[$($word),+] }),
                }
            }
        }
    };
}
pub use words;

/// A word that is not one of an enum's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{got}” is not a {what}; known are {}", known.join(", "))]
pub struct UnknownWord {
    pub what: &'static str,
    pub got: String,
    pub known: &'static [&'static str],
}

words! {
    /// What sort of thing a provider announces.
    Kind {
        CertificateRotation = "certificate_rotation",
        EndOfLife = "end_of_life",
        Deprecation = "deprecation",
        ScheduledMaintenance = "scheduled_maintenance",
        Security = "security",
        Incident = "incident",
        AccountBilling = "account_billing",
        Informational = "informational",
    }
}

words! {
    /// How far the provider says its announcement has come.
    Status {
        Planned = "planned",
        Confirmed = "confirmed",
        Rescheduled = "rescheduled",
        Cancelled = "cancelled",
        InProgress = "in_progress",
        Completed = "completed",
        Ongoing = "ongoing",
    }
}

words! {
    /// What happens on a date. Later roles in this list are harder.
    Role {
        /// The provider asks that it be done by then; nothing happens by itself.
        RecommendedBy = "recommended_by",
        /// The provider applies the change by itself in the next maintenance window after then.
        AutoApplied = "auto_applied",
        /// The provider applies the change then, window or not.
        Forced = "forced",
        /// Something stops working then.
        HardExpiry = "hard_expiry",
    }
}

impl Role {
    /// Whether something happens at this date without anybody on our side acting.
    #[must_use]
    pub const fn is_hard(self) -> bool {
        !matches!(self, Self::RecommendedBy)
    }
}

words! {
    /// Who says so: how far the sender of a message is proven (design, decision 9).
    Authenticity {
        Verified = "verified",
        Vouched = "vouched",
        Unverified = "unverified",
        Failed = "failed",
    }
}

words! {
    /// How exactly a date was written.
    Precision { Instant = "instant", Date = "date" }
}

/// The zone that a message or a profile gives for its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Zone {
    /// A place with its rules, such as `America/Los_Angeles`.
    Named(Tz),
    /// A fixed distance from UTC, such as `+02:00`.
    Fixed(FixedOffset),
}

impl Zone {
    /// The first instant of a calendar date in this zone. Where midnight does not exist (a clock put forward at midnight),
    /// the first instant after it.
    #[must_use]
    pub fn start_of(&self, date: NaiveDate) -> DateTime<Utc> {
        self.at(date, NaiveTime::MIN)
    }

    /// A wall-clock time in this zone as an instant. Of two possible ones (a clock put back) the earlier; of none (put
    /// forward) the first one after the gap.
    #[must_use]
    pub fn at(&self, date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
        let local = date.and_time(time);
        match self {
            Self::Fixed(offset) => offset.from_local_datetime(&local).unwrap().to_utc(),
            Self::Named(tz) => (0..=4)
                .find_map(|half_hours| {
                    tz.from_local_datetime(&(local + chrono::Duration::minutes(30 * half_hours))).earliest()
                })
                .map_or_else(|| local.and_utc(), |t| t.to_utc()),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(tz) => f.write_str(tz.name()),
            Self::Fixed(offset) => write!(f, "{offset}"),
        }
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        if let Ok(tz) = s.parse::<Tz>() {
            return Ok(Self::Named(tz));
        }
        s.parse::<FixedOffset>()
            .map(Self::Fixed)
            .map_err(|_| format!("“{s}” is neither a zone of the tz database (Europe/Berlin) nor an offset (+02:00)"))
    }
}

impl Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A point in time as a provider wrote it: a calendar date stays one (design, decision 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// A bare date, with the zone that the message or the profile gives, where one does.
    Date {
        date: NaiveDate,
        zone: Option<Zone>,
    },
    Instant(DateTime<Utc>),
}

impl When {
    #[must_use]
    pub const fn date(date: NaiveDate) -> Self {
        Self::Date { date, zone: None }
    }

    #[must_use]
    pub const fn precision(&self) -> Precision {
        match self {
            Self::Date { .. } => Precision::Date,
            Self::Instant(_) => Precision::Instant,
        }
    }

    /// The first instant this can mean, for comparing only: a bare date without a zone begins first at UTC+14.
    #[must_use]
    pub fn earliest(&self) -> DateTime<Utc> {
        match self {
            Self::Instant(at) => *at,
            Self::Date { date, zone: Some(zone) } => zone.start_of(*date),
            Self::Date { date, zone: None } => {
                let first = FixedOffset::east_opt(14 * 3600).expect("UTC+14 is an offset");
                Zone::Fixed(first).start_of(*date)
            }
        }
    }

    /// The first instant after this has wholly passed everywhere it can mean: a bare date without a zone ends last at
    /// UTC-12.
    #[must_use]
    pub fn latest(&self) -> DateTime<Utc> {
        match self {
            Self::Instant(at) => *at,
            Self::Date { date, zone } => {
                let last = Zone::Fixed(FixedOffset::west_opt(12 * 3600).expect("UTC-12 is an offset"));
                let next = date.succ_opt().unwrap_or(*date);
                zone.unwrap_or(last).start_of(next)
            }
        }
    }

    /// Whether `other` only says more exactly what this says: an instant on the same written date (design, decision 6).
    #[must_use]
    pub fn is_refined_by(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Date { .. }, Self::Instant(at)) => *at >= self.earliest() && *at < self.latest(),
            _ => self == other,
        }
    }
}

impl fmt::Display for When {
    /// A bare date as `2024-08-22`, an instant as RFC 3339 in UTC with a `Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date { date, .. } => write!(f, "{date}"),
            Self::Instant(at) => f.write_str(&at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
        }
    }
}

/// As it is stored: `{"date": "2024-08-22", "zone": "America/Los_Angeles"}` or `{"instant": "…Z"}`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WhenForm {
    Date {
        on: NaiveDate,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Zone>,
    },
    Instant(DateTime<Utc>),
}

impl Serialize for When {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Date { date, zone } => WhenForm::Date { on: date, zone },
            Self::Instant(at) => WhenForm::Instant(at),
        }
        .serialize(s)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(match WhenForm::deserialize(d)? {
            WhenForm::Date { on, zone } => Self::Date { date: on, zone },
            WhenForm::Instant(at) => Self::Instant(at),
        })
    }
}
