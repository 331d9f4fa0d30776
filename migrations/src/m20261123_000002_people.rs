//! Who may do what: people, levels, teams, what they own, when they are away, and how they prove who they are.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, at_null, create, flag, run, small, text, text_null, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        people(m).await?;
        teams(m).await?;
        proofs(m).await
    }
}

async fn people(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        m,
        "people",
        &["id"],
        vec![
            uuid("id"),
            text("name"),
            text("email"),
            text("zone"),
            text("role"),
            flag("active"),
            text_null("password_hash"),
            at("created_at"),
            at_null("joined_at"),
            at_null("erased_at"),
        ],
    )
    .await?;
    // Addresses are kept in lower case; two people never share one.
    run(m, &["CREATE UNIQUE INDEX people_email ON people (email)"]).await?;
    create(m, "levels", &["id"], vec![text("id"), text("name"), small("rank")]).await?;
    run(
        m,
        &["INSERT INTO levels (id, name, rank) VALUES \
           ('engineer', 'Engineer', 1), ('lead', 'Lead', 2), ('executive', 'Executive', 3)"],
    )
    .await?;
    create(m, "person_levels", &["person", "level"], vec![uuid("person"), text("level")]).await?;
    create(
        m,
        "absences",
        &["id"],
        vec![uuid("id"), uuid("person"), at("start_at"), at("end_at"), uuid_null("delegate"), at("created_at")],
    )
    .await?;
    run(m, &["CREATE INDEX absences_person ON absences (person, end_at)"]).await
}

async fn teams(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(m, "teams", &["id"], vec![uuid("id"), text("name"), at("created_at")]).await?;
    create(m, "team_members", &["team", "person"], vec![uuid("team"), uuid("person")]).await?;
    run(
        m,
        &[
            "CREATE UNIQUE INDEX teams_name ON teams (name)",
            "CREATE INDEX team_members_person ON team_members (person)",
        ],
    )
    .await?;
    // In the manner of CODEOWNERS: of the rules that match, the one with the greatest position decides.
    create(
        m,
        "ownership_rules",
        &["id"],
        vec![
            uuid("id"),
            small("position"),
            text_null("provider"),
            text_null("account"),
            text_null("region"),
            text_null("resource"),
            text_null("environment"),
            uuid("team"),
            at("created_at"),
        ],
    )
    .await?;
    // What people confirmed before, proposed for the next notice about the same resource.
    create(
        m,
        "resource_mappings",
        &["provider", "resource"],
        vec![
            text("provider"),
            text("resource"),
            text("environment"),
            uuid_null("team"),
            uuid_null("confirmed_by"),
            at("confirmed_at"),
        ],
    )
    .await
}

/// Only hashes of secrets are kept. Times here are machine time, never the business clock.
async fn proofs(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        m,
        "sessions",
        &["id"],
        vec![
            uuid("id"),
            text("secret_hash"),
            uuid("person"),
            text("method"),
            at("authenticated_at"),
            at_null("fresh_until"),
            at("created_at"),
            at("seen_at"),
            at("expires_at"),
            text_null("agent"),
        ],
    )
    .await?;
    create(
        m,
        "one_time_links",
        &["id"],
        vec![
            uuid("id"),
            text("purpose"),
            text("secret_hash"),
            uuid_null("person"),
            uuid_null("created_by"),
            at("created_at"),
            at("expires_at"),
            at_null("used_at"),
        ],
    )
    .await?;
    create(
        m,
        "tokens",
        &["id"],
        vec![
            uuid("id"),
            text("name"),
            text("secret_hash"),
            text("scopes"),
            uuid("created_by"),
            at("created_at"),
            at_null("expires_at"),
            at_null("used_at"),
            at_null("revoked_at"),
        ],
    )
    .await?;
    create(m, "sign_in_failures", &["id"], vec![uuid("id"), text("subject"), at("at")]).await?;
    run(
        m,
        &[
            "CREATE UNIQUE INDEX sessions_secret ON sessions (secret_hash)",
            "CREATE INDEX sessions_person ON sessions (person)",
            "CREATE UNIQUE INDEX one_time_links_secret ON one_time_links (secret_hash)",
            "CREATE UNIQUE INDEX tokens_secret ON tokens (secret_hash)",
            "CREATE INDEX sign_in_failures_subject ON sign_in_failures (subject, at)",
        ],
    )
    .await
}
