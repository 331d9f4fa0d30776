//! Checkpoints: what the ends of the streams were at one time, signed, and kept where the database does not reach.
//!
//! Owns what is signed and how one checkpoint follows another. A checkpoint holds the heads that moved since the one
//! before it and that one's digest, so that it costs what changed and yet stands for everything that exists. It knows no
//! key: signing and verifying signatures are the keyring's.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::chain::{Head, canonical, micros};
use super::text::Digest;

/// The content of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// From 1, without gaps.
    pub number: u64,
    pub at: DateTime<Utc>,
    /// The digest of the one before; zero for the first.
    pub previous: Digest,
    /// The heads that moved since the one before, in order of their streams.
    pub heads: Vec<Head>,
}

impl Checkpoint {
    /// The bytes that are signed.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        canonical(&json!({
            "number": self.number,
            "at": micros(self.at),
            "previous": self.previous,
            "heads": self.heads,
        }))
    }

    /// What the next one names as the one before it, and what a mail's footer shows.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.signed_bytes())
    }
}

/// A checkpoint with its signature, as it lies in the file and in an evidence pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCheckpoint {
    #[serde(flatten)]
    pub checkpoint: Checkpoint,
    /// Ed25519 over [`Checkpoint::signed_bytes`], base64.
    pub signature: String,
    pub key_id: String,
}

/// What is wrong with a sequence of checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCheckpoint {
    #[error("checkpoint {0} is missing")]
    Missing(u64),
    #[error("checkpoint {0} does not follow the one before it: one of the two was changed")]
    Broken(u64),
    #[error("checkpoint {0} bears a signature that this installation's keys did not make")]
    Signature(u64),
    #[error("checkpoint {0} in the file is not the one in the database: one of the two was changed")]
    Differs(u64),
}

/// Everything wrong with checkpoints in order of their numbers. A sequence may begin anywhere: an evidence pack holds
/// the part that concerns it. `verifies` says whether a signature over bytes was made with the named key.
#[must_use]
pub fn verify(checkpoints: &[SignedCheckpoint], verifies: impl Fn(&str, &[u8], &str) -> bool) -> Vec<BadCheckpoint> {
    let mut bad = Vec::new();
    let mut before: Option<&Checkpoint> = None;
    for signed in checkpoints {
        let checkpoint = &signed.checkpoint;
        if let Some(before) = before {
            bad.extend((before.number + 1..checkpoint.number).take(20).map(BadCheckpoint::Missing));
            if checkpoint.number == before.number + 1 && checkpoint.previous != before.digest() {
                bad.push(BadCheckpoint::Broken(checkpoint.number));
            }
        }
        if !verifies(&signed.key_id, &checkpoint.signed_bytes(), &signed.signature) {
            bad.push(BadCheckpoint::Signature(checkpoint.number));
        }
        before = Some(checkpoint);
    }
    bad
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::chain::Stream;

    fn row(numbers: std::ops::RangeInclusive<u64>) -> Vec<SignedCheckpoint> {
        let mut previous = Digest::ZERO;
        numbers
            .map(|number| {
                let head = Head { stream: Stream::People, sequence: number, hash: Digest::of(&number.to_be_bytes()) };
                let at = Utc.with_ymd_and_hms(2024, 6, 1, 0, 0, 0).unwrap();
                let checkpoint = Checkpoint { number, at, previous, heads: vec![head] };
                previous = checkpoint.digest();
                let signature = checkpoint.digest().to_string();
                SignedCheckpoint { checkpoint, signature, key_id: "key".to_owned() }
            })
            .collect()
    }

    /// Stands for a key: the "signature" of these tests is the digest itself.
    fn signed_by_us(key: &str, bytes: &[u8], signature: &str) -> bool {
        key == "key" && signature == Digest::of(bytes).to_string()
    }

    #[test]
    fn a_sound_row_has_nothing_wrong() {
        assert_eq!(verify(&row(1..=5), signed_by_us), []);
        assert_eq!(verify(&[], signed_by_us), []);
    }

    #[test]
    fn each_way_to_tamper_is_named() {
        let sound = row(1..=5);

        let mut removed = sound.clone();
        removed.remove(2);
        assert_eq!(verify(&removed, signed_by_us), [BadCheckpoint::Missing(3)]);

        let mut edited = sound.clone();
        edited[2].checkpoint.heads[0].sequence = 99;
        assert_eq!(verify(&edited, signed_by_us), [BadCheckpoint::Signature(3), BadCheckpoint::Broken(4)]);

        let mut forged = sound;
        forged[2].checkpoint.heads[0].sequence = 99;
        forged[2].signature = forged[2].checkpoint.digest().to_string();
        forged[2].key_id = "another".to_owned();
        assert_eq!(verify(&forged, signed_by_us), [BadCheckpoint::Signature(3), BadCheckpoint::Broken(4)]);
    }
}
