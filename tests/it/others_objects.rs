//! Ids of others' objects: knowing one opens nothing. Every route that takes an id says here whose it is, and each that is one
//! person's own is tried by somebody else.

use std::collections::BTreeMap;

use axum::http::Method;
use countersign::identity::Role;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::harness::{Browser, House};
use crate::roles::{Open, TABLE, filled};

/// What one person alone may touch, or an administrator.
const OWN: &[(&str, &str)] = &[
    ("DELETE", "/account/sessions/{id}"),
    ("DELETE", "/account/passkeys/{id}"),
    ("DELETE", "/tokens/{id}"),
    ("DELETE", "/feeds/{id}"),
    ("DELETE", "/absences/{id}"),
    ("POST", "/duties/{id}/handover"),
];

/// What is the house's: everybody reads it, and who works on notices changes it, all on record. Notices and messages of a
/// closed team have a walk of their own (`closed_teams`).
const THE_HOUSES: &[&str] =
    &["/notices/{id}", "/messages/{id}", "/people/{id}", "/procedures/{id}", "/deliveries/{id}", "/channels/{id}"];

#[test]
fn every_route_with_an_id_says_whose_it_is() {
    let unsaid: Vec<_> = TABLE
        .iter()
        .filter(|(_, path, open)| path.contains("{id}") && *open != Open::Administrators)
        .filter(|(method, path, _)| !OWN.contains(&(*method, *path)))
        .filter(|(_, path, _)| !THE_HOUSES.iter().any(|houses| path.starts_with(houses)))
        .collect();
    assert!(unsaid.is_empty(), "say whether this is one person's own or the house's: {unsaid:?}");
    let gone: Vec<_> = OWN.iter().filter(|own| !TABLE.iter().any(|(m, p, _)| (m, p) == (&own.0, &own.1))).collect();
    assert!(gone.is_empty(), "there is no such route any more: {gone:?}");
}

/// Bob's own objects, by the route that touches them, and where he sees that each is still there.
async fn bobs(house: &House, ada: &Browser, bob: &Browser) -> BTreeMap<&'static str, String> {
    let id = |answer: &Value| answer["id"].as_str().expect("it has an id").to_owned();
    let bob_id = bob.get("/api/v1/session").await.is(200)["person"]["id"].clone();
    let team = ada.post("/api/v1/teams", json!({"name": "Databases", "members": [bob_id]})).await.is(201);
    let rota = json!({"people": [bob_id], "from": "2024-06-03", "days": 7, "turns": 1});
    let turns = ada.post(&format!("/api/v1/teams/{}/duties", id(&team)), rota).await.is(201);
    let token = bob.post("/api/v1/tokens", json!({"name": "mine", "scopes": ["read"]})).await.is(201);
    let feed = bob.post("/api/v1/feeds", json!({})).await.is(201);
    let absence = bob.post("/api/v1/absences", json!({"from": "2024-07-01", "until": "2024-07-05"})).await.is(201);
    let key = uuid::Uuid::from_u128(7);
    let db = house.store().writer();
    let sql =
        "INSERT INTO passkeys (id, person, name, credential, body, created_at) VALUES ($1, $2, 'Phone', 'c', '{}', 0)";
    let person: uuid::Uuid = bob_id.as_str().unwrap().parse().unwrap();
    let values = [key.into(), person.into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await.unwrap();
    let account = bob.get("/api/v1/account").await.is(200);
    BTreeMap::from([
        ("/account/sessions/{id}", id(&account["sessions"][0])),
        ("/account/passkeys/{id}", key.to_string()),
        ("/tokens/{id}", id(&token)),
        ("/feeds/{id}", id(&feed)),
        ("/absences/{id}", id(&absence)),
        ("/duties/{id}/handover", id(&turns["items"][0])),
    ])
}

/// All that Bob has, as he sees it.
async fn all_of(bob: &Browser) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in ["/tokens", "/feeds", "/absences", "/duties"] {
        seen.push(bob.get(&format!("/api/v1{path}")).await.is(200)["items"].clone());
    }
    let account = bob.get("/api/v1/account").await.is(200);
    let ids = |what: &str| account[what].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Value>();
    seen.extend([ids("sessions"), ids("passkeys")]);
    seen
}

both!(knowing_the_id_of_what_is_anothers_own_opens_nothing, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob", Role::Member, &["engineer"]).await;
    let mallory = house.invites(&ada, "Mallory", Role::Member, &["engineer"]).await;
    let mallory_id = mallory.get("/api/v1/session").await.is(200)["person"]["id"].clone();
    let objects = bobs(&house, &ada, &bob).await;
    let before = all_of(&bob).await;
    assert!(
        before.iter().all(|some| some.as_array().is_some_and(|some| !some.is_empty())),
        "Bob has nothing: {before:?}"
    );
    let mut opened = Vec::new();
    for (method, path) in OWN {
        let id = objects.get(path).unwrap_or_else(|| panic!("{path} is not tried: make one of Bob's"));
        let body = (*method == "POST").then(|| json!({"to": mallory_id}));
        let told = mallory.send(method.parse::<Method>().unwrap(), &format!("/api/v1{}", filled(path, id)), body).await;
        // A turn on a rota is seen by everybody; whose it is, is its state.
        let not_theirs = matches!(told.status.as_u16(), 403 | 404) || told.json()["code"] == "not_your_turn";
        if !not_theirs {
            opened.push(format!("{method} {path} answered {}: {}", told.status, told.text()));
        }
    }
    assert!(opened.is_empty(), "somebody else's id opens:\n  {}", opened.join("\n  "));
    assert_eq!(all_of(&bob).await, before, "something of Bob's changed by Mallory's hand");
});
