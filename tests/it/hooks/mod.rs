//! What calls the hooks: each sender proves itself as its documentation says, is told so where it cannot, and says nothing
//! twice. Signed with keys of these tests; nobody is asked over the network.

mod mail_services;
mod moto;
mod parts;
mod senders;
mod subscription;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::config::Config;
use countersign::intake::hooks::{self, Certificates, Shared, TokenKeys};
use countersign::intake::http::Http;
use countersign::intake::keeper;
use countersign::intake::pollers::Wake;
use countersign::reading::profile::Providers;
use countersign::store::entity::messages;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::harness::House;

/// The key that stands for Amazon's and Google's in these stories, and its certificate.
const KEY: &[u8] = include_bytes!("signer.pk8");
const CERTIFICATE: &[u8] = include_bytes!("signer.pem");
const CERTIFICATE_URL: &str = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-test.pem";
const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:notices";

fn signed(text: &str) -> Vec<u8> {
    let key = RsaKeyPair::from_pkcs8(KEY).expect("the tests' key");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).expect("it signs");
    signature
}

/// The hooks of a house, set up by these tables of its configuration, with the tests' certificate in hand.
fn open(house: &House, tables: &str) -> Router {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificates = Certificates::default();
    certificates.know(CERTIFICATE_URL, CERTIFICATE).expect("the tests' certificate");
    open_with(house, tables, Http::new().expect("a client"), certificates)
}

/// The same, asking others by this client.
fn open_with(house: &House, tables: &str, http: Http, certificates: Certificates) -> Router {
    let config = Config::from_parts(&format!("[server]\nlocal_mode = true\n{tables}"), &[]).expect("a configuration");
    let tokens = TokenKeys::default();
    let key = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let part = |big: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(big);
    let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(key.public());
    let set = json!({ "keys": [{ "kid": "test", "kty": "RSA", "n": part(&public.n), "e": part(&public.e) }] });
    tokens.know(set.to_string().as_bytes()).unwrap();
    let shared = Shared {
        desk: house.desk.clone(),
        judge: Arc::new(keeper::judge(&config, Providers::embedded())),
        http,
        certificates,
        tokens,
        wake: Wake::default(),
        most: 1 << 20,
    };
    hooks::router(shared, &config.inbound.hooks).expect("the hooks are set up rightly")
}

/// Calls a hook; gives the status and what was answered.
async fn call(hooks: &Router, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> (u16, Value) {
    let mut request = Request::builder().method("POST").uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = hooks.clone().oneshot(request.body(Body::from(body.into())).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn kept(house: &House) -> Vec<messages::Model> {
    messages::Entity::find().all(house.store().reader()).await.unwrap()
}

#[track_caller]
fn refused((status, answer): (u16, Value), expected: u16, says: &str) {
    assert_eq!(status, expected, "{answer}");
    assert!(answer["detail"].as_str().unwrap_or_default().contains(says), "{answer} does not say {says:?}");
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}
