//! What verifying the record found, and its checkpoints, as the API shows them.

use crate::audit::{Judgement, Run};
use crate::notice::checkpoint::SignedCheckpoint;
use crate::web::view::record::{CheckpointView, ErasedView, Verification, VerificationState};

/// The last run, or that there was none.
#[must_use]
pub fn verification(run: Option<Run>) -> Verification {
    let Some(run) = run else { return plain(VerificationState::Never, &Judgement::default()) };
    let found = match &run.outcome {
        None => plain(VerificationState::Running, &Judgement::default()),
        Some(Err(why)) => {
            Verification { damage: vec![why.clone()], ..plain(VerificationState::Failed, &Judgement::default()) }
        }
        Some(Ok(judgement)) if judgement.is_sound() => plain(VerificationState::Sound, judgement),
        Some(Ok(judgement)) => plain(VerificationState::Damaged, judgement),
    };
    Verification {
        started_at: Some(run.started_at),
        finished_at: run.finished_at,
        checkpoints_in_file: run.in_file,
        ..found
    }
}

fn plain(state: VerificationState, judgement: &Judgement) -> Verification {
    let erased = judgement.erased.iter();
    Verification {
        state,
        started_at: None,
        finished_at: None,
        streams: judgement.streams,
        events: judgement.events,
        texts: judgement.texts,
        messages: judgement.messages,
        files: judgement.files,
        checkpoints: judgement.checkpoints,
        checkpoints_in_file: 0,
        damage: judgement.damage.clone(),
        erased: erased
            .map(|one| ErasedView { stream: one.stream.to_string(), what: one.what.clone(), at: one.at })
            .collect(),
    }
}

/// One checkpoint.
#[must_use]
pub fn checkpoint(signed: &SignedCheckpoint) -> CheckpointView {
    CheckpointView {
        number: signed.checkpoint.number,
        at: signed.checkpoint.at,
        heads: signed.checkpoint.heads.len() as u64,
        digest: signed.checkpoint.digest().to_string(),
        key_id: signed.key_id.clone(),
    }
}
