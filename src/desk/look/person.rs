//! One person's share: what waits for them, and what they signed or objected to, also after they left.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Waits;
use crate::desk::{Desk, DeskError, NoticeRef};
use crate::notice::case::SignOff;
use crate::notice::event::Actor;
use crate::notice::gate;
use crate::notice::ids::{NoticeId, PersonId};
use crate::notice::sight::Sight;
use crate::store::entity::notices;
use crate::store::{lists, record};

/// Signatures that a person's page shows, the newest first.
const MOST: u64 = 200;

/// What one person has to do with notices.
#[derive(Debug, Clone)]
pub struct PersonWork {
    pub waiting: Vec<Waits>,
    /// The newest first.
    pub signed: Vec<SignedBy>,
}

/// One of their signatures, and whether it counts.
#[derive(Debug, Clone)]
pub struct SignedBy {
    pub notice: notices::Model,
    pub sign_off: SignOff,
    /// It is for the subject as it is now.
    pub current: bool,
}

impl Desk {
    /// What waits for a person and what they signed, as somebody sees it.
    ///
    /// # Errors
    /// `NotFound`, or the database does not answer.
    pub async fn work_of(&self, sight: Sight, person: Uuid) -> Result<PersonWork, DeskError> {
        self.person(person).await?;
        let db = self.store.reader();
        let actor = Actor::Person { id: PersonId(person) };
        let places = record::signed_by(db, &actor, MOST).await?;
        let mut entries: BTreeMap<NoticeId, Vec<u64>> = BTreeMap::new();
        for (notice, sequence) in &places {
            entries.entry(*notice).or_default().push(*sequence);
        }
        let rows = lists::by_id(db, entries.keys().map(|id| id.0).collect(), sight).await?;
        let mut signed = Vec::new();
        for (id, sequences) in entries {
            let Some(row) = rows.get(&id.0) else { continue };
            let case = self.case(NoticeRef::Id(id)).await?;
            let theirs = case.sign_offs.iter().filter(|sign_off| sequences.contains(&sign_off.entry.0));
            signed.extend(theirs.map(|sign_off| SignedBy {
                notice: row.clone(),
                sign_off: sign_off.clone(),
                current: sign_off.stands() && gate::is_current(&case, sign_off),
            }));
        }
        signed.sort_by_key(|signed| std::cmp::Reverse((signed.sign_off.at, signed.sign_off.entry)));
        Ok(PersonWork { waiting: self.waiting_on(sight, person).await?, signed })
    }
}
