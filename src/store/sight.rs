//! `notice::sight` as SQL: which rows somebody may see, by the rows that every notice's circle was written to.
//!
//! Every question that shows notices, or what hangs on them, to a person asks here. What is hidden is so by the teams as
//! they are now: joining one or closing one counts at the next question. It must not know whose eyes see what.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Condition, Expr, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::notice::letter::OF_SEVERAL;
use crate::notice::sight::Sight;
use crate::store::entity::{
    deliveries, message_notices, messages, notice_concerned, notice_owners, notices, team_members, teams,
};

/// The notices that are closed to somebody.
fn hidden(person: Uuid) -> SelectStatement {
    use {notice_concerned as concerned, notice_owners as owners, team_members as members};
    let closed = teams::Entity::find().select_only().column(teams::Column::Id).filter(teams::Column::Closed.eq(true));
    let joined =
        members::Entity::find().select_only().column(members::Column::Team).filter(members::Column::Person.eq(person));
    let ours = owners::Entity::find()
        .select_only()
        .column(owners::Column::Notice)
        .filter(owners::Column::Team.in_subquery(joined.into_query()));
    let theirs = concerned::Entity::find()
        .select_only()
        .column(concerned::Column::Notice)
        .filter(concerned::Column::Person.eq(person));
    owners::Entity::find()
        .select_only()
        .column(owners::Column::Notice)
        .filter(owners::Column::Team.in_subquery(closed.into_query()))
        .filter(owners::Column::Notice.not_in_subquery(ours.into_query()))
        .filter(owners::Column::Notice.not_in_subquery(theirs.into_query()))
        .into_query()
}

/// Rows whose `column`, a notice's id, names a notice that may be seen; none where that is all of them.
pub fn seen(column: impl ColumnTrait, sight: Sight) -> Option<SimpleExpr> {
    match sight {
        Sight::All => None,
        Sight::Of(person) => Some(column.not_in_subquery(hidden(person.0))),
    }
}

/// Deliveries that may be looked at: one's own, and others' that are about no notice or about one that may be seen. Letters
/// that tell of several notices are their reader's alone where any team is closed.
pub fn seen_delivery(sight: Sight) -> Option<Condition> {
    use deliveries::Column;
    let Sight::Of(person) = sight else { return None };
    let closed = teams::Entity::find().select_only().column(teams::Column::Id).filter(teams::Column::Closed.eq(true));
    let one = Condition::any().add(Column::Notice.is_null()).add(Column::Notice.not_in_subquery(hidden(person.0)));
    let several = Condition::all().add(Column::Template.is_in(OF_SEVERAL)).add(Expr::exists(closed.into_query()));
    let others = Condition::all().add(one).add(several.not());
    Some(Condition::any().add(Column::Person.eq(person.0)).add(others))
}

/// Messages that may be seen: those of no notice that is closed, and of these the ones that belong to another one too. Asked
/// so, that where nothing is closed nothing is looked through.
pub fn seen_message(column: impl ColumnTrait, sight: Sight) -> Option<Condition> {
    use message_notices::{Column, Entity};
    let Sight::Of(person) = sight else { return None };
    let closed = || {
        let found = Entity::find().select_only().column(Column::Message);
        found.filter(Column::Notice.in_subquery(hidden(person.0))).into_query()
    };
    let also_open = Entity::find()
        .select_only()
        .column(Column::Message)
        .filter(Column::Message.in_subquery(closed()))
        .filter(Column::Notice.not_in_subquery(hidden(person.0)));
    Some(Condition::any().add(column.not_in_subquery(closed())).add(column.in_subquery(also_open.into_query())))
}

/// Of these notices, those that may be seen.
///
/// # Errors
/// When the database does not answer.
pub async fn seen_of(db: &impl ConnectionTrait, ids: Vec<Uuid>, sight: Sight) -> Result<BTreeSet<Uuid>, DbErr> {
    let mut query = notices::Entity::find()
        .select_only()
        .column(notices::Column::Id)
        .filter(notices::Column::Id.is_in(ids.iter().copied()));
    let Some(seen) = seen(notices::Column::Id, sight) else { return Ok(ids.into_iter().collect()) };
    query = query.filter(seen);
    Ok(query.into_tuple::<Uuid>().all(db).await?.into_iter().collect())
}

/// A notice's row, where it may be seen.
///
/// # Errors
/// When the database does not answer.
pub async fn notice(
    db: &impl ConnectionTrait,
    which: SimpleExpr,
    sight: Sight,
) -> Result<Option<notices::Model>, DbErr> {
    let mut query = notices::Entity::find().filter(which);
    if let Some(seen) = seen(notices::Column::Id, sight) {
        query = query.filter(seen);
    }
    query.one(db).await
}

/// A message's row, where it may be seen.
///
/// # Errors
/// When the database does not answer.
pub async fn message(db: &impl ConnectionTrait, id: Uuid, sight: Sight) -> Result<Option<messages::Model>, DbErr> {
    let may = Condition::all().add_option(seen_message(messages::Column::Id, sight));
    messages::Entity::find_by_id(id).filter(may).one(db).await
}
