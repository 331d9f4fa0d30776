//! How many mails an address has had of late is asked for each batch that leaves: by the address, and not by everything that
//! was sent within the hour.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        run(m, &["CREATE INDEX deliveries_address ON deliveries (address, sent_at) WHERE sent_at IS NOT NULL"]).await
    }
}
