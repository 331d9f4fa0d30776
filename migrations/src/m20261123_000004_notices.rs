//! Projections of notices: rows for lists, filters, search and "waiting on you". Dropping and rebuilding them changes
//! nothing. They hold thresholds (`overdue_at`, `next_due_at`) and never a state that changes by waiting.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{at, at_null, count, create, flag, run, run_on, text, text_null, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        notices(m).await?;
        beside(m).await?;
        search(m).await
    }
}

async fn notices(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        m,
        "notices",
        &["id"],
        vec![
            uuid("id"),
            count("number"),
            count("sequence"),
            count("world"),
            text("title"),
            text("provider"),
            text("kind"),
            text("status"),
            text("stage"),
            text("authenticity"),
            text("priority"),
            text_null("hard_deadline"),
            at_null("hard_deadline_at"),
            at_null("act_by_at"),
            at_null("window_start_at"),
            at_null("window_end_at"),
            at_null("overdue_at"),
            at_null("priority_rises_at"),
            text("rises"),
            at_null("next_due_at"),
            flag("flagged"),
            at("opened_at"),
            at("updated_at"),
            at_null("closed_at"),
        ],
    )
    .await?;
    run(
        m,
        &[
            "CREATE UNIQUE INDEX notices_number ON notices (number)",
            "CREATE INDEX notices_opened ON notices (opened_at, id)",
            "CREATE INDEX notices_stage ON notices (stage, opened_at, id)",
            // Open notices that were last looked at before people, calendars or procedures changed.
            "CREATE INDEX notices_world ON notices (world) WHERE stage IN ('assess', 'schedule', 'close')",
            // A tick and the home page look at what is due; notices without a threshold cost them nothing.
            "CREATE INDEX notices_next_due ON notices (next_due_at) WHERE next_due_at IS NOT NULL",
            "CREATE INDEX notices_overdue ON notices (overdue_at) WHERE overdue_at IS NOT NULL",
            "CREATE INDEX notices_hard_deadline ON notices (hard_deadline_at) WHERE hard_deadline_at IS NOT NULL",
        ],
    )
    .await
}

async fn beside(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    // One row for each requirement that still waits, and for each person who is asked to fill it.
    create(
        m,
        "notice_waiting",
        &["notice", "gate", "level", "person"],
        vec![uuid("notice"), text("gate"), text("level"), uuid("person"), at_null("due_at")],
    )
    .await?;
    create(
        m,
        "notice_resources",
        &["notice", "resource"],
        vec![
            uuid("notice"),
            text("resource"),
            text("name"),
            text("sort"),
            text_null("account"),
            text_null("region"),
            text_null("environment"),
            uuid_null("team"),
            flag("confirmed"),
        ],
    )
    .await?;
    create(m, "notice_watchers", &["notice", "person"], vec![uuid("notice"), uuid("person")]).await?;
    run(
        m,
        &[
            "CREATE INDEX notice_waiting_person ON notice_waiting (person, due_at)",
            "CREATE INDEX notice_waiting_level ON notice_waiting (level, notice)",
            "CREATE INDEX notice_resources_team ON notice_resources (team, notice)",
            "CREATE INDEX notice_resources_name ON notice_resources (name)",
            "CREATE INDEX notice_watchers_person ON notice_watchers (person)",
        ],
    )
    .await
}

/// Full text, without either database's language rules: names such as `rds-ca-2019` must be found as written. A row is found
/// by its number, the notice's number times 65,536 plus 0 for the notice itself or its message's place, since FTS5 has an
/// index on nothing else.
async fn search(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    run_on(
        m,
        &["CREATE VIRTUAL TABLE notice_search USING fts5 \
           (title, resources, body, tokenize = \"unicode61 remove_diacritics 2\")"],
        &[
            "CREATE TABLE notice_search (rowid bigint PRIMARY KEY, title text NOT NULL, resources text NOT NULL, \
             body text NOT NULL, words tsvector NOT NULL)",
            "CREATE INDEX notice_search_words ON notice_search USING gin (words)",
        ],
    )
    .await
}
