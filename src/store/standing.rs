//! The house as a whole at one moment: what is at risk, what slipped, who is silent. For the weekly report.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::notice::sight::Sight;
use crate::store::At;
use crate::store::entity::notice_waiting;
use crate::store::entity::notices::{Column, Entity, Model};
use crate::store::lists::OPEN;
use crate::store::sight::seen;

/// The lists hold the most pressing; the counts say how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub open: u64,
    pub at_risk: Vec<Model>,
    pub at_risk_count: u64,
    pub slipped: Vec<Model>,
    pub slipped_count: u64,
    /// People with overdue sign-offs: how many notices, and since when.
    pub silent: Vec<(Uuid, u64, At)>,
}

/// The house at `now` (business time), as somebody sees it. At risk is what is to be acted on within `near`, or has a gate
/// overdue; slipped is what is open although its hard date has passed.
///
/// # Errors
/// When the database does not answer.
pub async fn standing(
    db: &impl ConnectionTrait,
    sight: Sight,
    (now, near): (DateTime<Utc>, TimeDelta),
    named: u64,
) -> Result<Standing, DbErr> {
    let (soon, now) = (At::from(now + near), At::from(now));
    let may = Condition::all().add_option(seen(Column::Id, sight));
    let open = || Entity::find().filter(Column::Stage.is_in(OPEN)).filter(may.clone());
    let passed = || Column::HardDeadlineAt.lte(now);
    let at_risk = open()
        .filter(Condition::any().add(Column::ActByAt.lte(soon)).add(Column::OverdueAt.lt(now)))
        .filter(Condition::any().add(Column::HardDeadlineAt.is_null()).add(Column::HardDeadlineAt.gt(now)));
    let slipped = open().filter(passed());
    Ok(Standing {
        open: open().count(db).await?,
        at_risk_count: at_risk.clone().count(db).await?,
        at_risk: at_risk.order_by_asc(Column::ActByAt).order_by_asc(Column::Number).limit(named).all(db).await?,
        slipped_count: slipped.clone().count(db).await?,
        slipped: slipped.order_by_asc(Column::HardDeadlineAt).order_by_asc(Column::Number).limit(named).all(db).await?,
        silent: silent(db, sight, now, named).await?,
    })
}

async fn silent(db: &impl ConnectionTrait, sight: Sight, now: At, named: u64) -> Result<Vec<(Uuid, u64, At)>, DbErr> {
    use notice_waiting::Column as Waiting;
    let number = || Waiting::Notice.into_expr().count_distinct();
    let rows: Vec<(Uuid, i64, At)> = notice_waiting::Entity::find()
        .select_only()
        .column(Waiting::Person)
        .column_as(number(), "number")
        .column_as(Waiting::DueAt.min(), "since")
        .filter(Waiting::DueAt.lt(now))
        .filter(Condition::all().add_option(seen(Waiting::Notice, sight)))
        .filter(Waiting::Person.ne(Uuid::nil()))
        .group_by(Waiting::Person)
        .order_by_desc(number())
        .limit(named)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(person, number, since)| (person, u64::try_from(number).unwrap_or(0), since)).collect())
}
