//! Teams whose notices are closed to others, and to whom a notice is open all the same.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::shape::{create, run, uuid};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(m, "notice_owners", &["notice", "team"], vec![uuid("notice"), uuid("team")]).await?;
        create(m, "notice_concerned", &["notice", "person"], vec![uuid("notice"), uuid("person")]).await?;
        run(
            m,
            &[
                "ALTER TABLE teams ADD COLUMN closed BOOLEAN NOT NULL DEFAULT FALSE",
                "CREATE INDEX notice_owners_team ON notice_owners (team, notice)",
                "CREATE INDEX notice_concerned_person ON notice_concerned (person, notice)",
                // What rows alone can tell. No team is closed yet, and the next tick projects the open notices anew; what
                // is over gets its rows whole by `countersign migrate --rebuild-projections`.
                "INSERT INTO notice_owners (notice, team) SELECT DISTINCT notice, team FROM notice_resources \
                 WHERE team IS NOT NULL",
                "INSERT INTO notice_concerned (notice, person) SELECT notice, person FROM notice_watchers \
                 UNION SELECT notice, person FROM notice_waiting",
                "UPDATE notices SET world = -1 WHERE stage IN ('assess', 'schedule', 'close')",
            ],
        )
        .await
    }
}
