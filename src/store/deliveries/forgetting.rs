//! What was sent stays sent, and what it said is forgotten here.

use sea_orm::sea_query::{Expr, ExprTrait as _, Func};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, UpdateMany};
use uuid::Uuid;

use super::state;
use crate::store::entity::deliveries::{Column, Entity};

/// Takes the words out of a notice's mails, and calls off what waits to repeat the words that were erased.
///
/// # Errors
/// When the database refuses.
pub async fn of_notice(db: &impl ConnectionTrait, notice: Uuid, erased: &str) -> Result<(), DbErr> {
    let said = format!("\"words\":{}", serde_json::Value::from(erased));
    Entity::update_many()
        .col_expr(Column::State, state::SUPERSEDED.into())
        .filter(Column::Notice.eq(notice))
        .filter(called_off())
        .filter(position(db.get_database_backend(), Column::Data, &said).gt(0))
        .exec(db)
        .await?;
    emptied().filter(Column::Notice.eq(notice)).filter(done()).exec(db).await?;
    Ok(())
}

/// Takes the words out of the mails that went to a person, or speak of them by name or address. Looks at every delivery,
/// which nobody does often. What waits for them is called off.
///
/// # Errors
/// When the database refuses.
pub async fn of_person(db: &impl ConnectionTrait, person: Uuid, name: &str, email: &str) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::State, state::SUPERSEDED.into())
        .filter(Column::Person.eq(person))
        .filter(called_off())
        .exec(db)
        .await?;
    let mut speaks = Condition::any().add(Column::Person.eq(person)).add(Column::Address.eq(email));
    for word in [name, email].into_iter().filter(|word| !word.is_empty()) {
        // As it stands within the JSON.
        let written = serde_json::Value::from(word).to_string();
        let written = written.trim_matches('"');
        for column in [Column::Data, Column::Rendered] {
            speaks = speaks.add(position(db.get_database_backend(), column, written).gt(0));
        }
    }
    emptied().filter(speaks).filter(done()).exec(db).await?;
    Entity::update_many()
        .col_expr(Column::Address, Expr::value(format!("erased-{person}@invalid")))
        .filter(Condition::any().add(Column::Person.eq(person)).add(Column::Address.eq(email)))
        .filter(done())
        .exec(db)
        .await?;
    Ok(())
}

/// Where a text stands in a column, from 1; nought where it does not.
fn position(backend: DbBackend, column: Column, text: &str) -> Expr {
    let name = if backend == DbBackend::Postgres { "strpos" } else { "instr" };
    let args = [Expr::col((Entity, column)), Expr::value(text)];
    Func::coalesce([Expr::from(Func::cust(name).args(args)), Expr::value(0)]).into()
}

fn emptied() -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::Rendered, Expr::value(Option::<String>::None))
        .col_expr(Column::Data, Expr::value("{}"))
}

/// What waits, and what a sender has in hand: it looks again before it sends.
fn called_off() -> Condition {
    Condition::all().add(Column::State.is_in([state::WAITING, state::LEASED]))
}

fn done() -> Condition {
    Condition::all().add(Column::State.is_in([state::SENT, state::FAILED, state::SUPERSEDED, state::GATHERED]))
}
