//! Verifying the record while the server goes on: one run at a time, and what the last one found.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use super::judge::Judgement;
use super::read_file;
use crate::desk::Desk;

/// One run, under way or over. Times are business times in UTC.
#[derive(Debug, Clone)]
pub struct Run {
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// What it found, or why it could not look; none while it is under way.
    pub outcome: Option<Result<Judgement, String>>,
    /// How many checkpoints the file beside the database held.
    pub in_file: u64,
}

/// The runs of one process. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Verifier(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    last: Mutex<Option<Run>>,
    over: Notify,
}

impl Verifier {
    /// The last run of this process; none where there was none yet.
    #[must_use]
    pub fn last(&self) -> Option<Run> {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts a run unless one is under way, waits for its end for a while, and gives it as it stands then.
    pub async fn run(&self, desk: &Desk, file: PathBuf, wait: Duration) -> Option<Run> {
        let over = self.0.over.notified();
        tokio::pin!(over);
        over.as_mut().enable();
        if self.begin(desk.clock.now()) {
            let (verifier, desk) = (self.clone(), desk.clone());
            tokio::spawn(async move { verifier.look(&desk, file).await });
        }
        let _ = tokio::time::timeout(wait, over).await;
        self.last()
    }

    fn begin(&self, now: DateTime<Utc>) -> bool {
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_some_and(|run| run.outcome.is_none()) {
            return false;
        }
        *last = Some(Run { started_at: now, finished_at: None, outcome: None, in_file: 0 });
        true
    }

    async fn look(&self, desk: &Desk, file: PathBuf) {
        let (in_file, outcome) = match read_file(&file) {
            Ok(checkpoints) => {
                let found = desk.verify_record(&checkpoints).await.map_err(|e| e.to_string());
                (checkpoints.len() as u64, found)
            }
            Err(error) => (0, Err(error.to_string())),
        };
        match &outcome {
            Ok(judgement) if judgement.is_sound() => tracing::info!(events = judgement.events, "the record is sound"),
            Ok(judgement) => tracing::error!(damage = judgement.damage.len(), "the record was tampered with"),
            Err(error) => tracing::error!(error, "the record could not be verified"),
        }
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = last.as_mut() {
            *run = Run { finished_at: Some(desk.clock.now()), outcome: Some(outcome), in_file, ..run.clone() };
        }
        drop(last);
        self.0.over.notify_waiters();
    }
}
