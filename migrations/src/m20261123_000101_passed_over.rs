//! Mails that a mailbox does not hand out, which are listed until they come; and the refresh token that a server gave last.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, count, create, run, small, text, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "passed_over",
            &["id"],
            vec![
                uuid("id"),
                text("channel"),
                // What the source calls it: folder, UIDVALIDITY and UID.
                text("key"),
                count("uid"),
                // `suspect`, `passed_over` or `again`.
                text("state"),
                text("reason"),
                small("attempts"),
                // Machine time, as all that a source waits for.
                at("since"),
                at("tried_at"),
            ],
        )
        .await?;
        run(
            m,
            &[
                "CREATE UNIQUE INDEX passed_over_key ON passed_over (channel, key)",
                // A refresh token that replaced the configured one, sealed with the installation's key.
                "ALTER TABLE sources ADD COLUMN tokens TEXT",
            ],
        )
        .await
    }
}
