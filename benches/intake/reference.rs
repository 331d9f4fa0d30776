//! What the same machine does without us: a mail server that keeps nothing, and databases that keep plain rows.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, Statement, TransactionTrait as _};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use crate::{number, per_second};

/// Bytes of a mail.
const SIZE: usize = 4096;

/// Has smtp-source send mails of 4 KB, and says how long that took.
pub fn smtp_source(port: u16, sessions: usize, mails: usize, persistent: bool) -> Duration {
    let mut command = Command::new("smtp-source");
    command.args(["-s", &sessions.to_string(), "-m", &mails.to_string(), "-l", &SIZE.to_string()]);
    if persistent {
        command.arg("-d");
    }
    command.args(["-f", "no-reply@provider.example", "-t", "notices@house.example"]);
    command.arg(format!("inet:127.0.0.1:{port}"));
    let began = Instant::now();
    let status = command.status().expect("smtp-source; scripts/install-test-services.sh installs Postfix");
    assert!(status.success(), "smtp-source failed: {status}");
    began.elapsed()
}

/// Rows a second of SQLite, each commit on the disk.
pub struct Commits {
    pub alone: f64,
    pub grouped: f64,
}

pub async fn sqlite_commits(path: &Path) -> Commits {
    let mut options = ConnectOptions::new(format!("sqlite:{}", path.display()));
    options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(|sqlx| {
        sqlx.create_if_missing(true).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full)
    });
    let db = Database::connect(options).await.expect("a database");
    db.execute_unprepared("CREATE TABLE plain (id INTEGER PRIMARY KEY, body BLOB)").await.expect("a table");
    let rows = number("INTAKE_MAILS", 10_000);
    let began = Instant::now();
    for _ in 0..rows / 4 {
        insert(&db, 1).await;
    }
    let alone = per_second(rows / 4, began.elapsed());
    let began = Instant::now();
    for _ in 0..rows / 32 {
        let txn = db.begin().await.expect("a transaction");
        insert(&txn, 32).await;
        txn.commit().await.expect("a commit");
    }
    let grouped = per_second(rows / 32 * 32, began.elapsed());
    db.close().await.expect("it closes");
    Commits { alone, grouped }
}

async fn insert(db: &impl sea_orm::ConnectionTrait, rows: usize) {
    let sql = format!("INSERT INTO plain (body) VALUES (?){}", ", (?)".repeat(rows - 1));
    let values = (0..rows).map(|_| vec![b'x'; SIZE].into());
    db.execute_raw(Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, sql, values)).await.expect("rows");
}

/// Transactions a second of `pgbench -N` with so many clients.
pub fn pgbench(url: &str, clients: usize) -> f64 {
    let seconds = number("INTAKE_SECONDS", 5).to_string();
    let clients = clients.to_string();
    let said = run_pgbench(&["-N", "-n", "-c", &clients, "-j", "2", "-T", &seconds, url]);
    let line = said.lines().find(|line| line.starts_with("tps = ")).unwrap_or_else(|| panic!("pgbench said: {said}"));
    let rate = line.split_whitespace().nth(2).and_then(|rate| rate.parse().ok());
    rate.unwrap_or_else(|| panic!("pgbench said: {line}"))
}

/// Fills the bank that pgbench plays with.
pub async fn fill_bank(url: &str) {
    run_pgbench(&["-i", "-q", "-s", "10", url]);
    let bank: DatabaseConnection = Database::connect(url).await.expect("the bank opens");
    bank.execute_unprepared("CHECKPOINT").await.expect("a checkpoint");
}

fn run_pgbench(arguments: &[&str]) -> String {
    let output = Command::new("pgbench").args(arguments).output().expect("pgbench comes with PostgreSQL");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "pgbench failed: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}
