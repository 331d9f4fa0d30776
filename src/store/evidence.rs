//! Files that show that steps were done. The record commits to their bytes; the bytes can be erased and the record stays.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::notice::text::Digest;
use crate::store::entity::blobs;
use crate::store::entity::evidence::{ActiveModel, Column, Entity, Model};

/// A file with the digest that an event will hold. Made before deciding, kept only if something came of it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// SHA-256 of salt and bytes.
    pub digest: Digest,
    pub blob: Uuid,
    pub salt: [u8; 16],
    pub media: String,
    /// Shared: a use case that is done again does not copy the bytes.
    pub body: Arc<Vec<u8>>,
}

impl Draft {
    #[must_use]
    pub fn length(&self) -> u64 {
        self.body.len() as u64
    }
}

/// Keeps a file beside the event that commits to it.
///
/// # Errors
/// When the database refuses.
pub async fn keep(db: &impl ConnectionTrait, notice: Uuid, draft: &Draft, now: DateTime<Utc>) -> Result<(), DbErr> {
    let length = i64::try_from(draft.length()).unwrap_or(i64::MAX);
    let blob = blobs::ActiveModel {
        id: Set(draft.blob),
        sha256: Set(Digest::of(&draft.body).to_string()),
        length: Set(length),
        media: Set(draft.media.clone()),
        name: Set(None),
        body: Set(Some(draft.body.to_vec())),
        created_at: Set(now.into()),
        erased_at: Set(None),
    };
    blobs::Entity::insert(blob).exec_without_returning(db).await?;
    let row = ActiveModel {
        digest: Set(draft.digest.to_string()),
        notice: Set(notice),
        blob: Set(draft.blob),
        salt: Set(Some(draft.salt.to_vec())),
        media: Set(draft.media.clone()),
        length: Set(length),
        at: Set(now.into()),
        erased_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// All files of one notice, oldest first, without their bytes.
///
/// # Errors
/// When the database does not answer.
pub async fn of(db: &impl ConnectionTrait, notice: Uuid) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::Notice.eq(notice)).order_by_asc(Column::At).all(db).await
}

/// One file's row.
///
/// # Errors
/// When the database does not answer.
pub async fn get(db: &impl ConnectionTrait, digest: Digest) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(digest.to_string()).one(db).await
}

/// The bytes of a file, or `None` where they were erased.
///
/// # Errors
/// When the database does not answer.
pub async fn body(db: &impl ConnectionTrait, row: &Model) -> Result<Option<Vec<u8>>, DbErr> {
    Ok(blobs::Entity::find_by_id(row.blob).one(db).await?.and_then(|found| found.body))
}

/// The bytes of the wanted files among these that were not erased, by digest.
///
/// # Errors
/// When the database does not answer.
pub async fn bodies(
    db: &impl ConnectionTrait,
    rows: &[Model],
    wanted: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<u8>>, DbErr> {
    let digests: BTreeMap<Uuid, &String> =
        rows.iter().filter(|row| wanted.contains(&row.digest)).map(|row| (row.blob, &row.digest)).collect();
    if digests.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = blobs::Entity::find().filter(blobs::Column::Id.is_in(digests.keys().copied())).all(db).await?;
    let bodies = found.into_iter().filter_map(|blob| Some(((*digests.get(&blob.id)?).clone(), blob.body?)));
    Ok(bodies.collect())
}

/// Forgets the bytes and the salt of a file.
///
/// # Errors
/// When the database refuses.
pub async fn erase(db: &impl ConnectionTrait, row: &Model, at: DateTime<Utc>) -> Result<(), DbErr> {
    let blank = blobs::ActiveModel {
        id: Set(row.blob),
        body: Set(None),
        erased_at: Set(Some(at.into())),
        ..Default::default()
    };
    blank.update(db).await?;
    let forgotten = ActiveModel {
        digest: Set(row.digest.clone()),
        salt: Set(None),
        erased_at: Set(Some(at.into())),
        ..Default::default()
    };
    forgotten.update(db).await?;
    Ok(())
}
