//! What arrived: raw messages, what the reader found in each, which notices they belong to, and the channels they came by.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{
    at, at_null, bytes_null, count, count_from_zero, create, run, small, text, text_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        messages(m).await?;
        create(
            m,
            "readings",
            &["message", "number"],
            vec![uuid("message"), small("number"), text("reader"), at("at"), text("body")],
        )
        .await?;
        create(
            m,
            "message_notices",
            &["message", "notice", "announcement"],
            vec![uuid("message"), uuid("notice"), small("announcement"), text("relation"), at("at")],
        )
        .await?;
        create(m, "notice_keys", &["key"], vec![text("key"), uuid("notice"), at("at")]).await?;
        create(
            m,
            "channels",
            &["id"],
            vec![text("id"), at("first_seen_at"), at("last_seen_at"), count_from_zero("messages")],
        )
        .await?;
        run(
            m,
            &[
                "CREATE INDEX message_notices_notice ON message_notices (notice, at)",
                "CREATE INDEX notice_keys_notice ON notice_keys (notice)",
            ],
        )
        .await
    }
}

/// `state` is `received`, `reading`, `filed`, `automatic`, `needs_person` or `dismissed`. `leased_until` is machine time.
async fn messages(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        m,
        "messages",
        &["id"],
        vec![
            uuid("id"),
            text("channel"),
            at("received_at"),
            text("sha256"),
            count("length"),
            uuid("blob"),
            bytes_null("salt"),
            text("commitment"),
            text_null("media"),
            text_null("envelope_from"),
            text("envelope_to"),
            text("authenticity"),
            text("authenticity_reason"),
            uuid_null("duplicate_of"),
            text("state"),
            text_null("reason"),
            small("attempts"),
            at_null("leased_until"),
            at_null("read_at"),
            text_null("format"),
            text_null("sender"),
            text_null("forwarded_by"),
            text_null("subject"),
            at_null("erased_at"),
        ],
    )
    .await?;
    run(
        m,
        &[
            "CREATE INDEX messages_received ON messages (received_at, id)",
            "CREATE INDEX messages_state ON messages (state, received_at, id)",
            "CREATE INDEX messages_sha256 ON messages (sha256)",
            // The worker asks for this constantly; what is done with must not slow it.
            "CREATE INDEX messages_unread ON messages (received_at, id) WHERE state IN ('received', 'reading')",
        ],
    )
    .await
}
