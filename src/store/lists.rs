//! Notices in lists: filtered, searched, counted. Pages go on after the last row seen, so that a notice that arrives
//! meanwhile moves nothing.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement, Value,
};
use uuid::Uuid;

use crate::notice::fact::Authenticity;
use crate::notice::sight::Sight;
use crate::store::At;
use crate::store::entity::notices::{Column, Entity, Model};
use crate::store::entity::{messages, notice_resources, notice_waiting, notice_watchers, team_members};
use crate::store::sight::{seen, seen_message};

/// The stages of a notice that is being worked on.
pub const OPEN: [&str; 3] = ["assess", "schedule", "close"];

/// Which notices. What is `None` or false filters nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words that must all occur, each as a beginning.
    pub words: Vec<String>,
    pub provider: Option<String>,
    pub kind: Option<String>,
    /// Left out: all but historic and merged ones.
    pub stage: Option<String>,
    /// Waits for a signature at this level.
    pub level: Option<String>,
    pub team: Option<Uuid>,
    pub overdue: bool,
    pub unverified: bool,
}

/// What one may filter by, without the filter that stands there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facet {
    Provider,
    Kind,
    Stage,
    Level,
    Team,
}

impl Filter {
    /// Splits what a person typed into words as the index knows them.
    #[must_use]
    pub fn words_of(typed: &str) -> Vec<String> {
        let words = typed.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.take(12).map(str::to_lowercase).collect()
    }

    fn without(&self, facet: Facet) -> Self {
        let mut other = self.clone();
        match facet {
            Facet::Provider => other.provider = None,
            Facet::Kind => other.kind = None,
            Facet::Stage => other.stage = None,
            Facet::Level => other.level = None,
            Facet::Team => other.team = None,
        }
        other
    }

    fn condition(&self, sight: Sight, backend: DbBackend, now: At) -> Condition {
        let mut all = Condition::all()
            .add_option(seen(Column::Id, sight))
            .add_option(self.provider.as_ref().map(|provider| Column::Provider.eq(provider.as_str())))
            .add_option(self.kind.as_ref().map(|kind| Column::Kind.eq(kind.as_str())))
            .add_option(self.level.as_ref().map(|level| waits_at(level)))
            .add_option(self.team.map(owned_by));
        all = match &self.stage {
            Some(stage) => all.add(Column::Stage.eq(stage.as_str())),
            None => all.add(Column::Stage.is_not_in(["historic", "merged"])),
        };
        if self.overdue {
            all = all.add(Column::Stage.is_in(OPEN)).add(Column::OverdueAt.lte(now));
        }
        if self.unverified {
            all = all.add(Column::Authenticity.is_in(["unverified", "failed"]));
        }
        if !self.words.is_empty() {
            all = all.add(found(&self.words, backend));
        }
        all
    }
}

fn waits_at(level: &str) -> SimpleExpr {
    let waiting = notice_waiting::Entity::find()
        .select_only()
        .column(notice_waiting::Column::Notice)
        .filter(notice_waiting::Column::Level.eq(level));
    Column::Id.in_subquery(waiting.into_query())
}

fn owned_by(team: Uuid) -> SimpleExpr {
    let owned = notice_resources::Entity::find()
        .select_only()
        .column(notice_resources::Column::Notice)
        .filter(notice_resources::Column::Team.eq(team));
    Column::Id.in_subquery(owned.into_query())
}

/// A row of the index is the notice's number times 65,536 and its message's place.
fn found(words: &[String], backend: DbBackend) -> SimpleExpr {
    let sql = match backend {
        DbBackend::Postgres => {
            "\"notices\".\"number\" IN (SELECT rowid / 65536 FROM notice_search WHERE words @@ to_tsquery('simple', $1))"
        }
        _ => "\"notices\".\"number\" IN (SELECT rowid / 65536 FROM notice_search WHERE notice_search MATCH ?)",
    };
    Expr::cust_with_values(sql, [asked(words, backend)])
}

/// All words, each as a beginning. They hold letters and digits only, so neither language sees an operator of its own.
fn asked(words: &[String], backend: DbBackend) -> String {
    match backend {
        DbBackend::Postgres => words.iter().map(|word| format!("{word}:*")).collect::<Vec<_>>().join(" & "),
        _ => words.iter().map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" AND "),
    }
}

/// One page, newest first, after the given row.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    db: &impl ConnectionTrait,
    (filter, sight): (&Filter, Sight),
    now: At,
    before: Option<(At, Uuid)>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut query = Entity::find()
        .filter(filter.condition(sight, db.get_database_backend(), now))
        .order_by_desc(Column::OpenedAt)
        .order_by_desc(Column::Id)
        .limit(limit);
    if let Some((at, id)) = before {
        query = query.filter(Column::OpenedAt.lt(at).or(Column::OpenedAt.eq(at).and(Column::Id.lt(id))));
    }
    query.all(db).await
}

/// Where a search hit in these notices, by number, with the hit between U+0002 and U+0003.
///
/// # Errors
/// When the database does not answer.
pub async fn highlights(
    db: &impl ConnectionTrait,
    words: &[String],
    numbers: &[i64],
) -> Result<BTreeMap<i64, String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Hit {
        number: i64,
        piece: String,
    }
    if words.is_empty() || numbers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let backend = db.get_database_backend();
    let these: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let these = these.join(", ");
    let sql = match backend {
        DbBackend::Postgres => format!(
            "SELECT rowid / 65536 AS number, ts_headline('simple', title || ' ' || resources || ' ' || body, \
             to_tsquery('simple', $1), 'StartSel=' || chr(2) || ', StopSel=' || chr(3) || \
             ', MaxFragments=1, MaxWords=16, MinWords=6') AS piece FROM notice_search \
             WHERE words @@ to_tsquery('simple', $1) AND rowid / 65536 IN ({these}) ORDER BY rowid DESC"
        ),
        _ => format!(
            "SELECT rowid / 65536 AS number, snippet(notice_search, -1, char(2), char(3), '…', 14) AS piece \
             FROM notice_search WHERE notice_search MATCH $1 AND rowid / 65536 IN ({these}) ORDER BY rowid DESC"
        ),
    };
    let values: [Value; 1] = [asked(words, backend).into()];
    let hits = Hit::find_by_statement(Statement::from_sql_and_values(backend, sql, values)).all(db).await?;
    Ok(hits.into_iter().map(|hit| (hit.number, hit.piece)).collect())
}

/// The values of one facet with their counts, the most frequent first. Teams are ids.
///
/// # Errors
/// When the database does not answer.
pub async fn facet(
    db: &impl ConnectionTrait,
    (filter, sight): (&Filter, Sight),
    facet: Facet,
    now: At,
) -> Result<Vec<(String, i64)>, DbErr> {
    let condition = filter.without(facet).condition(sight, db.get_database_backend(), now);
    let notices = Entity::find().select_only().filter(condition);
    let of_column = |column: Column| {
        let query = notices.clone().column(column).column_as(Column::Id.count(), "count").group_by(column);
        query.into_tuple::<(String, i64)>()
    };
    let mut counted = match facet {
        Facet::Provider => of_column(Column::Provider).all(db).await?,
        Facet::Kind => of_column(Column::Kind).all(db).await?,
        Facet::Stage => of_column(Column::Stage).all(db).await?,
        Facet::Level => levels(notices).into_tuple::<(String, i64)>().all(db).await?,
        Facet::Team => {
            let teams = teams(notices).into_tuple::<(Uuid, i64)>().all(db).await?;
            teams.into_iter().map(|(team, count)| (team.to_string(), count)).collect()
        }
    };
    counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(counted)
}

fn levels(notices: Select<Entity>) -> Select<notice_waiting::Entity> {
    use notice_waiting::{Column as Waiting, Entity as Rows};
    Rows::find()
        .select_only()
        .column(Waiting::Level)
        .column_as(Expr::col(Waiting::Notice).count_distinct(), "count")
        .filter(Waiting::Notice.in_subquery(notices.column(Column::Id).into_query()))
        .group_by(Waiting::Level)
}

fn teams(notices: Select<Entity>) -> Select<notice_resources::Entity> {
    use notice_resources::{Column as Owned, Entity as Rows};
    Rows::find()
        .select_only()
        .column(Owned::Team)
        .column_as(Expr::col(Owned::Notice).count_distinct(), "count")
        .filter(Owned::Team.is_not_null())
        .filter(Owned::Notice.in_subquery(notices.column(Column::Id).into_query()))
        .group_by(Owned::Team)
}

/// What waits for one person, as somebody sees it, the least time left first, and what has no date last.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting_on(
    db: &impl ConnectionTrait,
    (person, sight): (Uuid, Sight),
    limit: u64,
) -> Result<Vec<(notice_waiting::Model, Model)>, DbErr> {
    let mut waiting = notice_waiting::Entity::find()
        .filter(notice_waiting::Column::Person.eq(person))
        .filter(Condition::all().add_option(seen(notice_waiting::Column::Notice, sight)))
        .order_by_asc(notice_waiting::Column::DueAt)
        .limit(limit)
        .all(db)
        .await?;
    waiting.sort_by_key(|row| (row.due_at.is_none(), row.due_at, row.notice));
    let rows = by_id(db, waiting.iter().map(|row| row.notice).collect(), sight).await?;
    Ok(waiting.into_iter().filter_map(|row| rows.get(&row.notice).cloned().map(|notice| (row, notice))).collect())
}

/// Open notices that a person watches, or whose resources belong to a team of theirs; the latest change first.
///
/// # Errors
/// When the database does not answer.
pub async fn following(db: &impl ConnectionTrait, person: Uuid, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Stage.is_in(OPEN))
        .filter(followed_by(person))
        .order_by_desc(Column::UpdatedAt)
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(db)
        .await
}

/// What a person watches, or what touches a resource of a team of theirs.
fn followed_by(person: Uuid) -> Condition {
    let watched = notice_watchers::Entity::find()
        .select_only()
        .column(notice_watchers::Column::Notice)
        .filter(notice_watchers::Column::Person.eq(person));
    let teams = team_members::Entity::find()
        .select_only()
        .column(team_members::Column::Team)
        .filter(team_members::Column::Person.eq(person));
    let owned = notice_resources::Entity::find()
        .select_only()
        .column(notice_resources::Column::Notice)
        .filter(notice_resources::Column::Team.in_subquery(teams.into_query()));
    Condition::any().add(Column::Id.in_subquery(watched.into_query())).add(Column::Id.in_subquery(owned.into_query()))
}

/// Open notices with a date up to `until`; what is past and still open too.
///
/// # Errors
/// When the database does not answer.
pub async fn horizon(db: &impl ConnectionTrait, sight: Sight, until: At, limit: u64) -> Result<Vec<Model>, DbErr> {
    let dated = Condition::any()
        .add(Column::HardDeadlineAt.lte(until))
        .add(Column::ActByAt.lte(until))
        .add(Column::WindowStartAt.lte(until));
    Entity::find()
        .filter(Column::Stage.is_in(OPEN))
        .filter(dated)
        .filter(Condition::all().add_option(seen(Column::Id, sight)))
        .order_by_asc(Column::ActByAt)
        .limit(limit)
        .all(db)
        .await
}

/// Whose dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dated {
    All,
    /// With a resource of this team.
    OfTeam(Uuid),
    /// That wait for this person, that they watch, or with a resource of a team of theirs.
    OfPerson(Uuid),
}

impl Dated {
    fn condition(self) -> Option<Condition> {
        match self {
            Self::All => None,
            Self::OfTeam(team) => Some(Condition::all().add(owned_by(team))),
            Self::OfPerson(person) => {
                let asked = notice_waiting::Entity::find()
                    .select_only()
                    .column(notice_waiting::Column::Notice)
                    .filter(notice_waiting::Column::Person.eq(person));
                Some(followed_by(person).add(Column::Id.in_subquery(asked.into_query())))
            }
        }
    }
}

/// Open notices with a date or a window between two moments.
///
/// # Errors
/// When the database does not answer.
pub async fn dated(
    db: &impl ConnectionTrait,
    (of, sight): (Dated, Sight),
    (from, until): (At, At),
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    // A bare date is drawn on its own day, which may begin up to a day after the first instant that it can mean.
    let near = from + chrono::TimeDelta::days(-1);
    let within = |column: Column| column.between(near, until);
    let due = notice_waiting::Entity::find()
        .select_only()
        .column(notice_waiting::Column::Notice)
        .filter(notice_waiting::Column::DueAt.between(from, until));
    let window = Column::WindowStartAt.lte(until).and(Column::WindowEndAt.gte(from));
    let any = Condition::any()
        .add(within(Column::HardDeadlineAt))
        .add(within(Column::ActByAt))
        .add(within(Column::WindowStartAt))
        .add(window)
        .add(Column::Id.in_subquery(due.into_query()));
    let mut query = Entity::find().filter(Column::Stage.is_in(OPEN)).filter(any);
    query = query.filter(Condition::all().add_option(of.condition()).add_option(seen(Column::Id, sight)));
    query.order_by_asc(Column::ActByAt).order_by_asc(Column::Id).limit(limit).all(db).await
}

/// How many notices are open, and how many of those are overdue.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(db: &impl ConnectionTrait, sight: Sight, now: At) -> Result<(u64, u64), DbErr> {
    let open =
        Entity::find().filter(Column::Stage.is_in(OPEN)).filter(Condition::all().add_option(seen(Column::Id, sight)));
    let overdue = open.clone().filter(Column::OverdueAt.lte(now)).count(db).await?;
    Ok((open.count(db).await?, overdue))
}

/// How many notices came from each provider.
///
/// # Errors
/// When the database does not answer.
pub async fn by_provider(db: &impl ConnectionTrait, sight: Sight) -> Result<BTreeMap<String, i64>, DbErr> {
    let rows: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::Provider)
        .column_as(Column::Id.count(), "count")
        .filter(Condition::all().add_option(seen(Column::Id, sight)))
        .group_by(Column::Provider)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Rows by id, as far as they may be seen.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(db: &impl ConnectionTrait, ids: Vec<Uuid>, sight: Sight) -> Result<BTreeMap<Uuid, Model>, DbErr> {
    let these = Condition::all().add(Column::Id.is_in(ids)).add_option(seen(Column::Id, sight));
    let rows = Entity::find().filter(these).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// One page of messages, newest first, in one state or in all; `unproven` only those for whose sender nothing speaks.
///
/// # Errors
/// When the database does not answer.
pub async fn messages(
    db: &impl ConnectionTrait,
    sight: Sight,
    (state, unproven): (Option<&str>, bool),
    before: Option<(At, Uuid)>,
    limit: u64,
) -> Result<Vec<messages::Model>, DbErr> {
    use messages::Column as Message;
    let mut query = messages::Entity::find()
        .filter(Condition::all().add_option(seen_message(Message::Id, sight)))
        .order_by_desc(Message::ReceivedAt)
        .order_by_desc(Message::Id)
        .limit(limit);
    if let Some(state) = state {
        query = query.filter(Message::State.eq(state));
    }
    if unproven {
        let words = [Authenticity::Unverified, Authenticity::Failed].map(Authenticity::word);
        query = query.filter(Message::Authenticity.is_in(words));
    }
    if let Some((at, id)) = before {
        query = query.filter(Message::ReceivedAt.lt(at).or(Message::ReceivedAt.eq(at).and(Message::Id.lt(id))));
    }
    query.all(db).await
}

/// How many messages wait for a person.
///
/// # Errors
/// When the database does not answer.
pub async fn needing_a_person(db: &impl ConnectionTrait, sight: Sight) -> Result<u64, DbErr> {
    messages::Entity::find()
        .filter(messages::Column::State.eq(super::intake::state::NEEDS_PERSON))
        .filter(Condition::all().add_option(seen_message(messages::Column::Id, sight)))
        .count(db)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_types_never_becomes_an_operator() {
        assert_eq!(Filter::words_of("rds-ca-2019 OR \"x\"*"), ["rds", "ca", "2019", "or", "x"]);
        assert_eq!(Filter::words_of("  ' & | ! :* ( "), Vec::<String>::new());
        assert_eq!(asked(&Filter::words_of("rds'-- or"), DbBackend::Postgres), "rds:* & or:*");
        assert_eq!(asked(&Filter::words_of("rds NEAR"), DbBackend::Sqlite), "\"rds\"* AND \"near\"*");
    }
}
