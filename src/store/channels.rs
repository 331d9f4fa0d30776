//! The ways in: when each last brought something, how long it may be silent, and where each poller and mailbox stands.

use chrono::TimeDelta;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait,
    IntoActiveModel as _, QueryFilter, QueryOrder,
};

use crate::clock::machine_now;
use crate::store::entity::{channels, sources};
use crate::store::{At, Store};

/// All channels that ever brought something or are expected to, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<channels::Model>, DbErr> {
    channels::Entity::find().order_by_asc(channels::Column::Id).all(db).await
}

/// # Errors
/// When the database does not answer.
pub async fn one(db: &impl ConnectionTrait, id: &str) -> Result<Option<channels::Model>, DbErr> {
    channels::Entity::find_by_id(id).one(db).await
}

/// Makes a channel known that the configuration names and that has brought nothing yet; its silence counts from now.
///
/// # Errors
/// When the database refuses.
pub async fn know(db: &impl ConnectionTrait, id: &str, now: At) -> Result<(), DbErr> {
    let row = channels::Model {
        id: id.to_owned(),
        first_seen_at: now,
        last_seen_at: now,
        messages: 0,
        longest_gap: 0,
        expected_gap: None,
        alarmed_at: None,
        canary_address: None,
        canary_every: None,
        canary_token: None,
        canary_sent_at: None,
        canary_seen_at: None,
    };
    channels::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::column(channels::Column::Id).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Changes a channel's row as given.
///
/// # Errors
/// When the database refuses.
pub async fn change(db: &impl ConnectionTrait, change: channels::ActiveModel) -> Result<(), DbErr> {
    change.update(db).await.map(|_| ())
}

/// The channel whose canary carries this token.
///
/// # Errors
/// When the database does not answer.
pub async fn of_canary(db: &impl ConnectionTrait, token: &str) -> Result<Option<channels::Model>, DbErr> {
    channels::Entity::find().filter(channels::Column::CanaryToken.eq(token)).one(db).await
}

/// Where every poller and mailbox stands.
///
/// # Errors
/// When the database does not answer.
pub async fn sources(db: &impl ConnectionTrait) -> Result<Vec<sources::Model>, DbErr> {
    sources::Entity::find().order_by_asc(sources::Column::Id).all(db).await
}

/// Takes a source in hand for so much machine time, where nobody else has it and its time has come. Whoever holds it
/// already may take it again. Gives where it stood.
///
/// # Errors
/// When the database does not answer.
pub async fn take(store: &Store, id: &str, holder: &str, lease: TimeDelta) -> Result<Option<sources::Model>, DbErr> {
    let row = sources::ActiveModel { id: Set(id.to_owned()), failures: Set(0), ..Default::default() };
    sources::Entity::insert(row)
        .on_conflict(OnConflict::column(sources::Column::Id).do_nothing().to_owned())
        .exec_without_returning(store.writer())
        .await?;
    let now = At::from(machine_now());
    let free = Condition::any()
        .add(sources::Column::Holder.is_null())
        .add(sources::Column::Holder.eq(holder))
        .add(sources::Column::LeasedUntil.lt(now));
    let due = Condition::any().add(sources::Column::NextAt.is_null()).add(sources::Column::NextAt.lte(now));
    let taken = sources::Entity::update_many()
        .col_expr(sources::Column::Holder, Expr::value(holder))
        .col_expr(sources::Column::LeasedUntil, Expr::value(now + lease))
        .filter(sources::Column::Id.eq(id))
        .filter(free)
        .filter(due)
        .exec(store.writer())
        .await?;
    if taken.rows_affected == 0 { Ok(None) } else { sources::Entity::find_by_id(id).one(store.writer()).await }
}

/// Holds on to a source, or says that it was lost meanwhile.
///
/// # Errors
/// When the database does not answer.
pub async fn hold(store: &Store, id: &str, holder: &str, lease: TimeDelta) -> Result<bool, DbErr> {
    let held = ours(id, holder)
        .col_expr(sources::Column::LeasedUntil, Expr::value(At::from(machine_now()) + lease))
        .exec(store.writer())
        .await?;
    Ok(held.rows_affected == 1)
}

/// Keeps how far a source has been taken in, while it is ours.
///
/// # Errors
/// When the database does not answer.
pub async fn keep_cursor(store: &Store, id: &str, holder: &str, cursor: &str) -> Result<bool, DbErr> {
    let kept = ours(id, holder).col_expr(sources::Column::Cursor, Expr::value(cursor)).exec(store.writer()).await?;
    Ok(kept.rows_affected == 1)
}

/// Gives a source back: it fared well, or in trouble with these words, and is due again after `pause` of machine time.
///
/// # Errors
/// When the database does not answer; its lease then runs out.
pub async fn give_back(
    store: &Store,
    id: &str,
    holder: &str,
    trouble: Option<&str>,
    pause: TimeDelta,
) -> Result<(), DbErr> {
    let now = At::from(machine_now());
    let row = ours(id, holder)
        .col_expr(sources::Column::Holder, Expr::value(Option::<String>::None))
        .col_expr(sources::Column::LeasedUntil, Expr::value(Option::<i64>::None))
        .col_expr(sources::Column::NextAt, Expr::value(now + pause));
    fared(row, trouble, now).exec(store.writer()).await?;
    Ok(())
}

/// Says how a source fares while it is held on to.
///
/// # Errors
/// When the database does not answer.
pub async fn fares(store: &Store, id: &str, holder: &str, trouble: Option<&str>) -> Result<(), DbErr> {
    fared(ours(id, holder), trouble, At::from(machine_now())).exec(store.writer()).await?;
    Ok(())
}

fn ours(id: &str, holder: &str) -> sea_orm::UpdateMany<sources::Entity> {
    sources::Entity::update_many().filter(sources::Column::Id.eq(id)).filter(sources::Column::Holder.eq(holder))
}

fn fared(
    row: sea_orm::UpdateMany<sources::Entity>,
    trouble: Option<&str>,
    now: At,
) -> sea_orm::UpdateMany<sources::Entity> {
    let row = row.col_expr(sources::Column::Trouble, Expr::value(trouble));
    match trouble {
        None => row
            .col_expr(sources::Column::Failures, Expr::value(0))
            .col_expr(sources::Column::TroubleSince, Expr::value(Option::<i64>::None))
            .col_expr(sources::Column::WellAt, Expr::value(now)),
        Some(_) => {
            let since = Expr::col(sources::Column::TroubleSince).if_null(now.0);
            row.col_expr(sources::Column::Failures, Expr::col(sources::Column::Failures).add(1))
                .col_expr(sources::Column::TroubleSince, since)
        }
    }
}

/// Has a source looked at again at once, whatever its schedule.
///
/// # Errors
/// When the database does not answer.
pub async fn due_now(store: &Store, id: &str) -> Result<(), DbErr> {
    sources::Entity::update_many()
        .col_expr(sources::Column::NextAt, Expr::value(Option::<i64>::None))
        .filter(sources::Column::Id.eq(id))
        .exec(store.writer())
        .await?;
    Ok(())
}

/// Keeps what old mail waits in a source for an answer; one that was given before no longer counts.
///
/// # Errors
/// When the database does not answer.
pub async fn ask_about_history(store: &Store, id: &str, holder: &str, counts: &str) -> Result<(), DbErr> {
    ours(id, holder)
        .col_expr(sources::Column::History, Expr::value(counts))
        .col_expr(sources::Column::HistorySince, Expr::value(Option::<String>::None))
        .exec(store.writer())
        .await?;
    Ok(())
}

/// Keeps the answer; false where nothing was asked.
///
/// # Errors
/// When the database does not answer.
pub async fn choose_history(store: &Store, id: &str, answer: &str) -> Result<bool, DbErr> {
    let asked = sources::Entity::update_many()
        .col_expr(sources::Column::HistorySince, Expr::value(answer))
        .filter(sources::Column::Id.eq(id))
        .filter(sources::Column::History.is_not_null())
        .exec(store.writer())
        .await?;
    Ok(asked.rows_affected == 1)
}

/// The answer that was given, while it has not been carried out.
///
/// # Errors
/// When the database does not answer.
pub async fn history_choice(db: &impl ConnectionTrait, id: &str) -> Result<Option<String>, DbErr> {
    Ok(sources::Entity::find_by_id(id).one(db).await?.and_then(|source| source.history_since))
}

/// The answer was carried out.
///
/// # Errors
/// When the database does not answer.
pub async fn history_is_done(store: &Store, id: &str, holder: &str) -> Result<(), DbErr> {
    ours(id, holder)
        .col_expr(sources::Column::History, Expr::value(Option::<String>::None))
        .col_expr(sources::Column::HistorySince, Expr::value(Option::<String>::None))
        .exec(store.writer())
        .await?;
    Ok(())
}

/// The refresh token that a source's server gave last, sealed.
///
/// # Errors
/// When the database does not answer.
pub async fn tokens(db: &impl ConnectionTrait, id: &str) -> Result<Option<String>, DbErr> {
    Ok(sources::Entity::find_by_id(id).one(db).await?.and_then(|source| source.tokens))
}

/// Keeps a refresh token, sealed.
///
/// # Errors
/// When the database does not answer.
pub async fn keep_tokens(db: &impl ConnectionTrait, id: &str, sealed: &str) -> Result<(), DbErr> {
    let row = sources::Entity::update_many().col_expr(sources::Column::Tokens, Expr::value(sealed));
    row.filter(sources::Column::Id.eq(id)).exec(db).await.map(drop)
}
