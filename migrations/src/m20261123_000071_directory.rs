//! What a directory elsewhere (SCIM) says: its own names for people, its groups, and who belongs to them.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, at_null, create, run, text, text_null, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Only people of whom the directory has spoken; everybody else is known to it by their address.
        let person = vec![
            uuid("person"),
            text("user_name"),
            // In lower case: `userName` is compared so.
            text("user_key"),
            text_null("external_id"),
            at("changed_at"),
            // The directory deleted them. They are deactivated here, and the directory no longer sees them.
            at_null("deleted_at"),
        ];
        create(m, "directory_people", &["person"], person).await?;
        let group = vec![
            uuid("id"),
            text("name"),
            text("name_key"),
            text_null("external_id"),
            at("created_at"),
            at("changed_at"),
        ];
        create(m, "directory_groups", &["id"], group).await?;
        create(m, "directory_members", &["group_id", "person"], vec![uuid("group_id"), uuid("person")]).await?;
        run(
            m,
            &[
                "CREATE UNIQUE INDEX directory_people_user ON directory_people (user_key)",
                "CREATE UNIQUE INDEX directory_groups_name ON directory_groups (name_key)",
                "CREATE INDEX directory_members_person ON directory_members (person)",
            ],
        )
        .await
    }
}
