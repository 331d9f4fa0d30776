//! Levels that an administrator asked for themselves, and that another must agree to.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, create, text, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // One at a time for each person; levels are ids with spaces between.
        create(m, "level_requests", &["person"], vec![uuid("person"), text("levels"), at("asked_at")]).await
    }
}
