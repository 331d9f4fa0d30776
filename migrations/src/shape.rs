//! The few words that the migrations are written in: columns of our own kinds, and raw SQL by database.

use sea_orm_migration::prelude::{ColumnDef, DbErr, Expr, Index, IntoIden, SchemaManager, Table, TableCreateStatement};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// A table that a migration makes.
pub fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).to_owned()
}

pub fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).text().not_null().to_owned()
}

pub fn text_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).text().to_owned()
}

pub fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).uuid().not_null().to_owned()
}

pub fn uuid_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).uuid().to_owned()
}

/// A 64-bit count.
pub fn count(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).big_integer().not_null().to_owned()
}

/// A 64-bit count that begins at nought where none is given.
pub fn count_from_zero(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).big_integer().not_null().default(Expr::val(0)).to_owned()
}

pub fn count_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).big_integer().to_owned()
}

/// A small number: a version, a rank, a count of attempts.
pub fn small(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).integer().not_null().to_owned()
}

/// A time in microseconds since 1970 in UTC.
pub fn at(name: &'static str) -> ColumnDef {
    count(name)
}

pub fn at_null(name: &'static str) -> ColumnDef {
    count_null(name)
}

pub fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).boolean().not_null().to_owned()
}

pub fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).blob().not_null().to_owned()
}

pub fn bytes_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name.into_iden()).blob().to_owned()
}

/// Makes one table with the given columns and primary key.
pub async fn create(
    manager: &SchemaManager<'_>,
    name: &'static str,
    key: &[&'static str],
    columns: Vec<ColumnDef>,
) -> Result<(), DbErr> {
    let mut made = table(name);
    for column in columns {
        made.col(column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    made.primary_key(&mut primary);
    manager.create_table(made).await
}

/// Runs statements that both databases understand.
pub async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for sql in statements {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}

/// Runs what one database needs and the other says differently.
pub async fn run_on(manager: &SchemaManager<'_>, sqlite: &[&str], postgres: &[&str]) -> Result<(), DbErr> {
    match manager.get_database_backend() {
        DbBackend::Sqlite => run(manager, sqlite).await,
        DbBackend::Postgres => run(manager, postgres).await,
        other => Err(DbErr::Custom(format!("Countersign runs on SQLite and PostgreSQL, not on {other:?}"))),
    }
}
