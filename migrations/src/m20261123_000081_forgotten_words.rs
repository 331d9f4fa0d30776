//! The index of words keeps none of what was erased.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::run_on;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Else FTS5 only notes that a row is gone, and its words stay until parts of the index are merged
        // (https://www.sqlite.org/fts5.html#the_secure_delete_configuration_option). Rebuilt for what was erased before.
        run_on(
            m,
            &[
                "INSERT INTO notice_search (notice_search, rank) VALUES ('secure-delete', 1)",
                "INSERT INTO notice_search (notice_search) VALUES ('rebuild')",
            ],
            &[],
        )
        .await
    }
}
