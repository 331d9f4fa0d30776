//! Tokens that bring into one channel and do nothing else; and by which session at its provider somebody signed in, so that the
//! provider can end it here.

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
                "ALTER TABLE tokens ADD COLUMN channel TEXT",
                // The claim `sid` of the ID token.
                "ALTER TABLE sessions ADD COLUMN provider_session TEXT",
                "CREATE INDEX sessions_provider_session ON sessions (provider, provider_session)",
            ],
        )
        .await
    }
}
