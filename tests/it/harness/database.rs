//! A database of its own for each test: a file on SQLite, on PostgreSQL a copy of a migrated template in a throw-away
//! server that this process starts from the installed binaries.
//!
//! The server's life hangs on a pipe to this process: however the tests end, it is stopped and its folder removed.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use countersign::store::{Durability, Store};
use sea_orm::{ConnectionTrait as _, Database};
use tokio::sync::OnceCell;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// A migrated, empty database with the address to reach it by, and what must live as long as it does.
pub struct Fresh {
    pub url: String,
    pub store: Store,
    /// The folder of the SQLite file; on PostgreSQL a folder for other files of the test.
    pub folder: tempfile::TempDir,
}

const MISSING: &str =
    "PostgreSQL is not installed, and every journey runs on it too: apt-get install postgresql (Debian) puts it there";

/// A database nobody else uses.
pub async fn fresh(kind: Kind) -> Fresh {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let url = match kind {
        Kind::Sqlite => sqlite_copy(folder.path()).await,
        Kind::Postgres => postgres_copy().await,
    };
    let store = Store::connect_with(&url, Durability::Loose).await.expect("the test's database opens");
    Fresh { url, store, folder }
}

async fn sqlite_copy(folder: &Path) -> String {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let template = TEMPLATE
        .get_or_init(|| async {
            let made = tempfile::tempdir().expect("a temporary folder can be made");
            let path = made.path().join("template.db");
            let url = format!("sqlite:{}", path.display());
            let store = Store::connect_with(&url, Durability::Loose).await.expect("SQLite opens");
            store.migrate().await.expect("the migrations run on SQLite");
            store.close().await.expect("SQLite closes");
            std::fs::read(&path).expect("the migrated file can be read")
        })
        .await;
    let path = folder.join("countersign.db");
    std::fs::write(&path, template).expect("the database file can be written");
    format!("sqlite:{}", path.display())
}

async fn postgres_copy() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let server = server().await;
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    // CREATE DATABASE from one template cannot run twice at once; the lock is the server's own.
    let admin = Database::connect(server.url("postgres")).await.expect("the throw-away PostgreSQL answers");
    let _one_at_a_time = server.copying.lock().await;
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE countersign_template"))
        .await
        .expect("the template can be copied");
    admin.close().await.expect("the connection closes");
    server.url(&name)
}

struct Server {
    port: u16,
    copying: tokio::sync::Mutex<()>,
    /// Holds the pipe that keeps the server alive.
    _process: Child,
}

impl Server {
    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

async fn server() -> &'static Server {
    static SERVER: OnceCell<Server> = OnceCell::const_new();
    SERVER
        .get_or_init(|| async {
            let server = tokio::task::spawn_blocking(start).await.expect("the server starts");
            let admin = Database::connect(server.url("postgres")).await.expect("the throw-away PostgreSQL answers");
            admin.execute_unprepared("CREATE DATABASE countersign_template").await.expect("a database can be made");
            admin.close().await.expect("the connection closes");
            let store = Store::connect(&server.url("countersign_template")).await.expect("the template opens");
            store.migrate().await.expect("the migrations run on PostgreSQL");
            store.close().await.expect("the template closes");
            server
        })
        .await
}

/// Runs until its standard input ends, which is when this process does. Says `ready` once the server answers.
const SCRIPT: &str = r#"
set -eu
umask 077
"$BIN/initdb" -D "$DIR/data" -U postgres -A trust -E UTF8 --no-locale -N >"$DIR/initdb.log" 2>&1 || { cat "$DIR/initdb.log"; exit 1; }
"$BIN/pg_ctl" -D "$DIR/data" -l "$DIR/log" -w -s -o "-p $PORT -k $DIR -c listen_addresses=127.0.0.1 -c fsync=off \
 -c synchronous_commit=off -c full_page_writes=off -c max_connections=400 -c shared_buffers=64MB" start >/dev/null 2>&1 || { cat "$DIR/log"; exit 1; }
echo ready
cat >/dev/null || true
"$BIN/pg_ctl" -D "$DIR/data" -m immediate -s stop || true
rm -rf "$DIR"
"#;

#[expect(
    clippy::zombie_processes,
    reason = "the server lives until this process ends, and its shell cleans up by itself"
)]
fn start() -> Server {
    let bin = binaries().unwrap_or_else(|| panic!("{MISSING}"));
    let port = free_port();
    let folder =
        tempfile::Builder::new().prefix("countersign-pg-").tempdir().expect("a temporary folder can be made").keep();
    let mut command = if is_root() {
        // PostgreSQL refuses to run as root.
        run("chown", &["postgres", &folder.display().to_string()]);
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh", "-c", SCRIPT]);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT]);
        command
    };
    let mut process = command
        .env("BIN", bin)
        .env("DIR", &folder)
        .env("PORT", port.to_string())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell can be started");
    let mut told = String::new();
    for line in BufReader::new(process.stdout.take().expect("it was piped")).lines() {
        let line = line.expect("the server's output is text");
        if line == "ready" {
            return Server { port, copying: tokio::sync::Mutex::new(()), _process: process };
        }
        told.push_str(&line);
        told.push('\n');
    }
    panic!("the throw-away PostgreSQL did not start:\n{told}");
}

/// The newest installed server's programs.
fn binaries() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    found.sort();
    let elsewhere = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .filter_map(|folder| std::fs::canonicalize(folder.join("initdb")).ok()?.parent().map(Path::to_owned));
    found.into_iter().rev().map(|(_, path)| path).chain(elsewhere).find(|path| path.join("initdb").exists())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("`id` is there");
    id.stdout.trim_ascii() == b"0"
}

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status().expect("the program is there");
    assert!(status.success(), "{program} {arguments:?} failed: {status}");
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr()).expect("a free port").port()
}
