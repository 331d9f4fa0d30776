//! A notice that a person opens by hand: told by telephone, seen on a page, or found in a message that no reader understood,
//! which then stays with the notice as its source.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::desk::file::{committed, set_state};
use crate::desk::messages::waiting;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic};
use crate::notice::case::Case;
use crate::notice::command::{Open, open};
use crate::notice::event::{Actor, Cause};
use crate::notice::fact::Authenticity;
use crate::notice::facts::Announced;
use crate::notice::ids::{MessageId, NoticeId};
use crate::reading::Reading;
use crate::reading::dates::{Base, saying};
use crate::store::entity::messages;
use crate::store::intake::{self, state};
use crate::store::projection;
use crate::store::texts::Draft;

impl Desk {
    /// Opens a notice by a person's hand. Without a message a colleague vouches for it; with one, that message is its source,
    /// as authentic as it is, and what the person found in it is tied to the words that say so.
    ///
    /// # Errors
    /// `Refused` where the person may not, or no procedure is installed; `NotFound`, `Conflict` (`message_filed`) for the message.
    pub async fn open_by_hand(
        &self,
        actor: Actor,
        announced: Announced,
        texts: Vec<Draft>,
        from: Option<Uuid>,
    ) -> Result<Case, DeskError> {
        let id = NoticeId(self.ids.id());
        let case = transact!(self, |txn| {
            let (mut announced, mut texts) = (announced.clone(), texts.clone());
            let message = match from {
                Some(message) => Some(waiting(txn, message).await?),
                None => None,
            };
            if let Some(row) = &message {
                self.quote(txn, row, &mut announced, &mut texts).await?;
            }
            let vouched = Authenticity::Vouched;
            let number = projection::next_number(txn).await?;
            let world = self.world(txn).await?;
            let now: DateTime<Utc> = self.clock.now();
            let asked = Open {
                notice: id,
                number: u32::try_from(number).unwrap_or(u32::MAX),
                message: message.as_ref().map(committed),
                authenticity: message.as_ref().map_or(vouched, |row| row.authenticity.parse().unwrap_or(vouched)),
                announced,
            };
            let made = open(asked, &actor, &self.context_of(&world, now)).map_err(DeskError::Refused)?;
            let cause = Cause { message: from.map(MessageId), command: None };
            let case = self.commit(txn, None, &world, made, (cause, texts)).await?;
            if let Some(row) = &message {
                self.place(txn, &case, row.id).await?;
                set_state(txn, row.id, state::FILED, None).await?;
            }
            Ok(case)
        })?;
        self.tell_notice(case.id);
        if from.is_some() {
            self.hub.tell(Topic::Message, None);
        }
        Ok(case)
    }

    /// Ties the dates that a person entered to the words of the message that say them.
    async fn quote(
        &self,
        txn: &DatabaseTransaction,
        row: &messages::Model,
        announced: &mut Announced,
        texts: &mut Vec<Draft>,
    ) -> Result<(), DeskError> {
        let newest = intake::readings(txn, row.id).await?.pop();
        let Some(reading) = newest.and_then(|row| serde_json::from_str::<Reading>(&row.body).ok()) else {
            return Ok(());
        };
        let base = Base { received: Some(row.received_at.utc()), ..Base::default() };
        for deadline in announced.deadlines.iter_mut().filter(|deadline| deadline.as_written.is_none()) {
            let words = reading.texts.iter().find_map(|part| saying(&part.text, &deadline.when, &base));
            if let Some(words) = words {
                let draft = self.draft(&words);
                deadline.as_written = Some(draft.reference);
                texts.push(draft);
            }
        }
        Ok(())
    }
}
