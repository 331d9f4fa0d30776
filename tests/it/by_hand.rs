//! What needs a person: a notice made of a message, a message put to a notice, and a profile taught by one.

use std::sync::Arc;

use countersign::identity::Role;
use countersign::reading::profile::Providers;
use countersign::reading::read;
use countersign::store::intake::state;
use serde_json::{Value, json};

use crate::harness::{House, mails};

const RACKS: &str = "From: \"Rack and Roll\" <noc@rack-and-roll.example>\r\nSubject: Hall 3\r\nMessage-ID: <hall3@rack-and-roll.example>\r\n\
                     Date: Sat, 01 Jun 2024 07:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
                     Dear customer,\r\n\r\nthe old racks go on 14 July 2024, and host-rk17 with them.\r\n";

/// A house whose reader finds the words of a message and understands none of them.
fn that_understands_nothing(mut house: House) -> House {
    house.desk = house.desk.clone().with_reader(Arc::new(|input| {
        let mut reading = read(input, Providers::embedded());
        reading.notices.clear();
        reading
    }));
    house
}

fn form(message: Value) -> Value {
    json!({
        "provider": "rack_and_roll", "kind": "scheduled_maintenance", "title": "Hall 3 is cleared", "message": message,
        "deadlines": [{ "role": "forced", "when": { "at": "2024-07-14" } }],
        "resources": [{ "key": "host-rk17" }],
    })
}

/// The words of a notice's messages that are marked with a fact.
fn marked(page: &Value, fact: &Value) -> Vec<String> {
    let parts = page["text"].as_array().expect("texts");
    let segments = parts.iter().flat_map(|part| part["segments"].as_array().unwrap());
    let ours = segments.filter(|segment| segment["facts"].as_array().unwrap().contains(&fact["id"]));
    ours.map(|segment| segment["text"].as_str().unwrap().to_owned()).collect()
}

both!(a_notice_made_of_a_message_has_it_as_its_source_with_the_words_marked, |house| async move {
    let house = that_understands_nothing(house);
    let ada = house.set_up("many").await;
    let received = house.receives(RACKS).await;
    house.reads().await;
    assert_eq!(house.message(received).await.state, state::NEEDS_PERSON);

    let page = ada.post("/api/v1/notices", form(json!(received.message_id))).await.is(201);
    assert_eq!(page["messages"][0]["id"], json!(received.message_id), "the message is not with the notice");
    assert_eq!(page["authenticity"], "verified", "it is as authentic as its message");
    let facts = page["facts"].as_array().unwrap();
    let of =
        |name: &str| facts.iter().find(|fact| fact["name"] == name).unwrap_or_else(|| panic!("no {name}: {facts:?}"));
    assert_eq!(marked(&page, of("deadline")), ["14 July 2024"]);
    assert_eq!(marked(&page, of("resource")), ["host-rk17"]);
    for name in ["deadline", "resource"] {
        assert_eq!((&of(name)["source"], &of(name)["message"]), (&json!("person"), &json!(received.message_id)));
    }
    assert_eq!(of("deadline")["quote"], "14 July 2024");
    let message = house.message(received).await;
    assert_eq!((message.state.as_str(), message.reason), (state::FILED, None));
    let found = ada.get("/api/v1/notices?q=racks").await.is(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "the message's words cannot be searched for");

    ada.post("/api/v1/notices", form(json!(received.message_id))).await.is_problem(409, "message_filed");
    ada.post("/api/v1/notices", form(json!(uuid::Uuid::nil()))).await.is_problem(404, "not_found");
    let told = ada.post("/api/v1/notices", form(Value::Null)).await.is(201);
    assert_eq!(told["authenticity"], "vouched", "what came by telephone is vouched for by who enters it");
});

both!(what_follows_up_on_a_message_goes_where_a_person_put_it, |house| async move {
    let ada = house.set_up("many").await;
    house.receives(mails::original()).await;
    let lunch = house
        .receives("From: a@acme.example\r\nSubject: Lunch\r\nMessage-ID: <lunch@acme.example>\r\n\r\nSoup.\r\n")
        .await;
    house.reads().await;
    let path = format!("/api/v1/messages/{}/notice", lunch.message_id);
    ada.post(&path, json!({ "notice": "N-1" })).await.is(200);
    let reply = house
        .receives(
            "From: a@acme.example\r\nSubject: Re: Lunch\r\nMessage-ID: <more@acme.example>\r\n\
             In-Reply-To: <lunch@acme.example>\r\nReferences: <lunch@acme.example>\r\n\r\nWith bread.\r\n",
        )
        .await;
    house.reads().await;
    let shown = ada.get(&format!("/api/v1/messages/{}", reply.message_id)).await.is(200);
    assert_eq!((&shown["state"], &shown["notices"][0]["number"]), (&json!("filed"), &json!(1)), "{shown}");
});

both!(a_profile_is_drafted_tried_saved_and_read_with, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob", Role::Member, &[]).await;
    // On each database a provider of its own: profiles are the process's.
    let domain = format!("teach-{}.example", house.url.split(':').next().unwrap());
    let mail = |words: &str| {
        format!("From: \"Teach Hosting\" <noc@mail.{domain}>\r\nSubject: {words}\r\n\r\nSee the attached.\r\n")
    };
    let first = house.receives(mail("[4711] Rack dance on floor 3")).await;
    house.reads().await;
    assert_eq!(house.message(first).await.state, state::NEEDS_PERSON);
    let path = format!("/api/v1/messages/{}/profile", first.message_id);
    let draft = bob.get(&path).await.is(200);
    let toml = draft["toml"].as_str().unwrap().to_owned();
    assert!(toml.contains(&domain) && toml.contains("phrase = \"rack dance on floor\""), "{toml}");
    let id = draft["id"].as_str().unwrap();

    // As it was drafted it does not decide; completed, it does.
    let completed = toml
        .replace("kind = \"informational\"", "kind = \"scheduled_maintenance\"")
        .replace("weight = 4", "weight = 9");
    let tried = bob.post(&path, json!({ "toml": completed })).await.is(200);
    let notice = &tried["notices"][0];
    assert_eq!((&notice["provider"], &notice["kind"]), (&json!(id), &json!("scheduled_maintenance")), "{tried}");
    assert_eq!(notice["provider_name"], "Teach Hosting");
    assert_eq!(house.message(first).await.state, state::NEEDS_PERSON, "trying it changed something");
    for (broken, says) in [
        (completed.replace("sort =", "sor ="), "sor"),
        ("not toml".to_owned(), "expected"),
        ("name = 'x'".to_owned(), "id"),
    ] {
        let problem = bob.post(&path, json!({ "toml": broken })).await.is_problem(422, "invalid_field");
        assert_eq!(problem["field"], "toml");
        assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
    }

    bob.post("/api/v1/providers", json!({ "toml": completed })).await.is_problem(403, "forbidden");
    let saved = ada.post("/api/v1/providers", json!({ "toml": completed })).await.is(200);
    assert_eq!((&saved["id"], &saved["name"]), (&json!(id), &json!("Teach Hosting")));
    ada.post("/api/v1/providers", json!({ "toml": completed })).await.is(200);
    let record = ada.get("/api/v1/record?stream=installation").await.text();
    assert_eq!(record.matches("of the profile of").count(), 1, "the same profile again is no event: {record}");

    bob.post(&format!("/api/v1/messages/{}/reading", first.message_id), json!({})).await.is(200);
    let next = house.receives(mail("[4712] Rack dance on floor 9")).await;
    house.reads().await;
    for received in [first, next] {
        let message = house.message(received).await;
        assert_eq!(message.state, state::FILED, "{:?}", message.reason);
    }
    assert_eq!(house.notice(1).await.facts.provider.as_str(), id);
    let known = bob.get("/api/v1/providers").await.is(200);
    let row = known["items"].as_array().unwrap().iter().find(|row| row["id"] == id).expect("it is among the providers");
    assert_eq!(row["domains"], json!([domain]));
});

both!(the_list_of_what_arrived_can_show_only_what_nobody_vouches_for, |house| async move {
    let ada = house.set_up("many").await;
    house.receives(mails::original()).await;
    let mut strange = house.incoming("From: a@b.example\r\nSubject: Who knows\r\n\r\nSoup.\r\n");
    strange.authenticity = countersign::notice::fact::Authenticity::Failed;
    let strange = house.desk.receive(strange).await.unwrap();
    house.reads().await;
    let all = ada.get("/api/v1/messages").await.is(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    let doubtful = ada.get("/api/v1/messages?unverified=true").await.is(200);
    let ids: Vec<&Value> = doubtful["items"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, [&json!(strange.message_id)]);
});
