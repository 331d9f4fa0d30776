//! `countersign probe --upload`: the real program, from a real server's certificate to the record of a real installation.

use std::process::Output;

use countersign::web;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::Command;

use super::authority::Authority;
use super::{Greeting, serve};
use crate::harness::{Browser, House, mails};

/// An installation that answers on a port, with the rotation as notice 1.
async fn installation(house: &House) -> (Browser, String) {
    let ada = house.set_up("one").await;
    house.receives(mails::original()).await;
    house.reads().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(web::serve(listener, house.app(), std::future::pending()));
    (ada, address)
}

/// Runs the program as whoever owns the clients would, with a bundle and a token in files.
async fn probe(house: &House, bundle: &str, token: &str, more: &[&str]) -> Output {
    let (ca, secret) = (house.folder().join("bundle.pem"), house.folder().join("token"));
    std::fs::write(&ca, bundle).expect("a file can be written");
    std::fs::write(&secret, format!("{token}\n")).expect("a file can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(["probe", "--name", "db.example.test", "--notice", "N-1", "--step", "probe"]);
    command.arg("--ca").arg(ca).arg("--token-file").arg(secret).args(more);
    command.output().await.expect("the program runs")
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

both!(what_a_client_sees_goes_on_record_from_where_it_runs, |house| async move {
    let (ada, address) = installation(&house).await;
    let made = ada.post("/api/v1/tokens", json!({"name": "production, orders", "scopes": ["probe"]})).await.is(201);
    let token = made["secret"].as_str().unwrap();
    let (old, new) = (Authority::new("Old CA"), Authority::lasting("New CA"));
    for (bundle, exit, word) in
        [(&old.pem, 1, "DOES NOT connect"), (&new.pem, 0, "a client with this trust store connects")]
    {
        let port = serve(new.server("db.example.test"), Greeting::AtOnce).await;
        let target = format!("tls://127.0.0.1:{port}");
        let output = probe(&house, bundle, token, &[&target, "--upload", &address]).await;
        assert_eq!(output.status.code(), Some(exit), "{}", told(&output));
        assert!(told(&output).contains(word) && told(&output).contains("on record at"), "{}", told(&output));
    }
    let notice = ada.get("/api/v1/notices/1").await.is(200);
    let step = notice["steps"].as_array().unwrap().iter().find(|step| step["id"] == "probe").unwrap();
    let seen: Vec<(&str, bool, &str)> = step["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|shown| &shown["probe"])
        .map(|p| {
            (
                p["vantage"].as_str().unwrap(),
                p["success"].as_bool().unwrap(),
                p["seen"]["chain"][0]["issuer"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(seen, [("production, orders", false, "CN=New CA"), ("production, orders", true, "CN=New CA")]);
});

both!(a_client_that_cannot_connect_at_all_is_on_record_too, |house| async move {
    let (ada, address) = installation(&house).await;
    let made = ada.post("/api/v1/tokens", json!({"name": "production, orders", "scopes": ["probe"]})).await.is(201);
    let (token, ca) = (made["secret"].as_str().unwrap(), Authority::new("CA"));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = serve(ca.server("db.example.test"), Greeting::Mysql { ssl: false }).await;
    let targets = [
        (format!("tls://127.0.0.1:{nobody}"), "connect", "cannot connect"),
        (format!("tls://127.0.0.1:{}", silent.local_addr().unwrap().port()), "timeout", "no answer within 1 s"),
        (format!("mysql://127.0.0.1:{plain}"), "no_tls", "does not offer TLS"),
    ];
    for (target, _, told_as) in &targets {
        let output = probe(&house, &ca.pem, token, &[target, "--timeout", "1", "--upload", &address]).await;
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        assert!(told(&output).contains("DOES NOT connect") && told(&output).contains(told_as), "{}", told(&output));
        assert!(told(&output).contains("on record at"), "{}", told(&output));
    }
    let notice = ada.get("/api/v1/notices/1").await.is(200);
    let step = notice["steps"].as_array().unwrap().iter().find(|step| step["id"] == "probe").unwrap();
    let seen: Vec<&str> =
        step["evidence"].as_array().unwrap().iter().filter_map(|e| e["probe"]["seen"]["failure"].as_str()).collect();
    assert_eq!(seen, targets.iter().map(|(_, failure, _)| *failure).collect::<Vec<_>>());
    assert!(step["evidence"].as_array().unwrap().iter().all(|e| e["probe"]["success"] == false));
    // A name that does not resolve is a slip of whoever asked, and no evidence.
    let slip = probe(&house, &ca.pem, token, &["tls://nowhere.invalid:443", "--upload", &address]).await;
    assert_eq!(slip.status.code(), Some(1));
    assert!(!told(&slip).contains("on record"), "{}", told(&slip));
});

both!(a_token_that_may_not_is_told_so_and_nothing_is_on_record, |house| async move {
    let (ada, address) = installation(&house).await;
    let made = ada.post("/api/v1/tokens", json!({"name": "reader", "scopes": ["read"]})).await.is(201);
    let ca = Authority::lasting("CA");
    let port = serve(ca.server("db.example.test"), Greeting::AtOnce).await;
    let target = format!("tls://127.0.0.1:{port}");
    let output = probe(&house, &ca.pem, made["secret"].as_str().unwrap(), &[&target, "--upload", &address]).await;
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(told(&output).contains("lacks the scope “probe”"), "{}", told(&output));
    let output = probe(&house, &ca.pem, "x", &[&target, "--upload", "http://countersign.example.com"]).await;
    assert!(told(&output).contains("in clear"), "{}", told(&output));
});
