//! Files that show that a step was done: what people attach, and what probes saw.
//!
//! Owns what may be attached and how it is kept: as bytes that the record commits to, handed out only as a download. What a
//! step takes as proof is `notice`'s.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::desk::house::HouseEvent;
use crate::desk::transact::transact;
use crate::desk::{Asked, Desk, DeskError, NoticeRef, Topic};
use crate::notice::case::Case;
use crate::notice::chain::Stream;
use crate::notice::command::Command;
use crate::notice::event::{Actor, Evidence, Place};
use crate::notice::ids::StepId;
use crate::notice::text::Digest;
use crate::store::evidence::{self, Draft};

/// What may be attached to a step.
#[derive(Debug, Clone)]
pub struct Attachments {
    /// In bytes.
    pub largest: usize,
    /// Media types such as `image/png`; `*` takes any.
    pub types: Vec<String>,
}

impl Default for Attachments {
    fn default() -> Self {
        let types = ["application/pdf", "application/json", "image/jpeg", "image/png", "text/csv", "text/plain"];
        Self { largest: 10 << 20, types: types.map(str::to_owned).to_vec() }
    }
}

/// A file as somebody hands it in.
#[derive(Debug, Clone)]
pub struct Upload {
    pub name: String,
    pub media: String,
    pub bytes: Vec<u8>,
}

/// What a probe found, in the few values that the rules judge, with everything that it saw as JSON.
#[derive(Debug, Clone)]
pub struct Probed {
    pub vantage: String,
    pub target: String,
    pub success: bool,
    /// Business time.
    pub at: DateTime<Utc>,
    pub seen: Vec<u8>,
}

/// A file as it is handed out.
#[derive(Debug, Clone)]
pub struct EvidenceFile {
    pub name: String,
    /// None once it was erased.
    pub bytes: Option<Vec<u8>>,
}

/// A probe's result as it is stored and handed out.
pub const PROBE_MEDIA: &str = "application/json";

/// The longest name of a file that is kept.
const NAME: usize = 200;

impl Attachments {
    /// Whether a file may be attached.
    ///
    /// # Errors
    /// `Invalid` or `Conflict` saying which limit it breaks.
    pub fn check(&self, upload: &Upload) -> Result<(), DeskError> {
        let invalid = |field, message: String| Err(DeskError::Invalid { field, message });
        if upload.name.is_empty() || upload.name.chars().count() > NAME || upload.name.chars().any(char::is_control) {
            return invalid("name", format!("a file's name has 1 to {NAME} characters and no control characters"));
        }
        if upload.bytes.is_empty() {
            return invalid("body", "the file is empty".to_owned());
        }
        if upload.bytes.len() > self.largest {
            let message = format!("a file has at most {} bytes here; put it elsewhere and note where", self.largest);
            return invalid("body", message);
        }
        if !self.types.iter().any(|kind| kind == "*" || kind.eq_ignore_ascii_case(&upload.media)) {
            let message = format!("“{}” is not taken here; taken are {}", upload.media, self.types.join(", "));
            return invalid("content-type", message);
        }
        if !is_what_it_says(&upload.media, &upload.bytes) {
            return invalid("content-type", format!("the file says that it is {}, and is not", upload.media));
        }
        Ok(())
    }
}

/// Whether bytes begin as their type does, for the types that have a beginning.
fn is_what_it_says(media: &str, bytes: &[u8]) -> bool {
    match media.to_ascii_lowercase().as_str() {
        "application/pdf" => bytes.starts_with(b"%PDF-"),
        "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg" => bytes.starts_with(b"\xff\xd8\xff"),
        "application/json" => serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok(),
        kind if kind.starts_with("text/") => !bytes.contains(&0),
        _ => true,
    }
}

impl Desk {
    /// Attaches a file to a step.
    ///
    /// # Errors
    /// `Invalid` for a file that may not be attached; as [`Desk::act`].
    pub async fn attach(
        &self,
        notice: NoticeRef,
        actor: Actor,
        (step, place): (StepId, Place),
        upload: Upload,
    ) -> Result<Case, DeskError> {
        self.settings.attachments.check(&upload)?;
        let name = self.draft(&upload.name);
        let file = self.sealed_file(upload.media, upload.bytes);
        let evidence = Evidence::Attachment { name: name.reference, digest: file.digest, bytes: file.length() };
        let command = Command::AddEvidence { step, place, evidence };
        self.act(notice, actor, Asked { files: vec![file], ..Asked::with(command, [name]) }).await
    }

    /// Puts what a probe found to a step, and gives the digest that it is on record under.
    ///
    /// # Errors
    /// `Invalid` for one that says it was made in the future; as [`Desk::act`].
    pub async fn add_probe(
        &self,
        notice: NoticeRef,
        actor: Actor,
        (step, place): (StepId, Place),
        probed: Probed,
    ) -> Result<(Case, Digest), DeskError> {
        let ahead = probed.at - self.clock.now();
        if ahead > chrono::TimeDelta::minutes(5) {
            let message =
                format!("it says that it was made {} minutes from now; set that machine's clock", ahead.num_minutes());
            return Err(DeskError::Invalid { field: "seen.at", message });
        }
        let file = self.sealed_file(PROBE_MEDIA.to_owned(), probed.seen);
        let Probed { vantage, target, success, at, .. } = probed;
        let (at, result) = (at.min(self.clock.now()), file.digest);
        let evidence = Evidence::Probe { vantage, target, success, at, result };
        let command = Command::AddEvidence { step, place, evidence };
        let asked = Asked { files: vec![file], ..Asked::from(command) };
        Ok((self.act(notice, actor, asked).await?, result))
    }

    /// A file of a notice, to save.
    ///
    /// # Errors
    /// `NotFound` where the notice has no such file.
    pub async fn evidence_file(&self, notice: NoticeRef, digest: Digest) -> Result<EvidenceFile, DeskError> {
        let db = self.store.reader();
        let (case, row) = self.evidence_row(notice, digest).await?;
        let name = named(&case, digest).map(|name| name.id);
        let mut names = crate::store::texts::by_id(db, &name.into_iter().collect()).await?;
        let name = name.and_then(|id| names.remove(&id)).map(|shown| shown.words());
        let name = name.unwrap_or_else(|| format!("{}.json", &row.digest[..12]));
        Ok(EvidenceFile { name, bytes: evidence::body(db, &row).await? })
    }

    /// Forgets a file's bytes. The step keeps that there was one, and the chain still verifies.
    ///
    /// # Errors
    /// `NotFound`; the database refuses.
    pub async fn erase_evidence(&self, actor: Actor, notice: NoticeRef, digest: Digest) -> Result<(), DeskError> {
        let (case, _) = self.evidence_row(notice, digest).await?;
        transact!(self, |txn| {
            let Some(row) = evidence::get(txn, digest).await? else { return Ok(()) };
            if row.erased_at.is_some() {
                return Ok(());
            }
            evidence::erase(txn, &row, self.clock.now()).await?;
            let event = HouseEvent::EvidenceErased { notice: case.id.0, digest };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await
        })?;
        self.hub.tell(Topic::Notice, Some(case.id.0));
        Ok(self.store.forget_deleted().await?)
    }

    async fn evidence_row(
        &self,
        notice: NoticeRef,
        digest: Digest,
    ) -> Result<(Case, crate::store::entity::evidence::Model), DeskError> {
        let case = self.case(notice).await?;
        let row = evidence::get(self.store.reader(), digest).await?.filter(|row| row.notice == case.id.0);
        let row = row.ok_or_else(|| DeskError::NotFound { what: "evidence", id: digest.to_string() })?;
        Ok((case, row))
    }

    fn sealed_file(&self, media: String, bytes: Vec<u8>) -> Draft {
        let salt: [u8; 16] = self.entropy.bytes();
        let digest = Digest::of_all(&[&salt, &bytes]);
        Draft { digest, blob: self.ids.id(), salt, media, body: Arc::new(bytes) }
    }
}

/// The name that an attachment was given.
fn named(case: &Case, digest: Digest) -> Option<crate::notice::text::TextRef> {
    case.steps.values().flat_map(|done| &done.evidence).find_map(|shown| match shown {
        Evidence::Attachment { name, digest: of, .. } if *of == digest => Some(*name),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(name: &str, media: &str, bytes: &[u8]) -> Upload {
        Upload { name: name.to_owned(), media: media.to_owned(), bytes: bytes.to_vec() }
    }

    #[test]
    fn only_what_is_named_small_and_honest_is_taken() {
        let limits = Attachments { largest: 100, ..Attachments::default() };
        for (file, refused) in [
            (upload("psql.txt", "text/plain", b"SSL connection"), None),
            (upload("seen.png", "image/png", b"\x89PNG\r\n\x1a\n..."), None),
            (upload("seen.json", "application/json", b"{\"a\": 1}"), None),
            (upload("seen.png", "image/png", b"<script>"), Some("content-type")),
            (upload("seen.json", "application/json", b"{"), Some("content-type")),
            (upload("page.html", "text/html", b"<p>"), Some("content-type")),
            (upload("a.txt", "text/plain", b"a\0b"), Some("content-type")),
            (upload("a.txt", "text/plain", &[b'a'; 101]), Some("body")),
            (upload("a.txt", "text/plain", b""), Some("body")),
            (upload("", "text/plain", b"a"), Some("name")),
            (upload("a\r\nSet-Cookie: x", "text/plain", b"a"), Some("name")),
        ] {
            let field = match limits.check(&file) {
                Ok(()) => None,
                Err(DeskError::Invalid { field, .. }) => Some(field),
                Err(other) => panic!("{}: {other}", file.name),
            };
            assert_eq!(field, refused, "{} as {}", file.name, file.media);
        }
    }
}
