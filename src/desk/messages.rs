//! What people do with a message that the reader did not place: put it aside, put it to a notice, have it read again.

use std::collections::BTreeSet;

use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, DatabaseTransaction};
use uuid::Uuid;

use crate::desk::file::{committed, key_rows, search_row, set_state};
use crate::desk::house::{HouseEvent, optional};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, NoticeRef, Topic};
use crate::notice::case::Case;
use crate::notice::chain::Stream;
use crate::notice::command::{Command, decide};
use crate::notice::event::{Actor, Cause};
use crate::notice::fact::Authenticity;
use crate::notice::ids::{MessageId, NoticeId};
use crate::reading::Reading;
use crate::store::entity::messages;
use crate::store::intake::{self, state};
use crate::store::{filing, projection, record};

impl Desk {
    /// Says that a message is no announcement, and why. It is kept and can be found; who said so is in the record.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a reason that is too long; `Conflict` (`message_filed`) where it belongs to a notice already.
    pub async fn dismiss_message(&self, actor: Actor, id: Uuid, reason: Option<&str>) -> Result<(), DeskError> {
        let reason = optional("reason", reason)?;
        transact!(self, |txn| {
            let row = waiting(txn, id).await?;
            if row.state == state::DISMISSED {
                return Ok(());
            }
            set_state(txn, id, state::DISMISSED, reason.as_deref()).await?;
            let event = HouseEvent::MessageDismissed { message: id };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await
        })?;
        self.hub.tell(Topic::Message, None);
        Ok(())
    }

    /// Puts a message to a notice by a person's hand. It is not read for changes.
    ///
    /// # Errors
    /// `NotFound`, `Refused`.
    pub async fn attach_message(&self, actor: Actor, id: Uuid, notice: NoticeRef) -> Result<NoticeId, DeskError> {
        let notice = transact!(self, |txn| {
            let row = intake::get(txn, id).await?.ok_or_else(|| missing(id))?;
            let notice = self.resolve(txn, notice).await?;
            record::queue(txn, Stream::Notice(notice)).await?;
            let mut case = self.load(txn, notice).await?;
            let world = self.world(txn).await?;
            let context = self.context_of(&world, self.clock.now());
            let command = Command::Attach {
                message: committed(&row),
                authenticity: row.authenticity.parse().unwrap_or(Authenticity::Unverified),
            };
            let made = decide(&case, command, &actor, &context).map_err(DeskError::Refused)?;
            if !made.is_empty() {
                let cause = Cause { message: Some(MessageId(id)), command: None };
                self.commit(txn, Some(&mut case), &world, made, (cause, Vec::new())).await?;
                self.place(txn, &case, id).await?;
            }
            set_state(txn, id, state::FILED, None).await?;
            Ok(notice)
        })?;
        self.tell_notice(notice);
        self.hub.tell(Topic::Message, None);
        Ok(notice)
    }

    /// Writes that a message belongs to a notice by somebody's hand, and makes it findable there.
    pub(super) async fn place(&self, txn: &DatabaseTransaction, case: &Case, message: Uuid) -> Result<(), DeskError> {
        filing::place(txn, vec![self.placed(message, case, 0, "by_hand")]).await?;
        let newest = intake::readings(txn, message).await?.pop();
        if let Some(reading) = newest.and_then(|row| serde_json::from_str::<Reading>(&row.body).ok()) {
            projection::index(txn, vec![search_row(case, message, &reading)]).await?;
            // What follows up on this message goes where it went.
            let own = reading.original.as_ref().and_then(|original| original.message_id.as_deref());
            let own = own.map(|id| format!("message-id:<{}>", id.trim_matches(['<', '>', ' '])));
            let keys = reading.notices.iter().flat_map(|found| found.correlation.keys.clone()).chain(own);
            let keys: BTreeSet<String> = keys.collect();
            filing::add_keys(txn, key_rows(keys, case.id, self.clock.now().into())).await?;
        }
        Ok(())
    }

    /// Has a message read again that waits for a person or was dismissed, as after the reader improved.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` (`message_filed`, `message_erased`).
    pub async fn read_again(&self, id: Uuid) -> Result<(), DeskError> {
        transact!(self, |txn| {
            let row = waiting(txn, id).await?;
            if row.erased_at.is_some() {
                let message = "the bytes of this message were erased; there is nothing left to read".to_owned();
                return Err(DeskError::Conflict { code: "message_erased", message });
            }
            messages::ActiveModel {
                id: Set(id),
                state: Set(state::RECEIVED.to_owned()),
                attempts: Set(0),
                leased_until: Set(None),
                ..Default::default()
            }
            .update(txn)
            .await?;
            Ok(())
        })?;
        self.wake.notify_waiters();
        self.wake.notify_one();
        Ok(())
    }
}

/// A message that is not on a notice yet.
pub(super) async fn waiting(txn: &DatabaseTransaction, id: Uuid) -> Result<messages::Model, DeskError> {
    let row = intake::get(txn, id).await?.ok_or_else(|| missing(id))?;
    if row.state == state::FILED {
        let message = "this message belongs to a notice already; work there".to_owned();
        return Err(DeskError::Conflict { code: "message_filed", message });
    }
    Ok(row)
}

fn missing(id: Uuid) -> DeskError {
    DeskError::NotFound { what: "message", id: id.to_string() }
}
