//! What people and programs prove themselves with: sessions, one-time links, tokens, failed sign-ins. Only hashes of
//! secrets come in here. All times are machine time.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::At;
use super::entity::{
    levels, one_time_links as links, people, person_levels, sessions, sign_in_failures as failures, tokens,
};

/// Keeps a new session.
///
/// # Errors
/// When the database does not answer.
pub async fn add_session(db: &impl ConnectionTrait, row: sessions::Model) -> Result<(), DbErr> {
    row.into_active_model().insert(db).await.map(|_| ())
}

/// The session of a secret and its person, as long as neither idle nor absolute limit has passed and the person is active.
///
/// # Errors
/// When the database does not answer.
pub async fn session_of(
    db: &impl ConnectionTrait,
    secret_hash: &str,
    now: At,
    seen_after: At,
) -> Result<Option<(sessions::Model, people::Model)>, DbErr> {
    let session = sessions::Entity::find()
        .filter(sessions::Column::SecretHash.eq(secret_hash))
        .filter(sessions::Column::ExpiresAt.gt(now))
        .filter(sessions::Column::SeenAt.gt(seen_after))
        .one(db)
        .await?;
    let Some(session) = session else { return Ok(None) };
    let person = active_person(db, session.person).await?;
    Ok(person.map(|person| (session, person)))
}

/// A person who may sign in.
///
/// # Errors
/// When the database does not answer.
pub async fn active_person(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<people::Model>, DbErr> {
    people::Entity::find_by_id(id).filter(people::Column::Active.eq(true)).one(db).await
}

/// The person with this address, active or not. Addresses are kept in lower case.
///
/// # Errors
/// When the database does not answer.
pub async fn person_by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<people::Model>, DbErr> {
    people::Entity::find().filter(people::Column::Email.eq(email)).one(db).await
}

/// Whether somebody who can sign in holds this role.
///
/// # Errors
/// When the database does not answer.
pub async fn has_joined(db: &impl ConnectionTrait, role: &str) -> Result<bool, DbErr> {
    let count = people::Entity::find()
        .filter(people::Column::Role.eq(role))
        .filter(people::Column::Active.eq(true))
        .filter(people::Column::JoinedAt.is_not_null())
        .count(db)
        .await?;
    Ok(count > 0)
}

/// Sets a person's password.
///
/// # Errors
/// When the database does not answer.
pub async fn set_password(db: &impl ConnectionTrait, person: Uuid, hash: String) -> Result<(), DbErr> {
    people::Entity::update_many()
        .col_expr(people::Column::PasswordHash, Expr::value(hash))
        .filter(people::Column::Id.eq(person))
        .exec(db)
        .await
        .map(|_| ())
}

/// Takes a person's password from them.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_password(db: &impl ConnectionTrait, person: Uuid) -> Result<(), DbErr> {
    people::Entity::update_many()
        .col_expr(people::Column::PasswordHash, Expr::value(Option::<String>::None))
        .filter(people::Column::Id.eq(person))
        .exec(db)
        .await
        .map(|_| ())
}

/// Ids of the levels that a person holds, from the lowest rank.
///
/// # Errors
/// When the database does not answer.
pub async fn levels_of(db: &impl ConnectionTrait, person: Uuid) -> Result<Vec<String>, DbErr> {
    let held: Vec<String> = person_levels::Entity::find()
        .filter(person_levels::Column::Person.eq(person))
        .all(db)
        .await?
        .into_iter()
        .map(|row| row.level)
        .collect();
    let ranked = levels::Entity::find()
        .filter(levels::Column::Id.is_in(held))
        .order_by_asc(levels::Column::Rank)
        .all(db)
        .await?;
    Ok(ranked.into_iter().map(|level| level.id).collect())
}

/// Remembers that a session was used.
///
/// # Errors
/// When the database does not answer.
pub async fn touch_session(db: &impl ConnectionTrait, id: Uuid, now: At) -> Result<(), DbErr> {
    sessions::Entity::update_many()
        .col_expr(sessions::Column::SeenAt, Expr::value(now.0))
        .filter(sessions::Column::Id.eq(id))
        .exec(db)
        .await
        .map(|_| ())
}

/// How and when a session's person proved again who they are, and the secret that it has from then on.
#[derive(Debug)]
pub struct Renewed {
    pub secret_hash: String,
    pub method: &'static str,
    pub authenticated_at: At,
    pub fresh_until: Option<At>,
    pub seen_at: At,
}

/// Renews a session. False where it has ended meanwhile.
///
/// # Errors
/// When the database does not answer.
pub async fn renew_session(db: &impl ConnectionTrait, id: Uuid, renewed: Renewed) -> Result<bool, DbErr> {
    let done = sessions::Entity::update_many()
        .col_expr(sessions::Column::SecretHash, Expr::value(renewed.secret_hash))
        .col_expr(sessions::Column::Method, Expr::value(renewed.method))
        .col_expr(sessions::Column::AuthenticatedAt, Expr::value(renewed.authenticated_at.0))
        .col_expr(sessions::Column::FreshUntil, Expr::value(renewed.fresh_until.map(|at| at.0)))
        .col_expr(sessions::Column::SeenAt, Expr::value(renewed.seen_at.0))
        .filter(sessions::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// A person's sessions that have neither run out nor lain idle too long, the last used first.
///
/// # Errors
/// When the database does not answer.
pub async fn sessions_of(
    db: &impl ConnectionTrait,
    person: Uuid,
    now: At,
    seen_after: At,
) -> Result<Vec<sessions::Model>, DbErr> {
    sessions::Entity::find()
        .filter(sessions::Column::Person.eq(person))
        .filter(sessions::Column::ExpiresAt.gt(now))
        .filter(sessions::Column::SeenAt.gt(seen_after))
        .order_by_desc(sessions::Column::SeenAt)
        .all(db)
        .await
}

/// Ends the session of a secret.
///
/// # Errors
/// When the database does not answer.
pub async fn end_session_of_secret(db: &impl ConnectionTrait, secret_hash: &str) -> Result<(), DbErr> {
    sessions::Entity::delete_many().filter(sessions::Column::SecretHash.eq(secret_hash)).exec(db).await.map(|_| ())
}

/// Ends one of a person's sessions. False where they have no such session.
///
/// # Errors
/// When the database does not answer.
pub async fn end_session_of(db: &impl ConnectionTrait, person: Uuid, id: Uuid) -> Result<bool, DbErr> {
    let own = sessions::Column::Id.eq(id).and(sessions::Column::Person.eq(person));
    Ok(sessions::Entity::delete_many().filter(own).exec(db).await?.rows_affected == 1)
}

/// Ends all of a person's sessions but one. Says how many those were.
///
/// # Errors
/// When the database does not answer.
pub async fn end_other_sessions(db: &impl ConnectionTrait, person: Uuid, keep: Uuid) -> Result<u64, DbErr> {
    let others = sessions::Column::Id.ne(keep).and(sessions::Column::Person.eq(person));
    Ok(sessions::Entity::delete_many().filter(others).exec(db).await?.rows_affected)
}

/// One session as it is kept.
///
/// # Errors
/// When the database does not answer.
pub async fn session_row(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<sessions::Model>, DbErr> {
    sessions::Entity::find_by_id(id).one(db).await
}

/// Ends one session.
///
/// # Errors
/// When the database does not answer.
pub async fn end_session(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    sessions::Entity::delete_by_id(id).exec(db).await.map(|_| ())
}

/// Ends every session of a person.
///
/// # Errors
/// When the database does not answer.
pub async fn end_sessions_of(db: &impl ConnectionTrait, person: Uuid) -> Result<(), DbErr> {
    sessions::Entity::delete_many().filter(sessions::Column::Person.eq(person)).exec(db).await.map(|_| ())
}

/// Ends what a provider says has ended there: the sessions that came from this one there, of this person where one is named,
/// or all of theirs from there. Says how many those were.
///
/// # Errors
/// When the database does not answer.
pub async fn end_provider_sessions(
    db: &impl ConnectionTrait,
    provider: &str,
    session: Option<&str>,
    person: Option<Uuid>,
) -> Result<u64, DbErr> {
    let these = Condition::all()
        .add(sessions::Column::Provider.eq(provider))
        .add_option(session.map(|session| sessions::Column::ProviderSession.eq(session)))
        .add_option(person.map(|person| sessions::Column::Person.eq(person)));
    Ok(sessions::Entity::delete_many().filter(these).exec(db).await?.rows_affected)
}

/// Keeps a new link. Earlier ones for the same purpose and person no longer work.
///
/// # Errors
/// When the database does not answer.
pub async fn add_link(db: &impl ConnectionTrait, row: links::Model) -> Result<(), DbErr> {
    let mut earlier = links::Entity::delete_many()
        .filter(links::Column::Purpose.eq(row.purpose.as_str()))
        .filter(links::Column::UsedAt.is_null());
    earlier = match row.person {
        Some(person) => earlier.filter(links::Column::Person.eq(person)),
        None => earlier.filter(links::Column::Person.is_null()),
    };
    earlier.exec(db).await?;
    row.into_active_model().insert(db).await.map(|_| ())
}

/// A link that can still be used.
///
/// # Errors
/// When the database does not answer.
pub async fn open_link(
    db: &impl ConnectionTrait,
    purpose: &str,
    secret_hash: &str,
    now: At,
) -> Result<Option<links::Model>, DbErr> {
    links::Entity::find()
        .filter(links::Column::SecretHash.eq(secret_hash))
        .filter(links::Column::Purpose.eq(purpose))
        .filter(links::Column::UsedAt.is_null())
        .filter(links::Column::ExpiresAt.gt(now))
        .one(db)
        .await
}

/// Uses a link up. False where somebody else was first: one link, one use.
///
/// # Errors
/// When the database does not answer.
pub async fn use_link(db: &impl ConnectionTrait, id: Uuid, now: At) -> Result<bool, DbErr> {
    let done = links::Entity::update_many()
        .col_expr(links::Column::UsedAt, Expr::value(now.0))
        .filter(links::Column::Id.eq(id))
        .filter(links::Column::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Remembers a failed sign-in, once for each subject that it counts against.
///
/// # Errors
/// When the database does not answer.
pub async fn add_failures(db: &impl ConnectionTrait, rows: Vec<(Uuid, String)>, now: At) -> Result<(), DbErr> {
    let rows = rows.into_iter().map(|(id, subject)| failures::ActiveModel {
        id: Set(id),
        subject: Set(subject),
        at: Set(now),
    });
    failures::Entity::insert_many(rows).exec_without_returning(db).await.map(|_| ())
}

/// When a subject failed since `from`, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn failures_since(db: &impl ConnectionTrait, subject: &str, from: At) -> Result<Vec<At>, DbErr> {
    let rows = failures::Entity::find()
        .filter(failures::Column::Subject.eq(subject))
        .filter(failures::Column::At.gt(from))
        .order_by_asc(failures::Column::At)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.at).collect())
}

/// Forgets a subject's failures, and everybody's that are older than `before`.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_failures(db: &impl ConnectionTrait, subject: &str, before: At) -> Result<(), DbErr> {
    failures::Entity::delete_many()
        .filter(failures::Column::Subject.eq(subject).or(failures::Column::At.lt(before)))
        .exec(db)
        .await
        .map(|_| ())
}

/// Forgets sessions and links that have run out.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_expired(db: &impl ConnectionTrait, now: At) -> Result<(), DbErr> {
    sessions::Entity::delete_many().filter(sessions::Column::ExpiresAt.lt(now)).exec(db).await?;
    links::Entity::delete_many().filter(links::Column::ExpiresAt.lt(now)).exec(db).await.map(|_| ())
}

/// Keeps a new token.
///
/// # Errors
/// When the database does not answer.
pub async fn add_token(db: &impl ConnectionTrait, row: tokens::Model) -> Result<(), DbErr> {
    row.into_active_model().insert(db).await.map(|_| ())
}

/// The token of a secret, as long as it has neither run out nor been revoked.
///
/// # Errors
/// When the database does not answer.
pub async fn token_of(db: &impl ConnectionTrait, secret_hash: &str, now: At) -> Result<Option<tokens::Model>, DbErr> {
    tokens::Entity::find()
        .filter(tokens::Column::SecretHash.eq(secret_hash))
        .filter(tokens::Column::RevokedAt.is_null())
        .filter(tokens::Column::ExpiresAt.is_null().or(tokens::Column::ExpiresAt.gt(now)))
        .one(db)
        .await
}

/// A person's tokens that have not been revoked, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn tokens_of(db: &impl ConnectionTrait, person: Uuid) -> Result<Vec<tokens::Model>, DbErr> {
    tokens::Entity::find()
        .filter(tokens::Column::CreatedBy.eq(person))
        .filter(tokens::Column::RevokedAt.is_null())
        .order_by_desc(tokens::Column::CreatedAt)
        .all(db)
        .await
}

/// Remembers that a token was used.
///
/// # Errors
/// When the database does not answer.
pub async fn touch_token(db: &impl ConnectionTrait, id: Uuid, now: At) -> Result<(), DbErr> {
    tokens::Entity::update_many()
        .col_expr(tokens::Column::UsedAt, Expr::value(now.0))
        .filter(tokens::Column::Id.eq(id))
        .exec(db)
        .await
        .map(|_| ())
}

/// Revokes every token of a person.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke_tokens_of(db: &impl ConnectionTrait, person: Uuid, now: At) -> Result<(), DbErr> {
    tokens::Entity::update_many()
        .col_expr(tokens::Column::RevokedAt, Expr::value(now.0))
        .filter(tokens::Column::CreatedBy.eq(person))
        .filter(tokens::Column::RevokedAt.is_null())
        .exec(db)
        .await
        .map(|_| ())
}

/// Revokes a token of this person. False where they have no such token.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke_token(db: &impl ConnectionTrait, id: Uuid, person: Uuid, now: At) -> Result<bool, DbErr> {
    let done = tokens::Entity::update_many()
        .col_expr(tokens::Column::RevokedAt, Expr::value(now.0))
        .filter(tokens::Column::Id.eq(id))
        .filter(tokens::Column::CreatedBy.eq(person))
        .filter(tokens::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}
