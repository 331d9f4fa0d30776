//! Ways in without a password: a link and a code by mail, passkeys, and what an administrator can do for somebody who has
//! lost them all. And where one is signed in.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use countersign::config::Config;
use countersign::identity::{Role, Ways};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::harness::{Browser, House, PASSWORD};

/// The newest mail with this template to somebody, as the letter that it is.
async fn letter(house: &House, template: &str, address: &str) -> Option<Value> {
    let mails = house.outbox().await;
    let mail = mails.into_iter().rfind(|mail| mail.template == template && mail.address == address)?;
    serde_json::from_str(&mail.data).ok()
}

async fn id(browser: &Browser) -> String {
    browser.get("/api/v1/session").await.is(200)["person"]["id"].as_str().unwrap().to_owned()
}

both!(a_link_by_mail_signs_in_once_and_opening_it_uses_nothing_up, |house| async move {
    house.set_up("many").await;
    let visitor = house.visitor();
    for email in ["ada@house.example", "nobody@house.example"] {
        let asked = std::time::Instant::now();
        visitor.post("/api/v1/session/links", json!({"email": email, "to": "/notices/1"})).await.is(202);
        assert!(asked.elapsed().as_millis() >= 250, "the answer about {email} tells by its time who is here");
    }
    assert!(letter(&house, "sign_in", "nobody@house.example").await.is_none(), "a mail went to a stranger");
    let letter = letter(&house, "sign_in", "ada@house.example").await.expect("a mail to Ada");
    let link = letter["body"]["proof"]["link"].as_str().expect("a link").to_owned();
    assert!(link.ends_with("?to=%2Fnotices%2F1"), "{link}");
    let token = link.split("/sign-in/link/").nth(1).and_then(|rest| rest.split('?').next()).unwrap();
    let path = format!("/api/v1/session/links/{token}");
    visitor.get(&path).await.is_problem(405, "method_not_allowed");
    let session = visitor.post(&path, json!({})).await.is(200);
    assert_eq!(session["authenticated"]["method"], "mail_link");
    house.visitor().post(&path, json!({})).await.is_problem(404, "link_gone");
});

both!(asking_for_links_in_anothers_name_takes_nothing_from_them, |house| async move {
    house.set_up("many").await;
    let form = json!({"email": "ada@house.example"});
    for _ in 0..6 {
        house.visitor().post("/api/v1/session/links", form.clone()).await.is(202);
    }
    let mails = house.outbox().await;
    let mails: Vec<_> = mails.iter().filter(|mail| mail.template == "sign_in").collect();
    assert_eq!(mails.len(), 3, "a stranger can flood a mailbox");
    let first: Value = serde_json::from_str(&mails[0].data).unwrap();
    let link = first["body"]["proof"]["link"].as_str().unwrap().to_owned();
    let token = link.split("/sign-in/link/").nth(1).and_then(|rest| rest.split('?').next()).unwrap().to_owned();
    house.visitor().post(&format!("/api/v1/session/links/{token}"), json!({})).await.is(200);
    let password = json!({"email": "ada@house.example", "password": PASSWORD});
    house.visitor().post("/api/v1/session", password).await.is(200);
});

both!(a_code_by_mail_proves_again_who_signs_and_cannot_be_guessed, |house| async move {
    let ada = house.set_up("many").await;
    ada.post("/api/v1/session/fresh/code", json!({"code": "12345678"})).await.is_problem(409, "not_begun");
    ada.post("/api/v1/session/code", json!({})).await.is(202);
    ada.post("/api/v1/session/code", json!({})).await.is_problem(429, "too_many_attempts");
    let mailed = letter(&house, "sign_in", "ada@house.example").await.expect("a mail to Ada");
    let code = mailed["body"]["proof"]["code"].as_str().expect("a code").to_owned();
    assert!(code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
    let other = house.visitor();
    other.post("/api/v1/session", json!({"email": "ada@house.example", "password": PASSWORD})).await.is(200);
    other.post("/api/v1/session/fresh/code", json!({"code": code})).await.is_problem(409, "not_begun");
    let spaced = format!("{} {}", &code[..4], &code[4..]);
    let session = ada.post("/api/v1/session/fresh/code", json!({"code": spaced})).await.is(200);
    assert_eq!(session["authenticated"]["method"], "mail_code");
    ada.post("/api/v1/session/fresh/code", json!({"code": code})).await.is_problem(409, "not_begun");

    other.post("/api/v1/session/code", json!({})).await.is(202);
    let mailed = letter(&house, "sign_in", "ada@house.example").await.expect("another mail");
    let code = mailed["body"]["proof"]["code"].as_str().unwrap().to_owned();
    let wrong = if code == "00000000" { "00000001" } else { "00000000" };
    for _ in 0..5 {
        other.post("/api/v1/session/fresh/code", json!({"code": wrong})).await.is_problem(401, "unproven");
    }
    let late = other.post("/api/v1/session/fresh/code", json!({"code": code})).await;
    late.is_problem(401, "unproven");
});

/// An authenticator in software: one key on P-256, as most phones make it.
struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    counter: u32,
    origin: &'static str,
    verifies: bool,
}

impl Authenticator {
    fn new() -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, made.as_ref(), &random).unwrap();
        Self { key, id: b"one key of a test".to_vec(), counter: 0, origin: "https://house.example", verifies: true }
    }

    fn data(&self, attested: bool) -> Vec<u8> {
        let mut data = ring::digest::digest(&ring::digest::SHA256, b"house.example").as_ref().to_vec();
        data.push(1 | if self.verifies { 4 } else { 0 } | if attested { 64 } else { 0 });
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, sort: &str, challenge: &Value) -> Vec<u8> {
        json!({"type": sort, "challenge": challenge, "origin": self.origin, "crossOrigin": false}).to_string().into()
    }

    fn makes(&self, order: &Value) -> Value {
        use ciborium::Value as Cbor;
        let mut data = self.data(true);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        let point = self.key.public_key().as_ref();
        let key = Cbor::Map(vec![
            (1.into(), 2.into()),
            (3.into(), Cbor::from(-7)),
            (Cbor::from(-1), 1.into()),
            (Cbor::from(-2), Cbor::Bytes(point[1..33].to_vec())),
            (Cbor::from(-3), Cbor::Bytes(point[33..].to_vec())),
        ]);
        ciborium::into_writer(&key, &mut data).unwrap();
        let object = Cbor::Map(vec![
            ("fmt".into(), "none".into()),
            ("attStmt".into(), Cbor::Map(vec![])),
            ("authData".into(), Cbor::Bytes(data)),
        ]);
        let mut attestation = Vec::new();
        ciborium::into_writer(&object, &mut attestation).unwrap();
        let client_data = self.client_data("webauthn.create", &order["challenge"]);
        json!({"name": "Phone", "client_data": B64.encode(client_data), "attestation": B64.encode(attestation)})
    }

    fn answers(&mut self, question: &Value) -> Value {
        self.counter += 1;
        let (data, said) = (self.data(false), self.client_data("webauthn.get", &question["challenge"]));
        let hash = ring::digest::digest(&ring::digest::SHA256, &said);
        let signature = self.key.sign(&SystemRandom::new(), &[&data, hash.as_ref()].concat()).unwrap();
        json!({
            "credential": B64.encode(&self.id), "client_data": B64.encode(said),
            "authenticator_data": B64.encode(data), "signature": B64.encode(signature), "user_handle": null,
        })
    }
}

async fn asks(browser: &Browser) -> Value {
    browser.post("/api/v1/session/passkey/question", json!({})).await.is(200)
}

both!(a_passkey_signs_in_and_proves_again_who_signs, |house| async move {
    house.set_up("many").await;
    let sign_in = Config::defaults().sign_in;
    let ways = Ways::from_config(&sign_in, "https://house.example", "Countersign").expect("usable ways");
    let app = house.app().with_ways(ways);
    let ada = house.visitor_of(&app);
    ada.post("/api/v1/session", json!({"email": "ada@house.example", "password": PASSWORD})).await.is(200);
    let order = ada.post("/api/v1/account/passkeys/order", json!({})).await.is(200);
    assert_eq!((order["party"].as_str(), &order["algorithms"]), (Some("house.example"), &json!([-8, -7, -257])));
    let mut phone = Authenticator::new();
    let made = ada.post("/api/v1/account/passkeys", phone.makes(&order)).await.is(201);
    ada.post("/api/v1/account/passkeys", phone.makes(&order)).await.is_problem(409, "not_begun");
    assert_eq!(ada.get("/api/v1/account").await.is(200)["passkeys"][0]["name"], "Phone");

    let visitor = house.visitor_of(&app);
    let question = asks(&visitor).await;
    let proof = phone.answers(&question);
    let session = visitor.post("/api/v1/session/passkey", proof.clone()).await.is(200);
    assert_eq!(session["authenticated"]["method"], "passkey");
    visitor.post("/api/v1/session/passkey", proof).await.is_problem(409, "not_begun");

    let question = visitor.post("/api/v1/session/fresh/passkey/question", json!({})).await.is(200);
    assert_eq!(question["credentials"], json!([B64.encode(&phone.id)]));
    ada.post("/api/v1/session/fresh/passkey", phone.answers(&question)).await.is_problem(409, "not_begun");
    let question = visitor.post("/api/v1/session/fresh/passkey/question", json!({})).await.is(200);
    visitor.post("/api/v1/session/fresh/passkey", phone.answers(&question)).await.is(200);

    let mut tampered = phone.answers(&asks(&visitor).await);
    tampered["authenticator_data"] = json!(B64.encode(phone.data(true)));
    visitor.post("/api/v1/session/passkey", tampered).await.is_problem(401, "unproven");
    phone.origin = "https://house.example.evil.example";
    let phished = phone.answers(&asks(&visitor).await);
    visitor.post("/api/v1/session/passkey", phished).await.is_problem(401, "unproven");
    phone.origin = "https://house.example";
    phone.verifies = false;
    let unverified = phone.answers(&asks(&visitor).await);
    visitor.post("/api/v1/session/passkey", unverified).await.is_problem(401, "unproven");
    phone.verifies = true;
    phone.counter = 0;
    let copied = phone.answers(&asks(&visitor).await);
    visitor.post("/api/v1/session/passkey", copied).await.is_problem(401, "unproven");

    let path = format!("/api/v1/account/passkeys/{}", made["id"].as_str().unwrap());
    ada.send(Method::DELETE, &path, None).await.is(204);
    phone.counter = 100;
    let gone = phone.answers(&asks(&visitor).await);
    visitor.post("/api/v1/session/passkey", gone).await.is_problem(401, "unproven");
});

both!(sessions_are_listed_revoked_and_rotated, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob", Role::Member, &["lead"]).await;
    let form = json!({"email": "ada@house.example", "password": PASSWORD});
    let phone = house.visitor();
    phone.post("/api/v1/session", form.clone()).await.is(200);
    let (first, before) = (ada.get("/api/v1/account").await.is(200), phone.cookie("countersign").unwrap());
    let sessions = first["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
    phone.post("/api/v1/session", form).await.is(200);
    let stale = house.visitor().with_cookie("countersign", &before);
    stale.get("/api/v1/session").await.is_problem(401, "not_signed_in");
    let sessions = ada.get("/api/v1/account").await.is(200)["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 2, "the session before was not ended by signing in anew");

    let other = sessions.iter().find(|session| session["current"] == false).unwrap()["id"].as_str().unwrap().to_owned();
    bob.send(Method::DELETE, &format!("/api/v1/account/sessions/{other}"), None).await.is_problem(404, "not_found");
    ada.send(Method::DELETE, &format!("/api/v1/account/sessions/{other}"), None).await.is(204);
    phone.get("/api/v1/session").await.is_problem(401, "not_signed_in");
    bob.get("/api/v1/session").await.is(200);

    let before = ada.cookie("countersign").unwrap();
    ada.post("/api/v1/session/fresh", json!({"password": PASSWORD})).await.is(200);
    let stolen = house.visitor().with_cookie("countersign", &before);
    stolen.get("/api/v1/session").await.is_problem(401, "not_signed_in");
});

both!(who_lost_every_way_in_is_helped_on_record_and_the_helper_learns_no_secret, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob", Role::Member, &["lead"]).await;
    let person = id(&bob).await;
    ada.post(&format!("/api/v1/people/{person}/invitation"), json!({})).await.is_problem(409, "has_joined");
    let made = bob.post("/api/v1/tokens", json!({"name": "script", "scopes": ["read"]})).await.is(201);
    let program = house.program(made["secret"].as_str().unwrap());
    program.get("/api/v1/notices").await.is(200);
    let answer = ada.post(&format!("/api/v1/people/{person}/recovery"), json!({})).await;
    answer.is(202);
    program.get("/api/v1/notices").await.is_problem(401, "not_signed_in");
    assert!(answer.bytes.is_empty(), "the administrator was shown {}", answer.text());
    bob.get("/api/v1/session").await.is_problem(401, "not_signed_in");
    let form = json!({"email": "bob@house.example", "password": PASSWORD});
    bob.post("/api/v1/session", form).await.is_problem(401, "wrong_password");
    let record = ada.get("/api/v1/record?stream=people").await.text();
    assert!(record.contains("took all ways of signing in from Bob"), "it is not on record: {record}");
    let mail = letter(&house, "invitation", "bob@house.example").await.expect("a mail to Bob");
    let link = mail["body"]["url"].as_str().unwrap().to_owned();
    let secret = link.rsplit('/').next().unwrap();
    let form = json!({"password": "another long sentence", "zone": "UTC"});
    bob.post(&format!("/api/v1/invitations/{secret}"), form).await.is(200);
});

both!(tokens_levels_and_roles_are_given_by_who_has_just_proved_who_they_are, |house| async move {
    let ada = house.set_up("many").await;
    let bob = id(&house.invites(&ada, "Bob", Role::Member, &["lead"]).await).await;
    let path = format!("/api/v1/people/{bob}");
    let token = json!({"name": "script", "scopes": ["read"]});
    let stale =
        "UPDATE sessions SET authenticated_at = authenticated_at - 3600000000, fresh_until = fresh_until - 3600000000";
    house.store().writer().execute_unprepared(stale).await.unwrap();
    ada.post("/api/v1/tokens", token.clone()).await.is_problem(401, "fresh_authentication_needed");
    for change in [json!({"levels": ["executive"]}), json!({"role": "administrator"})] {
        let told = ada.send(Method::PATCH, &path, Some(change)).await;
        told.is_problem(401, "fresh_authentication_needed");
    }
    assert_eq!(ada.get("/api/v1/tokens").await.is(200)["items"], json!([]), "a token was made all the same");
    assert_eq!(ada.get(&path).await.is(200)["levels"], json!(["lead"]), "levels changed all the same");
    // What gives nobody more than they had asks for nothing.
    ada.send(Method::PATCH, &path, Some(json!({"name": "Bob Ferrari"}))).await.is(200);

    ada.post("/api/v1/session/fresh", json!({"password": PASSWORD})).await.is(200);
    ada.post("/api/v1/tokens", token).await.is(201);
    let changed = ada.send(Method::PATCH, &path, Some(json!({"levels": ["executive"]}))).await.is(200);
    assert_eq!(changed["levels"], json!(["executive"]));
});

both!(challenges_are_counted_where_they_come_from_and_keep_nobody_else_out, |house| async move {
    house.set_up("many").await;
    let sign_in = Config::defaults().sign_in;
    let ways = Ways::from_config(&sign_in, "https://house.example", "Countersign").expect("usable ways");
    let mut app = house.app().with_ways(ways);
    let mut site = countersign::web::Site::at("http://house.example", 1 << 20);
    site.behind_proxy = true;
    app.site = std::sync::Arc::new(site);
    let from = |address: &str| {
        let mut browser = house.visitor_of(&app);
        browser.headers = vec![("x-forwarded-for", address.to_owned())];
        browser
    };
    let ada = from("198.51.100.4");
    ada.post("/api/v1/session", json!({"email": "ada@house.example", "password": PASSWORD})).await.is(200);
    let order = ada.post("/api/v1/account/passkeys/order", json!({})).await.is(200);
    let mut phone = Authenticator::new();
    ada.post("/api/v1/account/passkeys", phone.makes(&order)).await.is(201);

    let flood = from("203.0.113.9");
    let mut let_in = 0;
    let told = loop {
        let told = flood.post("/api/v1/session/passkey/question", json!({})).await;
        if told.status.as_u16() != 200 {
            break told;
        }
        let_in += 1;
        assert!(let_in <= 100, "one address began {let_in} challenges, each of which is kept for five minutes");
    };
    told.is_problem(429, "too_many_attempts");
    assert!(told.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0), "no Retry-After");
    // Whoever sits elsewhere signs in with theirs, and whoever is signed in proves it again, also from the flooded address.
    let question = asks(&from("198.51.100.7")).await;
    from("198.51.100.7").post("/api/v1/session/passkey", phone.answers(&question)).await.is(200);
    let mut there = from("203.0.113.9");
    there = there.with_cookie("countersign", &ada.cookie("countersign").unwrap());
    let question = there.post("/api/v1/session/fresh/passkey/question", json!({})).await.is(200);
    there.post("/api/v1/session/fresh/passkey", phone.answers(&question)).await.is(200);

    // One person's own challenges are counted too, and only theirs.
    let mut own = 0;
    while there.post("/api/v1/session/fresh/passkey/question", json!({})).await.status.as_u16() == 200 {
        own += 1;
        assert!(own <= 30, "one person began {own} challenges");
    }
    asks(&from("198.51.100.8")).await;
});
