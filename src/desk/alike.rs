//! Notices that look like one announcement although no exact key joins them. Likeness proposes, and a person decides.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::desk::{Desk, DeskError};
use crate::notice::case::Case;
use crate::notice::command::{Command, decide};
use crate::notice::event::{Actor, Cause};
use crate::notice::ids::NoticeId;
use crate::notice::text::Digest;
use crate::reading::Announcement;
use crate::store::entity::{notice_keys, notice_resources, notices};
use crate::store::lists;

/// Likenesses are kept beside the exact keys under a name that no exact key begins with.
const SCHEME: &str = "likeness:";
/// Resources of a new notice that others are compared by.
const COMPARED: usize = 20;
/// More notices than this share a resource only where that resource tells nothing.
const MOST: u64 = 20;
/// Proposals for one notice.
const PROPOSED: usize = 3;

impl Desk {
    /// Says on a notice that was just opened which open ones look like it, and remembers what it looks like.
    pub(super) async fn likeness(
        &self,
        txn: &DatabaseTransaction,
        case: &Case,
        found: &Announcement,
        opened: bool,
    ) -> Result<(), DeskError> {
        let key = found.correlation.likeness.as_deref();
        let key = key.map(|likeness| format!("{SCHEME}{}", Digest::of(likeness.as_bytes())));
        let mut alike = Vec::new();
        if let Some(key) = &key {
            let known = notice_keys::Entity::find_by_id(key.clone()).one(txn).await?;
            if let Some(row) = known.filter(|_| opened) {
                alike.push(self.gone_to(txn, NoticeId(row.notice)).await?.id);
            }
            remember(txn, key, case.id, self.clock.now().into()).await?;
        }
        if opened && case.is_open() {
            alike.extend(sharing_resources(txn, case).await?);
            self.propose_merges(txn, case, alike).await?;
        }
        Ok(())
    }

    async fn propose_merges(
        &self,
        txn: &DatabaseTransaction,
        case: &Case,
        mut alike: Vec<NoticeId>,
    ) -> Result<(), DeskError> {
        let mut seen = Vec::new();
        alike.retain(|id| {
            *id != case.id && !seen.contains(id) && {
                seen.push(*id);
                true
            }
        });
        let mut case = case.clone();
        let world = self.world(txn).await?;
        let context = self.context_of(&world, self.clock.now());
        for notice in alike.into_iter().take(PROPOSED) {
            let other = self.load(txn, notice).await?;
            let mergeable =
                other.is_open() && other.facts.kind == case.facts.kind && other.facts.provider == case.facts.provider;
            if !mergeable {
                continue;
            }
            let command = Command::NoteLikeness { notice };
            let made = decide(&case, command, &Actor::System, &context).map_err(DeskError::Refused)?;
            if !made.is_empty() {
                self.commit(txn, Some(&mut case), &world, made, (Cause::default(), Vec::new())).await?;
            }
        }
        Ok(())
    }
}

/// The newest notice stands for a likeness: what comes next is compared with that one.
async fn remember(
    txn: &DatabaseTransaction,
    key: &str,
    notice: NoticeId,
    at: crate::store::At,
) -> Result<(), DeskError> {
    let row = notice_keys::ActiveModel { key: Set(key.to_owned()), notice: Set(notice.0), at: Set(at) };
    notice_keys::Entity::insert(row)
        .on_conflict(
            OnConflict::column(notice_keys::Column::Key)
                .update_columns([notice_keys::Column::Notice, notice_keys::Column::At])
                .to_owned(),
        )
        .exec_without_returning(txn)
        .await?;
    Ok(())
}

/// Open notices of the same provider and kind that touch at least half of the same resources.
async fn sharing_resources(txn: &DatabaseTransaction, case: &Case) -> Result<Vec<NoticeId>, DeskError> {
    let keys: Vec<String> = case.facts.resources.iter().take(COMPARED).map(|resource| resource.key.clone()).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let shared: Vec<(Uuid, i64)> = notice_resources::Entity::find()
        .select_only()
        .column(notice_resources::Column::Notice)
        .column_as(notice_resources::Column::Resource.count(), "shared")
        .filter(notice_resources::Column::Name.is_in(keys.clone()))
        .filter(notice_resources::Column::Notice.ne(case.id.0))
        .filter(
            notice_resources::Column::Notice.in_subquery(sea_orm::QueryTrait::into_query(
                notices::Entity::find()
                    .select_only()
                    .column(notices::Column::Id)
                    .filter(notices::Column::Provider.eq(case.facts.provider.to_string()))
                    .filter(notices::Column::Kind.eq(case.facts.kind.word()))
                    .filter(notices::Column::Stage.is_in(lists::OPEN)),
            )),
        )
        .group_by(notice_resources::Column::Notice)
        .limit(MOST)
        .into_tuple()
        .all(txn)
        .await?;
    let half = i64::try_from(keys.len().div_ceil(2)).unwrap_or(i64::MAX);
    let mut near: Vec<(i64, Uuid)> =
        shared.into_iter().filter(|(_, count)| *count >= half).map(|(id, count)| (-count, id)).collect();
    near.sort_unstable();
    Ok(near.into_iter().map(|(_, id)| NoticeId(id)).collect())
}
