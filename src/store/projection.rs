//! Rows derived from notices: written whole, read by lists, dropped and rebuilt at will.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait as _, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Statement, Value, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::store::entity::{
    counters, notice_concerned, notice_owners, notice_resources, notice_waiting, notice_watchers, notices,
};
use crate::store::{At, by_index};

/// Everything that lists know about one notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    pub notice: notices::Model,
    pub waiting: Vec<notice_waiting::Model>,
    pub resources: Vec<notice_resources::Model>,
    pub watchers: Vec<notice_watchers::Model>,
    pub owners: Vec<notice_owners::Model>,
    pub concerned: Vec<notice_concerned::Model>,
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

/// Says that notices have numbers up to this one. Only after [`next_number`] in the same transaction, which keeps others out.
///
/// # Errors
/// When the database refuses.
pub async fn numbered_to(db: &impl ConnectionTrait, last: i64) -> Result<(), DbErr> {
    let sql = "UPDATE counters SET value = $1 WHERE name = 'notice'";
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [last.into()])).await?;
    Ok(())
}

/// Writes notices' rows, replacing those that were there.
///
/// # Errors
/// When the database refuses.
pub async fn write(db: &impl ConnectionTrait, all: Vec<Projection>) -> Result<(), DbErr> {
    let ids: Vec<Uuid> = all.iter().map(|one| one.notice.id).collect();
    let (mut rows, mut waiting, mut resources, mut watchers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut owners, mut concerned) = (Vec::new(), Vec::new());
    for one in all {
        rows.push(one.notice.into_active_model().reset_all());
        waiting.extend(one.waiting);
        resources.extend(one.resources);
        watchers.extend(one.watchers);
        owners.extend(one.owners);
        concerned.extend(one.concerned);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let columns = <notices::Column as sea_orm::Iterable>::iter().filter(|c| !matches!(c, notices::Column::Id));
    notices::Entity::insert_many(rows)
        .on_conflict(OnConflict::column(notices::Column::Id).update_columns(columns).to_owned())
        .exec_without_returning(db)
        .await?;
    replace::<notice_waiting::Entity>(db, notice_waiting::Column::Notice, &ids, waiting, |row| row.notice).await?;
    replace::<notice_resources::Entity>(db, notice_resources::Column::Notice, &ids, resources, |row| row.notice)
        .await?;
    replace::<notice_watchers::Entity>(db, notice_watchers::Column::Notice, &ids, watchers, |row| row.notice).await?;
    replace::<notice_owners::Entity>(db, notice_owners::Column::Notice, &ids, owners, |row| row.notice).await?;
    replace::<notice_concerned::Entity>(db, notice_concerned::Column::Notice, &ids, concerned, |row| row.notice).await
}

/// Replaces the rows of those of these notices for which they are not as wanted: most changes of a notice leave most of
/// them as they are.
async fn replace<E>(
    db: &impl ConnectionTrait,
    column: E::Column,
    ids: &[Uuid],
    wanted: Vec<E::Model>,
    of: impl Fn(&E::Model) -> Uuid,
) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: PartialEq + IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let there = E::find().filter(column.is_in(ids.iter().copied())).all(db).await?;
    let (there, wanted) = (by_notice(there, &of), by_notice(wanted, &of));
    let changed: BTreeSet<Uuid> = ids.iter().copied().filter(|id| !same(there.get(id), wanted.get(id))).collect();
    if changed.is_empty() {
        return Ok(());
    }
    E::delete_many().filter(column.is_in(changed.iter().copied())).exec(db).await?;
    let new: Vec<E::ActiveModel> = wanted
        .into_iter()
        .filter(|(id, _)| changed.contains(id))
        .flat_map(|(_, rows)| rows)
        .map(|row| row.into_active_model().reset_all())
        .collect();
    for some in new.chunks(100) {
        E::insert_many(some.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

fn by_notice<T>(rows: Vec<T>, of: impl Fn(&T) -> Uuid) -> BTreeMap<Uuid, Vec<T>> {
    let mut found: BTreeMap<Uuid, Vec<T>> = BTreeMap::new();
    for row in rows {
        found.entry(of(&row)).or_default().push(row);
    }
    found
}

/// Whether these are the same rows, in whatever order.
fn same<T: PartialEq>(there: Option<&Vec<T>>, wanted: Option<&Vec<T>>) -> bool {
    let (there, wanted) = (there.map_or(&[][..], Vec::as_slice), wanted.map_or(&[][..], Vec::as_slice));
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
        owners: notice_owners::Entity::find()
            .filter(notice_owners::Column::Notice.eq(id))
            .order_by_asc(notice_owners::Column::Team)
            .all(db)
            .await?,
        concerned: notice_concerned::Entity::find()
            .filter(notice_concerned::Column::Notice.eq(id))
            .order_by_asc(notice_concerned::Column::Person)
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

/// Of these notices, those at which there is something to do still: another replica may have been there first.
///
/// # Errors
/// When the database does not answer.
pub async fn still_due(db: &impl ConnectionTrait, ids: &[Uuid], world: i64, now: At) -> Result<Vec<Uuid>, DbErr> {
    notices::Entity::find()
        .select_only()
        .column(notices::Column::Id)
        .filter(notices::Column::Id.is_in(ids.to_vec()))
        .filter(notices::Column::World.lt(world).or(notices::Column::NextDueAt.lte(now)))
        .into_tuple()
        .all(db)
        .await
}

/// The moments at which notices' rows say that a tick has something to do next; as they stood before this transaction wrote
/// them anew, what fell due since they were looked at last.
///
/// # Errors
/// When the database does not answer.
pub async fn next_due(db: &impl ConnectionTrait, notices: &[Uuid]) -> Result<BTreeMap<Uuid, At>, DbErr> {
    let found: Vec<(Uuid, Option<At>)> = notices::Entity::find()
        .select_only()
        .columns([notices::Column::Id, notices::Column::NextDueAt])
        .filter(notices::Column::Id.is_in(notices.to_vec()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().filter_map(|(id, at)| at.map(|at| (id, at))).collect())
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

/// Puts words into rows of the full-text index, replacing what they held. Words that are there already cost one question
/// for all of them: most changes of a notice leave its words as they are.
///
/// # Errors
/// When the database refuses.
pub async fn index(db: &impl ConnectionTrait, rows: Vec<(i64, Words)>) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let there = indexed(db, rows.iter().map(|(row, _)| *row).collect()).await?;
    let changed: Vec<(i64, Words)> = rows.into_iter().filter(|(row, words)| there.get(row) != Some(words)).collect();
    for some in changed.chunks(50) {
        if db.get_database_backend() == DbBackend::Sqlite {
            let gone = some.iter().map(|(row, _)| *row).filter(|row| there.contains_key(row));
            delete_indexed(db, gone.collect()).await?;
        }
        insert_indexed(db, some).await?;
    }
    Ok(())
}

async fn insert_indexed(db: &impl ConnectionTrait, rows: &[(i64, Words)]) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    // Names with dashes and dots are also indexed in pieces, as SQLite's tokenizer does by itself.
    let (columns, words, over) = match backend {
        DbBackend::Postgres => (
            "rowid, title, resources, body, words",
            ", to_tsvector('simple', translate(${t} || ' ' || ${r} || ' ' || ${b}, '-_./:@', '      '))",
            " ON CONFLICT (rowid) DO UPDATE SET title = excluded.title, resources = excluded.resources, \
             body = excluded.body, words = excluded.words",
        ),
        _ => ("rowid, title, resources, body", "", ""),
    };
    let row = |place: usize| {
        let [n, t, r, b] = [1, 2, 3, 4].map(|column| (place * 4 + column).to_string());
        let words = words.replace("{t}", &t).replace("{r}", &r).replace("{b}", &b);
        format!("(${n}, ${t}, ${r}, ${b}{words})")
    };
    let all: Vec<String> = (0..rows.len()).map(row).collect();
    let sql = format!("INSERT INTO notice_search ({columns}) VALUES {}{over}", all.join(", "));
    let values = rows.iter().flat_map(|(row, words)| {
        let Words { title, resources, body } = words.clone();
        [Value::from(*row), title.into(), resources.into(), body.into()]
    });
    db.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// What rows of the full-text index hold.
async fn indexed(db: &impl ConnectionTrait, rows: Vec<i64>) -> Result<BTreeMap<i64, Words>, DbErr> {
    let sql = format!(
        "SELECT rowid AS number, title, resources, body FROM notice_search WHERE rowid IN ({})",
        marks(rows.len())
    );
    let values: Vec<Value> = rows.into_iter().map(Value::from).collect();
    let found = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    let words = |row: &sea_orm::QueryResult| {
        let column = |name: &str| row.try_get::<String>("", name);
        let words = Words { title: column("title")?, resources: column("resources")?, body: column("body")? };
        Ok((row.try_get("", "number")?, words))
    };
    found.iter().map(words).collect()
}

/// Takes a row out of the full-text index.
///
/// # Errors
/// When the database refuses.
pub async fn unindex(db: &impl ConnectionTrait, number: i64, part: u16) -> Result<(), DbErr> {
    delete_indexed(db, vec![search_row(number, part)]).await
}

async fn delete_indexed(db: &impl ConnectionTrait, rows: Vec<i64>) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let sql = format!("DELETE FROM notice_search WHERE rowid IN ({})", marks(rows.len()));
    let values = rows.into_iter().map(Value::from);
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// `$1, $2, …`
fn marks(count: usize) -> String {
    let marks: Vec<String> = (1..=count).map(|place| format!("${place}")).collect();
    marks.join(", ")
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
    let beside = ["notice_waiting", "notice_resources", "notice_watchers", "notice_owners", "notice_concerned"];
    for table in beside.into_iter().chain(["notices", "notice_search"]) {
        db.execute_unprepared(&format!("DELETE FROM {table}")).await?;
    }
    Ok(())
}
