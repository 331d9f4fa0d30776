//! The outbox as a table: what is owed, who has it in hand, what became of it.
//!
//! Any number of senders may ask at once: a lease is one statement, and a lease that ran out is taken by the next. The
//! attempt's number is the fence: whoever comes back after losing the lease changes nothing. Due times are business time,
//! leases are machine time.

pub mod forgetting;
pub mod lines;
mod sent;
pub mod tally;

pub use sent::{Sent, mark_sent};

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait,
    FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};
use uuid::Uuid;

use crate::clock::machine_now;
use crate::notice::sight::Sight;
use crate::store::entity::deliveries::{ActiveModel, Column, Entity, Model};
use crate::store::sight::seen_delivery;
use crate::store::{At, Store, by_index};

/// One row of the outbox.
pub type Delivery = Model;

/// Where a delivery stands, as stored in `state`.
pub mod state {
    pub const WAITING: &str = "waiting";
    pub const LEASED: &str = "leased";
    pub const SENT: &str = "sent";
    pub const FAILED: &str = "failed";
    pub const SUPERSEDED: &str = "superseded";
    /// A line that has gone into a digest, which is a delivery of its own.
    pub const GATHERED: &str = "gathered";
}

/// How a delivery travels, as stored in `kind`.
pub mod kind {
    pub const MAIL: &str = "mail";
    /// A hook of ours, a post to Slack or to Teams: an HTTP request.
    pub const HOOK: &str = "webhook";
    /// Not sent by itself: it waits for its reader's next digest.
    pub const LINE: &str = "line";
}

/// The setting whose being there lets only alarms out, and what lets people in to look at them: the clock jumped, and nobody has accepted it yet.
pub const PAUSED: &str = "paused";

/// A delivery to be planned. Rendered only when it is sent, from `template` and `data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub id: Uuid,
    /// Says what makes this delivery the same as another; planning the same one twice is nothing.
    pub key: String,
    /// One of [`kind`].
    pub kind: &'static str,
    pub template: String,
    pub data: serde_json::Value,
    pub notice: Option<Uuid>,
    pub gate: Option<String>,
    pub person: Option<Uuid>,
    /// A mail address, or the URL of a hook.
    pub address: String,
    /// Business time.
    pub due_at: DateTime<Utc>,
}

/// Adds deliveries that are not there yet, and says how many were new. One that was withdrawn and is called for again
/// comes back.
///
/// # Errors
/// When the database refuses; nothing is added then, if the caller's transaction is rolled back.
pub async fn plan(db: &impl ConnectionTrait, planned: Vec<Planned>, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let mut added = 0;
    let rows: Vec<ActiveModel> = planned.into_iter().map(|planned| row(planned, now)).collect();
    for some in rows.chunks(50) {
        added += Entity::insert_many(some.to_vec())
            .on_conflict(
                OnConflict::column(Column::Key)
                    .update_columns([
                        Column::State,
                        Column::Data,
                        Column::Address,
                        Column::DueAt,
                        Column::NextAttemptAt,
                    ])
                    .action_and_where(Expr::col((Entity, Column::State)).eq(state::SUPERSEDED))
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(added)
}

fn row(planned: Planned, now: DateTime<Utc>) -> ActiveModel {
    ActiveModel {
        id: Set(planned.id),
        key: Set(planned.key),
        kind: Set(planned.kind.to_owned()),
        template: Set(planned.template),
        data: Set(planned.data.to_string()),
        notice: Set(planned.notice),
        gate: Set(planned.gate),
        person: Set(planned.person),
        address: Set(planned.address),
        due_at: Set(planned.due_at.into()),
        state: Set(state::WAITING.to_owned()),
        attempts: Set(0),
        next_attempt_at: Set(planned.due_at.into()),
        leased_until: Set(None),
        last_error: Set(None),
        message_id: Set(None),
        sent_at: Set(None),
        rendered: Set(None),
        created_at: Set(now.into()),
    }
}

/// Takes up to `limit` deliveries that are due at `now` (business time), for `lease_for` of machine time. Each is counted
/// as an attempt. Commit, send, then say [`mark_sent`] or [`mark_failed`].
///
/// # Errors
/// When the database does not answer.
pub async fn lease(
    store: &Store,
    now: DateTime<Utc>,
    limit: u64,
    lease_for: TimeDelta,
) -> Result<Vec<Delivery>, DbErr> {
    // SQLite has one writer, so the one statement is the lock; on PostgreSQL two senders take different rows.
    let lock = if store.backend() == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!(
        "UPDATE deliveries SET state = 'leased', attempts = attempts + 1, leased_until = $1 WHERE id IN (\
         SELECT id FROM deliveries {} WHERE state IN ('waiting', 'leased') AND next_attempt_at <= $2 \
         AND kind <> 'line' AND (state = 'waiting' OR leased_until < $3) \
         AND (template IN ('alarm', 'sign_in', 'invitation') OR NOT EXISTS (SELECT 1 FROM settings WHERE name = '{PAUSED}')) ORDER BY next_attempt_at, id LIMIT $4 {lock}) RETURNING *",
        by_index(store.backend(), "deliveries_open")
    );
    let machine = machine_now();
    let values: [Value; 4] = [
        At::from(machine + lease_for).into(),
        At::from(now).into(),
        At::from(machine).into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    let mut taken = Model::find_by_statement(Statement::from_sql_and_values(store.backend(), sql, values))
        .all(store.writer())
        .await?;
    taken.sort_by_key(|delivery| (delivery.due_at, delivery.id));
    Ok(taken)
}

/// Gives a leased delivery back: to be tried again at `retry_at` (business time), or for good where that is `None`.
/// False where the lease had been lost meanwhile.
///
/// # Errors
/// When the database does not answer.
pub async fn mark_failed(
    store: &Store,
    leased: &Delivery,
    error: &str,
    retry_at: Option<DateTime<Utc>>,
) -> Result<bool, DbErr> {
    let next = retry_at.map_or(leased.next_attempt_at, At::from);
    let done = held(leased)
        .col_expr(Column::State, if retry_at.is_some() { state::WAITING } else { state::FAILED }.into())
        .col_expr(Column::NextAttemptAt, next.0.into())
        .col_expr(Column::LeasedUntil, Option::<i64>::None.into())
        .col_expr(Column::LastError, error.into())
        .exec(store.writer())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Gives a leased delivery back untried: it is due still, and this was no attempt. False where the lease had been lost
/// meanwhile.
///
/// # Errors
/// When the database does not answer; its lease brings it back.
pub async fn hand_back(store: &Store, leased: &Delivery) -> Result<bool, DbErr> {
    let done = held(leased)
        .col_expr(Column::State, state::WAITING.into())
        .col_expr(Column::Attempts, (leased.attempts - 1).into())
        .col_expr(Column::LeasedUntil, Option::<i64>::None.into())
        .exec(store.writer())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Of these deliveries, those that somebody has in hand still: one that was called off is nobody's to send.
///
/// # Errors
/// When the database does not answer.
pub async fn leased_of(store: &Store, ids: Vec<Uuid>) -> Result<BTreeSet<Uuid>, DbErr> {
    let found: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(ids))
        .filter(Column::State.eq(state::LEASED))
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(found.into_iter().collect())
}

/// The row, only as long as the lease that gave us this attempt is still ours.
fn held(leased: &Delivery) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::Id.eq(leased.id))
        .filter(Column::State.eq(state::LEASED))
        .filter(Column::Attempts.eq(leased.attempts))
}

/// Withdraws notices' reminders that nobody has in hand and whose keys are not among these (what they ask for has changed
/// or is done; news of what happened is not withdrawn), and says which of the keys have a delivery that stands.
///
/// # Errors
/// When the database does not answer.
pub async fn settle_keys(
    db: &impl ConnectionTrait,
    notices: &[Uuid],
    keys: &BTreeSet<String>,
) -> Result<BTreeSet<String>, DbErr> {
    let waiting = Condition::all().add(Column::State.eq(state::WAITING)).add(Column::Gate.is_not_null());
    let named = Condition::all().add(Column::State.ne(state::SUPERSEDED)).add(Column::Key.is_in(keys.iter().cloned()));
    let there: Vec<(Uuid, String)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Key])
        .filter(Column::Notice.is_in(notices.to_vec()))
        .filter(Condition::any().add(waiting).add(named))
        .into_tuple()
        .all(db)
        .await?;
    let (standing, gone): (Vec<_>, Vec<_>) = there.into_iter().partition(|(_, key)| keys.contains(key));
    if !gone.is_empty() {
        Entity::update_many()
            .col_expr(Column::State, state::SUPERSEDED.into())
            .filter(Column::Id.is_in(gone.into_iter().map(|(id, _)| id)))
            .filter(Column::State.eq(state::WAITING))
            .exec(db)
            .await?;
    }
    Ok(standing.into_iter().map(|(_, key)| key).collect())
}

/// Newest first, from before the given row (its `created_at` and id), in one state or in all, of one notice or
/// of all.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    store: &Store,
    sight: Sight,
    (in_state, of_notice): (Option<&str>, Option<Uuid>),
    before: Option<(At, Uuid)>,
    limit: u64,
) -> Result<Vec<Delivery>, DbErr> {
    let mut query = Entity::find()
        .filter(Condition::all().add_option(seen_delivery(sight)))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit);
    if let Some(notice) = of_notice {
        query = query.filter(Column::Notice.eq(notice));
    }
    if let Some(wanted) = in_state {
        query = query.filter(Column::State.eq(wanted));
    }
    if let Some((at, id)) = before {
        query = query.filter(Column::CreatedAt.lt(at).or(Column::CreatedAt.eq(at).and(Column::Id.lt(id))));
    }
    query.all(store.reader()).await
}

/// One delivery, where it may be looked at.
///
/// # Errors
/// When the database does not answer.
pub async fn get(store: &Store, sight: Sight, id: Uuid) -> Result<Option<Delivery>, DbErr> {
    let may = Condition::all().add_option(seen_delivery(sight));
    Entity::find_by_id(id).filter(may).one(store.reader()).await
}

/// One delivery as a transaction sees it.
///
/// # Errors
/// When the database does not answer.
pub async fn get_in(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Delivery>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The deliveries that carried these Message-IDs.
///
/// # Errors
/// When the database does not answer.
pub async fn by_message_id(db: &impl ConnectionTrait, ids: &[String]) -> Result<Vec<Delivery>, DbErr> {
    Entity::find().filter(Column::MessageId.is_in(ids.to_vec())).limit(20).all(db).await
}

/// Which of these keys there is a delivery for, in whatever state.
///
/// # Errors
/// When the database does not answer.
pub async fn known_keys(db: &impl ConnectionTrait, keys: &[String]) -> Result<BTreeSet<String>, DbErr> {
    let found: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Key)
        .filter(Column::Key.is_in(keys.to_vec()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}

/// A delivery that had been handed over came back, or is to be sent once more: puts it into this state with the reason.
/// False where it is in none of the states that may be left.
///
/// # Errors
/// When the database refuses.
pub async fn turn(
    db: &impl ConnectionTrait,
    id: Uuid,
    from: &[&str],
    to: &str,
    reason: Option<&str>,
    next: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::State, to.into())
        .col_expr(Column::LastError, reason.map(str::to_owned).into())
        .col_expr(Column::NextAttemptAt, At::from(next).0.into())
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in(from.iter().copied()))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Writes another address where this one stands, in deliveries of one kind.
///
/// # Errors
/// When the database refuses.
pub async fn readdress(db: &impl ConnectionTrait, kind: &str, from: &str, to: &str) -> Result<(), DbErr> {
    let these = Entity::update_many().filter(Column::Kind.eq(kind)).filter(Column::Address.eq(from));
    these.col_expr(Column::Address, to.into()).exec(db).await?;
    Ok(())
}

/// Notices' deliveries of one template, each notice's oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_notices(
    db: &impl ConnectionTrait,
    notices: &[Uuid],
    template: &str,
) -> Result<BTreeMap<Uuid, Vec<Delivery>>, DbErr> {
    let of = Entity::find().filter(Column::Notice.is_in(notices.to_vec())).filter(Column::Template.eq(template));
    let mut found: BTreeMap<Uuid, Vec<Delivery>> = BTreeMap::new();
    for row in of.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(db).await? {
        found.entry(row.notice.unwrap_or_default()).or_default().push(row);
    }
    Ok(found)
}
