//! Lines that wait for their readers' digests.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, Statement, Value};
use uuid::Uuid;

use super::{Delivery, state};
use crate::store::entity::deliveries::{Column, Entity, Model};
use crate::store::{At, by_index};

/// People whose digest is due at `now` (business time).
///
/// # Errors
/// When the database does not answer.
pub async fn readers(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>, DbErr> {
    let sql = format!(
        "SELECT DISTINCT person FROM deliveries {} WHERE kind = 'line' AND state = 'waiting' AND next_attempt_at <= $1 \
         AND person IS NOT NULL LIMIT $2",
        by_index(db.get_database_backend(), "deliveries_lines")
    );
    let values: [Value; 2] = [At::from(now).into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
    let found = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    found.iter().map(|row| row.try_get("", "person")).collect()
}

/// Takes a person's lines that are due, oldest first; nobody else gets them then.
///
/// # Errors
/// When the database does not answer.
pub async fn gather(db: &impl ConnectionTrait, person: Uuid, now: DateTime<Utc>) -> Result<Vec<Delivery>, DbErr> {
    let sql = format!(
        "UPDATE deliveries {} SET state = 'gathered', sent_at = $1 WHERE kind = 'line' AND state = 'waiting' \
         AND next_attempt_at <= $1 AND person = $2 RETURNING *",
        by_index(db.get_database_backend(), "deliveries_lines")
    );
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
