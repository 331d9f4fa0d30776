//! Raw messages: put down durably, taken in hand by one worker at a time, never dropped.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QueryOrder, Statement, Value,
};
use uuid::Uuid;

use crate::clock::machine_now;
use crate::store::entity::{blobs, channels, messages, readings};
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

/// Adds a message with its raw bytes and moves its channel's last-seen time on.
///
/// # Errors
/// When the database refuses; the message is then not accepted.
pub async fn add(db: &impl ConnectionTrait, message: messages::Model, raw: Vec<u8>) -> Result<(), DbErr> {
    let (channel, at) = (message.channel.clone(), message.received_at);
    let blob = blobs::ActiveModel {
        id: Set(message.blob),
        sha256: Set(message.sha256.clone()),
        length: Set(message.length),
        media: Set(message.media.clone().unwrap_or_else(|| "message/rfc822".to_owned())),
        name: Set(None),
        body: Set(Some(raw)),
        created_at: Set(at),
        erased_at: Set(None),
    };
    blobs::Entity::insert(blob).exec_without_returning(db).await?;
    messages::Entity::insert(messages::ActiveModel::from(message).reset_all()).exec_without_returning(db).await?;
    seen(db, &channel, at).await
}

async fn seen(db: &impl ConnectionTrait, channel: &str, at: At) -> Result<(), DbErr> {
    let sql = "INSERT INTO channels (id, first_seen_at, last_seen_at, messages) VALUES ($1, $2, $2, 1) \
               ON CONFLICT (id) DO UPDATE SET messages = channels.messages + 1, last_seen_at = \
               CASE WHEN excluded.last_seen_at > channels.last_seen_at \
               THEN excluded.last_seen_at ELSE channels.last_seen_at END";
    let values: [Value; 2] = [channel.into(), at.into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// The first message with the same bytes that came by the same channel to the same recipients.
///
/// # Errors
/// When the database does not answer.
pub async fn earlier_same(
    db: &impl ConnectionTrait,
    sha256: &str,
    channel: &str,
    envelope_to: &str,
) -> Result<Option<Uuid>, DbErr> {
    let found = messages::Entity::find()
        .filter(messages::Column::Sha256.eq(sha256))
        .filter(messages::Column::Channel.eq(channel))
        .filter(messages::Column::EnvelopeTo.eq(envelope_to))
        .order_by_asc(messages::Column::ReceivedAt)
        .one(db)
        .await?;
    Ok(found.map(|message| message.duplicate_of.unwrap_or(message.id)))
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

/// All channels that ever brought something, with when they last did.
///
/// # Errors
/// When the database does not answer.
pub async fn channels(store: &Store) -> Result<Vec<channels::Model>, DbErr> {
    channels::Entity::find().order_by_asc(channels::Column::Id).all(store.reader()).await
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
