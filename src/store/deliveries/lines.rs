//! Lines that wait for their readers' digests.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Statement, Value,
};
use uuid::Uuid;

use super::{Delivery, state};
use crate::store::At;
use crate::store::entity::deliveries::{Column, Entity, Model};

/// People whose digest is due at `now` (business time).
///
/// # Errors
/// When the database does not answer.
pub async fn readers(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::Person)
        .distinct()
        // Written out: SQLite takes a partial index only where it reads the index's own condition, and not a parameter.
        .filter(Expr::cust("kind = 'line' AND state = 'waiting'"))
        .filter(Column::NextAttemptAt.lte(At::from(now)))
        .filter(Column::Person.is_not_null())
        .limit(limit)
        .into_tuple()
        .all(db)
        .await
}

/// Takes a person's lines that are due, oldest first; nobody else gets them then.
///
/// # Errors
/// When the database does not answer.
pub async fn gather(db: &impl ConnectionTrait, person: Uuid, now: DateTime<Utc>) -> Result<Vec<Delivery>, DbErr> {
    let sql = "UPDATE deliveries SET state = 'gathered', sent_at = $1 WHERE kind = 'line' AND state = 'waiting' \
               AND next_attempt_at <= $1 AND person = $2 RETURNING *";
    let values: [Value; 2] = [At::from(now).into(), person.into()];
    let found = Model::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), sql, values));
    let mut lines = found.all(db).await?;
    lines.sort_by_key(|line| (line.due_at, line.id));
    Ok(lines)
}

/// Puts lines back until a later digest: today's has gone already.
///
/// # Errors
/// When the database refuses.
pub async fn put_off(db: &impl ConnectionTrait, lines: &[Delivery], to: DateTime<Utc>) -> Result<(), DbErr> {
    let to = At::from(to);
    for some in lines.chunks(500) {
        Entity::update_many()
            .col_expr(Column::State, state::WAITING.into())
            .col_expr(Column::SentAt, Option::<i64>::None.into())
            .col_expr(Column::DueAt, to.0.into())
            .col_expr(Column::NextAttemptAt, to.0.into())
            .filter(Column::Id.is_in(some.iter().map(|line| line.id)))
            .exec(db)
            .await?;
    }
    Ok(())
}
