//! Whom hooks may reach: nobody in a private network unasked, nobody whose certificate is not believed, and nobody by a name
//! that turned inwards.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use countersign::config::Config;
use countersign::desk::outward::hooks::NewHook;
use countersign::notice::sight::Sight;
use countersign::reach::{Client, Resolve};
use countersign::store::deliveries::{self, state};
use futures_util::future::BoxFuture;
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use uuid::Uuid;

use super::receiver::{over_tls, receiver};
use super::sender;
use crate::harness::sink::Sink;
use crate::harness::{Crew, House};
use crate::probe::authority::Authority;

async fn hook_to(house: &House, crew: Crew, url: String) -> Uuid {
    let new = NewHook { name: "Inside".to_owned(), url, ..NewHook::default() };
    house.desk.add_hook(crew.carol.0, new).await.unwrap().0.id
}

/// Sends a test event, and says where it stands then and what the last try came to.
async fn tried(house: &House, hook: Uuid, more: &str) -> (String, String) {
    let delivery = house.desk.test_hook(hook).await.unwrap();
    sender(house, &Sink::open().await, more).send_due().await.unwrap();
    stands(house, delivery).await
}

async fn stands(house: &House, delivery: Uuid) -> (String, String) {
    let row = deliveries::get(house.store(), Sight::All, delivery).await.unwrap().unwrap();
    (row.state, row.last_error.unwrap_or_default())
}

both!(a_private_address_is_not_reached_unless_the_operator_names_it, |house| async move {
    let crew = house.founded().await;
    let (url, got) = receiver(vec![]).await;
    let hook = hook_to(&house, crew, url).await;
    let (now, why) = tried(&house, hook, "").await;
    assert_eq!(now, state::FAILED);
    assert!(why.contains("hooks.allow"), "{why}");
    assert!(got.lock().unwrap().is_empty(), "a private address was reached");
    assert_eq!(tried(&house, hook, "[hooks]\nallow = [\"127.0.0.0/8\"]\n").await.0, state::SENT);
    assert_eq!(got.lock().unwrap().len(), 1);
});

both!(the_page_refuses_an_address_within_and_says_which_key_would_allow_it, |house| async move {
    let ada = house.set_up("many").await;
    let new = |url: &str| json!({"name": "Chat", "way": "webhook", "url": url});
    for url in ["https://127.0.0.1/x", "https://localhost/x", "https://[fd00::1]/x"] {
        let told = ada.post("/api/v1/hooks", new(url)).await.is(422);
        assert_eq!(told["field"], "url");
        assert!(told["detail"].as_str().is_some_and(|why| why.contains("hooks.allow")), "{url}: {told}");
    }
    ada.post("/api/v1/hooks", new("https://93.184.215.14/x")).await.is(201);
});

/// A certificate that vouches for itself.
fn self_signed(name: &str) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    config.with_no_client_auth().with_single_cert(chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap()).unwrap()
}

both!(only_a_certificate_that_is_believed_gets_what_happened, |house| async move {
    let crew = house.founded().await;
    let ours = Authority::lasting("The house's own authority");
    let file = house.folder().join("ca.pem");
    std::fs::write(&file, &ours.pem).unwrap();
    let allowed = "[hooks]\nallow = [\"localhost\"]\n".to_owned();
    let trusting = format!("{allowed}ca_file = \"{}\"\n", file.display());
    for (what, server, settings, refused) in [
        ("of our own authority, which nobody named", ours.server("localhost"), &allowed, Some("hooks.ca_file")),
        ("of our own authority, which was named", ours.server("localhost"), &trusting, None),
        ("that vouches for itself", self_signed("localhost"), &trusting, Some("not from an authority")),
        ("for another name", ours.server("elsewhere.example"), &trusting, Some("another name")),
        ("that has expired", Authority::new("An old one").server("localhost"), &trusting, Some("certificate")),
    ] {
        let (url, reached) = over_tls(server).await;
        let hook = hook_to(&house, crew, url).await;
        let (now, why) = tried(&house, hook, settings).await;
        match refused {
            Some(words) => {
                assert_eq!(
                    (now.as_str(), *reached.lock().unwrap()),
                    (state::WAITING, 0),
                    "a certificate {what}: {why}"
                );
                assert!(why.contains(words), "a certificate {what}: {why}");
            }
            None => {
                assert_eq!((now.as_str(), *reached.lock().unwrap()), (state::SENT, 1), "a certificate {what}: {why}")
            }
        }
        house.desk.remove_hook(hook).await.unwrap();
    }
});

/// A name server of an attacker: public when it is asked first, and then within.
#[derive(Default)]
struct Rebinding {
    asked: AtomicUsize,
    inside: Mutex<Option<SocketAddr>>,
}

impl Resolve for Rebinding {
    fn resolve<'a>(&'a self, _: &'a str, port: u16) -> BoxFuture<'a, std::io::Result<Vec<SocketAddr>>> {
        let first = self.asked.fetch_add(1, Ordering::SeqCst) == 0;
        let inside = self.inside.lock().unwrap().expect("the story says where inside is");
        let answer = if first { SocketAddr::from(([93, 184, 215, 14], port)) } else { inside };
        Box::pin(async move { Ok(vec![answer]) })
    }
}

both!(a_name_that_turns_inwards_after_the_hook_was_set_up_is_refused, |house| async move {
    let crew = house.founded().await;
    let (within, got) = receiver(vec![]).await;
    let resolver = Arc::new(Rebinding::default());
    *resolver.inside.lock().unwrap() = within.split('/').nth(2).map(|address| address.parse().unwrap());
    let client = Client::new(&Config::defaults().hooks).unwrap().resolving_by(resolver.clone());
    let url = "https://rebind.example.com/hooks";
    client.check(url).await.expect("the name is public when the hook is set up");
    let hook = hook_to(&house, crew, url.to_owned()).await;
    let delivery = house.desk.test_hook(hook).await.unwrap();
    sender(&house, &Sink::open().await, "").reaching_by(client).send_due().await.unwrap();
    let (now, why) = stands(&house, delivery).await;
    assert_eq!(now, state::FAILED);
    assert!(why.contains("rebind.example.com is at an address of a private network"), "{why}");
    assert_eq!(resolver.asked.load(Ordering::SeqCst), 2, "the name was not looked up again for the delivery");
    assert!(got.lock().unwrap().is_empty(), "an attacker's name led inside");

    // Whoever set it up hears that it fails, once a day and not with every delivery.
    house.clock.advance(TimeDelta::minutes(1));
    let again = house.desk.test_hook(hook).await.unwrap();
    let sink = Sink::open().await;
    let client = Client::new(&Config::defaults().hooks).unwrap().resolving_by(resolver);
    sender(&house, &sink, "").reaching_by(client).send_due().await.unwrap();
    sender(&house, &sink, "").send_due().await.unwrap();
    assert_eq!(stands(&house, again).await.0, state::FAILED);
    let told = sink.mails_to("carol@house.example").iter().filter(|m| m.subject().contains("was not told")).count();
    assert!(told <= 1, "{told} mails about one hook on one day");
});
