//! The database: entities, connections, transactions and the queries that are more than one line.
//!
//! Knows SQL and knows no rule: it neither decides nor derives. SQLite by default, PostgreSQL for more than one process;
//! where the two differ, the difference is told apart here and nowhere above.

use std::time::Duration;

use countersign_migrations::Migrator;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    RuntimeErr, SqlErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

pub mod accounts;
mod at;
pub mod channels;
pub mod checkpoints;
pub mod deliveries;
pub mod directory;
pub mod entity;
pub mod evidence;
pub mod filing;
pub mod intake;
pub mod lists;
pub mod passed_over;
pub mod projection;
pub mod proofs;
pub mod record;
pub mod sight;
mod signal;
pub mod standing;
pub mod texts;

pub use at::At;
pub use signal::Ears;

/// A connection to the one database of an installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    /// On SQLite a pool of readers; on PostgreSQL the same pool as `write`.
    read: DatabaseConnection,
    /// On SQLite a single connection, so that writers queue here in order of arrival and not by polling a lock.
    write: DatabaseConnection,
}

/// How sure a commit is on SQLite. PostgreSQL's own settings hold there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// On disk before a commit returns. What a server uses: what it acknowledged, it has.
    Full,
    /// Left to the operating system. For tests, which crash the process and never the machine.
    Loose,
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("“{0}” is no database Countersign can use; write sqlite:PATH or postgres://USER@HOST/NAME")]
    Unsupported(String),
    #[error("the database at {shown} could not be opened: {source}")]
    Connect { shown: String, source: DbErr },
    #[error("the database at {shown} could not be brought up to date: {source}")]
    Migrate { shown: String, source: DbErr },
}

impl Store {
    /// Opens the database at `sqlite:PATH` (made where it is missing) or `postgres://…`, without touching its schema.
    ///
    /// # Errors
    /// When the address names another kind of database, or the database does not answer.
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        Self::connect_with(url, Durability::Full).await
    }

    /// As [`Store::connect`], with the durability chosen.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn connect_with(url: &str, durability: Durability) -> Result<Self, OpenError> {
        let told = |source| OpenError::Connect { shown: without_password(url), source };
        match url.split(':').next() {
            Some("sqlite") => {
                let url = url.split('?').next().unwrap_or(url);
                let write = Database::connect(sqlite(url, 1, durability)).await.map_err(told)?;
                let read = Database::connect(sqlite(url, 6, durability)).await.map_err(told)?;
                Ok(Self { read, write })
            }
            Some("postgres" | "postgresql") => {
                let pool = Database::connect(postgres(url)).await.map_err(told)?;
                Ok(Self { read: pool.clone(), write: pool })
            }
            _ => Err(OpenError::Unsupported(without_password(url))),
        }
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// When a migration fails; those before it stay applied.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        Migrator::up(&self.write, None).await
    }

    /// The migrations that this binary knows and the database has not seen.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, DbErr> {
        let pending = Migrator::get_pending_migrations(&self.read).await?;
        Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
    }

    /// For reading outside a transaction.
    #[must_use]
    pub fn reader(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For one write that is a transaction by itself.
    #[must_use]
    pub fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    /// Begins a transaction that will write. On SQLite it takes the write lock at once: a deferred one that reads first
    /// cannot be retried by busy_timeout and fails under load. Rolled back when dropped without a commit.
    ///
    /// # Errors
    /// When the database does not answer, or on SQLite another process holds the lock for longer than 10 seconds.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let mode = (self.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate);
        self.write
            .begin_with_options(TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() })
            .await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.read.ping().await
    }

    /// Has SQLite forget what was deleted, also where it stood in the log beside the file. PostgreSQL does so in its own time
    /// (docs/OPERATING.md).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_deleted(&self) -> Result<(), DbErr> {
        if self.backend() == DbBackend::Sqlite {
            self.write.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }

    /// Writes SQLite's file anew, without anything that was deleted before `secure_delete` was on. Takes as long as copying it.
    ///
    /// # Errors
    /// When the database does not answer, or the disk has no room for a copy.
    pub async fn write_anew(&self) -> Result<(), DbErr> {
        if self.backend() == DbBackend::Sqlite {
            self.write.execute_unprepared("VACUUM").await?;
        }
        self.forget_deleted().await
    }

    /// Closes all connections; on SQLite this folds the write-ahead log back into the database file.
    ///
    /// # Errors
    /// When a connection does not close cleanly.
    pub async fn close(self) -> Result<(), DbErr> {
        self.read.close().await?;
        self.write.close().await
    }
}

/// Has SQLite use this index, whose condition the statement must repeat word for word. Left to itself it prefers any index
/// with an equality, and then reads each mail that waits for next year to find those that are due. PostgreSQL keeps statistics.
fn by_index(backend: DbBackend, index: &str) -> String {
    if backend == DbBackend::Sqlite { format!("INDEXED BY {index}") } else { String::new() }
}

fn sqlite(url: &str, connections: u32, durability: Durability) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    let synchronous = match durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::Loose => SqliteSynchronous::Off,
    };
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_pool_opts(|pool| {
            // SQLite ends a transaction by itself where the disk is full. The ROLLBACK that follows fails then, and the
            // connection would believe for ever that it stands in a transaction: its commits would release savepoints and
            // write nothing. Such a connection is thrown away.
            pool.before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        })
        .map_sqlx_sqlite_opts(move |sqlx| {
            sqlx.create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
                .busy_timeout(Duration::from_secs(10))
                .foreign_keys(true)
                // What is deleted or overwritten is overwritten in the file too: erased words, secrets that were sealed.
                .pragma("secure_delete", "ON")
                // Else INSERT OR REPLACE would remove an event without its trigger being asked.
                .pragma("recursive_triggers", "ON")
                .pragma("temp_store", "MEMORY")
                .statement_cache_capacity(200)
        });
    options
}

fn postgres(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(30))
        .sqlx_logging(false)
        .set_application_name("countersign")
        .map_sqlx_postgres_opts(|sqlx| sqlx.statement_cache_capacity(200));
    options
}

/// The address as it may be shown and logged.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((credentials, host)) => {
            let user = credentials.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        None => url.to_owned(),
    }
}

/// Whether a write failed because another writer was there first: a unique key was taken, or PostgreSQL chose this
/// transaction to end a deadlock. Doing the whole transaction again is right then.
#[must_use]
pub fn is_conflict(error: &DbErr) -> bool {
    if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
        return true;
    }
    let told = error.to_string();
    told.contains("deadlock detected") || told.contains("could not serialize access")
}

/// Whether the database cannot work at the moment, so that the same will succeed once it is well again: it is away, shutting
/// down or out of connections, or its disk is full or broken.
#[must_use]
pub fn is_away(error: &DbErr) -> bool {
    let (DbErr::Conn(told) | DbErr::Exec(told) | DbErr::Query(told)) = error else {
        return matches!(error, DbErr::ConnectionAcquire(_));
    };
    let RuntimeErr::SqlxError(told) = told else { return false };
    match &**told {
        sqlx::Error::Database(told) => told.code().is_some_and(|code| says_away(&code)),
        other => matches!(
            other,
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed
        ),
    }
}

/// PostgreSQL's codes have five places and SQLite's fewer (<https://www.postgresql.org/docs/current/errcodes-appendix.html>,
/// <https://www.sqlite.org/rescode.html>, whose lowest byte is the primary code).
fn says_away(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 10 | 13 | 14),
        _ => ["08", "53", "57P", "58"].iter().any(|class| code.starts_with(class)),
    }
}

#[cfg(test)]
mod tests {
    use super::{says_away, without_password};

    #[test]
    fn a_full_disk_and_a_restart_are_told_from_a_wrong_statement() {
        for code in ["5", "10", "778", "13", "53100", "57P01", "08006", "58030"] {
            assert!(says_away(code), "{code} heals by itself");
        }
        for code in ["1", "19", "2067", "23505", "42601", "22021"] {
            assert!(!says_away(code), "{code} would come again for ever");
        }
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        assert_eq!(without_password("postgres://app:s3cret@db:5432/cs"), "postgres://app@db:5432/cs");
        assert_eq!(without_password("sqlite:./data/countersign.db"), "sqlite:./data/countersign.db");
    }
}
