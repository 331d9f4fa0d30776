//! A notice that a person opens by hand: told by telephone, seen on a page, found in a console.

use chrono::{DateTime, Utc};

use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::case::Case;
use crate::notice::command::{Open, open};
use crate::notice::event::{Actor, Cause};
use crate::notice::fact::Authenticity;
use crate::notice::facts::Announced;
use crate::notice::ids::NoticeId;
use crate::store::projection;
use crate::store::texts::Draft;

impl Desk {
    /// Opens a notice that no message announced. Its authenticity is `vouched`: a colleague says so.
    ///
    /// # Errors
    /// `Refused` where the person may not, or no procedure is installed.
    pub async fn open_by_hand(&self, actor: Actor, announced: Announced, texts: Vec<Draft>) -> Result<Case, DeskError> {
        let id = NoticeId(self.ids.id());
        let case = transact!(self, |txn| {
            let number = projection::next_number(txn).await?;
            let world = self.world(txn).await?;
            let now: DateTime<Utc> = self.clock.now();
            let asked = Open {
                notice: id,
                number: u32::try_from(number).unwrap_or(u32::MAX),
                message: None,
                authenticity: Authenticity::Vouched,
                announced: announced.clone(),
            };
            let made = open(asked, &actor, &self.context_of(&world, now)).map_err(DeskError::Refused)?;
            self.commit(txn, None, &world, made, (Cause::default(), texts.clone())).await
        })?;
        self.tell_notice(case.id);
        Ok(case)
    }
}
