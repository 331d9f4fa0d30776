//! One person's share of the work.

use chrono::{DateTime, Utc};

use super::home::item;
use super::rows::known;
use crate::desk::{PersonWork as Work, SignedBy};
use crate::web::problem::Problem;
use crate::web::view::gate::SignatureState;
use crate::web::view::notice::NoticeName;
use crate::web::view::person::{PersonSignature, PersonWork};

/// What waits for a person and what they said, as of `now` in business time.
///
/// # Errors
/// Where a row holds a word that this program does not know.
pub fn work_of(work: Work, now: DateTime<Utc>) -> Result<PersonWork, Problem> {
    Ok(PersonWork {
        waiting: work.waiting.into_iter().map(|waits| item(waits, now)).collect::<Result<_, _>>()?,
        signed: work.signed.into_iter().map(signature).collect::<Result<_, _>>()?,
    })
}

fn signature(signed: SignedBy) -> Result<PersonSignature, Problem> {
    let SignedBy { notice, sign_off, current } = signed;
    let state = match () {
        () if !sign_off.stands() => SignatureState::Withdrawn,
        () if sign_off.answered.is_some() => SignatureState::Answered,
        () if !current => SignatureState::Stale,
        () => SignatureState::Valid,
    };
    Ok(PersonSignature {
        stage: known(&notice.stage)?,
        notice: NoticeName { id: notice.id, number: notice.number, title: notice.title },
        id: sign_off.entry.0,
        gate: sign_off.gate,
        blocks: sign_off.objects(),
        level: sign_off.level.to_string(),
        verdict: sign_off.verdict,
        at: sign_off.at,
        state,
    })
}
