//! The right to be forgotten (design, decision 14): words and bytes go, what committed to them stays, and that they were
//! erased is itself on record.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
};
use uuid::Uuid;

use crate::desk::house::HouseEvent;
use crate::desk::look::text_ids;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, NoticeRef, Topic};
use crate::notice::chain::Stream;
use crate::notice::event::Actor;
use crate::notice::ids::NoticeId;
use crate::store::deliveries::forgetting;
use crate::store::entity::{blobs, message_notices, messages, people, readings, texts as text_rows};
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
            self.forget_words(txn, notice, &row.body.unwrap_or_default()).await?;
            Ok(Some(notice))
        })?;
        if let Some(notice) = notice {
            self.tell_notice(notice);
        }
        Ok(self.store.forget_deleted().await?)
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
        Ok(self.store.forget_deleted().await?)
    }

    /// Forgets what a person wrote, what mails said to them, and what mails said of them by name.
    pub(super) async fn forget_words_of(
        &self,
        txn: &DatabaseTransaction,
        person: &people::Model,
    ) -> Result<(), DeskError> {
        let written = texts::by_author(txn, person.id).await?;
        texts::erase_by(txn, person.id, self.clock.now()).await?;
        for (stream, words) in written {
            if let Stream::Notice(notice) = stream {
                self.forget_words(txn, notice, &words).await?;
            }
        }
        Ok(forgetting::of_person(txn, person.id, &person.name, &person.email).await?)
    }

    /// The list and the index held an erased text's words too, and so do mails that were sent or wait.
    async fn forget_words(&self, txn: &DatabaseTransaction, notice: NoticeId, erased: &str) -> Result<(), DeskError> {
        let case = self.load(txn, notice).await?;
        let world = self.world(txn).await?;
        let words = texts::of_stream(txn, Stream::Notice(notice)).await?;
        let context = self.context_of(&world, self.clock.now());
        self.project_in(txn, vec![(&case, words)], &context, world.version).await?;
        Ok(forgetting::of_notice(txn, notice.0, erased).await?)
    }
}
