//! The main job through the API: a mail becomes a notice, three people sign what they were shown, and it closes.

use countersign::identity::Role;
use countersign::notice::sight::Sight;
use serde_json::{Value, json};

use crate::harness::{Browser, House, mails};

/// A house of three, and the RDS notice as number 1.
async fn three(house: &House) -> (Browser, Browser, Browser) {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob Ferrari", Role::Member, &["lead"]).await;
    let cleo = house.invites(&ada, "Cleo Oduya", Role::Member, &["executive"]).await;
    house.receives(mails::original()).await;
    house.reads().await;
    (ada, bob, cleo)
}

async fn notice(browser: &Browser) -> Value {
    browser.get("/api/v1/notices/1").await.is(200)
}

fn gate<'a>(notice: &'a Value, name: &str) -> &'a Value {
    notice["gates"].as_array().unwrap().iter().find(|gate| gate["gate"] == name).expect("the gate is there")
}

/// Everything that `assess` asks for besides signatures.
async fn prepared(house: &House, ada: &Browser) {
    let team = ada.post("/api/v1/teams", json!({"name": "Databases"})).await.is(201)["id"].clone();
    ada.post("/api/v1/notices/1/impact", json!({"text": "Clients that verify would fail to connect."})).await.is(200);
    let now = notice(ada).await;
    for resource in now["resources"].as_array().unwrap() {
        let path = format!("/api/v1/notices/1/resources/{}", resource["id"].as_str().unwrap());
        let form = json!({"environment": "production", "team": team});
        ada.send(axum::http::Method::PUT, &path, Some(form)).await.is(200);
    }
    for deadline in now["deadlines"].as_array().unwrap().iter().filter(|deadline| deadline["confirmed"] == false) {
        let path = format!("/api/v1/notices/1/facts/{}/confirmation", deadline["id"].as_str().unwrap());
        ada.post(&path, json!({})).await.is(200);
    }
    // Steps are done for each environment, and there are none before the resources have their places.
    let now = notice(ada).await;
    for step in now["steps"].as_array().unwrap().iter().filter(|step| step["gate"] == "assess") {
        let path = format!("/api/v1/notices/1/steps/{}/done", step["id"].as_str().unwrap());
        let form = json!({"scope": step["place"], "evidence_note": "listed in the inventory"});
        ada.post(&path, form).await.is(200);
    }
    assert_eq!(house.desk.counts(Sight::All).await.unwrap().0, 1);
}

async fn signs(browser: &Browser, name: &str) -> Value {
    let now = notice(browser).await;
    let digest = gate(&now, name)["subject"]["digest"].clone();
    let form = json!({"gate": name, "verdict": "approve", "subject_digest": digest});
    browser.post("/api/v1/notices/1/sign-offs", form).await.is(200)
}

both!(closing_is_refused_with_the_list_that_the_page_shows, |house| async move {
    let (ada, ..) = three(&house).await;
    let shown = notice(&ada).await;
    let refused = ada.post("/api/v1/notices/1/close", json!({})).await.is_problem(409, "gate_blocked");
    assert_eq!(refused["blockers"], shown["blockers"], "the refusal and the page name different reasons");
    let sentences = refused["blockers"].to_string();
    assert!(sentences.contains("asked: Bob Ferrari"), "nobody is named: {sentences}");
});

both!(a_signature_binds_what_was_shown_and_goes_stale_with_it, |house| async move {
    let (ada, bob, _) = three(&house).await;
    prepared(&house, &ada).await;
    let shown = notice(&bob).await;
    let digest = gate(&shown, "assess")["subject"]["digest"].clone();
    ada.post("/api/v1/notices/1/impact", json!({"text": "Also the billing export."})).await.is(200);
    let form = json!({"gate": "assess", "verdict": "approve", "subject_digest": digest});
    let changed = bob.post("/api/v1/notices/1/sign-offs", form).await.is_problem(409, "subject_changed");
    assert_eq!(changed["difference"][0]["after"], "Also the billing export.", "the difference is not told: {changed}");
    let signed = signs(&bob, "assess").await;
    let seal =
        gate(&signed, "assess")["requirements"].as_array().unwrap().iter().find(|r| r["level"] == "lead").unwrap();
    assert_eq!(seal["state"], "satisfied");
    assert_eq!(seal["signatures"][0]["authenticated"]["method"], "invitation");
    ada.post("/api/v1/notices/1/impact", json!({"text": "And the reports."})).await.is(200);
    let later = notice(&bob).await;
    let seal =
        gate(&later, "assess")["requirements"].as_array().unwrap().iter().find(|r| r["level"] == "lead").unwrap();
    assert_eq!(seal["state"], "stale");
    assert_eq!(seal["signatures"][0]["difference"][0]["after"], "And the reports.");
    assert_eq!(later["you"]["signed"], json!([]), "a stale signature counts");
});

both!(signing_asks_for_a_fresh_proof, |house| async move {
    let (ada, bob, _) = three(&house).await;
    prepared(&house, &ada).await;
    let hour_ago = countersign::clock::machine_now() - chrono::TimeDelta::hours(1);
    let sql = format!("UPDATE sessions SET authenticated_at = {}", hour_ago.timestamp_micros());
    sea_orm::ConnectionTrait::execute_unprepared(house.store().writer(), &sql).await.unwrap();
    let digest = gate(&notice(&bob).await, "assess")["subject"]["digest"].clone();
    let form = json!({"gate": "assess", "verdict": "approve", "subject_digest": digest});
    bob.post("/api/v1/notices/1/sign-offs", form.clone()).await.is_problem(401, "fresh_authentication_needed");
    bob.post("/api/v1/session/fresh", json!({"password": "not this one, no"})).await.is_problem(401, "wrong_password");
    let fresh = bob.post("/api/v1/session/fresh", json!({"password": crate::harness::PASSWORD})).await.is(200);
    assert_eq!(fresh["authenticated"]["method"], "password");
    bob.post("/api/v1/notices/1/sign-offs", form).await.is(200);
});

both!(what_the_provider_wrote_is_whole_and_its_facts_are_marked, |house| async move {
    let (ada, ..) = three(&house).await;
    let notice = notice(&ada).await;
    let mut marked = Vec::new();
    for part in notice["text"].as_array().unwrap() {
        for segment in part["segments"].as_array().unwrap() {
            marked.extend(segment["facts"].as_array().unwrap().iter().map(|fact| fact.as_str().unwrap().to_owned()));
        }
    }
    let facts = notice["facts"].as_array().unwrap();
    let of = |name: &'static str| {
        let these = facts.iter().filter(move |fact| fact["name"] == name);
        these.map(|fact| fact["id"].as_str().unwrap().to_owned())
    };
    let missing: Vec<String> = of("deadline").chain(of("resource")).filter(|id| !marked.contains(id)).collect();
    assert!(missing.is_empty(), "facts without a place in the text: {missing:?}");
    assert!(facts.iter().any(|f| f["name"] == "deadline" && f["quote"].as_str().is_some_and(|q| q.contains("2024"))));
});

both!(lists_filter_search_and_go_on, |house| async move {
    let (ada, bob, _) = three(&house).await;
    for n in 0..5 {
        let form = json!({
            "provider": "linode", "kind": "scheduled_maintenance", "title": format!("Host reboot {n}"),
            "windows": [{"start": {"at": "2024-07-01T02:00:00Z"}, "end": {"at": "2024-07-01T04:00:00Z"}}],
            "resources": [{"key": format!("lin-70{n}")}],
        });
        ada.post("/api/v1/notices", form).await.is(201);
    }
    let count = async |query: &str| {
        ada.get(&format!("/api/v1/notices?{query}")).await.is(200)["items"].as_array().unwrap().len()
    };
    assert_eq!(count("").await, 6);
    assert_eq!(count("provider=linode").await, 5);
    assert_eq!(count("kind=certificate_rotation").await, 1);
    assert_eq!(count("q=lin-703").await, 1);
    assert_eq!(count("q=rds%20ca").await, 1);
    assert_eq!(count("level=executive&kind=certificate_rotation").await, 1);
    assert_eq!(count("historic=true").await, 0);
    let hit = ada.get("/api/v1/notices?q=reboot").await.is(200);
    assert!(
        hit["items"][0]["highlight"].as_str().is_some_and(|piece| piece.contains('\u{2}')),
        "no hit is marked: {hit}"
    );
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let more = cursor.as_ref().map(|c: &String| format!("&cursor={c}")).unwrap_or_default();
        let page = ada.get(&format!("/api/v1/notices?limit=4{more}")).await.is(200);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["number"].as_i64().unwrap()));
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3, 4, 5, 6], "pages lose or repeat notices");
    let home = bob.get("/api/v1/home").await.is(200);
    assert!(home["waiting"].as_array().unwrap().iter().any(|item| item["notice"]["number"] == 1), "{home}");
    assert!(home["horizon"].as_array().unwrap().iter().any(|entry| entry["what"] == "hard_deadline"), "{home}");
});
