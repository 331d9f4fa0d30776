//! The rotation that took Coveralls down, on a real PostgreSQL with TLS: the instance changes its authority while clients
//! hold an old bundle, a new one, or both.

use countersign::probe::Trust;
use sea_orm::{ConnectionTrait as _, Database};

use super::authority::Authority;
use super::{before_expiry, look};
use crate::harness::postgres::{self, Server, Wanted};

const NAME: &str = "db.example.test";

/// A PostgreSQL that shows a certificate of this authority.
async fn instance(authority: &Authority) -> Server {
    let (certificate, key) = authority.server_pem(NAME);
    let wanted =
        Wanted { files: vec![("server.crt", certificate), ("server.key", key)], settings: "-c ssl=on", within: None };
    tokio::task::spawn_blocking(move || postgres::start(&wanted)).await.expect("the server starts")
}

async fn rotate(server: &Server, authority: &Authority) {
    let (certificate, key) = authority.server_pem(NAME);
    server.put("server.crt", &certificate);
    server.put("server.key", &key);
    let admin = Database::connect(server.url("postgres")).await.expect("the server answers");
    admin.execute_unprepared("SELECT pg_reload_conf()").await.expect("the server reads its files again");
    admin.close().await.expect("the connection closes");
}

/// Waits until the server shows a certificate of the named authority: a reload takes effect shortly after it is asked for.
async fn shows(server: &Server, trust: &Trust, issuer: &str) {
    for _ in 0..6_000 {
        let seen = look("postgres", server.port, trust.clone(), before_expiry()).await.expect("the server has TLS");
        if seen.chain[0].issuer == issuer {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("after minutes the server still does not show a certificate of {issuer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_is_seen_from_where_the_clients_run() {
    let (old, new) = (Authority::new("Old CA"), Authority::new("New CA"));
    let both = Trust::pem(format!("{}{}", old.pem, new.pem).as_bytes()).expect("two certificates");
    let server = instance(&old).await;
    let believed = async |trust: Trust| {
        let seen = look("postgres", server.port, trust, before_expiry()).await.expect("the server has TLS");
        assert!(seen.name_matches, "the name is right throughout: {seen:?}");
        seen.is_success()
    };

    assert!(believed(old.trusted()).await, "before the rotation the old bundle is right");
    assert!(!believed(new.trusted()).await, "a client that was changed too early, to the new bundle alone, is caught");
    assert!(believed(both.clone()).await, "the new bundle beside the old one is right before");

    rotate(&server, &new).await;
    shows(&server, &both, "CN=New CA").await;

    assert!(!believed(old.trusted()).await, "a client with the stale bundle is caught after the rotation");
    assert!(believed(new.trusted()).await, "the new bundle is right after it");
    assert!(believed(both).await, "and so is the new one beside the old");
}
