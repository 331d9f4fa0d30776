//! What lets anybody post as us is kept encrypted, and a hook can be switched off.
//!
//! The keys are not the database's, so the rows that are there are sealed by the program at its next start.

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
                "ALTER TABLE hooks ADD COLUMN sealed TEXT",
                // Business time, and the reason in words.
                "ALTER TABLE hooks ADD COLUMN off_at BIGINT",
                "ALTER TABLE hooks ADD COLUMN off_why TEXT",
            ],
        )
        .await
    }
}
