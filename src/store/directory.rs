//! People and groups as a directory elsewhere knows them. Times are the business clock's, like those of `people`.

use std::collections::BTreeSet;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::entity::{directory_groups as groups, directory_members as members, directory_people as people};

/// Keeps what the directory calls a person, instead of what it called them before.
///
/// # Errors
/// When the database does not answer, or another person has the name.
pub async fn keep_person(db: &impl ConnectionTrait, row: people::Model) -> Result<(), DbErr> {
    let known = people::Entity::find_by_id(row.person).one(db).await?.is_some();
    let row = row.into_active_model().reset_all();
    if known { row.update(db).await.map(|_| ()) } else { row.insert(db).await.map(|_| ()) }
}

/// Who has this name there, deleted or not. Names are compared in lower case.
///
/// # Errors
/// When the database does not answer.
pub async fn person_called(db: &impl ConnectionTrait, key: &str) -> Result<Option<people::Model>, DbErr> {
    people::Entity::find().filter(people::Column::UserKey.eq(key)).one(db).await
}

/// Forgets what the directory calls a person, and what it counts them to.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_person(db: &impl ConnectionTrait, person: Uuid) -> Result<(), DbErr> {
    people::Entity::delete_by_id(person).exec(db).await?;
    leave_groups(db, person).await
}

/// Takes a person out of every group.
///
/// # Errors
/// When the database does not answer.
pub async fn leave_groups(db: &impl ConnectionTrait, person: Uuid) -> Result<(), DbErr> {
    members::Entity::delete_many().filter(members::Column::Person.eq(person)).exec(db).await.map(|_| ())
}

/// Who belongs to a group.
///
/// # Errors
/// When the database does not answer.
pub async fn members_of(db: &impl ConnectionTrait, group: Uuid) -> Result<BTreeSet<Uuid>, DbErr> {
    let rows = members::Entity::find().filter(members::Column::GroupId.eq(group)).all(db).await?;
    Ok(rows.into_iter().map(|row| row.person).collect())
}

/// The names of the groups that somebody belongs to.
///
/// # Errors
/// When the database does not answer.
pub async fn groups_of(db: &impl ConnectionTrait, person: Uuid) -> Result<BTreeSet<String>, DbErr> {
    let rows = members::Entity::find().filter(members::Column::Person.eq(person)).all(db).await?;
    let ids = rows.into_iter().map(|row| row.group_id);
    let rows = groups::Entity::find().filter(groups::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Keeps a group with exactly these members.
///
/// # Errors
/// When the database does not answer.
pub async fn keep_group(db: &impl ConnectionTrait, row: groups::Model, belong: &BTreeSet<Uuid>) -> Result<(), DbErr> {
    let group = row.id;
    let columns =
        [groups::Column::Name, groups::Column::NameKey, groups::Column::ExternalId, groups::Column::ChangedAt];
    groups::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::column(groups::Column::Id).update_columns(columns).to_owned())
        .exec_without_returning(db)
        .await?;
    members::Entity::delete_many().filter(members::Column::GroupId.eq(group)).exec(db).await?;
    // Databases bound the values of one statement.
    let belong: Vec<Uuid> = belong.iter().copied().collect();
    for some in belong.chunks(1000) {
        let rows = some.iter().map(|person| members::ActiveModel { group_id: Set(group), person: Set(*person) });
        members::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Removes a group. False where there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_group(db: &impl ConnectionTrait, group: Uuid) -> Result<bool, DbErr> {
    members::Entity::delete_many().filter(members::Column::GroupId.eq(group)).exec(db).await?;
    Ok(groups::Entity::delete_by_id(group).exec(db).await?.rows_affected > 0)
}
