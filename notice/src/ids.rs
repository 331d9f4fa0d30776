//! The names of things: people, notices, messages, and what a notice is made of.
//!
//! Owns the newtypes only. Identifiers of rows are UUIDs that the outside makes; what lives inside one notice is numbered by
//! the notice itself, so that deciding stays pure and a record stays readable.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, uuid::Error> { s.parse().map(Self) }
        }
    )+ };
}

uuid_ids! {
    NoticeId,
    MessageId,
    PersonId,
    TeamId,
    /// One request that led to events; repeated when the same request is retried.
    CommandId,
}

/// Ids that a notice numbers itself, from 1, each sort with its letter: `d1`, `w1`, `r1`.
macro_rules! numbered_ids {
    ($($(#[$meta:meta])* $name:ident = $letter:literal),+ $(,)?) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
        #[schema(value_type = String)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}{}", $letter, self.0) }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(s: &str) -> Result<Self, BadId> {
                s.strip_prefix($letter)
                    .and_then(|n| n.parse().ok())
                    .map(Self)
                    .ok_or_else(|| BadId { got: s.to_owned(), letter: $letter })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+ };
}

numbered_ids! {
    DeadlineId = 'd',
    WindowId = 'w',
    ResourceId = 'r',
}

/// An id inside a notice that is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{got}” is not an id of this sort; write {letter}1, {letter}2, …")]
pub struct BadId {
    pub got: String,
    pub letter: char,
}

/// The sequence number of the event that made something: a sign-off, a comment, a proposal, an override. Everything that an
/// event makes is named by it, so no id has to be invented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Entry(pub u64);

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Entry {
    type Err = std::num::ParseIntError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse().map(Self)
    }
}

/// Words that data files or an installation choose.
macro_rules! word_ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }

        impl From<&str> for $name {
            fn from(s: &str) -> Self { Self(s.to_owned()) }
        }
    )+ };
}

word_ids! {
    /// A rung of responsibility: `engineer`, `lead`, `executive`, or what the installation added.
    LevelId,
    /// A step of a procedure, unique within it.
    StepId,
    /// A provider profile's id, such as `aws`.
    ProviderId,
    ProcedureId,
    /// Where a resource serves: `production`, `staging`, …
    Environment,
}
