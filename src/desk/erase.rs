//! The right to be forgotten (design, decision 14): words and bytes go, what committed to them stays, and that they were
//! erased is itself on record.

use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::desk::house::HouseEvent;
use crate::desk::look::text_ids;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, NoticeRef, Topic};
use crate::notice::chain::Stream;
use crate::notice::event::Actor;
use crate::notice::ids::NoticeId;
use crate::store::entity::{blobs, deliveries, message_notices, messages, readings, texts as text_rows};
use crate::store::{intake, projection, record, texts};

impl Desk {
    /// Forgets one text: a comment, a reason, a statement. The notice shows when it was erased.
    ///
    /// # Errors
    /// `NotFound`; the database refuses.
    pub async fn erase_text(&self, actor: Actor, id: Uuid) -> Result<(), DeskError> {
        let notice = transact!(self, |txn| {
            let now = self.clock.now();
            let row = text_rows::Entity::find_by_id(id).one(txn).await?;
            let row = row.ok_or_else(|| DeskError::NotFound { what: "text", id: id.to_string() })?;
            if !texts::erase(txn, id, now).await? {
                return Ok(None);
            }
            let event = HouseEvent::TextErased { text: id };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await?;
            let Ok(Stream::Notice(notice)) = row.stream.parse::<Stream>() else { return Ok(None) };
            // The list and the index held the words too, and so do mails that were sent or wait.
            let case = self.load(txn, notice).await?;
            let world = self.world(txn).await?;
            let words = texts::of_stream(txn, Stream::Notice(notice)).await?;
            self.project_in(txn, &case, &self.context_of(&world, now), world.version, &words).await?;
            self.forget_mails(txn, notice).await?;
            Ok(Some(notice))
        })?;
        if let Some(notice) = notice {
            self.tell_notice(notice);
        }
        Ok(())
    }

    /// Forgets what was written in one entry of a notice's record: a comment, a reason, a statement. The entry stays.
    ///
    /// # Errors
    /// `NotFound` where there is no such entry or nothing was written in it; the database refuses.
    pub async fn erase_entry(&self, actor: Actor, notice: NoticeRef, entry: u64) -> Result<(), DeskError> {
        let missing = |what| DeskError::NotFound { what, id: entry.to_string() };
        let stream = Stream::Notice(self.case(notice).await?.id);
        let stored = record::load(self.store.reader(), stream).await?;
        let event =
            stored.iter().find(|event| event.sequence == entry).ok_or_else(|| missing("entry of this record"))?;
        let written = text_ids(&event.payload);
        if written.is_empty() {
            return Err(missing("text in entry"));
        }
        for text in written {
            self.erase_text(actor, text).await?;
        }
        Ok(())
    }

    /// Forgets a message's bytes, what was read from them and who sent it. Its notices keep the facts that people worked on.
    ///
    /// # Errors
    /// `NotFound`; the database refuses.
    pub async fn erase_message(&self, actor: Actor, id: Uuid) -> Result<(), DeskError> {
        transact!(self, |txn| {
            let now = self.clock.now();
            let row = intake::get(txn, id).await?;
            let row = row.ok_or_else(|| DeskError::NotFound { what: "message", id: id.to_string() })?;
            if row.erased_at.is_some() {
                return Ok(());
            }
            blobs::ActiveModel {
                id: Set(row.blob),
                body: Set(None),
                erased_at: Set(Some(now.into())),
                ..Default::default()
            }
            .update(txn)
            .await?;
            readings::Entity::delete_many().filter(readings::Column::Message.eq(id)).exec(txn).await?;
            let blank = messages::ActiveModel {
                id: Set(id),
                salt: Set(None),
                envelope_from: Set(None),
                envelope_to: Set("[]".to_owned()),
                sender: Set(None),
                forwarded_by: Set(None),
                subject: Set(None),
                erased_at: Set(Some(now.into())),
                ..Default::default()
            };
            blank.update(txn).await?;
            let filed =
                message_notices::Entity::find().filter(message_notices::Column::Message.eq(id)).all(txn).await?;
            for row in filed {
                let case = self.load(txn, NoticeId(row.notice)).await?;
                let place = case.messages.iter().position(|attached| attached.message.0 == id);
                let part = place.and_then(|place| u16::try_from(place + 1).ok());
                if let Some(part) = part {
                    projection::unindex(txn, i64::from(case.number), part).await?;
                }
            }
            let event = HouseEvent::MessageErased { message: id, sha256: row.sha256 };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await
        })?;
        self.hub.tell(Topic::Message, None);
        Ok(())
    }

    /// Takes the words out of a notice's mails: what was sent stays sent, and what it said is forgotten here.
    async fn forget_mails(&self, txn: &sea_orm::DatabaseTransaction, notice: NoticeId) -> Result<(), DeskError> {
        use crate::store::deliveries::state;
        deliveries::Entity::update_many()
            .col_expr(deliveries::Column::Rendered, sea_orm::sea_query::Expr::value(Option::<String>::None))
            .col_expr(deliveries::Column::Data, sea_orm::sea_query::Expr::value("{}"))
            .filter(deliveries::Column::Notice.eq(notice.0))
            .filter(deliveries::Column::State.is_in([state::SENT, state::FAILED, state::SUPERSEDED]))
            .exec(txn)
            .await?;
        Ok(())
    }
}
