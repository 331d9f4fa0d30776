//! The record's proof: checkpoints over the ends of all streams, verifying everything, and evidence packs.
//!
//! Owns how the proof is made and how it is judged, the same way for a running database and for a pack on an auditor's
//! machine. It changes nothing but the table and the file of checkpoints.

mod bundle;
mod checkpoint;
mod gather;
pub mod judge;
mod pack;
mod verifier;

pub use bundle::BundleError;
pub use checkpoint::{CheckpointError, FileError, read_file};
pub use judge::{Erasure, Judgement};
pub use pack::{Pack, Span};
pub use verifier::{Run, Verifier};

use std::collections::BTreeSet;

use crate::desk::{Desk, DeskError};
use crate::notice::chain::Stream;
use crate::notice::checkpoint::SignedCheckpoint;
use crate::store::{checkpoints, record};

/// How many streams are looked at before the next are asked for. Bounds memory, not what is verified.
const STREAMS_AT_ONCE: u64 = 200;

impl Desk {
    /// Verifies the whole record: every chain, every text, raw message and file against what was committed to, and every stream
    /// against the checkpoints, those of the database and those of `file`, which is kept where the database does not
    /// reach.
    ///
    /// # Errors
    /// When the database does not answer. What is wrong with the record is a result and not an error.
    pub async fn verify_record(&self, file: &[SignedCheckpoint]) -> Result<Judgement, DeskError> {
        let db = self.store.reader();
        let known = checkpoints::from(db, 1).await?;
        let mut judgement = Judgement::default();
        judgement.checkpoints(&known, file, |key, bytes, signature| self.keyring.verify(key, bytes, signature));
        let heads = judge::heads(known.iter().chain(file));
        let mut seen = BTreeSet::new();
        let mut after: Option<Stream> = None;
        loop {
            let some = record::streams(db, after, STREAMS_AT_ONCE).await?;
            let Some(last) = some.last() else { break };
            after = Some(*last);
            for stream in some {
                seen.insert(stream);
                let evidence = match gather::stream(db, stream).await {
                    Ok(evidence) => evidence,
                    Err(gather::Unreadable(why)) => {
                        judgement.damage.push(why);
                        continue;
                    }
                };
                judgement.stream(&evidence, &heads);
                for referred in judge::referred(&evidence) {
                    judgement.message(stream, referred, &gather::message(db, referred.1.id).await?);
                }
                for shown in judge::shown(&evidence) {
                    judgement.file(stream, shown, &gather::file(db, shown.1).await?);
                }
            }
        }
        judgement.vanished(&heads, &seen);
        Ok(judgement)
    }
}
