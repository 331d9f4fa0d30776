//! What shows that steps were done: notes, files and probes, through the API, and how the record holds them.

use axum::http::Method;
use countersign::audit::Pack;
use countersign::identity::Role;
use serde_json::{Value, json};
use std::io::{Cursor, Read as _};

use crate::harness::{Browser, House, mails};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n pixels";

/// A house with the rotation of 2024 as notice 1, its instances mapped to production.
async fn rotation(house: &House) -> Browser {
    let ada = house.set_up("one").await;
    house.receives(mails::original()).await;
    house.reads().await;
    let team = ada.post("/api/v1/teams", json!({"name": "Databases", "members": []})).await.is(201)["id"].clone();
    let notice = ada.get("/api/v1/notices/1").await.is(200);
    for resource in notice["resources"].as_array().expect("resources") {
        let path = format!("/api/v1/notices/1/resources/{}", resource["id"].as_str().unwrap());
        let body = json!({"environment": "production", "team": team});
        ada.send(Method::PUT, &path, Some(body)).await.is(200);
    }
    ada
}

fn step<'n>(notice: &'n Value, id: &str) -> &'n Value {
    notice["steps"].as_array().unwrap().iter().find(|step| step["id"] == id).expect("the procedure has the step")
}

/// A result as `countersign probe --json` prints it.
fn seen(house: &House, vantage: &str, trusted: bool) -> Value {
    json!({
        "target": "postgres://orders.db.example:5432", "address": "10.2.0.7:5432", "vantage": vantage,
        "at": house.now(), "tls_version": "TLSv1.3", "trusted": trusted, "name_matches": true,
        "reason": if trusted { Value::Null } else { json!("unknown issuer") }, "trust": "system",
        "chain": [{
            "sha256": "ab".repeat(32), "subject": "CN=orders", "issuer": "CN=rds-ca-rsa2048-g1", "serial": "01",
            "not_before": "2024-05-01T00:00:00Z", "not_after": "2025-05-01T00:00:00Z", "names": ["orders.db.example"],
            "is_ca": false,
        }],
    })
}

async fn token(person: &Browser, name: &str, scope: &str) -> String {
    let made = person.post("/api/v1/tokens", json!({"name": name, "scopes": [scope]})).await.is(201);
    made["secret"].as_str().unwrap().to_owned()
}

both!(a_file_is_handed_out_as_a_download_and_never_shown, |house| async move {
    let ada = rotation(&house).await;
    let path = "/api/v1/notices/1/steps/list_instances/attachments?name=inst%C3%A4nces.png";
    let notice = ada.send_bytes(path, "image/png", PNG.to_vec()).await.is(200);
    let shown = &step(&notice, "list_instances")["evidence"][0];
    assert_eq!((shown["kind"].as_str(), shown["text"].as_str()), (Some("attachment"), Some("instänces.png")));
    assert_eq!(shown["bytes"], PNG.len());

    let file = ada.get(&format!("/api/v1/notices/1/evidence/{}", shown["digest"].as_str().unwrap())).await;
    file.is(200);
    assert_eq!(file.bytes, PNG, "other bytes came back than were handed in");
    assert_eq!(file.header("content-type"), "application/octet-stream");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert!(file.header("content-disposition").starts_with("attachment; "), "{}", file.header("content-disposition"));
    assert!(file.header("content-security-policy").contains("default-src 'none'"));

    for (media, bytes, field) in [
        ("text/html", b"<script>".to_vec(), "content-type"),
        ("image/png", b"<script>".to_vec(), "content-type"),
        ("text/plain", vec![b'a'; (10 << 20) + 1], "body"),
        ("text/plain", Vec::new(), "body"),
    ] {
        let refused = ada.send_bytes(path, media, bytes).await;
        assert!(refused.status.is_client_error(), "{media} was taken: {}", refused.text());
        assert_eq!(refused.json()["field"], field, "{media}: {}", refused.text());
    }
    let other = "0".repeat(64);
    ada.get(&format!("/api/v1/notices/1/evidence/{other}")).await.is_problem(404, "not_found");
});

both!(a_note_is_added_to_a_step_that_is_done, |house| async move {
    let ada = rotation(&house).await;
    ada.post("/api/v1/notices/1/steps/list_instances/done", json!({"evidence_note": "Three."})).await.is(200);
    let body = json!({"note": "And a fourth in Frankfurt."});
    let notice = ada.post("/api/v1/notices/1/steps/list_instances/notes", body).await.is(200);
    let told: Vec<&str> = step(&notice, "list_instances")["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|e| e["text"].as_str())
        .collect();
    assert_eq!(told, ["Three.", "And a fourth in Frankfurt."]);
});

both!(a_token_for_probes_uploads_them_and_does_nothing_else, |house| async move {
    let ada = rotation(&house).await;
    let program = house.program(&token(&ada, "production, orders", "probe").await);
    let path = "/api/v1/notices/1/steps/probe/probes";
    let body = |trusted| json!({"seen": seen(&house, "somewhere", trusted), "scope": "production"});
    let failed = program.post(path, body(false)).await.is(201);
    assert_eq!(failed["success"], false);
    assert!(failed["lacks"].as_str().unwrap().ends_with("the last one failed"), "{failed}");
    let taken = program.post(path, body(true)).await.is(201);
    assert_eq!((taken["success"].as_bool(), &taken["lacks"]), (Some(true), &Value::Null), "{taken}");

    let notice = ada.get("/api/v1/notices/1").await.is(200);
    let probe = &step(&notice, "probe")["evidence"][1]["probe"];
    assert_eq!(probe["vantage"], "production, orders", "the token says from where, not whoever holds it");
    assert_eq!(probe["seen"]["chain"][0]["issuer"], "CN=rds-ca-rsa2048-g1");
    assert_eq!(probe["seen"]["trust"], "system");
    assert!(!step(&notice, "probe")["done"].as_bool().unwrap(), "a program does not say that a step is done");
    let last =
        notice["record"].as_array().unwrap().iter().rev().find(|entry| entry["type"] == "evidence_added").unwrap();
    assert!(last["sentence"].as_str().unwrap().contains("from production, orders succeeded"), "{last}");

    for (method, path) in [
        ("GET", "/api/v1/notices/1"),
        ("GET", "/api/v1/record"),
        ("POST", "/api/v1/notices/1/steps/probe/done"),
        ("POST", "/api/v1/notices/1/steps/probe/notes"),
        ("POST", "/api/v1/notices/1/steps/probe/probes/run"),
        ("POST", "/api/v1/notices/1/comments"),
        ("POST", "/api/v1/messages"),
        ("GET", "/api/v1/tokens"),
    ] {
        let body = (method == "POST").then(|| json!({}));
        let refused = program.send(method.parse().unwrap(), path, body).await;
        refused.is_problem(403, "forbidden");
    }
    house.program(&token(&ada, "reader", "read").await).post(path, body(true)).await.is_problem(403, "forbidden");
    let cleo = house.invites(&ada, "Cleo", Role::Auditor, &[]).await;
    cleo.post(path, body(true)).await.is_problem(403, "forbidden");
});

both!(a_probe_of_tomorrow_is_refused, |house| async move {
    let ada = rotation(&house).await;
    let mut tomorrow = seen(&house, "production", true);
    // The house's clock is set, so a probe counts from the machine's own time.
    tomorrow["at"] = json!(countersign::clock::machine_now() + chrono::TimeDelta::days(1));
    let body = json!({"seen": tomorrow, "scope": "production"});
    let refused = ada.post("/api/v1/notices/1/steps/probe/probes", body).await;
    assert_eq!(refused.is_problem(422, "invalid_field")["field"], "seen.at");
});

both!(the_server_probes_no_host_that_was_not_allowed, |house| async move {
    let ada = rotation(&house).await;
    assert_eq!(ada.get("/api/v1/probes/from-here").await.is(200)["hosts"], json!([]));
    for target in ["tls://127.0.0.1:1", "tls://[::1]:1", "https://localhost", "tls://169.254.169.254:80"] {
        let body = json!({"target": target, "scope": "production"});
        let refused = ada.post("/api/v1/notices/1/steps/probe/probes/run", body).await;
        let told = refused.is_problem(409, "probe_failed");
        assert!(told["detail"].as_str().unwrap().contains("may not be probed from the server"), "{told}");
    }
});

both!(files_are_proven_with_the_record_and_an_erased_one_is_told_as_erased, |house| async move {
    let ada = rotation(&house).await;
    let path = "/api/v1/notices/1/steps/list_instances/attachments?name=a.txt";
    let notice = ada.send_bytes(path, "text/plain", b"three instances".to_vec()).await.is(200);
    let digest = step(&notice, "list_instances")["evidence"][0]["digest"].as_str().unwrap().to_owned();
    let body = json!({"seen": seen(&house, "production", true), "scope": "production"});
    ada.post("/api/v1/notices/1/steps/probe/probes", body).await.is(201);

    let sound = ada.post("/api/v1/record/verification", json!({})).await.is(200);
    assert_eq!((sound["state"].as_str(), sound["files"].as_u64()), (Some("sound"), Some(2)), "{sound}");

    let pack = ada.post("/api/v1/record/evidence", json!({"notices": ["N-1"]})).await;
    pack.is(200);
    assert_eq!(pack.header("content-disposition"), "attachment; filename=\"evidence-1.zip\"");
    let (read, judgement) = Pack::verify(Cursor::new(pack.bytes.as_slice())).expect("it is a pack");
    assert_eq!((judgement.damage, judgement.files, read.files.len()), (Vec::new(), 2, 2));
    let mut zip = zip::ZipArchive::new(Cursor::new(pack.bytes.as_slice())).expect("it is a ZIP");
    let mut report = String::new();
    zip.by_name("report.html").expect("the report").read_to_string(&mut report).expect("it is text");
    for told in ["Who knew", "Ada Lovelace", "file “a.txt”", "from production", digest.as_str()] {
        assert!(report.contains(told), "the report does not tell {told}:\n{report}");
    }

    let sql =
        "UPDATE blobs SET body = 'four instances' WHERE id IN (SELECT blob FROM evidence WHERE media = 'text/plain')";
    let sql = if house.store().backend() == sea_orm::DbBackend::Postgres {
        sql.to_owned()
    } else {
        sql.replace("'four instances'", "CAST('four instances' AS BLOB)")
    };
    sea_orm::ConnectionTrait::execute_unprepared(house.store().writer(), &sql).await.expect("the owner may write");
    let damaged = ada.post("/api/v1/record/verification", json!({})).await.is(200);
    assert_eq!(damaged["state"], "damaged");
    let told = damaged["damage"][0].as_str().unwrap();
    assert!(told.contains(&digest) && told.contains("does not have the bytes that were handed in"), "{told}");

    ada.post(&format!("/api/v1/notices/1/evidence/{digest}/erasure"), json!({})).await.is(204);
    ada.get(&format!("/api/v1/notices/1/evidence/{digest}")).await.is_problem(410, "erased");
    let erased = ada.post("/api/v1/record/verification", json!({})).await.is(200);
    assert_eq!(erased["state"], "sound", "{erased}");
    assert_eq!(erased["erased"][0]["what"], format!("file {digest}"));
    let notice = ada.get("/api/v1/notices/1").await.is(200);
    assert!(
        step(&notice, "list_instances")["evidence"][0]["erased_at"].is_string(),
        "the step hides that it was erased"
    );
});

both!(evidence_of_a_time_holds_what_something_happened_to_then, |house| async move {
    let ada = rotation(&house).await;
    let ask = async |from: &str, to: &str| ada.post("/api/v1/record/evidence", json!({"from": from, "to": to})).await;
    ask("2023-01-01", "2024-01-01").await.is_problem(409, "no_evidence");
    let pack = ask("2024-06-01", "2024-07-01").await;
    let (read, judgement) = Pack::verify(Cursor::new(pack.bytes.as_slice())).expect("it is a pack");
    assert_eq!(judgement.damage, Vec::<String>::new());
    assert_eq!((read.streams.len(), read.messages.len()), (4, 1), "the notice and the three streams of the house");
    ask("soon", "2024-07-01").await.is_problem(422, "invalid_field");
    let kept = ada.get("/api/v1/record/checkpoints").await.is(200);
    assert_eq!(kept["items"][0]["number"], 1, "the pack's own checkpoint is listed: {kept}");
});

both!(what_a_person_wrote_can_be_erased_from_the_page, |house| async move {
    let ada = rotation(&house).await;
    let bob = house.invites(&ada, "Bob", Role::Member, &["lead"]).await;
    let notice = bob.post("/api/v1/notices/1/comments", json!({"text": "Ask Zacharias."})).await.is(200);
    let comment = notice["comments"][0]["id"].as_u64().unwrap();
    let message = notice["messages"][0]["id"].as_str().unwrap().to_owned();
    let erase = format!("/api/v1/notices/1/record/{comment}/erasure");
    bob.post(&erase, json!({})).await.is_problem(403, "forbidden");
    ada.post(&erase, json!({})).await.is(204);
    ada.post("/api/v1/notices/1/record/9999/erasure", json!({})).await.is_problem(404, "not_found");
    ada.post(&format!("/api/v1/messages/{message}/erasure"), json!({})).await.is(204);
    ada.get(&format!("/api/v1/messages/{message}/raw")).await.is_problem(410, "erased");
    let people = ada.get("/api/v1/people").await.is(200);
    let bobs = people["items"].as_array().unwrap().iter().find(|p| p["name"] == "Bob").unwrap()["id"].clone();
    ada.post(&format!("/api/v1/people/{}/erasure", bobs.as_str().unwrap()), json!({})).await.is(204);
    bob.get("/api/v1/session").await.is_problem(401, "not_signed_in");

    let notice = ada.get("/api/v1/notices/1").await.is(200);
    assert_eq!(notice["comments"][0]["text"], Value::Null);
    assert!(!notice.to_string().contains("Zacharias") && !notice.to_string().contains("Bob"), "{notice}");
    let sound = ada.post("/api/v1/record/verification", json!({})).await.is(200);
    assert_eq!(sound["state"], "sound", "{sound}");
    assert!(sound["erased"].as_array().unwrap().len() >= 4, "{sound}");
});
