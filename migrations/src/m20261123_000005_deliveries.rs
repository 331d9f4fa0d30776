//! The way out: one row for each mail or hook that is owed, kept after it was sent.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, at_null, create, run, small, text, text_null, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "deliveries",
            &["id"],
            vec![
                uuid("id"),
                text("key"),
                text("kind"),
                text("template"),
                text("data"),
                uuid_null("notice"),
                text_null("gate"),
                uuid_null("person"),
                text("address"),
                at("due_at"),
                text("state"),
                small("attempts"),
                at("next_attempt_at"),
                at_null("leased_until"),
                text_null("last_error"),
                text_null("message_id"),
                at_null("sent_at"),
                text_null("rendered"),
                at("created_at"),
            ],
        )
        .await?;
        run(
            m,
            &[
                // Planning the same reminder twice is nothing.
                "CREATE UNIQUE INDEX deliveries_key ON deliveries (key)",
                "CREATE INDEX deliveries_open ON deliveries (next_attempt_at, id) WHERE state IN ('waiting', 'leased')",
                "CREATE INDEX deliveries_notice ON deliveries (notice, created_at)",
                "CREATE INDEX deliveries_created ON deliveries (created_at, id)",
                "CREATE INDEX deliveries_state ON deliveries (state, created_at, id)",
                "CREATE INDEX deliveries_message ON deliveries (message_id) WHERE message_id IS NOT NULL",
            ],
        )
        .await
    }
}
