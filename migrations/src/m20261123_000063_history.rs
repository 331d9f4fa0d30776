//! What lay in a mailbox before anybody pointed us at it, and from which date people want it acted on.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        run(
            m,
            &[
                // Counts, as JSON, while they wait for an answer; then the answer: a date, or `none`.
                "ALTER TABLE sources ADD COLUMN history TEXT",
                "ALTER TABLE sources ADD COLUMN history_since TEXT",
            ],
        )
        .await
    }
}
