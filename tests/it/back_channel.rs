//! A provider that ends somebody's session there ends it here (OpenID Connect Back-Channel Logout 1.0): its signed word alone
//! counts, and once.

use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::clock::machine_now;
use countersign::web::{App, router};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Browser, House, OpenId, PASSWORD};

const AT: &str = "/api/v1/session/providers/openid/logout";

/// Serves on loopback until the test ends; says where.
async fn serves(routes: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    at
}

both!(who_signs_out_at_a_real_provider_is_signed_out_here_and_nobody_else, |house| async move {
    house.set_up("many").await;
    let provider = OpenId::start().await;
    provider.knows(&[("ada", "ada@house.example", true, &[])]).await;
    let app = house.app_with(&provider.config(""));
    let here = serves(router(app.clone())).await;
    provider.control(json!({"tells": format!("{here}{AT}")})).await;

    let (laptop, phone) = (house.visitor_of(&app), house.visitor_of(&app));
    laptop.goes_by(&provider, "ada", "sign_in", "/").await;
    phone.goes_by(&provider, "ada", "sign_in", "/").await;
    let own = house.visitor_of(&app);
    own.post("/api/v1/session", json!({"email": "ada@house.example", "password": PASSWORD})).await.is(200);

    let told = laptop.send(axum::http::Method::DELETE, "/api/v1/session", None).await.is(200);
    phone.get("/api/v1/session").await.is(200);
    provider.signs_out(told["go_to"].as_str().expect("the provider signs people out")).await;
    phone.get("/api/v1/session").await.is_problem(401, "not_signed_in");
    own.get("/api/v1/session").await.is(200);
});

const KEY: &[u8] = include_bytes!("hooks/signer.pk8");

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token signed with the key that the made-up provider hands out.
fn signed(head: &Value, claims: &Value) -> String {
    let key = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let text = format!("{}.{}", encoded(head), encoded(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A provider that hands out one key and does nothing else.
async fn made_up() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let key = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let public = PublicKeyComponents::<Vec<u8>>::from(key.public());
    let (n, e) = (part(&public.n), part(&public.e));
    let keys = json!({"keys": [{"kty": "RSA", "kid": "one", "use": "sig", "alg": "RS256", "n": n, "e": e}]});
    let discovery = json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"), "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    let routes = Router::new()
        .route("/.well-known/openid-configuration", get(move || async move { Json(discovery) }))
        .route("/keys", get(move || async move { Json(keys) }));
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    issuer
}

/// Ada, signed in as if she had come from the provider: as `a1`, in its session `s1`.
async fn ada(house: &House, app: &App) -> Browser {
    let ada = house.visitor_of(app);
    ada.post("/api/v1/session", json!({"email": "ada@house.example", "password": PASSWORD})).await.is(200);
    let sql = "UPDATE sessions SET provider = 'openid', provider_session = 's1'";
    house.store().writer().execute_unprepared(sql).await.unwrap();
    ada
}

async fn tells(browser: &Browser, token: &str) -> crate::harness::Answer {
    browser.form(AT, &format!("logout_token={token}")).await
}

both!(only_a_providers_own_word_ends_a_session_and_only_once, |house| async move {
    house.set_up("many").await;
    let issuer = made_up().await;
    let config = format!("[sign_in.providers.openid]\nissuer = \"{issuer}\"\nclient_id = \"countersign\"\n");
    let app = house.app_with(&config);
    let linked =
        "INSERT INTO linked_accounts (provider, subject, person, linked_at) SELECT 'openid', 'a1', id, 0 FROM people";
    house.store().writer().execute_unprepared(linked).await.unwrap();
    let ada_here = ada(&house, &app).await;
    let somebody = house.visitor_of(&app);

    let head = json!({"alg": "RS256", "kid": "one", "typ": "logout+jwt"});
    let now = machine_now().timestamp();
    let good = |id: &str| {
        json!({
            "iss": issuer, "aud": "countersign", "iat": now, "exp": now + 120, "jti": id, "sub": "a1", "sid": "s1",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        })
    };
    let but = |name: &str, value: Value| {
        let mut claims = good(name);
        claims[name] = value;
        claims
    };
    let without = |names: &[&str]| {
        let mut claims = good("without");
        names.iter().for_each(|name| drop(claims.as_object_mut().unwrap().remove(*name)));
        claims
    };
    let mut forged = signed(&head, &good("forged"));
    forged.replace_range(forged.len() - 10.., "AAAAAAAAAA");
    let other_payload = {
        let token = signed(&head, &but("sub", json!("nobody")));
        let parts: Vec<&str> = token.split('.').collect();
        format!("{}.{}.{}", parts[0], encoded(&good("swapped")), parts[2])
    };
    let wrong = [
        ("no token", "nonsense".to_owned()),
        ("another signature", forged),
        ("another payload under a true signature", other_payload),
        ("no signature at all", format!("{}.{}.", encoded(&json!({"alg": "none"})), encoded(&good("none")))),
        ("a secret both sides know", signed(&json!({"alg": "HS256", "kid": "one"}), &good("hs"))),
        ("a key that the provider has not", signed(&json!({"alg": "RS256", "kid": "two"}), &good("kid"))),
        ("another provider", signed(&head, &but("iss", json!("https://evil.example")))),
        ("for somebody else", signed(&head, &but("aud", json!(["another"])))),
        ("from the future", signed(&head, &but("iat", json!(now + 3600)))),
        ("long ago", signed(&head, &but("iat", json!(now - 3600)))),
        ("run out", signed(&head, &but("exp", json!(now - 600)))),
        ("an ID token", signed(&head, &without(&["events"]))),
        ("another event", signed(&head, &but("events", json!({"http://example.com/other": {}})))),
        ("a nonce", signed(&head, &but("nonce", json!("n")))),
        ("neither person nor session", signed(&head, &without(&["sub", "sid"]))),
        ("without an id", signed(&head, &without(&["jti"]))),
    ];
    for (what, token) in &wrong {
        tells(&somebody, token).await.is_problem(400, "invalid_request");
        let held = ada_here.get("/api/v1/session").await.status.as_u16();
        assert_eq!(held, 200, "a token that is {what} ended a session");
    }
    somebody.form(AT, "something=else").await.is_problem(400, "invalid_request");
    let nowhere = "/api/v1/session/providers/none/logout";
    somebody.form(nowhere, "logout_token=x").await.is_problem(409, "way_closed");

    // Of another session there, or of another person: nothing of hers ends.
    tells(&somebody, &signed(&head, &but("sid", json!("s2")))).await.is(200);
    tells(&somebody, &signed(&head, &but("sub", json!("a2")))).await.is(200);
    ada_here.get("/api/v1/session").await.is(200);

    // By session and person, by session alone, by person alone: each ends it, and no token does it twice.
    for (n, claims) in [good("both"), without(&["sub"]), without(&["sid"])].into_iter().enumerate() {
        let ada = ada(&house, &app).await;
        let mut claims = claims;
        claims["jti"] = json!(format!("true-{n}"));
        let token = signed(&head, &claims);
        let answer = tells(&somebody, &token).await;
        answer.is(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        ada.get("/api/v1/session").await.is_problem(401, "not_signed_in");
        let again = self::ada(&house, &app).await;
        let told = tells(&somebody, &token).await.is_problem(400, "invalid_request");
        assert!(told["detail"].as_str().unwrap().contains("used before"), "{told}");
        again.get("/api/v1/session").await.is(200);
    }
});
