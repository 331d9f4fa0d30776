//! Linked accounts, passkeys, and proofs that were begun. All times are machine time.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

use super::At;
use super::entity::{begun_proofs as begun, linked_accounts as linked, passkeys};

/// The account that a provider knows by this subject.
///
/// # Errors
/// When the database does not answer.
pub async fn linked(db: &impl ConnectionTrait, provider: &str, subject: &str) -> Result<Option<linked::Model>, DbErr> {
    linked::Entity::find_by_id((provider.to_owned(), subject.to_owned())).one(db).await
}

/// Links an account to a person.
///
/// # Errors
/// When the database does not answer, or the account is linked already.
pub async fn link(db: &impl ConnectionTrait, row: linked::Model) -> Result<(), DbErr> {
    linked::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await.map(|_| ())
}

/// Notes that a linked account was used, and the address that its provider gives now.
///
/// # Errors
/// When the database does not answer.
pub async fn touch_linked(
    db: &impl ConnectionTrait,
    provider: &str,
    subject: &str,
    email: Option<String>,
    now: At,
) -> Result<(), DbErr> {
    linked::Entity::update_many()
        .col_expr(linked::Column::UsedAt, Expr::value(now.0))
        .col_expr(linked::Column::Email, Expr::value(email))
        .filter(linked::Column::Provider.eq(provider))
        .filter(linked::Column::Subject.eq(subject))
        .exec(db)
        .await
        .map(|_| ())
}

/// A person's linked accounts, by provider.
///
/// # Errors
/// When the database does not answer.
pub async fn linked_of(db: &impl ConnectionTrait, person: Uuid) -> Result<Vec<linked::Model>, DbErr> {
    linked::Entity::find()
        .filter(linked::Column::Person.eq(person))
        .order_by_asc(linked::Column::Provider)
        .all(db)
        .await
}

/// Unlinks a person's account at a provider. False where they have none there.
///
/// # Errors
/// When the database does not answer.
pub async fn unlink(db: &impl ConnectionTrait, person: Uuid, provider: &str) -> Result<bool, DbErr> {
    let done = linked::Entity::delete_many()
        .filter(linked::Column::Person.eq(person))
        .filter(linked::Column::Provider.eq(provider))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Keeps what was begun.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(db: &impl ConnectionTrait, row: begun::Model) -> Result<(), DbErr> {
    row.into_active_model().insert(db).await.map(|_| ())
}

/// Takes out what was begun under a secret, so that it is finished once at most; none where it has run out, is of another
/// kind, or was taken already.
///
/// # Errors
/// When the database does not answer.
pub async fn take(
    db: &impl ConnectionTrait,
    kind: &str,
    secret_hash: &str,
    now: At,
) -> Result<Option<begun::Model>, DbErr> {
    let found = begun::Entity::find()
        .filter(begun::Column::SecretHash.eq(secret_hash))
        .filter(begun::Column::Kind.eq(kind))
        .filter(begun::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    let Some(found) = found else { return Ok(None) };
    begun::Entity::delete_by_id(found.id).exec(db).await.map(|done| (done.rows_affected == 1).then_some(found))
}

/// What a session has begun of this kind and not finished, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn begun_by(
    db: &impl ConnectionTrait,
    session: Uuid,
    kind: &str,
    now: At,
) -> Result<Option<begun::Model>, DbErr> {
    begun::Entity::find()
        .filter(begun::Column::Session.eq(session))
        .filter(begun::Column::Kind.eq(kind))
        .filter(begun::Column::ExpiresAt.gt(now))
        .order_by_desc(begun::Column::CreatedAt)
        .one(db)
        .await
}

/// Takes out everything that a session has begun of this kind. Says how much that was: of two at once, one gets it.
///
/// # Errors
/// When the database does not answer.
pub async fn drop_begun(db: &impl ConnectionTrait, session: Uuid, kind: &str) -> Result<u64, DbErr> {
    let done = begun::Entity::delete_many()
        .filter(begun::Column::Session.eq(session))
        .filter(begun::Column::Kind.eq(kind))
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}

/// Forgets what was begun and has run out.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_begun(db: &impl ConnectionTrait, now: At) -> Result<(), DbErr> {
    begun::Entity::delete_many().filter(begun::Column::ExpiresAt.lt(now)).exec(db).await.map(|_| ())
}

/// Keeps a new passkey.
///
/// # Errors
/// When the database does not answer, or the authenticator's id of it is known already.
pub async fn add_passkey(db: &impl ConnectionTrait, row: passkeys::Model) -> Result<(), DbErr> {
    row.into_active_model().insert(db).await.map(|_| ())
}

/// A person's passkeys, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn passkeys_of(db: &impl ConnectionTrait, person: Uuid) -> Result<Vec<passkeys::Model>, DbErr> {
    passkeys::Entity::find()
        .filter(passkeys::Column::Person.eq(person))
        .order_by_asc(passkeys::Column::CreatedAt)
        .all(db)
        .await
}

/// The passkey that an authenticator knows by this id.
///
/// # Errors
/// When the database does not answer.
pub async fn passkey_of(db: &impl ConnectionTrait, credential: &str) -> Result<Option<passkeys::Model>, DbErr> {
    passkeys::Entity::find().filter(passkeys::Column::Credential.eq(credential)).one(db).await
}

/// Notes that a passkey was used, with its counter as it stands now.
///
/// # Errors
/// When the database does not answer.
pub async fn touch_passkey(db: &impl ConnectionTrait, id: Uuid, body: String, now: At) -> Result<(), DbErr> {
    passkeys::Entity::update_many()
        .col_expr(passkeys::Column::UsedAt, Expr::value(now.0))
        .col_expr(passkeys::Column::Body, Expr::value(body))
        .filter(passkeys::Column::Id.eq(id))
        .exec(db)
        .await
        .map(|_| ())
}

/// Forgets a passkey of this person. False where they have no such passkey.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_passkey(db: &impl ConnectionTrait, id: Uuid, person: Uuid) -> Result<bool, DbErr> {
    let done = passkeys::Entity::delete_many()
        .filter(passkeys::Column::Id.eq(id).and(passkeys::Column::Person.eq(person)))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Forgets every linked account and passkey of a person, for when they are erased or recover their account.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_ways_of(db: &impl ConnectionTrait, person: Uuid) -> Result<(), DbErr> {
    linked::Entity::delete_many().filter(linked::Column::Person.eq(person)).exec(db).await?;
    passkeys::Entity::delete_many().filter(passkeys::Column::Person.eq(person)).exec(db).await?;
    begun::Entity::delete_many().filter(begun::Column::Person.eq(person)).exec(db).await.map(|_| ())
}
