//! Checkpoints as rows. The file beside the database holds the same; this table is the handy copy.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::notice::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::store::entity::checkpoints::{ActiveModel, Column, Entity, Model};

/// Adds one. Of two made at once under the same number the later is refused as a conflict.
///
/// # Errors
/// When the database refuses.
pub async fn add(db: &impl ConnectionTrait, signed: &SignedCheckpoint) -> Result<(), DbErr> {
    let checkpoint = &signed.checkpoint;
    let row = ActiveModel {
        number: Set(i64::try_from(checkpoint.number).unwrap_or(i64::MAX)),
        at: Set(checkpoint.at.into()),
        root: Set(checkpoint.digest().to_string()),
        heads: Set(serde_json::to_string(&checkpoint.heads).unwrap_or_default()),
        signed: Set(String::from_utf8(checkpoint.signed_bytes()).unwrap_or_default()),
        signature: Set(signed.signature.clone()),
        key_id: Set(signed.key_id.clone()),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The newest one.
///
/// # Errors
/// When the database does not answer, or holds a row that no version of this program wrote.
pub async fn last(db: &impl ConnectionTrait) -> Result<Option<SignedCheckpoint>, DbErr> {
    Entity::find().order_by_desc(Column::Number).one(db).await?.map(read).transpose()
}

/// All from a number on, in order.
///
/// # Errors
/// As [`last`].
pub async fn from(db: &impl ConnectionTrait, number: u64) -> Result<Vec<SignedCheckpoint>, DbErr> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let rows = Entity::find().filter(Column::Number.gte(number)).order_by_asc(Column::Number).all(db).await?;
    rows.into_iter().map(read).collect()
}

/// A page of them, newest first, below a number.
///
/// # Errors
/// As [`last`].
pub async fn page(db: &impl ConnectionTrait, before: Option<u64>, limit: u64) -> Result<Vec<SignedCheckpoint>, DbErr> {
    let mut query = Entity::find().order_by_desc(Column::Number).limit(limit);
    if let Some(before) = before {
        query = query.filter(Column::Number.lt(i64::try_from(before).unwrap_or(i64::MAX)));
    }
    query.all(db).await?.into_iter().map(read).collect()
}

/// A row is read back from the bytes that were signed, so that what is verified is what was signed.
fn read(row: Model) -> Result<SignedCheckpoint, DbErr> {
    let checkpoint: Checkpoint = serde_json::from_str(&row.signed).map_err(|error| {
        DbErr::Custom(format!(
            "checkpoint {} is unreadable ({error}); the row was not written by Countersign",
            row.number
        ))
    })?;
    Ok(SignedCheckpoint { checkpoint, signature: row.signature, key_id: row.key_id })
}
