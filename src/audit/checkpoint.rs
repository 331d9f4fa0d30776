//! Making checkpoints: one row and one line in a file that is kept apart from the database.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::{SubsecRound as _, TimeDelta};

use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::notice::text::Digest;
use crate::store::{checkpoints, record};

/// How far back a checkpoint looks for heads that moved: further than a transaction takes from its time to its commit, so
/// that one that was slow is caught by the next checkpoint.
const OVERLAP: TimeDelta = TimeDelta::minutes(15);

impl Desk {
    /// Signs the heads that moved since the last checkpoint, keeps them in the table, and appends them to `file`. Nothing
    /// where nothing moved, or where the keyring cannot sign (a restore without it).
    ///
    /// # Errors
    /// When the database or the file refuses.
    pub async fn checkpoint(&self, file: &Path) -> Result<Option<SignedCheckpoint>, CheckpointError> {
        let made = self.sign_heads().await?;
        self.catch_up(file).await?;
        Ok(made)
    }

    /// A page of checkpoints, newest first, below a number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn checkpoints(&self, before: Option<u64>, limit: u64) -> Result<Vec<SignedCheckpoint>, DeskError> {
        Ok(checkpoints::page(self.store.reader(), before, limit).await?)
    }

    async fn sign_heads(&self) -> Result<Option<SignedCheckpoint>, DeskError> {
        transact!(self, |txn| {
            let last = checkpoints::last(txn).await?.map(|signed| signed.checkpoint);
            let since = last.as_ref().map_or(chrono::DateTime::UNIX_EPOCH, |last| last.at - OVERLAP);
            let mut heads = record::heads_since(txn, since).await?;
            heads.retain(|head| last.as_ref().is_none_or(|last| !last.heads.contains(head)));
            let checkpoint = Checkpoint {
                number: last.as_ref().map_or(1, |last| last.number + 1),
                at: self.clock.now().trunc_subsecs(6),
                previous: last.as_ref().map_or(Digest::ZERO, Checkpoint::digest),
                heads,
            };
            let signed = match self.keyring.sign(&checkpoint.signed_bytes()) {
                Some((key_id, signature)) if !checkpoint.heads.is_empty() => {
                    SignedCheckpoint { checkpoint, signature, key_id }
                }
                _ => return Ok(None),
            };
            checkpoints::add(txn, &signed).await?;
            Ok(Some(signed))
        })
    }

    /// Appends to the file what the table has beyond it: the one just made, those of other replicas, and one whose process
    /// died between the commit and the file.
    async fn catch_up(&self, path: &Path) -> Result<(), CheckpointError> {
        let written = read_file(path)?.last().map_or(0, |signed| signed.checkpoint.number);
        let missing = checkpoints::from(self.store.reader(), written + 1).await.map_err(DeskError::from)?;
        append(path, &missing).map_err(|source| FileError::Unwritable { path: path.to_owned(), source })?;
        Ok(())
    }
}

fn append(path: &Path, some: &[SignedCheckpoint]) -> std::io::Result<()> {
    if some.is_empty() {
        return Ok(());
    }
    let mut lines = String::new();
    for signed in some {
        lines.push_str(&serde_json::to_string(signed)?);
        lines.push('\n');
    }
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()
}

/// Why a checkpoint could not be made or kept.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error(transparent)]
    File(#[from] FileError),
}

/// Why a file of checkpoints cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}: cannot be written: {source}", path.display())]
    Unwritable { path: PathBuf, source: std::io::Error },
    #[error("{}: line {line} is no checkpoint: {why}", path.display())]
    Line { path: PathBuf, line: usize, why: String },
}

/// The checkpoints of a file, in order; none where there is no such file.
///
/// # Errors
/// Where the file cannot be read, or a line is not a checkpoint.
pub fn read_file(path: &Path) -> Result<Vec<SignedCheckpoint>, FileError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(FileError::Unreadable { path: path.to_owned(), source }),
    };
    text.lines()
        .enumerate()
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| FileError::Line {
                path: path.to_owned(),
                line: index + 1,
                why: error.to_string(),
            })
        })
        .collect()
}
