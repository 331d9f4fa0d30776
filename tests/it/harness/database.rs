//! A database of its own for each test: a file on SQLite, on PostgreSQL a copy of a migrated template in a throw-away
//! server that this process starts from the installed binaries.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use countersign::store::{Durability, Store};
use sea_orm::{ConnectionTrait as _, Database};
use tokio::sync::{Mutex, OnceCell};

use super::postgres;

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
    /// A database among others on the throw-away server; dropped with the test, since six hundred of them fill a disk.
    pub dropped: Option<Dropped>,
}

/// A database of the throw-away server that goes when this does.
pub struct Dropped {
    name: String,
    server: &'static postgres::Server,
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.server.forget(&self.name);
    }
}

/// A database nobody else uses.
pub async fn fresh(kind: Kind) -> Fresh {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (url, dropped) = match kind {
        Kind::Sqlite => (sqlite_copy(folder.path()).await, None),
        Kind::Postgres => {
            let copy = postgres_copy().await;
            (copy.server.url(&copy.name), Some(copy))
        }
    };
    let store = Store::connect_with(&url, Durability::Loose).await.expect("the test's database opens");
    Fresh { url, store, folder, dropped }
}

/// A database on a server that a test has to itself.
pub async fn fresh_on(server: &postgres::Server) -> Fresh {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    make(server, "countersign").await;
    let url = server.url("countersign");
    let store = Store::connect(&url).await.expect("the test's database opens");
    store.migrate().await.expect("the migrations run on PostgreSQL");
    Fresh { url, store, folder, dropped: None }
}

/// Makes an empty database.
async fn make(server: &postgres::Server, name: &str) {
    let admin = Database::connect(server.url("postgres")).await.expect("the throw-away PostgreSQL answers");
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database can be made");
    admin.close().await.expect("the connection closes");
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

async fn postgres_copy() -> Dropped {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    static COPYING: Mutex<()> = Mutex::const_new(());
    let server = server().await;
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let admin = Database::connect(server.url("postgres")).await.expect("the throw-away PostgreSQL answers");
    // CREATE DATABASE from one template cannot run twice at once.
    let _one_at_a_time = COPYING.lock().await;
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE countersign_template"))
        .await
        .expect("the template can be copied");
    admin.close().await.expect("the connection closes");
    Dropped { name, server }
}

async fn server() -> &'static postgres::Server {
    static SERVER: OnceCell<postgres::Server> = OnceCell::const_new();
    SERVER
        .get_or_init(|| async {
            let server = tokio::task::spawn_blocking(|| postgres::start(&postgres::Wanted::default()))
                .await
                .expect("the server starts");
            make(&server, "countersign_template").await;
            let store = Store::connect(&server.url("countersign_template")).await.expect("the template opens");
            store.migrate().await.expect("the migrations run on PostgreSQL");
            store.close().await.expect("the template closes");
            server
        })
        .await
}
