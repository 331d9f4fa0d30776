//! The database's shape, one definition for SQLite and PostgreSQL.
//!
//! Owns every table, index and trigger. Raw SQL stands only where the two databases differ (triggers, full text) or where
//! the builder has no word for what both understand (partial indices). It must not know a rule of the product.
//!
//! Conventions: every `*_at` is a count of microseconds since 1970-01-01T00:00:00Z in a 64-bit integer, because SQLite has
//! no time type whose texts compare rightly and PostgreSQL keeps no nanoseconds; ids are UUIDs; JSON is text.

use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait};

mod m20261123_000001_record;
mod m20261123_000002_people;
mod m20261123_000003_intake;
mod m20261123_000004_notices;
mod m20261123_000005_deliveries;
mod m20261123_000006_evidence;
mod m20261123_000007_duties;
mod m20261123_000010_ways_in;
mod m20261123_000011_grants;
mod m20261123_000016_ways_out;
mod m20261123_000050_channels;
mod m20261123_000061_sealed_hooks;
mod m20261123_000062_addresses_had;
mod m20261123_000063_history;
mod m20261123_000071_directory;
mod m20261123_000080_b_profiles;
mod m20261123_000081_forgotten_words;
mod m20261123_000101_passed_over;
mod m20261123_000102_closed_teams;
mod m20261123_000103_channel_tokens;
mod shape;

/// All migrations, oldest first.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_record::Migration),
            Box::new(m20261123_000002_people::Migration),
            Box::new(m20261123_000003_intake::Migration),
            Box::new(m20261123_000004_notices::Migration),
            Box::new(m20261123_000005_deliveries::Migration),
            Box::new(m20261123_000006_evidence::Migration),
            Box::new(m20261123_000007_duties::Migration),
            Box::new(m20261123_000010_ways_in::Migration),
            Box::new(m20261123_000011_grants::Migration),
            Box::new(m20261123_000016_ways_out::Migration),
            Box::new(m20261123_000050_channels::Migration),
            Box::new(m20261123_000061_sealed_hooks::Migration),
            Box::new(m20261123_000062_addresses_had::Migration),
            Box::new(m20261123_000063_history::Migration),
            Box::new(m20261123_000071_directory::Migration),
            Box::new(m20261123_000080_b_profiles::Migration),
            Box::new(m20261123_000081_forgotten_words::Migration),
            Box::new(m20261123_000101_passed_over::Migration),
            Box::new(m20261123_000102_closed_teams::Migration),
            Box::new(m20261123_000103_channel_tokens::Migration),
        ]
    }
}
