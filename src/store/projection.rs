//! Rows derived from notices: written whole, read by lists, dropped and rebuilt at will.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel as _,
    QueryFilter, QueryOrder, QuerySelect, Statement, Value, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::store::entity::{counters, notice_resources, notice_waiting, notice_watchers, notices};
use crate::store::{At, by_index};

/// Everything that lists know about one notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    pub notice: notices::Model,
    pub waiting: Vec<notice_waiting::Model>,
    pub resources: Vec<notice_resources::Model>,
    pub watchers: Vec<notice_watchers::Model>,
}

/// Words by which a notice is found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    pub title: String,
    pub resources: String,
    pub body: String,
}

/// The next notice's short number.
///
/// # Errors
/// When the database does not answer.
pub async fn next_number(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = 'notice' RETURNING name, value";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = counters::Entity::find().from_raw_sql(statement).one(db).await?;
    row.map(|row| row.value)
        .ok_or_else(|| DbErr::Custom("the counter of notices is gone; run `countersign migrate`".into()))
}

/// Writes a notice's rows, replacing those that were there.
///
/// # Errors
/// When the database refuses.
pub async fn write(db: &impl ConnectionTrait, projection: Projection) -> Result<(), DbErr> {
    let id = projection.notice.id;
    let columns = <notices::Column as sea_orm::Iterable>::iter().filter(|c| !matches!(c, notices::Column::Id));
    notices::Entity::insert(projection.notice.into_active_model().reset_all())
        .on_conflict(OnConflict::column(notices::Column::Id).update_columns(columns).to_owned())
        .exec_without_returning(db)
        .await?;
    replace_waiting(db, id, projection.waiting).await?;
    replace_resources(db, id, projection.resources).await?;
    replace_watchers(db, id, projection.watchers).await
}

async fn replace_waiting(db: &impl ConnectionTrait, id: Uuid, wanted: Vec<notice_waiting::Model>) -> Result<(), DbErr> {
    let there = notice_waiting::Entity::find().filter(notice_waiting::Column::Notice.eq(id)).all(db).await?;
    if same(there, &wanted) {
        return Ok(());
    }
    notice_waiting::Entity::delete_many().filter(notice_waiting::Column::Notice.eq(id)).exec(db).await?;
    for some in wanted.chunks(100) {
        let rows = some.iter().map(|row| row.clone().into_active_model().reset_all());
        notice_waiting::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

async fn replace_resources(
    db: &impl ConnectionTrait,
    id: Uuid,
    wanted: Vec<notice_resources::Model>,
) -> Result<(), DbErr> {
    let there = notice_resources::Entity::find().filter(notice_resources::Column::Notice.eq(id)).all(db).await?;
    if same(there, &wanted) {
        return Ok(());
    }
    notice_resources::Entity::delete_many().filter(notice_resources::Column::Notice.eq(id)).exec(db).await?;
    for some in wanted.chunks(100) {
        let rows = some.iter().map(|row| row.clone().into_active_model().reset_all());
        notice_resources::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

async fn replace_watchers(
    db: &impl ConnectionTrait,
    id: Uuid,
    wanted: Vec<notice_watchers::Model>,
) -> Result<(), DbErr> {
    let there = notice_watchers::Entity::find().filter(notice_watchers::Column::Notice.eq(id)).all(db).await?;
    if same(there, &wanted) {
        return Ok(());
    }
    notice_watchers::Entity::delete_many().filter(notice_watchers::Column::Notice.eq(id)).exec(db).await?;
    for some in wanted.chunks(100) {
        let rows = some.iter().map(|row| row.clone().into_active_model().reset_all());
        notice_watchers::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Whether rows need not be touched. Most changes of a notice leave most of them as they are.
fn same<T: PartialEq>(there: Vec<T>, wanted: &[T]) -> bool {
    there.len() == wanted.len() && there.iter().all(|row| wanted.contains(row))
}

/// Reads a notice's rows back, in a stable order.
///
/// # Errors
/// When the database does not answer.
pub async fn read(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Projection>, DbErr> {
    let Some(notice) = notices::Entity::find_by_id(id).one(db).await? else { return Ok(None) };
    Ok(Some(Projection {
        notice,
        waiting: notice_waiting::Entity::find()
            .filter(notice_waiting::Column::Notice.eq(id))
            .order_by_asc(notice_waiting::Column::Gate)
            .order_by_asc(notice_waiting::Column::Level)
            .order_by_asc(notice_waiting::Column::Person)
            .all(db)
            .await?,
        resources: notice_resources::Entity::find()
            .filter(notice_resources::Column::Notice.eq(id))
            .order_by_asc(notice_resources::Column::Resource)
            .all(db)
            .await?,
        watchers: notice_watchers::Entity::find()
            .filter(notice_watchers::Column::Notice.eq(id))
            .order_by_asc(notice_watchers::Column::Person)
            .all(db)
            .await?,
    }))
}

/// The row of a notice by its id or its short number.
///
/// # Errors
/// When the database does not answer.
pub async fn by_number(db: &impl ConnectionTrait, number: i64) -> Result<Option<notices::Model>, DbErr> {
    notices::Entity::find().filter(notices::Column::Number.eq(number)).one(db).await
}

/// What waits at some notices, by notice.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting_at(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<notice_waiting::Model>>, DbErr> {
    let rows = notice_waiting::Entity::find()
        .filter(notice_waiting::Column::Notice.is_in(ids.to_vec()))
        .order_by_asc(notice_waiting::Column::Notice)
        .order_by_asc(notice_waiting::Column::Level)
        .all(db)
        .await?;
    let mut by_notice: BTreeMap<Uuid, Vec<notice_waiting::Model>> = BTreeMap::new();
    for row in rows {
        by_notice.entry(row.notice).or_default().push(row);
    }
    Ok(by_notice)
}

/// Notices that wait for a person's signature.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting_for(db: &impl ConnectionTrait, person: Uuid) -> Result<Vec<Uuid>, DbErr> {
    notice_waiting::Entity::find()
        .select_only()
        .column(notice_waiting::Column::Notice)
        .distinct()
        .filter(notice_waiting::Column::Person.eq(person))
        .into_tuple()
        .all(db)
        .await
}

/// Notices at which a tick has something to do: those whose next moment has come, the longest overdue first.
///
/// # Errors
/// When the database does not answer.
pub async fn due(db: &impl ConnectionTrait, now: At, limit: u64) -> Result<Vec<Uuid>, DbErr> {
    notices::Entity::find()
        .select_only()
        .column(notices::Column::Id)
        .filter(notices::Column::NextDueAt.lte(now))
        .order_by_asc(notices::Column::NextDueAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await
}

/// The moment at which a notice's rows say that a tick has something to do next; as it stood before this transaction wrote
/// them anew, what fell due since it was looked at last.
///
/// # Errors
/// When the database does not answer.
pub async fn next_due(db: &impl ConnectionTrait, notice: Uuid) -> Result<Option<At>, DbErr> {
    let found: Option<Option<At>> = notices::Entity::find_by_id(notice)
        .select_only()
        .column(notices::Column::NextDueAt)
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.flatten())
}

/// Open notices whose thresholds were counted before the world changed to this version.
///
/// # Errors
/// When the database does not answer.
pub async fn behind(db: &impl ConnectionTrait, world: i64, limit: u64) -> Result<Vec<Uuid>, DbErr> {
    let sql = format!(
        "SELECT id FROM notices {} WHERE stage IN ('assess', 'schedule', 'close') AND world < $1 ORDER BY world LIMIT $2",
        by_index(db.get_database_backend(), "notices_world")
    );
    let values: [Value; 2] = [world.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
    let found = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    found.iter().map(|row| row.try_get("", "id")).collect()
}

/// The number of a row of the full-text index: the notice itself (`part` 0) or its nth message.
#[must_use]
pub fn search_row(number: i64, part: u16) -> i64 {
    number * 65_536 + i64::from(part)
}

/// Puts words into the full-text index, replacing what that row held.
///
/// # Errors
/// When the database refuses.
pub async fn index(db: &impl ConnectionTrait, number: i64, part: u16, words: Words) -> Result<(), DbErr> {
    let row = search_row(number, part);
    let values: [Value; 4] = [row.into(), words.title.into(), words.resources.into(), words.body.into()];
    match db.get_database_backend() {
        DbBackend::Postgres => {
            // Names with dashes and dots are also indexed in pieces, as SQLite's tokenizer does by itself.
            let sql = "INSERT INTO notice_search (rowid, title, resources, body, words) VALUES ($1, $2, $3, $4, \
                       to_tsvector('simple', translate($2 || ' ' || $3 || ' ' || $4, '-_./:@', '      '))) \
                       ON CONFLICT (rowid) DO UPDATE SET title = excluded.title, resources = excluded.resources, \
                       body = excluded.body, words = excluded.words";
            db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        }
        backend => {
            unindex(db, number, part).await?;
            let sql = "INSERT INTO notice_search (rowid, title, resources, body) VALUES ($1, $2, $3, $4)";
            db.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        }
    }
    Ok(())
}

/// Takes a row out of the full-text index.
///
/// # Errors
/// When the database refuses.
pub async fn unindex(db: &impl ConnectionTrait, number: i64, part: u16) -> Result<(), DbErr> {
    let sql = "DELETE FROM notice_search WHERE rowid = $1";
    let row = search_row(number, part);
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [row.into()])).await?;
    Ok(())
}

/// Every row of every projection as text, in a stable order: what a rebuild is compared by. For tests and `--rebuild`.
///
/// # Errors
/// When the database does not answer.
pub async fn dump(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let mut lines = Vec::new();
    let ids: Vec<Uuid> = notices::Entity::find()
        .select_only()
        .column(notices::Column::Id)
        .order_by_asc(notices::Column::Number)
        .into_tuple()
        .all(db)
        .await?;
    for id in ids {
        lines.extend(read(db, id).await?.map(|rows| format!("{rows:?}")));
    }
    let sql = "SELECT rowid AS number, title, resources, body FROM notice_search ORDER BY rowid";
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await? {
        let column = |name: &str| row.try_get::<String>("", name);
        let number: i64 = row.try_get("", "number")?;
        lines.push(format!("{number} {:?} {:?} {:?}", column("title")?, column("resources")?, column("body")?));
    }
    Ok(lines)
}

/// Drops every projection. Only within the transaction that builds them again.
///
/// # Errors
/// When the database refuses.
pub async fn drop_all(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    for table in ["notices", "notice_waiting", "notice_resources", "notice_watchers", "notice_search"] {
        db.execute_unprepared(&format!("DELETE FROM {table}")).await?;
    }
    Ok(())
}
