//! Ways of proving who one is beside a password: accounts at other providers, passkeys, and proofs that were begun and
//! are not finished. Times are machine time.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, at_null, create, run, text, text_null, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // The provider's own name for a person never changes; their address may.
        create(
            m,
            "linked_accounts",
            &["provider", "subject"],
            vec![
                text("provider"),
                text("subject"),
                uuid("person"),
                text_null("email"),
                at("linked_at"),
                at_null("used_at"),
            ],
        )
        .await?;
        create(
            m,
            "passkeys",
            &["id"],
            vec![
                uuid("id"),
                uuid("person"),
                text("name"),
                text("credential"),
                text("body"),
                at("created_at"),
                at_null("used_at"),
            ],
        )
        .await?;
        // One row for each redirect, challenge or mailed code that is under way; taken out when it comes back.
        create(
            m,
            "begun_proofs",
            &["id"],
            vec![
                uuid("id"),
                text("secret_hash"),
                text("kind"),
                uuid_null("person"),
                uuid_null("session"),
                text("body"),
                at("created_at"),
                at("expires_at"),
            ],
        )
        .await?;
        run(
            m,
            &[
                "CREATE INDEX linked_accounts_person ON linked_accounts (person)",
                "CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential)",
                "CREATE INDEX passkeys_person ON passkeys (person)",
                "CREATE UNIQUE INDEX begun_proofs_secret ON begun_proofs (secret_hash)",
                "CREATE INDEX begun_proofs_session ON begun_proofs (session, kind)",
                // Where a session was begun, by which provider, and what that provider wants back when it is ended.
                "ALTER TABLE sessions ADD COLUMN address text",
                "ALTER TABLE sessions ADD COLUMN provider text",
                "ALTER TABLE sessions ADD COLUMN id_token text",
            ],
        )
        .await
    }
}
