//! What a wrong request gets: a problem with a stable code that names the field, and never a 5xx.

use axum::http::Method;
use serde_json::json;

use crate::harness::mails;

both!(a_wrong_body_names_its_field, |house| async move {
    let ada = house.set_up("one").await;
    house.receives(mails::original()).await;
    house.reads().await;
    let cases = [
        (
            "/api/v1/notices",
            json!({"provider": "aws", "kind": "certificate_rotation", "title": "x", "colour": 1}),
            "colour",
        ),
        ("/api/v1/notices", json!({"provider": "aws", "kind": "certificate_rotation"}), "title"),
        ("/api/v1/notices", json!({"provider": "aws", "kind": "rotation", "title": "x"}), "kind"),
        ("/api/v1/notices", json!({"provider": 7, "kind": "security", "title": "x"}), "provider"),
        ("/api/v1/notices", json!({"provider": "aws", "kind": "security", "title": " "}), "title"),
        (
            "/api/v1/notices",
            json!({"provider": "aws", "kind": "security", "title": "x",
                   "deadlines": [{"role": "forced", "when": {"at": "soon"}}]}),
            "deadlines[0].when.at",
        ),
        (
            "/api/v1/notices",
            json!({"provider": "aws", "kind": "security", "title": "x", "deadlines": [{"role": "forced", "at": 1}]}),
            "deadlines[0].at",
        ),
        ("/api/v1/people", json!({"name": "B", "email": "b@x.example", "role": "king"}), "role"),
        ("/api/v1/people", json!({"name": "B", "email": "not an address", "role": "member"}), "email"),
        ("/api/v1/tokens", json!({"name": "t", "scopes": []}), "scopes"),
        ("/api/v1/tokens", json!({"name": "t", "scopes": ["sign"]}), "scopes[0]"),
        (
            "/api/v1/notices/1/sign-offs",
            json!({"gate": "assess", "verdict": "approve", "subject_digest": "zz"}),
            "subject_digest",
        ),
        ("/api/v1/absences", json!({"from": "2024-06-10", "until": "2024-06-09"}), "until"),
        ("/api/v1/session", json!({"email": "a"}), "password"),
    ];
    for (path, body, field) in cases {
        let answer = ada.post(path, body.clone()).await;
        assert_eq!(answer.status.as_u16(), 422, "{path} took {body}: {}", answer.text());
        assert_eq!(answer.json()["field"], field, "{path} with {body} blames another field: {}", answer.text());
    }
});

both!(a_wrong_address_query_or_size_is_told, |house| async move {
    let ada = house.set_up("one").await;
    house.receives(mails::original()).await;
    house.reads().await;
    for path in ["/api/v1/notices/none", "/api/v1/messages/7", "/api/v1/people/x", "/api/v1/deliveries/x"] {
        assert_eq!(ada.get(path).await.is_problem(400, "invalid_id")["field"], "id", "{path}");
    }
    for path in ["/api/v1/notices/4711", "/api/v1/messages/018fd118-97d2-7000-9164-af346c68194c"] {
        ada.get(path).await.is_problem(404, "not_found");
    }
    for (path, field) in [
        ("/api/v1/notices?colour=red", "colour"),
        ("/api/v1/notices?kind=rotation", "kind"),
        ("/api/v1/notices?limit=many", "limit"),
        ("/api/v1/messages?state=lost", "state"),
        ("/api/v1/deliveries?team=1", "team"),
    ] {
        assert_eq!(ada.get(path).await.is_problem(400, "invalid_query")["field"], field, "{path}");
    }
    for path in ["/api/v1/notices?cursor=x", "/api/v1/record?cursor=x", "/api/v1/record?stream=all"] {
        ada.get(path).await.is_problem(422, "invalid_field");
    }
    ada.get("/api/v1/nothing").await.is_problem(404, "no_such_address");
    ada.send(Method::PUT, "/api/v1/home", None).await.is_problem(405, "method_not_allowed");
    let huge = json!({"text": "x".repeat(2 << 20)});
    ada.post("/api/v1/notices/1/comments", huge).await.is_problem(413, "too_large");
    let over = ada.send_bytes("/api/v1/messages", "message/rfc822", vec![b'x'; (1 << 20) + 1]).await;
    over.is_problem(413, "too_large");
    ada.send_bytes("/api/v1/tokens", "application/json", b"{\"name\": ".to_vec())
        .await
        .is_problem(400, "malformed_json");
    ada.send_bytes("/api/v1/tokens", "text/plain", b"{}".to_vec()).await.is_problem(415, "not_json");
    ada.send_bytes("/api/v1/messages", "message/rfc822", Vec::new()).await.is_problem(422, "invalid_field");
});

both!(what_a_browser_is_told_to_refuse, |house| async move {
    let ada = house.set_up("one").await;
    let data = ada.get("/api/v1/session").await;
    assert!(data.header("content-security-policy").starts_with("default-src 'none'"), "data could be run");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(data.header(name), value, "{name}");
    }
    let mail = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n\
        <p onclick=alert(1)>Read <a href=javascript:alert(1)>this</a><script>alert(1)</script><img src=https://t.example/p></p>";
    let id = ada.send_bytes("/api/v1/messages", "message/rfc822", mail.to_vec()).await.is(201)["id"].clone();
    let id = id.as_str().unwrap();
    let shown = ada.get(&format!("/api/v1/messages/{id}/html")).await;
    shown.is(200);
    let policy = shown.header("content-security-policy");
    assert!(policy.starts_with("sandbox;") && policy.contains("default-src 'none'"), "{policy}");
    assert!(shown.text().contains("Read"), "the words are gone: {}", shown.text());
    for bad in ["script", "onclick", "javascript", "t.example"] {
        assert!(!shown.text().contains(bad), "{bad} is left in {}", shown.text());
    }
    let raw = ada.get(&format!("/api/v1/messages/{id}/raw")).await;
    assert_eq!(raw.bytes, mail, "the raw bytes are not those that arrived");
    assert!(raw.header("content-disposition").starts_with("attachment"), "a browser would show it");
    assert_eq!(raw.header("content-type"), "application/octet-stream");
});
