//! The record: streams of events, appended and read, never changed.
//!
//! The primary key (stream, sequence) is the referee between two writers: the later one gets a conflict and does its whole
//! use case again. Triggers refuse everything else.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use serde_json::Value;

use crate::notice::chain::{Head, Stored, Stream, canonical};
use crate::notice::event::Actor;
use crate::notice::ids::NoticeId;
use crate::notice::text::Digest;
use crate::store::At;
use crate::store::entity::events::{Column, Entity, Model};

/// Appends sealed events to their stream.
///
/// # Errors
/// A conflict (see [`is_conflict`](crate::store::is_conflict)) where somebody else appended meanwhile.
pub async fn append(db: &impl ConnectionTrait, events: &[Stored]) -> Result<(), DbErr> {
    for some in events.chunks(50) {
        let rows = some.iter().map(|stored| to_row(stored).into_active_model().reset_all());
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// A whole stream in order; empty where there is none.
///
/// # Errors
/// When the database does not answer, or holds a row that no version of this program wrote.
pub async fn load(db: &impl ConnectionTrait, stream: Stream) -> Result<Vec<Stored>, DbErr> {
    let rows =
        Entity::find().filter(Column::Stream.eq(stream.to_string())).order_by_asc(Column::Sequence).all(db).await?;
    rows.into_iter().map(to_stored).collect()
}

/// Whole streams, each in order. One that is not there is not among them.
///
/// # Errors
/// As [`load`].
pub async fn load_all(db: &impl ConnectionTrait, streams: &[Stream]) -> Result<BTreeMap<Stream, Vec<Stored>>, DbErr> {
    let names = streams.iter().map(ToString::to_string);
    let rows = Entity::find().filter(Column::Stream.is_in(names)).order_by_asc(Column::Sequence).all(db).await?;
    let mut found: BTreeMap<Stream, Vec<Stored>> = BTreeMap::new();
    for row in rows {
        let stored = to_stored(row)?;
        found.entry(stored.stream).or_default().push(stored);
    }
    Ok(found)
}

/// The last event of a stream.
///
/// # Errors
/// When the database does not answer.
pub async fn head(db: &impl ConnectionTrait, stream: Stream) -> Result<Option<Head>, DbErr> {
    let row =
        Entity::find().filter(Column::Stream.eq(stream.to_string())).order_by_desc(Column::Sequence).one(db).await?;
    row.map(|row| Ok(Head { stream, sequence: unsigned(row.sequence), hash: digest(&row.hash)? })).transpose()
}

/// Makes writers of one stream wait for each other until their transaction ends, so that they need not be refused by the
/// referee. On SQLite a writing transaction already has the database to itself.
///
/// # Errors
/// When the database does not answer.
pub async fn queue(db: &impl ConnectionTrait, stream: Stream) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [stream.to_string().into()])).await?;
    }
    Ok(())
}

/// As [`queue`], for several streams. All processes take them in the same order, so that no two wait for each other.
///
/// # Errors
/// When the database does not answer.
pub async fn queue_all(db: &impl ConnectionTrait, streams: &[Stream]) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        let mut names: Vec<String> = streams.iter().map(ToString::to_string).collect();
        names.sort();
        let sql = "SELECT COUNT(pg_advisory_xact_lock(hashtextextended(name, 0))) \
                   FROM (SELECT value AS name FROM json_array_elements_text($1::json) WITH ORDINALITY ORDER BY ordinality) AS all_names";
        let names = serde_json::to_string(&names).unwrap_or_default();
        db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [names.into()])).await?;
    }
    Ok(())
}

/// Where a page of the record goes on: the time, stream and sequence of the last row seen.
pub type Place = (At, String, i64);

/// The record across streams, newest first, or of one stream alone.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    db: &impl ConnectionTrait,
    stream: Option<Stream>,
    before: Option<&Place>,
    limit: u64,
) -> Result<Vec<Stored>, DbErr> {
    let mut query = Entity::find().limit(limit);
    query = match stream {
        Some(stream) => query.filter(Column::Stream.eq(stream.to_string())).order_by_desc(Column::Sequence),
        None => query.order_by_desc(Column::At).order_by_desc(Column::Stream).order_by_desc(Column::Sequence),
    };
    if let Some((at, name, sequence)) = before {
        query = query.filter(match stream {
            Some(_) => Condition::all().add(Column::Sequence.lt(*sequence)),
            None => Condition::any()
                .add(Column::At.lt(*at))
                .add(Column::At.eq(*at).and(Column::Stream.lt(name.as_str())))
                .add(Column::At.eq(*at).and(Column::Stream.eq(name.as_str())).and(Column::Sequence.lt(*sequence))),
        });
    }
    query.all(db).await?.into_iter().map(to_stored).collect()
}

/// The names of streams after the given one, in order: what going through the whole record needs.
///
/// # Errors
/// When the database does not answer, or holds a stream of an unknown sort.
pub async fn streams(db: &impl ConnectionTrait, after: Option<Stream>, limit: u64) -> Result<Vec<Stream>, DbErr> {
    let mut query = Entity::find().filter(Column::Sequence.eq(1)).order_by_asc(Column::Stream).limit(limit);
    if let Some(after) = after {
        query = query.filter(Column::Stream.gt(after.to_string()));
    }
    let rows = query.all(db).await?;
    rows.iter().map(|row| parsed(&row.stream)).collect()
}

/// The streams to which something was appended in a half-open span of time, in order.
///
/// # Errors
/// As [`streams`].
pub async fn streams_between(
    db: &impl ConnectionTrait,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Result<Vec<Stream>, DbErr> {
    let mut query = Entity::find().select_only().column(Column::Stream).distinct().order_by_asc(Column::Stream);
    if let Some(from) = from {
        query = query.filter(Column::At.gte(At::from(from)));
    }
    if let Some(to) = to {
        query = query.filter(Column::At.lt(At::from(to)));
    }
    let names: Vec<String> = query.into_tuple().all(db).await?;
    names.iter().map(|name| parsed(name)).collect()
}

/// Where a person signed notices, the newest first: notice and place in its record.
///
/// # Errors
/// When the database does not answer.
pub async fn signed_by(db: &impl ConnectionTrait, actor: &Actor, limit: u64) -> Result<Vec<(NoticeId, u64)>, DbErr> {
    let actor = serde_json::to_value(actor).unwrap_or_default();
    let rows: Vec<(String, i64)> = Entity::find()
        .select_only()
        .columns([Column::Stream, Column::Sequence])
        .filter(Column::Kind.eq("signed"))
        .filter(Column::Actor.eq(String::from_utf8(canonical(&actor)).unwrap_or_default()))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Sequence)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let mut places = Vec::with_capacity(rows.len());
    for (stream, sequence) in rows {
        if let Stream::Notice(id) = parsed(&stream)? {
            places.push((id, unsigned(sequence)));
        }
    }
    Ok(places)
}

/// How many events there are.
///
/// # Errors
/// When the database does not answer.
pub async fn count(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    Entity::find().count(db).await
}

/// The heads of all streams that were appended to at or after a time: what a checkpoint has to look at again.
///
/// # Errors
/// When the database does not answer.
pub async fn heads_since(db: &impl ConnectionTrait, at: DateTime<Utc>) -> Result<Vec<Head>, DbErr> {
    let touched: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Stream)
        .distinct()
        .filter(Column::At.gte(At::from(at)))
        .into_tuple()
        .all(db)
        .await?;
    let mut heads = Vec::with_capacity(touched.len());
    for name in touched {
        heads.extend(head(db, parsed(&name)?).await?);
    }
    heads.sort_by_key(|head| head.stream);
    Ok(heads)
}

fn to_row(stored: &Stored) -> Model {
    let text = |value: &Value| String::from_utf8(canonical(value)).unwrap_or_default();
    Model {
        stream: stored.stream.to_string(),
        sequence: i64::try_from(stored.sequence).unwrap_or(i64::MAX),
        at: stored.at.into(),
        actor: text(&stored.actor),
        cause: (stored.cause != Value::Null).then(|| text(&stored.cause)),
        kind: stored.name.clone(),
        version: i32::from(stored.version),
        payload: canonical(&stored.payload),
        prev: stored.prev.to_string(),
        hash: stored.hash.to_string(),
    }
}

/// A row as it stands, right or wrong: verifying is `chain`'s business, so nothing is mended here.
fn to_stored(row: Model) -> Result<Stored, DbErr> {
    let bad = |what: &str| damaged(&row.stream, row.sequence, what);
    Ok(Stored {
        stream: parsed(&row.stream)?,
        sequence: unsigned(row.sequence),
        at: row.at.utc(),
        actor: serde_json::from_str(&row.actor).map_err(|_| bad("actor"))?,
        cause: row.cause.as_deref().map_or(Ok(Value::Null), serde_json::from_str).map_err(|_| bad("cause"))?,
        name: row.kind.clone(),
        version: u16::try_from(row.version).map_err(|_| bad("version"))?,
        payload: serde_json::from_slice(&row.payload).map_err(|_| bad("payload"))?,
        prev: digest(&row.prev)?,
        hash: digest(&row.hash)?,
    })
}

fn damaged(stream: &str, sequence: i64, what: &str) -> DbErr {
    DbErr::Custom(format!(
        "event {sequence} of {stream} has an unreadable {what}; the row was not written by Countersign. \
         `countersign audit verify` says what else was changed"
    ))
}

fn parsed(stream: &str) -> Result<Stream, DbErr> {
    stream.parse().map_err(|error| DbErr::Custom(format!("the record holds a strange stream: {error}")))
}

fn digest(text: &str) -> Result<Digest, DbErr> {
    text.parse().map_err(|error| DbErr::Custom(format!("the record holds a strange hash: {error}")))
}

fn unsigned(sequence: i64) -> u64 {
    u64::try_from(sequence).unwrap_or(0)
}
