//! Mails that a mailbox did not hand out: kept as a list until they come, so that none is lost in silence.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait,
    IntoActiveModel as _, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::store::At;
use crate::store::entity::passed_over::{Column, Entity, Model};

/// Where such a mail stands.
pub mod state {
    /// The connection broke while it was fetched; it may have been chance, and nobody is told.
    pub const SUSPECT: &str = "suspect";
    /// It is left where it lies, and people were told.
    pub const PASSED_OVER: &str = "passed_over";
    /// Somebody asked to have it tried again.
    pub const AGAIN: &str = "again";
}

/// All of one channel, by what the source calls them.
///
/// # Errors
/// When the database does not answer.
pub async fn of_channel(db: &impl ConnectionTrait, channel: &str) -> Result<HashMap<String, Model>, DbErr> {
    let rows = Entity::find().filter(Column::Channel.eq(channel)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.key.clone(), row)).collect())
}

/// Those that people were told of, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn told(db: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    let told = Entity::find().filter(Column::State.ne(state::SUSPECT));
    told.order_by_asc(Column::Since).order_by_asc(Column::Uid).all(db).await
}

/// Those of a channel that are due to be tried: asked for by somebody, or left alone since `before`.
///
/// # Errors
/// When the database does not answer.
pub async fn due(db: &impl ConnectionTrait, channel: &str, before: At) -> Result<Vec<Model>, DbErr> {
    let rested = Column::State.eq(state::PASSED_OVER).and(Column::TriedAt.lte(before));
    let due = Condition::any().add(Column::State.eq(state::AGAIN)).add(rested);
    Entity::find().filter(Column::Channel.eq(channel)).filter(due).order_by_asc(Column::Uid).all(db).await
}

/// Writes a failed try down; gives how often it has failed by now.
///
/// # Errors
/// When the database refuses.
pub async fn failed(db: &impl ConnectionTrait, row: Model) -> Result<i32, DbErr> {
    let (channel, key, state, reason, tried_at) =
        (row.channel.clone(), row.key.clone(), row.state.clone(), row.reason.clone(), row.tried_at);
    let again = OnConflict::columns([Column::Channel, Column::Key])
        .value(Column::Attempts, Expr::col((Entity, Column::Attempts)).add(1))
        .value(Column::State, state)
        .value(Column::Reason, reason)
        .value(Column::TriedAt, tried_at)
        .to_owned();
    Entity::insert(row.into_active_model().reset_all()).on_conflict(again).exec_without_returning(db).await?;
    let found = Entity::find().filter(Column::Channel.eq(channel)).filter(Column::Key.eq(key)).one(db).await?;
    Ok(found.map_or(1, |found| found.attempts))
}

/// It came, or is no longer there.
///
/// # Errors
/// When the database refuses.
pub async fn forget(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(db).await.map(drop)
}

/// Has a mail tried again; false where it is not on the channel's list.
///
/// # Errors
/// When the database refuses.
pub async fn again(db: &impl ConnectionTrait, channel: &str, id: Uuid) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(state::AGAIN))
        .filter(Column::Id.eq(id))
        .filter(Column::Channel.eq(channel))
        .filter(Column::State.ne(state::SUSPECT))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}
