//! Free text as an event may hold it: by reference and commitment, never by its words.
//!
//! Owns digests and commitments. The words themselves live in rows that can be erased (design, decision 14); the chain then
//! still verifies, since it only ever held the commitment.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A SHA-256, written in lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
#[schema(value_type = String)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// What the first event of a stream names as the one before it.
    pub const ZERO: Self = Self([0; 32]);

    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The SHA-256 of several pieces written one after the other.
    #[must_use]
    pub fn of_all(pieces: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        pieces.iter().for_each(|piece| hasher.update(piece));
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(s: &str) -> Result<Self, BadDigest> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(s, &mut bytes).map_err(|_| BadDigest(s.to_owned()))?;
        Ok(Self(bytes))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a SHA-256: 64 hexadecimal digits are wanted")]
pub struct BadDigest(pub String);

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A text kept elsewhere. Two references are to the same words exactly if they are equal: who stores a text again unchanged
/// should hand in the reference it already has, or signatures over it go stale for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextRef {
    pub id: Uuid,
    /// SHA-256 of salt and UTF-8 bytes.
    pub commitment: Digest,
    /// In characters, so that "an empty statement" can be refused without the words.
    pub length: u32,
}

impl TextRef {
    #[must_use]
    pub fn new(id: Uuid, salt: &[u8], text: &str) -> Self {
        let length = u32::try_from(text.trim().chars().count()).unwrap_or(u32::MAX);
        Self { id, commitment: Digest::of_all(&[salt, text.as_bytes()]), length }
    }

    /// Whether these are the words that were committed to.
    #[must_use]
    pub fn commits_to(&self, salt: &[u8], text: &str) -> bool {
        self.commitment == Digest::of_all(&[salt, text.as_bytes()])
    }

    #[must_use]
    pub const fn is_blank(&self) -> bool {
        self.length == 0
    }
}
