//! Raw messages: put down durably, taken in hand by one worker at a time, never dropped.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};
use uuid::Uuid;

use crate::clock::machine_now;
use crate::store::entity::{arrivals, blobs, messages, readings};
use crate::store::{At, Store};

/// Where a message stands, as stored in `state`.
pub mod state {
    /// Durable, not understood yet.
    pub const RECEIVED: &str = "received";
    /// In a worker's hands until its lease runs out.
    pub const READING: &str = "reading";
    /// On at least one notice.
    pub const FILED: &str = "filed";
    /// A bounce, an auto-reply or a mail of our own: kept, opens nothing.
    pub const AUTOMATIC: &str = "automatic";
    /// Waits for a person, with a reason.
    pub const NEEDS_PERSON: &str = "needs_person";
    /// A person said that it is no notice.
    pub const DISMISSED: &str = "dismissed";
}

/// One message to be put down, with its bytes and the key that its source gave it.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub row: messages::Model,
    pub raw: Vec<u8>,
    pub key: Option<String>,
}

/// Adds messages with their raw bytes and keys, and moves their channels' last-seen times on. All of them or none.
///
/// # Errors
/// When the database refuses, as it does where a key is there already; no message is accepted then.
pub async fn add_all(db: &impl ConnectionTrait, arrivals: Vec<Arrival>) -> Result<(), DbErr> {
    let (mut blobs_of, mut rows, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    let mut channels_of: BTreeMap<String, Vec<At>> = BTreeMap::new();
    for Arrival { row, raw, key } in arrivals {
        channels_of.entry(row.channel.clone()).or_default().push(row.received_at);
        blobs_of.push(blob(&row, raw));
        keys.extend(key.map(|key| arrivals::ActiveModel {
            channel: Set(row.channel.clone()),
            key: Set(key),
            message: Set(row.id),
            at: Set(row.received_at),
        }));
        rows.push(messages::ActiveModel::from(row).reset_all());
    }
    blobs::Entity::insert_many(blobs_of).exec_without_returning(db).await?;
    messages::Entity::insert_many(rows).exec_without_returning(db).await?;
    if !keys.is_empty() {
        arrivals::Entity::insert_many(keys).exec_without_returning(db).await?;
    }
    for (channel, times) in channels_of {
        seen(db, &channel, &times).await?;
    }
    Ok(())
}

fn blob(message: &messages::Model, raw: Vec<u8>) -> blobs::ActiveModel {
    blobs::ActiveModel {
        id: Set(message.blob),
        sha256: Set(message.sha256.clone()),
        length: Set(message.length),
        media: Set(message.media.clone().unwrap_or_else(|| "message/rfc822".to_owned())),
        name: Set(None),
        body: Set(Some(raw)),
        created_at: Set(message.received_at),
        erased_at: Set(None),
    }
}

/// Moves a channel on: its count, its last-seen time, and the longest silence lately, which fades by a fiftieth with each
/// silence of more than an hour. What follows within an hour says nothing about how long a channel may be silent.
async fn seen(db: &impl ConnectionTrait, channel: &str, times: &[At]) -> Result<(), DbErr> {
    let Some(newest) = times.iter().max() else { return Ok(()) };
    let sql = "INSERT INTO channels (id, first_seen_at, last_seen_at, messages) VALUES ($1, $2, $2, $3) \
               ON CONFLICT (id) DO UPDATE SET messages = channels.messages + excluded.messages, alarmed_at = NULL, \
               longest_gap = CASE WHEN excluded.last_seen_at - channels.last_seen_at < 3600000000 \
               THEN channels.longest_gap \
               WHEN excluded.last_seen_at - channels.last_seen_at > channels.longest_gap - channels.longest_gap / 50 \
               THEN excluded.last_seen_at - channels.last_seen_at \
               ELSE channels.longest_gap - channels.longest_gap / 50 END, \
               last_seen_at = CASE WHEN excluded.last_seen_at > channels.last_seen_at \
               THEN excluded.last_seen_at ELSE channels.last_seen_at END";
    let count = i64::try_from(times.len()).unwrap_or(i64::MAX);
    let values: [Value; 3] = [channel.into(), (*newest).into(), count.into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// Of these digests, the messages that have them already: digest, channel, recipients, and the first message of that kind.
///
/// # Errors
/// When the database does not answer.
pub async fn same_bytes(
    db: &impl ConnectionTrait,
    digests: Vec<String>,
) -> Result<Vec<(String, String, String, Uuid)>, DbErr> {
    let found: Vec<(Uuid, Option<Uuid>, String, String, String)> = messages::Entity::find()
        .select_only()
        .column(messages::Column::Id)
        .column(messages::Column::DuplicateOf)
        .column(messages::Column::Sha256)
        .column(messages::Column::Channel)
        .column(messages::Column::EnvelopeTo)
        .filter(messages::Column::Sha256.is_in(digests))
        .order_by_asc(messages::Column::ReceivedAt)
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().map(|(id, of, sha256, channel, to)| (sha256, channel, to, of.unwrap_or(id))).collect())
}

/// The message that arrived by this channel under this key.
///
/// # Errors
/// When the database does not answer.
pub async fn by_key(db: &impl ConnectionTrait, channel: &str, key: &str) -> Result<Option<Uuid>, DbErr> {
    let found = arrivals::Entity::find_by_id((channel.to_owned(), key.to_owned())).one(db).await?;
    Ok(found.map(|arrival| arrival.message))
}

/// Takes up to `limit` unread messages, oldest first, for `lease_for` of machine time. A message whose lease ran out
/// (the worker died) is taken again and counts one attempt more.
///
/// # Errors
/// When the database does not answer.
pub async fn lease(store: &Store, limit: u64, lease_for: TimeDelta) -> Result<Vec<messages::Model>, DbErr> {
    let lock = if store.backend() == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!(
        "UPDATE messages SET state = 'reading', attempts = attempts + 1, leased_until = $1 WHERE id IN (\
         SELECT id FROM messages WHERE state IN ('received', 'reading') \
         AND (state = 'received' OR leased_until < $2) ORDER BY received_at, id LIMIT $3 {lock}) RETURNING *"
    );
    let machine = machine_now();
    let values: [Value; 3] = [
        At::from(machine + lease_for).into(),
        At::from(machine).into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    let mut taken = messages::Model::find_by_statement(Statement::from_sql_and_values(store.backend(), sql, values))
        .all(store.writer())
        .await?;
    taken.sort_by_key(|message| (message.received_at, message.id));
    Ok(taken)
}

/// Puts a message back for a while without counting the attempt: nothing was wrong with it. Nothing where another worker has
/// it by now.
///
/// # Errors
/// When the database does not answer; the lease then runs out.
pub async fn put_off(store: &Store, message: &messages::Model, pause: TimeDelta) -> Result<(), DbErr> {
    messages::Entity::update_many()
        .col_expr(messages::Column::Attempts, Expr::value(message.attempts - 1))
        .col_expr(messages::Column::LeasedUntil, Expr::value(At::from(machine_now() + pause)))
        .filter(messages::Column::Id.eq(message.id))
        .filter(messages::Column::State.eq(state::READING))
        .filter(messages::Column::Attempts.eq(message.attempts))
        .exec(store.writer())
        .await?;
    Ok(())
}

/// The raw bytes of a message, or `None` where they were erased.
///
/// # Errors
/// When the database does not answer.
pub async fn raw(db: &impl ConnectionTrait, blob: Uuid) -> Result<Option<Vec<u8>>, DbErr> {
    Ok(blobs::Entity::find_by_id(blob).one(db).await?.and_then(|found| found.body))
}

/// One message's row.
///
/// # Errors
/// When the database does not answer.
pub async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<messages::Model>, DbErr> {
    messages::Entity::find_by_id(id).one(db).await
}

/// Changes a message's row as given.
///
/// # Errors
/// When the database refuses.
pub async fn update(db: &impl ConnectionTrait, change: messages::ActiveModel) -> Result<(), DbErr> {
    change.update(db).await.map(|_| ())
}

/// When the oldest message arrived that nobody has read yet.
///
/// # Errors
/// When the database does not answer.
pub async fn oldest_unread(store: &Store) -> Result<Option<DateTime<Utc>>, DbErr> {
    let found = messages::Entity::find()
        .filter(messages::Column::State.is_in([state::RECEIVED, state::READING]))
        .order_by_asc(messages::Column::ReceivedAt)
        .one(store.reader())
        .await?;
    Ok(found.map(|message| message.received_at.utc()))
}

/// Every reading of a message, the first one first.
///
/// # Errors
/// When the database does not answer.
pub async fn readings(db: &impl ConnectionTrait, message: Uuid) -> Result<Vec<readings::Model>, DbErr> {
    readings::Entity::find()
        .filter(readings::Column::Message.eq(message))
        .order_by_asc(readings::Column::Number)
        .all(db)
        .await
}
