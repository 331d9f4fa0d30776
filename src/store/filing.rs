//! Filing many messages at once: which of them are still in hand, and the rows that filing leaves.
//!
//! Every question and every change here is for a set, so that a pile of messages costs hardly more of them than one.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait as _, FromQueryResult,
    IntoActiveModel, JoinType, QueryFilter, QuerySelect, QueryTrait as _, sea_query::LockType,
};
use uuid::Uuid;

use crate::store::entity::{blobs, message_notices, messages, notice_keys, notice_resources, notices, readings};
use crate::store::intake::state;
use crate::store::lists::OPEN;

/// Rows in one statement: far below what either database may carry.
const ROWS: usize = 100;

/// Of these messages those that are being read, with the attempt that has them. Nobody else settles them before this transaction
/// ends.
///
/// # Errors
/// When the database does not answer.
pub async fn in_hand(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<BTreeMap<Uuid, i32>, DbErr> {
    let mut query = messages::Entity::find()
        .select_only()
        .columns([messages::Column::Id, messages::Column::Attempts])
        .filter(messages::Column::Id.is_in(ids.to_vec()))
        .filter(messages::Column::State.eq(state::READING));
    if db.get_database_backend() == DbBackend::Postgres {
        query = query.lock(LockType::Update);
    }
    Ok(query.into_tuple().all(db).await?.into_iter().collect())
}

/// The raw bytes of messages, as far as they were not erased.
///
/// # Errors
/// When the database does not answer.
pub async fn raw(db: &impl ConnectionTrait, blobs: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<u8>>, DbErr> {
    let found: Vec<(Uuid, Option<Vec<u8>>)> = blobs::Entity::find()
        .select_only()
        .columns([blobs::Column::Id, blobs::Column::Body])
        .filter(blobs::Column::Id.is_in(blobs.to_vec()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().filter_map(|(id, body)| Some((id, body?))).collect())
}

/// Writes these rows over those that the messages have.
///
/// # Errors
/// When the database refuses.
pub async fn settle(db: &impl ConnectionTrait, rows: Vec<messages::Model>) -> Result<(), DbErr> {
    use messages::Column as C;
    let changed = [
        C::State,
        C::Reason,
        C::LeasedUntil,
        C::ReadAt,
        C::Format,
        C::Sender,
        C::ForwardedBy,
        C::Subject,
        C::Authenticity,
        C::AuthenticityReason,
    ];
    for some in chunks(rows) {
        messages::Entity::insert_many(some)
            .on_conflict(OnConflict::column(C::Id).update_columns(changed).to_owned())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Keeps readings of messages beside those made before. The number of each is given here.
///
/// # Errors
/// When the database refuses.
pub async fn keep_readings(db: &impl ConnectionTrait, mut rows: Vec<readings::Model>) -> Result<(), DbErr> {
    let last: Vec<(Uuid, i32)> = readings::Entity::find()
        .select_only()
        .column(readings::Column::Message)
        .column_as(readings::Column::Number.max(), "number")
        .filter(readings::Column::Message.is_in(rows.iter().map(|row| row.message)))
        .group_by(readings::Column::Message)
        .into_tuple()
        .all(db)
        .await?;
    let last: BTreeMap<Uuid, i32> = last.into_iter().collect();
    for row in &mut rows {
        row.number = last.get(&row.message).map_or(1, |number| number + 1);
    }
    for some in chunks(rows) {
        readings::Entity::insert_many(some).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Which notice each of these keys leads to.
///
/// # Errors
/// When the database does not answer.
pub async fn keys(db: &impl ConnectionTrait, keys: BTreeSet<String>) -> Result<Vec<notice_keys::Model>, DbErr> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    notice_keys::Entity::find().filter(notice_keys::Column::Key.is_in(keys)).all(db).await
}

/// Adds keys that no notice has. Where one has got one meanwhile it is a conflict (see [`is_conflict`](crate::store::is_conflict)):
/// of two workers who open the same notice at once, the later one begins anew and joins.
///
/// # Errors
/// When the database refuses.
pub async fn new_keys(db: &impl ConnectionTrait, rows: Vec<notice_keys::Model>) -> Result<(), DbErr> {
    for some in chunks(rows) {
        notice_keys::Entity::insert_many(some).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Adds keys that a notice does not have yet; one that another notice has stays with that one.
///
/// # Errors
/// When the database refuses.
pub async fn add_keys(db: &impl ConnectionTrait, rows: Vec<notice_keys::Model>) -> Result<(), DbErr> {
    for some in chunks(rows) {
        notice_keys::Entity::insert_many(some)
            .on_conflict(OnConflict::column(notice_keys::Column::Key).do_nothing().to_owned())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Has keys lead to these notices, wherever they led before. Each key once.
///
/// # Errors
/// When the database refuses.
pub async fn turn_keys(db: &impl ConnectionTrait, rows: Vec<notice_keys::Model>) -> Result<(), DbErr> {
    for some in chunks(rows) {
        notice_keys::Entity::insert_many(some)
            .on_conflict(
                OnConflict::column(notice_keys::Column::Key)
                    .update_columns([notice_keys::Column::Notice, notice_keys::Column::At])
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// An open notice that names a resource.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Shared {
    pub name: String,
    pub notice: Uuid,
    pub number: i64,
    pub provider: String,
    pub kind: String,
}

/// The open notices that name one of these resources, of which no more than `most` do.
///
/// # Errors
/// When the database does not answer.
pub async fn sharing(db: &impl ConnectionTrait, names: BTreeSet<String>, most: u64) -> Result<Vec<Shared>, DbErr> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let open = || notices::Column::Stage.is_in(OPEN);
    let named = || {
        notice_resources::Entity::find()
            .select_only()
            .join(
                JoinType::InnerJoin,
                notice_resources::Entity::belongs_to(notices::Entity)
                    .from(notice_resources::Column::Notice)
                    .to(notices::Column::Id)
                    .into(),
            )
            .column(notice_resources::Column::Name)
            .filter(open())
    };
    let few = named()
        .filter(notice_resources::Column::Name.is_in(names))
        .group_by(notice_resources::Column::Name)
        .having(notice_resources::Column::Notice.count().lte(most))
        .into_query();
    named()
        .columns([notices::Column::Number, notices::Column::Provider, notices::Column::Kind])
        .column(notice_resources::Column::Notice)
        .filter(notice_resources::Column::Name.in_subquery(few))
        .into_model()
        .all(db)
        .await
}

/// Writes to which notices messages went.
///
/// # Errors
/// When the database refuses.
pub async fn place(db: &impl ConnectionTrait, rows: Vec<message_notices::Model>) -> Result<(), DbErr> {
    for some in chunks(rows) {
        message_notices::Entity::insert_many(some).exec_without_returning(db).await?;
    }
    Ok(())
}

fn chunks<M, A>(rows: Vec<M>) -> Vec<Vec<A>>
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait,
{
    let rows: Vec<A> = rows.into_iter().map(|row| row.into_active_model().reset_all()).collect();
    rows.chunks(ROWS).map(<[A]>::to_vec).collect()
}
