//! Counting what is due, sent, late and failed; and each try that went wrong.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult,
    IntoActiveModel as _, QueryFilter, QueryOrder, QuerySelect, Statement, Value, sea_query::OnConflict,
};
use uuid::Uuid;

use super::{Delivery, kind, state};
use crate::store::entity::deliveries::{Column, Entity};
use crate::store::entity::delivery_attempts as attempts;
use crate::store::{At, Store, by_index};

/// What leaves later than this after it was due counts as late.
pub const LATE: TimeDelta = TimeDelta::minutes(5);

/// The outbox in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Due now and not sent.
    pub due: u64,
    /// Of those, how many have been due for more than five minutes.
    pub overdue: u64,
    /// Since when the oldest of them has been due.
    pub oldest: Option<At>,
    /// Planned for later.
    pub planned: u64,
    pub sent: u64,
    /// Of those sent, how many left more than five minutes after they were due.
    pub late: u64,
    /// Given up, or sent back by the other side.
    pub failed: u64,
}

#[derive(FromQueryResult)]
struct Counted {
    number: i64,
    late: Option<i64>,
    oldest: Option<i64>,
}

/// What is due now; looks at nothing else, by the index on the next attempt.
///
/// # Errors
/// When the database does not answer.
pub async fn due(store: &Store, now: DateTime<Utc>) -> Result<Tally, DbErr> {
    let sql = format!(
        "SELECT COUNT(*) AS number, SUM(CASE WHEN due_at < $2 THEN 1 ELSE 0 END) AS late, MIN(due_at) AS oldest \
         FROM deliveries {} WHERE state IN ('waiting', 'leased') AND kind <> 'line' AND next_attempt_at <= $1",
        by_index(store.backend(), "deliveries_open")
    );
    let counted = count(store, &sql, [At::from(now).into(), At::from(now - LATE).into()]).await?;
    Ok(Tally {
        due: unsigned(Some(counted.number)),
        overdue: unsigned(counted.late),
        oldest: counted.oldest.map(At),
        ..Tally::default()
    })
}

/// The outbox at `now` with what became of it since `since`, both business time.
///
/// # Errors
/// When the database does not answer.
pub async fn tally(store: &Store, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<Tally, DbErr> {
    let (since, at) = (At::from(since), At::from(now));
    let planned = "SELECT COUNT(*) AS number, CAST(NULL AS BIGINT) AS late, MIN(due_at) AS oldest FROM deliveries \
                   WHERE state IN ('waiting', 'leased') AND next_attempt_at > $1 AND due_at > $2";
    let sent = "SELECT COUNT(*) AS number, SUM(CASE WHEN sent_at - due_at > $2 THEN 1 ELSE 0 END) AS late, \
                CAST(NULL AS BIGINT) AS oldest FROM deliveries WHERE sent_at >= $1 AND state = 'sent'";
    let failed = "SELECT COUNT(*) AS number, CAST(NULL AS BIGINT) AS late, CAST(NULL AS BIGINT) AS oldest FROM deliveries \
                  WHERE state = 'failed' AND created_at >= $1 AND created_at <= $2";
    let (planned, sent, failed) = (
        count(store, planned, [at.into(), at.into()]).await?,
        count(store, sent, [since.into(), LATE.num_microseconds().unwrap_or(0).into()]).await?,
        count(store, failed, [since.into(), at.into()]).await?,
    );
    Ok(Tally {
        planned: unsigned(Some(planned.number)),
        sent: unsigned(Some(sent.number)),
        late: unsigned(sent.late),
        failed: unsigned(Some(failed.number)),
        ..due(store, now).await?
    })
}

async fn count(store: &Store, sql: &str, values: [Value; 2]) -> Result<Counted, DbErr> {
    let found = Counted::find_by_statement(Statement::from_sql_and_values(store.backend(), sql, values));
    Ok(found.one(store.reader()).await?.unwrap_or(Counted { number: 0, late: None, oldest: None }))
}

fn unsigned(number: Option<i64>) -> u64 {
    number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

/// How many mails each of these addresses was sent since a moment (business time).
///
/// # Errors
/// When the database does not answer.
pub async fn sent_to(
    store: &Store,
    addresses: Vec<String>,
    since: DateTime<Utc>,
) -> Result<BTreeMap<String, u64>, DbErr> {
    let rows: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::Address)
        .column_as(Column::Id.count(), "number")
        .filter(Column::SentAt.gte(At::from(since)).and(Column::State.eq(state::SENT)))
        .filter(Column::Kind.eq(kind::MAIL).and(Column::Address.is_in(addresses)))
        .group_by(Column::Address)
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(|(address, number)| (address, unsigned(Some(number)))).collect())
}

/// Keeps what one try came to: `sent`, `put_off` or `given_up`, and what the other side said.
///
/// # Errors
/// When the database refuses.
pub async fn note_attempt(
    db: &impl ConnectionTrait,
    delivery: &Delivery,
    at: DateTime<Utc>,
    outcome: &str,
    answer: &str,
) -> Result<(), DbErr> {
    let row = attempts::Model {
        delivery: delivery.id,
        number: delivery.attempts,
        at: at.into(),
        outcome: outcome.to_owned(),
        answer: answer.to_owned(),
    };
    attempts::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(
            OnConflict::columns([attempts::Column::Delivery, attempts::Column::Number])
                .update_columns([attempts::Column::At, attempts::Column::Outcome, attempts::Column::Answer])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The tries of one delivery that are on record, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn attempts(db: &impl ConnectionTrait, delivery: Uuid) -> Result<Vec<attempts::Model>, DbErr> {
    attempts::Entity::find()
        .filter(attempts::Column::Delivery.eq(delivery))
        .order_by_asc(attempts::Column::Number)
        .all(db)
        .await
}
