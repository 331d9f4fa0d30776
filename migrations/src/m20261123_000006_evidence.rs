//! Files that show that steps were done: attachments, and what probes saw. Their bytes lie with the other blobs.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, at_null, bytes_null, count, create, run, text, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// `digest` is what the record commits to: SHA-256 of salt and bytes.
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "evidence",
            &["digest"],
            vec![
                text("digest"),
                uuid("notice"),
                uuid("blob"),
                bytes_null("salt"),
                text("media"),
                count("length"),
                at("at"),
                at_null("erased_at"),
            ],
        )
        .await?;
        run(m, &["CREATE INDEX evidence_notice ON evidence (notice, at)"]).await
    }
}
