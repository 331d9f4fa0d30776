//! What a channel is expected to do and how it fares, what arrived under a key of its source, and where each poller stands.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, at_null, create, run, small, text, text_null, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        run(
            m,
            &[
                // Business time. `longest_gap` is the longest silence lately; `expected_gap` is what a person says.
                "ALTER TABLE channels ADD COLUMN longest_gap BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE channels ADD COLUMN expected_gap BIGINT",
                "ALTER TABLE channels ADD COLUMN alarmed_at BIGINT",
                "ALTER TABLE channels ADD COLUMN canary_address TEXT",
                "ALTER TABLE channels ADD COLUMN canary_every BIGINT",
                "ALTER TABLE channels ADD COLUMN canary_token TEXT",
                "ALTER TABLE channels ADD COLUMN canary_sent_at BIGINT",
                "ALTER TABLE channels ADD COLUMN canary_seen_at BIGINT",
                "CREATE INDEX channels_canary ON channels (canary_token) WHERE canary_token IS NOT NULL",
            ],
        )
        .await?;
        // What a source calls a message: a webhook's id, a mailbox's UID. The same one again is the same message.
        create(m, "arrivals", &["channel", "key"], vec![text("channel"), text("key"), uuid("message"), at("at")])
            .await?;
        // One row for each mailbox and poller. Leases and `next_at` are machine time.
        create(
            m,
            "sources",
            &["id"],
            vec![
                text("id"),
                text_null("holder"),
                at_null("leased_until"),
                at_null("next_at"),
                text_null("cursor"),
                small("failures"),
                text_null("trouble"),
                at_null("trouble_since"),
                at_null("well_at"),
            ],
        )
        .await
    }
}
