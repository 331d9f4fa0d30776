//! What the ways in cost, each beside its reference in the same run: mails of 4 KB taken by SMTP, each durable before its 250;
//! filing, from accepted to notice, reviewers and reminders committed; and the memory under a load without end.
//!
//! Real durability on a real disk: SQLite with `synchronous = FULL`, PostgreSQL with `fsync` and `synchronous_commit` on.
//! `INTAKE_MAILS` (for each line of the table), `INTAKE_SECONDS` (of pgbench), `INTAKE_FILED`, `INTAKE_ENDLESS` (the first of
//! three rising counts), `INTAKE_ON` (`sqlite` or `postgres` alone), `INTAKE_PARTS` (`door`, `filing`, `memory`) and `INTAKE_FOLDER`
//! (where the databases are made) change what is done.

#[path = "../../tests/it/harness/postgres.rs"]
#[expect(dead_code, reason = "the journeys put files into a server; here none is wanted")]
mod postgres;

mod door;
mod filing;
mod memory;
mod reference;
#[path = "../sink/mod.rs"]
mod sink;
mod table;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use countersign::clock::{Clock, Entropy};
use countersign::desk::{Desk, Keyring, Settings};
use countersign::store::Store;
use sea_orm::ConnectionTrait as _;

use self::table::Table;

/// Connections at once.
pub const SESSIONS: [usize; 3] = [1, 8, 32];

pub fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Whether something of a list is to be done: all of it where the variable is not set.
fn wanted(variable: &str, what: &str) -> bool {
    std::env::var(variable).map_or(true, |named| named.split(',').any(|one| one.trim() == what))
}

pub fn per_second(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / took.as_secs_f64()
}

/// Opens a new database and gives the desk of an empty installation on it.
pub async fn desk(url: &str) -> Desk {
    let store = Store::connect(url).await.expect("the database opens");
    store.migrate().await.expect("the migrations run");
    let entropy = Entropy::system();
    let clock = Clock::starting_at("2024-06-03T08:00:00Z".parse().expect("a time"));
    Desk::new(store, clock, entropy.clone(), Keyring::generate(&entropy), Settings::default())
}

/// A server of PostgreSQL that keeps what it says it keeps.
struct Server(postgres::Server);

impl Server {
    fn start(folder: &Path) -> Self {
        let settings = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on -c max_wal_size=4GB";
        Self(postgres::start(&postgres::Wanted { settings, within: Some(folder.to_owned()), ..Default::default() }))
    }

    async fn database(&self, name: &str) -> String {
        let admin = sea_orm::Database::connect(self.0.url("postgres")).await.expect("PostgreSQL answers");
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
        self.0.url(name)
    }
}

fn main() {
    log_as_a_server_does();
    let folder = folder();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut table = Table::default();
        if wanted("INTAKE_ON", "sqlite") {
            let make = async |name: &str| format!("sqlite:{}", folder.path().join(name).with_extension("db").display());
            sqlite(&folder, &mut table, make).await;
        }
        if wanted("INTAKE_ON", "postgres") {
            let server = Server::start(folder.path());
            postgres(&server, &mut table).await;
            server.0.stop();
        }
        table.print();
    });
}

async fn sqlite(folder: &tempfile::TempDir, table: &mut Table, make: impl AsyncFn(&str) -> String) {
    if wanted("INTAKE_PARTS", "door") {
        let commits = reference::sqlite_commits(&folder.path().join("reference.db")).await;
        table.note(format!(
            "SQLite, rows of 4 KB, each commit on the disk: {:.0} a second alone, {:.0} in groups of 32",
            commits.alone, commits.grouped
        ));
        door::measure("SQLite", &make("door").await, None, table).await;
    }
    if wanted("INTAKE_PARTS", "filing") {
        filing::measure("SQLite", &make("filing").await, table).await;
    }
    if wanted("INTAKE_PARTS", "memory") {
        memory::measure("SQLite", &make("memory").await, table).await;
    }
}

async fn postgres(server: &Server, table: &mut Table) {
    if wanted("INTAKE_PARTS", "door") {
        let bank = server.database("bank").await;
        door::measure("PostgreSQL", &server.database("door").await, Some(&bank), table).await;
    }
    if wanted("INTAKE_PARTS", "filing") {
        filing::measure("PostgreSQL", &server.database("filing").await, table).await;
    }
    if wanted("INTAKE_PARTS", "memory") {
        memory::measure("PostgreSQL", &server.database("memory").await, table).await;
    }
}

/// A folder on a disk; says so aloud where it is none, because then every figure is too good.
fn folder() -> tempfile::TempDir {
    let within = std::env::var_os("INTAKE_FOLDER").map_or_else(std::env::temp_dir, PathBuf::from);
    let kind = Command::new("stat").args(["-f", "-c", "%T"]).arg(&within).output().expect("stat is there");
    let kind = String::from_utf8_lossy(&kind.stdout).trim().to_owned();
    println!("databases in {} ({kind})", within.display());
    if kind == "tmpfs" || kind == "ramfs" {
        println!("that is no disk: what follows says nothing. Name one as INTAKE_FOLDER.");
    }
    let made = tempfile::Builder::new().prefix("countersign-intake-").tempdir_in(within).expect("a folder");
    // PostgreSQL's own user must get at its folder in it.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(made.path(), mode).expect("the folder is ours");
    made
}

/// A server writes a line for each mail; its cost belongs to the measure, its text to nobody.
fn log_as_a_server_does() {
    let nowhere = File::create("/dev/null").expect("there is /dev/null");
    tracing_subscriber::fmt().with_ansi(false).with_writer(Mutex::new(nowhere)).init();
    countersign::telemetry::metrics();
}
