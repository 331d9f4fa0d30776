//! Procedures edited in the browser: each edit a version with its author and its difference, and a notice moves to one only
//! when somebody moves it.

use axum::http::Method;
use countersign::identity::Role;
use serde_json::{Value, json};

use crate::harness::{Browser, mails};

const ID: &str = "/api/v1/procedures/certificate_rotation";

async fn document(browser: &Browser) -> String {
    let versions = browser.get(&format!("{ID}/versions")).await.is(200);
    versions["items"][0]["document"].as_str().unwrap().to_owned()
}

async fn save(browser: &Browser, document: &str, based_on: u32) -> crate::harness::Answer {
    browser.send(Method::PUT, ID, Some(json!({"document": document, "based_on": based_on}))).await
}

both!(an_edit_is_a_version_with_its_author_and_what_it_changed, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob Ferrari", Role::Member, &["lead"]).await;
    let first = document(&ada).await;
    let edited = first.replace("title = \"Certificate rotation\"", "title = \"Rotating certificates\"");
    assert_ne!(first, edited, "the built-in procedure has another title now");
    save(&bob, &edited, 1).await.is_problem(403, "forbidden");
    let saved = save(&ada, &edited, 1).await.is(200);
    assert_eq!((&saved["version"], &saved["title"]), (&json!(2), &json!("Rotating certificates")));
    save(&ada, &edited, 1).await.is_problem(409, "version_changed");

    let versions = bob.get(&format!("{ID}/versions")).await.is(200);
    let newest = &versions["items"][0];
    assert_eq!((&newest["version"], &newest["author"]["name"]), (&json!(2), &json!("Ada Lovelace")));
    let told: Vec<String> = newest["changes"][0]["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["fate"] != "same")
        .map(|line| format!("{} {}", line["fate"].as_str().unwrap(), line["text"].as_str().unwrap()))
        .collect();
    assert_eq!(told, ["removed title = \"Certificate rotation\"", "added title = \"Rotating certificates\""]);
    assert_eq!(versions["items"][1]["author"], Value::Null, "the first came with the program");
});

both!(what_is_wrong_is_named_by_its_key, |house| async move {
    let ada = house.set_up("many").await;
    let good = document(&ada).await;
    for (was, now, field) in [
        ("due = \"3 business days after opening\"", "due = \"soon\"", "gates.assess.due"),
        ("assigned = \"high\"", "assigned = \"urgent\"", "priority.assigned"),
        ("insist_from", "insists_from", "ladder.insist_from"),
        ("id = \"certificate_rotation\"", "id = \"other\"", "id"),
        ("[matches]", "[matches", "document"),
    ] {
        assert!(good.contains(was), "the built-in procedure no longer says {was}");
        let told = save(&ada, &good.replacen(was, now, 1), 1).await.is(422);
        assert_eq!(told["field"], field, "{told}");
    }
    let nobody = good.replace("\"engineer\", \"lead\", \"executive\"", "\"7 engineer\"");
    let told = ada.post("/api/v1/procedures/check", json!({"document": nobody})).await.is(200);
    assert!(!told["warnings"].as_array().unwrap().is_empty(), "seven engineers are not here: {told}");
    assert!(!told["asks_less"].as_array().unwrap().is_empty(), "no executive signs any more: {told}");
    assert_eq!(ada.get(ID).await.is(200)["version"], 1, "checking saved it");
});

both!(a_notice_moves_to_a_newer_version_when_somebody_moves_it, |house| async move {
    let ada = house.set_up("many").await;
    house.receives(mails::original()).await;
    house.reads().await;
    let first = document(&ada).await;
    let words = "I have read what the provider announced.";
    let stricter = first.replacen(words, "I have read everything that the provider announced.", 1);
    assert_ne!(first, stricter);
    save(&ada, &stricter, 1).await.is(200);
    let notice = ada.get("/api/v1/notices/1").await.is(200);
    assert_eq!((&notice["procedure"]["version"], &notice["procedure"]["newest"]), (&json!(1), &json!(2)));

    let preview = ada.get("/api/v1/notices/1/procedure/2").await.is(200);
    assert_eq!((&preview["stale"], &preview["asks_less"]), (&json!([]), &json!([])));
    assert!(!preview["changes"].as_array().unwrap().is_empty(), "{preview}");
    let moved = ada.post("/api/v1/notices/1/procedure", json!({"version": 2})).await.is(200);
    assert_eq!(moved["procedure"]["version"], 2);

    let laxer = stricter.replace("[\"engineer\", \"lead\", \"executive\"]", "[\"engineer\"]");
    save(&ada, &laxer, 2).await.is(200);
    let preview = ada.get("/api/v1/notices/1/procedure/3").await.is(200);
    assert!(!preview["asks_less"].as_array().unwrap().is_empty(), "{preview}");
    let alone = ada.post("/api/v1/notices/1/procedure", json!({"version": 3})).await;
    alone.is_problem(409, "countersignature_needed");
});
