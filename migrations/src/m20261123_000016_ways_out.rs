//! The way out, second part: when each person wants mail, hooks to other programs, and what became of each attempt.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, create, flag, run, small, text, text_null, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // A person without a row has the house's hours and gets everything.
        create(m, "mail_choices", &["person"], vec![uuid("person"), text_null("hours"), text("unwanted")]).await?;
        create(
            m,
            "hooks",
            &["id"],
            vec![
                uuid("id"),
                text("name"),
                text("way"),
                text("url"),
                text_null("secret"),
                text("events"),
                uuid_null("person"),
                uuid_null("team"),
                text_null("provider"),
                text_null("notice_kind"),
                flag("active"),
                uuid_null("created_by"),
                at("created_at"),
            ],
        )
        .await?;
        // Each try that failed, and each of a hook: a mail that was sent says so itself.
        create(
            m,
            "delivery_attempts",
            &["delivery", "number"],
            vec![uuid("delivery"), small("number"), at("at"), text("outcome"), text("answer")],
        )
        .await?;
        run(
            m,
            &[
                "CREATE INDEX deliveries_sent ON deliveries (sent_at) WHERE sent_at IS NOT NULL",
                "CREATE INDEX deliveries_lines ON deliveries (next_attempt_at, person) WHERE kind = 'line' AND state = 'waiting'",
            ],
        )
        .await
    }
}
