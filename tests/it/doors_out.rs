//! Every way in which the server asks another one, and addresses that lead inwards, however they are written: none is
//! reached unless an operator named it. (Where a name turns inwards later: `ways_out/reached.rs`.)

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use countersign::config::Config;
use countersign::intake::http::Http;
use countersign::probe::AllowList;
use countersign::reach::{Client, Resolve};
use futures_util::future::BoxFuture;
use serde_json::json;
use tokio::net::TcpListener;

/// Loopback, private, link-local, shared and reserved networks, as addresses and in the clothes of others: mapped, compatible,
/// NAT64 (the well-known prefix and the local one), 6to4.
const INWARDS: &[&str] = &[
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "fd00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
];

/// The same in spellings that some libraries read as addresses.
const SPELLINGS: &[&str] = &[
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.1",
    "127.0.1",
    "localhost",
    "LOCALHOST.",
];

/// A name server that answers with one address, whatever it is asked.
struct Answers(IpAddr);

impl Resolve for Answers {
    fn resolve<'a>(&'a self, _: &'a str, port: u16) -> BoxFuture<'a, std::io::Result<Vec<SocketAddr>>> {
        let address = SocketAddr::new(self.0, port);
        Box::pin(async move { Ok(vec![address]) })
    }
}

fn in_url(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

#[tokio::test]
async fn a_hook_leads_inwards_by_no_address_no_spelling_and_no_name() {
    let client = || Client::new(&Config::defaults().hooks).unwrap();
    for host in INWARDS.iter().chain(SPELLINGS) {
        let url = format!("https://{}:8443/hook", in_url(host));
        // A spelling that this machine's resolver does not know is looked up and judged again at each delivery.
        let posted = client().post(&url, axum::http::HeaderMap::new(), b"{}".to_vec()).await;
        let told = posted.expect_err("something inside answered").to_string();
        let unknown = SPELLINGS.contains(host) && (told.contains("lookup") || told.contains("resolve"));
        assert!(unknown || told.contains("private network"), "{url}: {told}");
    }
    for address in INWARDS {
        let client = client().resolving_by(Arc::new(Answers(address.parse().unwrap())));
        let checked = client.check("https://public.example.com/hook").await;
        assert!(checked.is_err(), "a name that resolves to {address} passes as a hook's");
        let posted = client.post("https://public.example.com/hook", axum::http::HeaderMap::new(), Vec::new()).await;
        let told = posted.expect_err("something inside answered").to_string();
        assert!(told.contains("private network"), "a name that resolves to {address}: {told}");
    }
}

#[test]
fn a_probe_leads_inwards_by_no_name_that_was_allowed() {
    let allowed = AllowList::parse(&["db.example.com", "*.example.net"]).unwrap();
    assert!(allowed.check("db.example.com", "93.184.215.14".parse().unwrap()).is_ok(), "nothing may be probed");
    for address in INWARDS {
        for host in ["db.example.com", "a.example.net"] {
            let address: IpAddr = address.parse().unwrap();
            assert!(allowed.check(host, address).is_err(), "{host} at {address} may be probed by its name alone");
        }
    }
    for spelling in SPELLINGS {
        let loopback = "127.0.0.1".parse().unwrap();
        assert!(allowed.check(spelling, loopback).is_err(), "{spelling} may be probed");
    }
}

both!(the_servers_probe_takes_no_spelling_of_an_address_within, |house| async move {
    let ada = house.set_up("one").await;
    house.receives(crate::harness::mails::original()).await;
    house.reads().await;
    for host in ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "2130706433", "0177.0.0.1", "127.1", "0.0.0.0", "::"] {
        let target = format!("tls://{}:1", in_url(host));
        let body = json!({"target": target, "scope": "production"});
        let told = ada.post("/api/v1/notices/1/steps/probe/probes/run", body).await;
        assert!(matches!(told.status.as_u16(), 409 | 422), "{target} was answered {}: {}", told.status, told.text());
        assert!(!told.text().contains("refused by"), "{target} was connected to: {}", told.text());
    }
});

/// Something inside that counts who comes, and something outside that sends everybody there.
async fn inside_and_redirect() -> (String, Arc<AtomicUsize>) {
    let reached = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reached);
    let inside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://{}/secret", inside.local_addr().unwrap());
    let answers = Router::new().fallback(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async { "the secret" }
    });
    tokio::spawn(async move { axum::serve(inside, answers).await.unwrap() });
    let outside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", outside.local_addr().unwrap());
    let sends = Router::new().fallback(move || {
        let target = target.clone();
        async move { (StatusCode::FOUND, [("location", target)]).into_response() }
    });
    tokio::spawn(async move { axum::serve(outside, sends).await.unwrap() });
    (url, reached)
}

#[tokio::test]
async fn a_poller_and_a_fetch_of_keys_follow_nobody_inwards() {
    let (url, reached) = inside_and_redirect().await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let told = Http::new().unwrap().get(&format!("{url}/feed.xml")).await;
    assert!(told.is_err(), "a redirect passes for an answer");
    assert_eq!(reached.load(Ordering::SeqCst), 0, "a source that is polled led inside");
}

both!(discovery_of_a_provider_follows_nobody_inwards, |house| async move {
    house.set_up("one").await;
    let (url, reached) = inside_and_redirect().await;
    let config = format!("[sign_in.providers.openid]\nissuer = \"{url}\"\nclient_id = \"countersign\"\n");
    let visitor = house.visitor_of(&house.app_with(&config));
    let told = visitor.post("/api/v1/session/providers/openid", json!({"errand": "sign_in"})).await;
    told.is_problem(424, "provider_failed");
    let told = visitor.form("/api/v1/session/providers/openid/logout", "logout_token=e30.e30.e30").await;
    assert!(matches!(told.status.as_u16(), 400 | 424), "{}", told.text());
    assert_eq!(reached.load(Ordering::SeqCst), 0, "a provider's discovery led inside");
});
