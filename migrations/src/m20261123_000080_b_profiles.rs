//! Provider profiles that people taught the installation, every version with who saved it.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, create, small, text, uuid_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let columns =
            vec![text("id"), small("version"), text("document"), text("digest"), uuid_null("author"), at("created_at")];
        create(m, "profiles", &["id", "version"], columns).await
    }
}
