//! An attacker's view from outside a browser: other sites' requests, others' ids, replayed signatures, stale sessions, texts
//! that want to be headers, bodies that want to be bombs, paths that lead elsewhere.

use axum::http::Method;
use countersign::config::Config;
use countersign::dispatch::{Post, Sender};
use countersign::identity::Role;
use countersign::web::{App, Site, router};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::harness::sink::Sink;
use crate::harness::{Browser, House, PASSWORD, mails};

/// Somebody's browser on a page of another site, with their cookie.
fn elsewhere(house: &House, victim: &Browser, headers: Vec<(&'static str, String)>) -> Browser {
    let cookie = victim.cookie("countersign").expect("the victim is signed in");
    let mut browser = house.visitor().with_cookie("countersign", &cookie);
    browser.headers = headers;
    browser
}

both!(another_site_can_make_a_browser_ask_and_gets_nothing_done, |house| async move {
    let ada = house.set_up("one").await;
    let form = json!({"name": "evil", "scopes": ["read"]});
    for headers in [
        vec![("sec-fetch-site", "cross-site".to_owned())],
        vec![("sec-fetch-site", "same-site".to_owned())],
        vec![("origin", "https://evil.example".to_owned())],
        vec![("origin", "null".to_owned())],
        vec![("origin", "http://house.example.evil.example".to_owned())],
    ] {
        let evil = elsewhere(&house, &ada, headers.clone());
        evil.post("/api/v1/tokens", form.clone()).await.is_problem(403, "cross_site");
        evil.send(Method::DELETE, "/api/v1/session", None).await.is_problem(403, "cross_site");
        let sign_in = json!({"email": "ada@house.example", "password": PASSWORD});
        evil.post("/api/v1/session", sign_in).await.is_problem(403, "cross_site");
    }
    assert_eq!(ada.get("/api/v1/tokens").await.is(200)["items"], json!([]), "another site made a token");
    let own = elsewhere(&house, &ada, vec![("sec-fetch-site", "same-origin".to_owned())]);
    own.post("/api/v1/tokens", form.clone()).await.is(201);
    // A form of another site can send text without asking first; it must not be taken for JSON.
    let told = ada.send_bytes("/api/v1/tokens", "text/plain", form.to_string().into_bytes()).await;
    told.is_problem(415, "not_json");
});

both!(with_https_the_cookie_is_bound_to_the_host_and_browsers_insist, |house| async move {
    house.set_up("one").await;
    let app = App::new(house.desk.clone(), Site::at("https://house.example", 1 << 20));
    let visitor = Browser::at(router(app));
    let answer = visitor.post("/api/v1/session", json!({"email": "ada@house.example", "password": PASSWORD})).await;
    answer.is(200);
    let cookie = answer.header("set-cookie");
    for wanted in ["__Host-countersign=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(wanted), "the cookie lacks {wanted}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "the cookie goes to other hosts: {cookie}");
    assert!(answer.header("strict-transport-security").starts_with("max-age=31536000"), "browsers may use HTTP");
    let plain = visitor.cookie("__Host-countersign").unwrap();
    let downgraded = house.visitor().with_cookie("__Host-countersign", &plain);
    downgraded.get("/api/v1/session").await.is_problem(401, "not_signed_in");
});

both!(every_answer_tells_the_browser_what_to_refuse, |house| async move {
    let ada = house.set_up("one").await;
    for path in
        ["/", "/sign-in", "/api/v1/session", "/api/v1/nothing", "/api/v1/openapi.json", "/healthz", "/_app/none.js"]
    {
        let answer = ada.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}: {name}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path} can be framed: {policy}");
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap_or_default();
        assert!(!scripts.contains("unsafe"), "{path}: {scripts}");
    }
});

async fn panics() -> &'static str {
    panic!("a handler's mistake")
}

both!(a_handler_that_panics_is_a_problem_with_every_header_and_tells_nothing, |house| async move {
    house.set_up("one").await;
    let mut site = Site::at("https://house.example", 1 << 20);
    site.doors = axum::Router::new().route("/in/panics", axum::routing::get(panics));
    let visitor = Browser::at(router(App::new(house.desk.clone(), site)));
    let answer = visitor.get("/in/panics").await;
    answer.is_problem(500, "internal");
    assert!(!answer.text().contains("mistake"), "the answer tells what went wrong inside: {}", answer.text());
    for (name, value) in [
        ("content-type", "application/problem+json"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "the answer to a panic lacks {name}");
    }
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "a panic has no policy");
    assert!(answer.header("strict-transport-security").starts_with("max-age="), "a panic allows HTTP");
    visitor.get("/healthz").await;
});

both!(a_session_ends_by_itself_idle_or_old, |house| async move {
    let ada = house.set_up("one").await;
    let sign_in = json!({"email": "ada@house.example", "password": PASSWORD});
    for (what, sql) in [
        ("idle", "UPDATE sessions SET seen_at = seen_at - 86401000000"),
        ("old", "UPDATE sessions SET expires_at = created_at"),
    ] {
        ada.post("/api/v1/session", sign_in.clone()).await.is(200);
        ada.get("/api/v1/session").await.is(200);
        house.store().writer().execute_unprepared(sql).await.unwrap();
        let told = ada.get("/api/v1/session").await;
        assert_eq!(told.status.as_u16(), 401, "a session that was {what} still held: {}", told.text());
    }
});

both!(a_page_that_is_left_open_does_not_keep_its_session_alive, |house| async move {
    let ada = house.set_up("one").await;
    let an_hour = "UPDATE sessions SET seen_at = seen_at - 3600000000";
    let seen = async || -> i64 {
        let sql = "SELECT MAX(seen_at) AS seen FROM sessions";
        let row = house.store().writer().query_one_raw(sea_orm::Statement::from_string(house.store().backend(), sql));
        row.await.unwrap().unwrap().try_get("", "seen").unwrap()
    };
    house.store().writer().execute_unprepared(an_hour).await.unwrap();
    let before = seen().await;
    let cookie = ada.cookie("countersign").unwrap();
    let mut page = house.visitor().with_cookie("countersign", &cookie);
    page.headers = vec![("countersign-background", "?1".to_owned())];
    page.get("/api/v1/home").await.is(200);
    assert_eq!(seen().await, before, "what an open page loads by itself counts as use");
    ada.get("/api/v1/home").await.is(200);
    assert!(seen().await > before, "what a person asks for does not count as use");

    // The stream itself: the answer's head has come, so it was let in, and nothing was noted.
    house.store().writer().execute_unprepared(an_hour).await.unwrap();
    let before = seen().await;
    let request = axum::http::Request::get("/api/v1/events").header("host", "house.example");
    let request = request.header("cookie", format!("countersign={cookie}")).body(axum::body::Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(router(house.app()), request).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(seen().await, before, "the stream of changes counts as use");
});

/// Two notices, and Bob, who is asked at both.
async fn two_notices(house: &House) -> (Browser, Browser) {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob Ferrari", Role::Member, &["lead"]).await;
    house.receives(mails::original()).await;
    house.reads().await;
    let form = json!({"provider": "aws", "kind": "certificate_rotation", "title": "Another rotation"});
    ada.post("/api/v1/notices", form).await.is(201);
    (ada, bob)
}

fn digest(notice: &Value, gate: &str) -> Value {
    let gates = notice["gates"].as_array().unwrap();
    gates.iter().find(|shown| shown["gate"] == gate).expect("the gate is there")["subject"]["digest"].clone()
}

both!(a_signature_for_one_notice_is_worth_nothing_on_another_or_at_another_gate, |house| async move {
    let (_, bob) = two_notices(&house).await;
    let first = bob.get("/api/v1/notices/1").await.is(200);
    let second = bob.get("/api/v1/notices/2").await.is(200);
    let sign = |gate: &str, digest: &Value| json!({"gate": gate, "verdict": "object", "subject_digest": digest, "comment": "Replayed."});
    let from_first = digest(&first, "assess");
    assert_ne!(from_first, digest(&second, "assess"), "two notices have one subject");
    let told = bob.post("/api/v1/notices/2/sign-offs", sign("assess", &from_first)).await;
    told.is_problem(409, "subject_changed");
    let told = bob.post("/api/v1/notices/1/sign-offs", sign("close", &from_first)).await;
    told.is_problem(409, "subject_changed");
    bob.post("/api/v1/notices/1/sign-offs", sign("assess", &from_first)).await.is(200);
});

both!(an_administrator_signs_for_no_level_that_they_do_not_hold, |house| async move {
    let (ada, bob) = two_notices(&house).await;
    let notice = ada.get("/api/v1/notices/1").await.is(200);
    let form = |level: &str| {
        let digest = digest(&notice, "assess");
        json!({"gate": "assess", "verdict": "object", "subject_digest": digest, "comment": "x", "level": level})
    };
    ada.post("/api/v1/notices/1/sign-offs", form("executive")).await.is_problem(403, "not_your_level");
    ada.post("/api/v1/notices/1/sign-offs", form("lead")).await.is_problem(403, "not_your_level");

    // With another administrator about, a level that one gives oneself waits for them.
    let cleo = house.invites(&ada, "Cleo Oduya", Role::Administrator, &[]).await;
    let me = ada.get("/api/v1/session").await.is(200)["person"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/people/{me}");
    let levels = json!({"levels": ["engineer", "executive"]});
    let changed = ada.send(Method::PATCH, &path, Some(levels.clone())).await.is(200);
    assert_eq!(changed["levels"], json!(["engineer"]), "an administrator gave themselves a level");
    assert_eq!(changed["asked_levels"], json!(["executive"]));
    let told = house.outbox().await;
    let told = told.iter().filter(|mail| mail.data.contains("asks for the level executive")).count();
    assert_eq!(told, 1, "the other administrator was not told");
    let answer = format!("{path}/level-request");
    ada.post(&answer, json!({"accept": true})).await.is_problem(409, "own_request");
    bob.post(&answer, json!({"accept": true})).await.is_problem(403, "forbidden");
    let agreed = cleo.post(&answer, json!({"accept": true})).await.is(200);
    assert_eq!(agreed["levels"], json!(["engineer", "executive"]));
    cleo.post(&answer, json!({"accept": true})).await.is_problem(404, "not_found");
});

both!(who_administers_alone_gives_themselves_a_level_before_everybodys_eyes, |house| async move {
    let (ada, _) = two_notices(&house).await;
    let me = ada.get("/api/v1/session").await.is(200)["person"]["id"].as_str().unwrap().to_owned();
    let levels = json!({"levels": ["engineer", "lead"]});
    let changed = ada.send(Method::PATCH, &format!("/api/v1/people/{me}"), Some(levels)).await.is(200);
    assert_eq!(changed["levels"], json!(["engineer", "lead"]));
    let told = house.outbox().await;
    let told: Vec<_> = told.iter().filter(|mail| mail.data.contains("gave themselves the level lead")).collect();
    assert_eq!(told.len(), 2, "not everybody was told");
});

both!(what_lets_its_reader_in_is_read_by_nobody_else, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob Ferrari", Role::Member, &["lead"]).await;
    house.visitor().post("/api/v1/session/links", json!({"email": "ada@house.example"})).await.is(202);
    let made = ada.post("/api/v1/tokens", json!({"name": "t", "scopes": ["read"]})).await.is(201);
    let program = house.program(made["secret"].as_str().unwrap());
    let sink = Sink::open().await;
    let port = sink.address.port();
    let config = format!("[mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"c@house.example\"\n");
    let config = Config::from_parts(&config, &[]).unwrap();
    let sender = Sender::new(house.desk.clone(), Post::from_config(&config).unwrap(), &config).unwrap();
    sender.send_due().await.unwrap();
    let mails = house.outbox().await;
    let secret: Vec<_> = mails.iter().filter(|m| ["invitation", "sign_in"].contains(&m.template.as_str())).collect();
    assert_eq!(secret.len(), 2);
    for mail in secret {
        assert_eq!((mail.state.as_str(), mail.data.as_str()), ("sent", "{}"), "the secret stays in the table");
        let path = format!("/api/v1/deliveries/{}", mail.id);
        for (who, browser) in [("a member", &bob), ("a program", &program)] {
            let told = browser.get(&path).await.is(200).to_string();
            assert!(told.contains("shown to nobody else"), "{who} reads {told}");
            browser.get(&format!("{path}/html")).await.is_problem(404, "not_found");
        }
        let own = ada.get(&path).await.is(200)["rendered"]["text"].as_str().unwrap().to_owned();
        assert!(own.contains("http://"), "in local mode the Outbox is the mailbox: {own}");
    }
});

both!(no_text_becomes_a_header_of_a_mail, |house| async move {
    let ada = house.set_up("many").await;
    let hostile = "x\r\nBcc: evil@evil.example\r\n\r\nbody";
    let form = json!({"name": hostile, "email": "bob@house.example", "role": "member", "levels": ["lead"]});
    assert_eq!(ada.post("/api/v1/people", form).await.is_problem(422, "invalid_field")["field"], "name");
    let form = json!({"name": "Bob", "email": "bob@house.example\r\nBcc: evil@evil.example", "role": "member"});
    assert_eq!(ada.post("/api/v1/people", form).await.is_problem(422, "invalid_field")["field"], "email");
    house.invites(&ada, "Bob Ferrari", Role::Member, &["lead"]).await;
    let form = json!({"provider": "aws", "kind": "security", "title": hostile, "resources": [{"key": hostile}]});
    ada.post("/api/v1/notices", form).await;
    // An encoded word that decodes to line breaks, as a provider's subject and as a sender's name.
    let mail = "From: =?utf-8?B?eA0KQmNjOiBldmlsQGV2aWwuZXhhbXBsZQ==?= <no-reply@amazonaws.com>\r\nTo: n@house.example\r\n\
        Subject: =?utf-8?B?UkRTIGV4cGlyZXMNCkJjYzogZXZpbEBldmlsLmV4YW1wbGUNCg0KYm9keQ==?=\r\n\
        Message-ID: <h@amazonaws.com>\r\nDate: Mon, 3 Jun 2024 08:00:00 +0000\r\n\r\n\
        Your certificate rds-ca-2019 expires on August 22, 2024. Bcc: evil@evil.example\r\n";
    house.receives(mail).await;
    house.reads().await;
    house.days_pass(1).await;
    house.desk.tick().await.unwrap();
    let sink = Sink::open().await;
    let port = sink.address.port();
    let config = format!("[mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"c@house.example\"\n");
    let config = Config::from_parts(&config, &[]).unwrap();
    let again = "UPDATE deliveries SET state = 'waiting' WHERE data <> '{}'";
    house.store().writer().execute_unprepared(again).await.unwrap();
    let sender = Sender::new(house.desk.clone(), Post::from_config(&config).unwrap(), &config).unwrap();
    sender.send_due().await.unwrap();
    let taken = sink.mails();
    assert!(!taken.is_empty(), "no mail went out, so nothing was shown");
    for mail in taken {
        assert!(mail.to.iter().all(|to| !to.contains("evil")), "a mail went to {:?}", mail.to);
        let text = String::from_utf8_lossy(&mail.raw).into_owned();
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        let forged = head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc:"));
        assert!(!forged, "a text became a header:\n{head}");
    }
});

both!(no_path_leads_out_of_the_page_or_of_the_data, |house| async move {
    let ada = house.set_up("one").await;
    for path in [
        "/../Cargo.toml",
        "/..%2f..%2fCargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/_app/../../Cargo.toml",
        "/_app/..%5c..%5cCargo.toml",
        "//etc/passwd",
        "/api/v1/messages/..%2f..%2fcountersign.sqlite/raw",
        "/api/v1/deliveries/..%2fkeyring.toml",
    ] {
        let answer = ada.get(path).await;
        let text = answer.text();
        for secret in ["[package]", "root:", "SQLite format", "PRIVATE KEY"] {
            assert!(!text.contains(secret), "{path} handed out a file: {}", &text[..text.len().min(200)]);
        }
        assert!(answer.status.as_u16() < 500, "{path} answered {}", answer.status);
    }
});

both!(a_bomb_is_refused_or_read_and_never_takes_the_server_down, |house| async move {
    let ada = house.set_up("one").await;
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let told = ada.send_bytes("/api/v1/tokens", "application/json", deep.into_bytes()).await;
    assert!(matches!(told.status.as_u16(), 400 | 422), "a deep nest was answered {}", told.status);
    let mut nested = String::from("From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n");
    for n in 0..3000 {
        nested.push_str(&format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"));
    }
    nested.push_str("Content-Type: text/plain\r\n\r\nend\r\n");
    let entities = (0..20).map(|n| format!("<!ENTITY e{} \"&e{n};&e{n};&e{n};&e{n};\">", n + 1)).collect::<String>();
    let laughs = format!("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e0 \"ha\">{entities}]><rss>&e20;</rss>");
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(vec![0; 10_000]);
    for (what, media, bytes) in [
        ("nested parts", "message/rfc822", nested.into_bytes()),
        ("a billion laughs", "application/xml", laughs.into_bytes()),
        ("an archive", "application/zip", zip),
        ("nested JSON", "application/json", "[".repeat(500_000).into_bytes()),
        ("tags", "text/html", "<div>".repeat(150_000).into_bytes()),
    ] {
        ada.send_bytes("/api/v1/messages", media, bytes).await.is(201);
        // What it costs is counted beside the reader (`reading/tests/reading/torture.rs`); here it must only come to an end.
        let patience = std::time::Duration::from_mins(5);
        tokio::time::timeout(patience, house.reads())
            .await
            .unwrap_or_else(|_| panic!("{what} is never read to its end"));
    }
    let waiting = ada.get("/api/v1/messages?state=received").await.is(200);
    assert_eq!(waiting["items"], json!([]), "the worker stumbled over one");
});
