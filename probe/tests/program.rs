//! The small program as whoever copied it to a client's machine runs it.

use std::net::TcpListener;
use std::process::{Command, Output};

fn probe(arguments: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_countersign-probe")).args(arguments).output().expect("it runs");
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, told)
}

#[test]
fn a_client_that_cannot_connect_is_told_why_and_where() {
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    let (output, told) = probe(&[&format!("tls://{nobody}"), "--vantage", "production"]);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("DOES NOT connect") && told.contains(&nobody.to_string()), "{told}");
    let (_, json) = probe(&[&format!("tls://{nobody}"), "--vantage", "production", "--json"]);
    let seen: serde_json::Value = serde_json::from_str(json.trim()).unwrap_or_else(|e| panic!("{json}: {e}"));
    assert_eq!((seen["failure"].as_str(), seen["vantage"].as_str()), (Some("connect"), Some("production")));
}

#[test]
fn wrong_use_is_told_from_a_server_that_fails() {
    for arguments in [&["orders.db.example.com"][..], &["tls://host"], &["tls://h:1", "--notice", "../admin"]] {
        let (output, told) = probe(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
    }
}
