//! Coming in: the setup link, invitations, passwords, sessions, tokens, and who is kept out.

use axum::http::Method;
use countersign::identity::{Device, Role, Source};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::harness::PASSWORD;

both!(the_setup_link_makes_one_administrator_and_then_nobody, |house| async move {
    let link = house.app().identity.setup_link().await.unwrap().expect("a fresh house has a setup link");
    let path = format!("/api/v1/setup/{}", link.secret.expose_secret());
    let form = json!({
        "name": "Ada Lovelace", "email": "Ada@House.example", "password": PASSWORD, "zone": "Europe/Berlin",
        "people": "one",
    });
    let visitor = house.visitor();
    assert_eq!(visitor.get("/api/v1/setup").await.is(200)["needed"], true);
    let mut weak = form.clone();
    weak["password"] = json!("short");
    assert_eq!(visitor.post(&path, weak).await.is_problem(422, "invalid_field")["field"], "password");
    let session = visitor.post(&path, form.clone()).await.is(200);
    assert_eq!(session["person"]["email"], "ada@house.example", "addresses are kept in lower case");
    assert_eq!(session["authenticated"]["method"], "setup_link");
    assert_eq!(session["levels"], json!(["engineer", "lead", "executive"]), "who is alone holds every level");
    house.visitor().post(&path, form).await.is_problem(404, "link_gone");
    assert_eq!(visitor.get("/api/v1/setup").await.is(200)["needed"], false);
    assert!(house.app().identity.setup_link().await.unwrap().is_none(), "a second setup link was made");
});

both!(an_invitation_is_used_once_and_looking_at_it_uses_nothing_up, |house| async move {
    let ada = house.set_up("many").await;
    let form = json!({"name": "Bob", "email": "bob@house.example", "role": "member", "levels": ["lead"]});
    let added = ada.post("/api/v1/people", form.clone()).await.is(201);
    assert_eq!(added["person"]["invited"], true);
    ada.post("/api/v1/people", form).await.is_problem(409, "address_taken");
    let path = |made: &serde_json::Value| {
        format!("/api/v1/invitations/{}", made["link"].as_str().unwrap().rsplit('/').next().unwrap())
    };
    let first = path(&added["invitation"]);
    for _ in 0..3 {
        assert_eq!(house.visitor().get(&first).await.is(200)["name"], "Bob", "a mail scanner used the link up");
    }
    let id = added["person"]["id"].as_str().unwrap().to_owned();
    let again = ada.post(&format!("/api/v1/people/{id}/invitation"), json!({})).await.is(200);
    house.visitor().get(&first).await.is_problem(404, "link_gone");
    let form = json!({"name": "Bob Ferrari", "password": PASSWORD, "zone": "Europe/Rome"});
    let bob = house.visitor();
    let session = bob.post(&path(&again), form.clone()).await.is(200);
    assert_eq!((&session["person"]["name"], &session["role"]), (&json!("Bob Ferrari"), &json!("member")));
    house.visitor().post(&path(&again), form).await.is_problem(404, "link_gone");
    assert_eq!(ada.get(&format!("/api/v1/people/{id}")).await.is(200)["invited"], false);
    let mails = house.outbox().await;
    assert_eq!(mails.iter().filter(|mail| mail.template == "invitation").count(), 2, "one mail an invitation");
});

both!(a_session_ends_when_its_person_signs_out_or_leaves, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob Ferrari", Role::Member, &["lead"]).await;
    let id = bob.get("/api/v1/session").await.is(200)["person"]["id"].as_str().unwrap().to_owned();
    bob.send(Method::DELETE, "/api/v1/session", None).await.is(200);
    bob.get("/api/v1/session").await.is_problem(401, "not_signed_in");
    let form = json!({"email": "BOB@house.example ", "password": PASSWORD});
    let answer = bob.post("/api/v1/session", form.clone()).await;
    answer.is(200);
    let cookie = answer.header("set-cookie");
    for wanted in ["countersign=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(wanted), "the cookie lacks {wanted}: {cookie}");
    }
    let leaves = json!({"active": false});
    ada.send(Method::PATCH, &format!("/api/v1/people/{id}"), Some(leaves)).await.is(200);
    bob.get("/api/v1/session").await.is_problem(401, "not_signed_in");
    bob.post("/api/v1/session", form).await.is_problem(401, "wrong_password");
    let me = ada.get("/api/v1/session").await.is(200)["person"]["id"].as_str().unwrap().to_owned();
    let leaves = json!({"active": false});
    ada.send(Method::PATCH, &format!("/api/v1/people/{me}"), Some(leaves)).await.is_problem(409, "last_administrator");
});

both!(guessing_is_slowed_down_where_it_comes_from_and_nowhere_else, |house| async move {
    house.set_up("many").await;
    let guesser = house.visitor();
    let guess = json!({"email": "ada@house.example", "password": "open sesame, please"});
    for _ in 0..5 {
        guesser.post("/api/v1/session", guess.clone()).await.is_problem(401, "wrong_password");
    }
    let told = guesser.post("/api/v1/session", guess).await;
    told.is_problem(429, "too_many_attempts");
    assert!(told.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0), "no Retry-After");
    let right = SecretString::from(PASSWORD);
    let elsewhere = Source::from("198.51.100.4".parse::<std::net::IpAddr>().unwrap());
    let owner = house.app().identity.sign_in("ada@house.example", &right, &elsewhere, Device::default()).await;
    assert!(owner.is_ok(), "a guesser kept the owner out: {:?}", owner.err());
    let nobody = json!({"email": "nobody@house.example", "password": PASSWORD});
    let unknown = guesser.post("/api/v1/session", nobody).await.is_problem(401, "wrong_password");
    assert!(unknown["detail"].as_str().unwrap().contains("do not fit together"), "{unknown} tells who has an account");
});

both!(a_token_reads_and_brings_in_and_never_decides, |house| async move {
    let ada = house.set_up("one").await;
    let form = json!({"name": "monitoring", "scopes": ["read"]});
    let made = ada.post("/api/v1/tokens", form).await.is(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("countersign_"), "a secret scanner would not know {secret}");
    assert!(!ada.get("/api/v1/tokens").await.text().contains(&secret), "the list shows the secret");
    let program = house.program(&secret);
    program.get("/api/v1/notices").await.is(200);
    program.get("/metrics").await.is(200);
    program.send_bytes("/api/v1/messages", "message/rfc822", b"x".to_vec()).await.is_problem(403, "forbidden");
    for path in ["/api/v1/notices/1/sign-offs", "/api/v1/notices/1/close", "/api/v1/session/fresh", "/api/v1/people"] {
        program.post(path, json!({})).await.is_problem(403, "forbidden");
    }
    let form = json!({"name": "mailbox", "scopes": ["ingest"]});
    let ingest = ada.post("/api/v1/tokens", form).await.is(201)["secret"].as_str().unwrap().to_owned();
    let door = house.program(&ingest);
    door.send_bytes("/api/v1/messages", "message/rfc822", b"Subject: x\r\n\r\nx".to_vec()).await.is(201);
    door.get("/api/v1/notices").await.is_problem(403, "forbidden");
    let id = made["id"].as_str().unwrap();
    ada.send(Method::DELETE, &format!("/api/v1/tokens/{id}"), None).await.is(204);
    program.get("/api/v1/notices").await.is_problem(401, "not_signed_in");
    house.program("countersign_made-up").get("/api/v1/notices").await.is_problem(401, "not_signed_in");
});

both!(a_token_of_a_channel_brings_into_that_one_and_does_nothing_else, |house| async move {
    let ada = house.set_up("one").await;
    for (wrong, field) in [
        (json!({"name": "x", "scopes": ["read"], "channel": "backups"}), "scopes"),
        (json!({"name": "x", "scopes": ["ingest", "read"], "channel": "backups"}), "scopes"),
        (json!({"name": "x", "scopes": ["ingest"], "channel": "../smtp"}), "channel"),
        (json!({"name": "x", "scopes": ["ingest"], "channel": ""}), "channel"),
    ] {
        let told = ada.post("/api/v1/tokens", wrong.clone()).await;
        assert_eq!((told.status.as_u16(), &told.json()["field"]), (422, &json!(field)), "{wrong}: {}", told.text());
    }
    let form = json!({"name": "the backup script", "scopes": ["ingest"], "channel": "backups", "expires_in_days": 30});
    let made = ada.post("/api/v1/tokens", form).await.is(201);
    assert_eq!(made["channel"], "upload/backups");
    let channels = ada.get("/api/v1/channels").await.is(200);
    let known = channels["items"].as_array().unwrap().iter().any(|channel| channel["id"] == "upload/backups");
    assert!(known, "a channel that has brought nothing yet is not watched for silence: {channels}");

    let script = house.program(made["secret"].as_str().unwrap());
    let brought =
        script.send_bytes("/api/v1/messages", "message/rfc822", b"Subject: x\r\n\r\nx".to_vec()).await.is(201);
    let message = ada.get(&format!("/api/v1/messages/{}", brought["id"].as_str().unwrap())).await.is(200);
    assert_eq!(message["channel"], "upload/backups", "it came in by another channel than its own");
    let mut opened = Vec::new();
    for (method, path, _) in crate::roles::TABLE.iter().filter(|(method, path, _)| {
        // Bringing in is what it is for; the open doors are open to everybody; the stream never ends.
        (*method, *path) != ("POST", "/messages") && *path != "/events" && !path.starts_with("/session")
    }) {
        let body = (*method != "GET").then(|| json!({}));
        let at = format!("/api/v1{}", crate::roles::filled(path, "1"));
        let status = script.send(method.parse().unwrap(), &at, body).await.status.as_u16();
        let everybodys = path.starts_with("/setup") || path.starts_with("/invitations");
        if !everybodys && status != 403 {
            opened.push(format!("{method} {path} answered {status}"));
        }
    }
    assert!(opened.is_empty(), "a token of a channel also opens:\n  {}", opened.join("\n  "));

    let listed = ada.get("/api/v1/tokens").await.is(200)["items"][0].clone();
    assert_eq!(listed["channel"], "upload/backups");
    assert!(!listed["last_used_at"].is_null() && !listed["expires_at"].is_null(), "{listed}");
    let at = format!("/api/v1/tokens/{}", made["id"].as_str().unwrap());
    ada.send(Method::DELETE, &at, None).await.is(204);
    let late = script.send_bytes("/api/v1/messages", "message/rfc822", b"Subject: y\r\n\r\ny".to_vec()).await;
    late.is_problem(401, "not_signed_in");
});

both!(another_site_cannot_act_with_our_cookie, |house| async move {
    let mut ada = house.set_up("one").await;
    let form = json!({"name": "t", "scopes": ["read"]});
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")]
    {
        ada.headers = vec![(name, value.to_owned())];
        ada.post("/api/v1/tokens", form.clone()).await.is_problem(403, "cross_site");
        ada.get("/api/v1/session").await.is(200);
    }
    ada.headers = vec![("sec-fetch-site", "same-origin".to_owned()), ("origin", "http://house.example".to_owned())];
    ada.post("/api/v1/tokens", form).await.is(201);
});
