//! Who is on duty when, and the secrets of calendar feeds. Only hashes of secrets are kept.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, at_null, create, run, text, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Half open, as absences are.
        create(
            m,
            "duties",
            &["id"],
            vec![uuid("id"), uuid("team"), uuid("person"), at("start_at"), at("end_at"), at("created_at")],
        )
        .await?;
        // A feed is of a person or of a team. `used_at` and `revoked_at` are machine time.
        create(
            m,
            "feeds",
            &["id"],
            vec![
                uuid("id"),
                text("secret_hash"),
                uuid_null("person"),
                uuid_null("team"),
                uuid("created_by"),
                at("created_at"),
                at_null("used_at"),
                at_null("revoked_at"),
            ],
        )
        .await?;
        run(
            m,
            &[
                "CREATE INDEX duties_end ON duties (end_at)",
                "CREATE UNIQUE INDEX feeds_secret ON feeds (secret_hash)",
                // What somebody ever signed, for the page of a person.
                "CREATE INDEX events_signed ON events (actor, at) WHERE type = 'signed'",
            ],
        )
        .await
    }
}
