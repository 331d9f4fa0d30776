//! The record: events that the database itself refuses to change, the texts and blobs that may be erased, checkpoints.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{
    at, at_null, bytes, bytes_null, count, create, run, run_on, small, text, text_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        events(m).await?;
        erasable(m).await?;
        create(
            m,
            "checkpoints",
            &["number"],
            vec![
                count("number"),
                at("at"),
                text("root"),
                text("heads"),
                text("signed"),
                text("signature"),
                text("key_id"),
            ],
        )
        .await?;
        create(m, "settings", &["name"], vec![text("name"), text("value")]).await?;
        create(m, "counters", &["name"], vec![text("name"), count("value")]).await?;
        run(m, &["INSERT INTO counters (name, value) VALUES ('notice', 0), ('world', 0), ('learned', 0)"]).await?;
        create(
            m,
            "procedures",
            &["id", "version"],
            vec![
                text("id"),
                small("version"),
                text("title"),
                text("document"),
                text("digest"),
                uuid_null("author"),
                at("created_at"),
                at_null("retired_at"),
            ],
        )
        .await?;
        create(m, "holidays", &["calendar", "day"], vec![text("calendar"), text("day"), text("name")]).await?;
        create(m, "freezes", &["id"], vec![uuid("id"), uuid_null("team"), at("start_at"), at("end_at"), text("reason")])
            .await
    }
}

/// The append-only log. The primary key is the referee between two writers of one stream.
async fn events(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        m,
        "events",
        &["stream", "sequence"],
        vec![
            text("stream"),
            count("sequence"),
            at("at"),
            text("actor"),
            text_null("cause"),
            text("type"),
            small("version"),
            bytes("payload"),
            text("prev"),
            text("hash"),
        ],
    )
    .await?;
    run(m, &["CREATE INDEX events_at ON events (at, stream, sequence)"]).await?;
    run_on(
        m,
        &[
            "CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events BEGIN \
             SELECT RAISE(ABORT, 'the record is append-only: events are never changed'); END",
            "CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events BEGIN \
             SELECT RAISE(ABORT, 'the record is append-only: events are never removed'); END",
        ],
        &[
            "CREATE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'the record is append-only: events are never changed or removed'; END $$",
            "CREATE TRIGGER events_refuse_change BEFORE UPDATE OR DELETE ON events \
             FOR EACH ROW EXECUTE FUNCTION events_refuse()",
            "CREATE TRIGGER events_refuse_truncate BEFORE TRUNCATE ON events \
             FOR EACH STATEMENT EXECUTE FUNCTION events_refuse()",
        ],
    )
    .await
}

/// What the record only commits to, so that it can be forgotten while the chain still proves itself.
async fn erasable(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    create(
        m,
        "texts",
        &["id"],
        vec![
            uuid("id"),
            text("stream"),
            uuid_null("author"),
            bytes("salt"),
            text_null("body"),
            at("created_at"),
            at_null("erased_at"),
        ],
    )
    .await?;
    run(m, &["CREATE INDEX texts_stream ON texts (stream)", "CREATE INDEX texts_author ON texts (author)"]).await?;
    create(
        m,
        "blobs",
        &["id"],
        vec![
            uuid("id"),
            text("sha256"),
            count("length"),
            text("media"),
            text_null("name"),
            bytes_null("body"),
            at("created_at"),
            at_null("erased_at"),
        ],
    )
    .await
}
