//! Rows that somebody names, where they may see them.

use sea_orm::ColumnTrait as _;
use uuid::Uuid;

use crate::desk::{Change, Desk, DeskError, NoticeRef};
use crate::notice::sight::Sight;
use crate::store::entity::{messages, notices};
use crate::store::sight;

impl Desk {
    /// The row of a notice, where it may be seen.
    ///
    /// # Errors
    /// `NotFound` where it is not there or not for these eyes; the answer is the same.
    pub async fn seen_notice(&self, sight: Sight, notice: NoticeRef) -> Result<notices::Model, DeskError> {
        let which = match notice {
            NoticeRef::Id(id) => notices::Column::Id.eq(id.0),
            NoticeRef::Number(number) => notices::Column::Number.eq(i64::from(number)),
        };
        let missing = || DeskError::NotFound { what: "notice", id: notice.to_string() };
        sight::notice(self.store.reader(), which, sight).await?.ok_or_else(missing)
    }

    /// The row of a message, where it may be seen.
    ///
    /// # Errors
    /// `NotFound` where it is not there or not for these eyes; the answer is the same.
    pub async fn seen_message(&self, sight: Sight, id: Uuid) -> Result<messages::Model, DeskError> {
        let missing = || DeskError::NotFound { what: "message", id: id.to_string() };
        sight::message(self.store.reader(), id, sight).await?.ok_or_else(missing)
    }

    /// A change as it may be told: without the notice where that may not be seen, or where it cannot be found out.
    pub async fn seen_change(&self, sight: Sight, change: Change) -> Change {
        let Some(notice) = change.notice.filter(|_| sight != Sight::All) else { return change };
        let db = self.store.reader();
        let seen = match self.known_to_close() {
            Some(false) => true,
            Some(true) | None => sight::seen_of(db, vec![notice], sight).await.is_ok_and(|seen| seen.contains(&notice)),
        };
        Change { notice: change.notice.filter(|_| seen), ..change }
    }
}
