//! An evidence pack: what an auditor takes away and verifies without us.
//!
//! Owns what is in it and how it is judged. How it lies in a file is `bundle`'s.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::gather;
use super::judge::{self, Judgement, Kept, StreamEvidence};
use crate::desk::{Desk, DeskError, NoticeRef};
use crate::notice::chain::Stream;
use crate::notice::checkpoint::SignedCheckpoint;
use crate::notice::ids::NoticeId;
use crate::notice::sight::Sight;
use crate::notice::text::Digest;
use crate::store::sight::seen_of;
use crate::store::{checkpoints, evidence, intake, record};

/// The shape of `record.json`. A program that meets a higher number says that it is too old.
pub const FORMAT: u32 = 1;

/// Everything in a pack but the raw bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pack {
    pub format: u32,
    pub installation: String,
    pub made_at: DateTime<Utc>,
    /// Public keys that signed checkpoints, by id, base64.
    pub public_keys: BTreeMap<String, String>,
    pub checkpoints: Vec<SignedCheckpoint>,
    pub streams: Vec<StreamEvidence>,
    pub messages: Vec<MessageEvidence>,
    /// Files that show that steps were done.
    #[serde(default)]
    pub files: Vec<FileEvidence>,
}

/// From when to when something must have happened to a notice for a pack of that time to hold it. Half open; open-ended where
/// none is given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

/// A file that a step commits to. Its bytes lie beside, under [`FileEvidence::file`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileEvidence {
    /// What the record commits to: SHA-256 of salt and bytes.
    pub digest: Digest,
    pub media: String,
    /// Lower-case hex; none once the bytes were erased.
    pub salt: Option<String>,
    pub erased_at: Option<DateTime<Utc>>,
}

impl FileEvidence {
    #[must_use]
    pub fn file(&self) -> String {
        format!("evidence/{}", self.digest)
    }
}

/// A message that the streams refer to. Its bytes lie beside, under [`MessageEvidence::file`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessageEvidence {
    pub id: Uuid,
    pub channel: String,
    pub received_at: DateTime<Utc>,
    /// Of the raw bytes, lower-case hex.
    pub sha256: String,
    /// With the bytes it gives the commitment in the record. Lower-case hex; none once they were erased.
    pub salt: Option<String>,
    pub authenticity: String,
    pub authenticity_reason: String,
    pub erased_at: Option<DateTime<Utc>>,
}

impl MessageEvidence {
    #[must_use]
    pub fn file(&self) -> String {
        format!("messages/{}.eml", self.id)
    }
}

fn kept(raw: Option<Vec<u8>>, salt: Option<&str>, erased_at: Option<DateTime<Utc>>) -> Kept {
    match (raw, erased_at) {
        (_, Some(at)) => Kept::Erased(at),
        (Some(raw), None) => Kept::Bytes { salt: salt.and_then(|salt| hex::decode(salt).ok()), raw },
        (None, None) => Kept::Gone,
    }
}

impl Desk {
    /// Gathers the evidence for some notices, or for all where none is named, with the streams of the house that say who
    /// was who and which procedure held.
    ///
    /// # Errors
    /// `NotFound` for a notice that does not exist; the database does not answer.
    pub async fn evidence(&self, notices: &[NoticeRef]) -> Result<Pack, DeskError> {
        let db = self.store.reader();
        let mut streams = Vec::new();
        for stream in self.streams_of(notices).await? {
            let evidence =
                gather::stream(db, stream).await.map_err(|gather::Unreadable(why)| DeskError::Damaged(why))?;
            streams.push(evidence);
        }
        let mut messages = Vec::new();
        let referred: BTreeSet<Uuid> =
            streams.iter().flat_map(judge::referred).map(|(_, message)| message.id.0).collect();
        for id in referred {
            let Some(row) = intake::get(db, id).await? else { continue };
            messages.push(MessageEvidence {
                id,
                channel: row.channel,
                received_at: row.received_at.utc(),
                sha256: row.sha256,
                salt: row.salt.map(hex::encode),
                authenticity: row.authenticity,
                authenticity_reason: row.authenticity_reason,
                erased_at: row.erased_at.map(|at| at.utc()),
            });
        }
        let mut files = Vec::new();
        let shown: BTreeSet<Digest> = streams.iter().flat_map(judge::shown).map(|(_, digest)| digest).collect();
        for digest in shown {
            let Some(row) = evidence::get(db, digest).await? else { continue };
            files.push(FileEvidence {
                digest,
                media: row.media,
                salt: row.salt.map(hex::encode),
                erased_at: row.erased_at.map(|at| at.utc()),
            });
        }
        Ok(Pack {
            format: FORMAT,
            installation: self.settings.installation.clone(),
            made_at: self.clock.now(),
            public_keys: self.keyring.public_keys().clone(),
            checkpoints: checkpoints::from(db, 1).await?,
            streams,
            messages,
            files,
        })
    }

    /// The raw bytes of a message in a pack; none where they were erased.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn evidence_bytes(&self, message: &MessageEvidence) -> Result<Option<Vec<u8>>, DeskError> {
        let db = self.store.reader();
        let Some(row) = intake::get(db, message.id).await? else { return Ok(None) };
        Ok(intake::raw(db, row.blob).await?)
    }

    /// The bytes of a file in a pack; none where they were erased.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn evidence_file_bytes(&self, file: &FileEvidence) -> Result<Option<Vec<u8>>, DeskError> {
        let db = self.store.reader();
        let Some(row) = evidence::get(db, file.digest).await? else { return Ok(None) };
        Ok(evidence::body(db, &row).await?)
    }

    /// The notices to which something happened in a span of time, as far as they may be seen.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn notices_in(&self, sight: Sight, span: Span) -> Result<Vec<NoticeRef>, DeskError> {
        let streams = record::streams_between(self.store.reader(), span.from, span.to).await?;
        let notice = |stream: &Stream| match stream {
            Stream::Notice(id) => Some(id.0),
            Stream::Installation | Stream::People | Stream::Procedures => None,
        };
        let seen = seen_of(self.store.reader(), streams.iter().filter_map(notice).collect(), sight).await?;
        let notices = streams.iter().filter_map(notice).filter(|id| seen.contains(id));
        Ok(notices.map(|id| NoticeRef::Id(NoticeId(id))).collect())
    }

    async fn streams_of(&self, notices: &[NoticeRef]) -> Result<Vec<Stream>, DeskError> {
        if notices.is_empty() {
            return Ok(record::streams(self.store.reader(), None, u64::from(u32::MAX)).await?);
        }
        let mut streams = vec![Stream::Installation, Stream::People, Stream::Procedures];
        for notice in notices {
            streams.push(Stream::Notice(self.case(*notice).await?.id));
        }
        Ok(streams)
    }
}

impl Pack {
    /// Judges the pack by itself. `bytes` gives what lies in it under a name. The checkpoints prove the streams against
    /// the keys *in the pack*: whoever verifies compares those keys' ids with ones they have from elsewhere.
    #[must_use]
    pub fn judge(&self, mut bytes: impl FnMut(&str) -> Option<Vec<u8>>) -> Judgement {
        let mut judgement = Judgement::default();
        judgement.checkpoints(&self.checkpoints, &[], |key, signed, signature| self.verifies(key, signed, signature));
        let heads = judge::heads(self.checkpoints.iter());
        for evidence in &self.streams {
            judgement.stream(evidence, &heads);
        }
        let messages: BTreeMap<Uuid, &MessageEvidence> = self.messages.iter().map(|one| (one.id, one)).collect();
        for evidence in &self.streams {
            for referred in judge::referred(evidence) {
                let kept = messages
                    .get(&referred.1.id.0)
                    .map_or(Kept::Gone, |one| kept(bytes(&one.file()), one.salt.as_deref(), one.erased_at));
                judgement.message(evidence.stream, referred, &kept);
            }
            for shown in judge::shown(evidence) {
                let kept = self
                    .files
                    .iter()
                    .find(|file| file.digest == shown.1)
                    .map_or(Kept::Gone, |one| kept(bytes(&one.file()), one.salt.as_deref(), one.erased_at));
                judgement.file(evidence.stream, shown, &kept);
            }
        }
        judgement
    }

    fn verifies(&self, key: &str, signed: &[u8], signature: &str) -> bool {
        let decoded = |text: &str| STANDARD.decode(text).ok();
        let Some(public) = self.public_keys.get(key).and_then(|text| decoded(text)) else { return false };
        decoded(signature).is_some_and(|sig| UnparsedPublicKey::new(&ED25519, public).verify(signed, &sig).is_ok())
    }
}
