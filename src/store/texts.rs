//! The words that the record only commits to. They can be erased; what committed to them stays.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Value, sea_query::Expr,
};
use uuid::Uuid;

use crate::notice::chain::Stream;
use crate::notice::text::TextRef;
use crate::store::At;
use crate::store::entity::texts::{ActiveModel, Column, Entity, Model};

/// A text with the reference that events will hold. Made before deciding, kept only if something came of it.
#[derive(Debug, Clone)]
pub struct Draft {
    pub reference: TextRef,
    pub salt: [u8; 16],
    pub body: String,
}

/// A text as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    Text(String),
    /// It was erased then.
    Erased(DateTime<Utc>),
}

impl Shown {
    /// The words, or one sentence saying when they were erased.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Erased(at) => format!("[erased on {}]", at.format("%Y-%m-%d")),
        }
    }
}

/// A text with the stream that it stands in and who wrote it.
#[derive(Debug, Clone)]
pub struct Kept {
    pub stream: Stream,
    pub author: Option<Uuid>,
    pub draft: Draft,
}

/// Keeps texts beside the events that commit to them.
///
/// # Errors
/// When the database refuses.
pub async fn keep(db: &impl ConnectionTrait, words: Vec<Kept>, now: DateTime<Utc>) -> Result<(), DbErr> {
    let rows: Vec<ActiveModel> = words
        .into_iter()
        .map(|Kept { stream, author, draft }| ActiveModel {
            id: Set(draft.reference.id),
            stream: Set(stream.to_string()),
            author: Set(author),
            salt: Set(draft.salt.to_vec()),
            body: Set(Some(draft.body)),
            created_at: Set(now.into()),
            erased_at: Set(None),
        })
        .collect();
    for some in rows.chunks(100) {
        Entity::insert_many(some.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// All texts of one stream: what showing a notice needs, in one query.
///
/// # Errors
/// When the database does not answer.
pub async fn of_stream(db: &impl ConnectionTrait, stream: Stream) -> Result<BTreeMap<Uuid, Shown>, DbErr> {
    let rows = Entity::find().filter(Column::Stream.eq(stream.to_string())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, shown(row))).collect())
}

/// All texts of some streams, by stream.
///
/// # Errors
/// When the database does not answer.
pub async fn of_streams(
    db: &impl ConnectionTrait,
    streams: Vec<Stream>,
) -> Result<BTreeMap<Stream, BTreeMap<Uuid, Shown>>, DbErr> {
    let names: BTreeMap<String, Stream> = streams.into_iter().map(|stream| (stream.to_string(), stream)).collect();
    let mut found: BTreeMap<Stream, BTreeMap<Uuid, Shown>> = BTreeMap::new();
    for row in Entity::find().filter(Column::Stream.is_in(names.keys().cloned())).all(db).await? {
        let Some(stream) = names.get(&row.stream) else { continue };
        found.entry(*stream).or_default().insert(row.id, shown(row));
    }
    Ok(found)
}

/// The texts with these ids, wherever they belong.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(db: &impl ConnectionTrait, ids: &BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, Shown>, DbErr> {
    let mut found = BTreeMap::new();
    let ids: Vec<Uuid> = ids.iter().copied().collect();
    for some in ids.chunks(500) {
        let rows = Entity::find().filter(Column::Id.is_in(some.to_vec())).all(db).await?;
        found.extend(rows.into_iter().map(|row| (row.id, shown(row))));
    }
    Ok(found)
}

/// The rows themselves, with their salts: for verifying that they are what was committed to.
///
/// # Errors
/// When the database does not answer.
pub async fn rows(db: &impl ConnectionTrait, stream: Stream) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::Stream.eq(stream.to_string())).all(db).await
}

/// Forgets one text for good. Its commitment stays in the record. Says whether there was something to forget.
///
/// # Errors
/// When the database does not answer.
pub async fn erase(db: &impl ConnectionTrait, id: Uuid, at: DateTime<Utc>) -> Result<bool, DbErr> {
    erase_where(db, Column::Id.eq(id), at).await.map(|rows| rows > 0)
}

/// What a person wrote that is not erased, each with the stream that it stands in.
///
/// # Errors
/// When the database does not answer, or holds a stream of an unknown sort.
pub async fn by_author(db: &impl ConnectionTrait, author: Uuid) -> Result<Vec<(Stream, String)>, DbErr> {
    let rows = Entity::find().filter(Column::Author.eq(author)).filter(Column::Body.is_not_null()).all(db).await?;
    let strange = |error| DbErr::Custom(format!("a text belongs to a strange stream: {error}"));
    rows.into_iter().map(|row| Ok((row.stream.parse().map_err(strange)?, row.body.unwrap_or_default()))).collect()
}

/// Forgets everything that a person wrote, and their name and address, as far as texts hold them.
///
/// # Errors
/// When the database does not answer.
pub async fn erase_by(db: &impl ConnectionTrait, author: Uuid, at: DateTime<Utc>) -> Result<u64, DbErr> {
    erase_where(db, Column::Author.eq(author), at).await
}

/// The salt goes with the words: with it, a guess at a short text could be proven right.
async fn erase_where(db: &impl ConnectionTrait, which: Expr, at: DateTime<Utc>) -> Result<u64, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::Body, Expr::value(Value::String(None)))
        .col_expr(Column::Salt, Expr::value(Vec::<u8>::new()))
        .col_expr(Column::ErasedAt, Expr::value(At::from(at)))
        .filter(which)
        .filter(Column::ErasedAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}

fn shown(row: Model) -> Shown {
    match (row.body, row.erased_at) {
        (Some(body), None) => Shown::Text(body),
        (_, erased) => Shown::Erased(erased.unwrap_or(row.created_at).utc()),
    }
}
