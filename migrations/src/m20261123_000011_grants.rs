//! Levels that an administrator asked for themselves and another must agree to; notices that a team keeps to itself; and
//! tokens that bring in by one channel only.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, create, run, text, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // One at a time for each person; levels are ids with spaces between.
        create(m, "level_requests", &["person"], vec![uuid("person"), text("levels"), at("asked_at")]).await?;
        run(
            m,
            &[
                "ALTER TABLE teams ADD COLUMN closed boolean NOT NULL DEFAULT false",
                "ALTER TABLE tokens ADD COLUMN channel text",
            ],
        )
        .await
    }
}
