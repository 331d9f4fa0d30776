//! A directory elsewhere keeps people and groups here by SCIM 2.0, in the shapes that Entra and Okta send.

use std::collections::BTreeMap;

use axum::http::Method;
use countersign::config::Grants;
use countersign::desk::house::DirectoryRules;
use countersign::identity::{Role, Ways};
use countersign::web::router;
use serde_json::{Value, json};

use crate::harness::{Answer, Browser, House, PASSWORD};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A directory with a token that this administrator made for it, in a house where groups give something.
async fn directory(house: &House, administrator: &Browser) -> Browser {
    let form = json!({"name": "Entra", "scopes": ["scim"]});
    let secret = administrator.post("/api/v1/tokens", form).await.is(201)["secret"].as_str().unwrap().to_owned();
    let grants = |levels: &[&str], teams: &[&str], role: Option<&str>| Grants {
        levels: levels.iter().map(|level| (*level).to_owned()).collect(),
        teams: teams.iter().map(|team| (*team).to_owned()).collect(),
        role: role.map(str::to_owned),
    };
    let groups = BTreeMap::from([
        ("oncall".to_owned(), grants(&["engineer"], &["Databases"], None)),
        ("leads".to_owned(), grants(&["lead"], &[], None)),
        ("platform-admins".to_owned(), grants(&[], &[], Some("administrator"))),
    ]);
    let mut ways = Ways::default();
    ways.directory = DirectoryRules { groups, invites: true };
    let app = house.app().with_ways(ways);
    let mut directory = Browser::at(router(app));
    directory.headers = vec![("authorization", format!("Bearer {secret}"))];
    directory
}

async fn send(who: &Browser, method: Method, path: &str, body: Value) -> Answer {
    who.send_as(method, &format!("/scim/v2{path}"), "application/scim+json", body.to_string().into_bytes()).await
}

async fn list(who: &Browser, path: &str) -> Value {
    let answer = who.get(&format!("/scim/v2{path}")).await;
    assert_eq!(answer.header("content-type"), "application/scim+json");
    answer.is(200)
}

#[track_caller]
fn refused(answer: &Answer, status: u16, sort: &str) {
    let told = answer.is(status);
    assert_eq!(told["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{told}");
    assert_eq!(told["status"], status.to_string());
    assert_eq!(told["scimType"].as_str().unwrap_or_default(), sort, "{told}");
}

fn patch(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

/// What Entra sends for a new person.
fn grace() -> Value {
    json!({
        "schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef", "userName": "Grace@house.example", "active": true,
        "displayName": "Grace Hopper", "emails": [{"primary": true, "type": "work", "value": "grace@house.example"}],
        "meta": {"resourceType": "User"}, "name": {"formatted": "Grace Hopper", "familyName": "Hopper", "givenName": "Grace"},
        "roles": [], "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "navy"},
    })
}

both!(entra_brings_somebody_changes_them_and_takes_them, |house| async move {
    let ada = house.set_up("many").await;
    let entra = directory(&house, &ada).await;
    assert_eq!(list(&entra, "/Users?filter=userName+eq+%22grace%40house.example%22").await["totalResults"], 0);
    let made = send(&entra, Method::POST, "/Users", grace()).await;
    let grace_now = made.is(201);
    let id = grace_now["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("http://127.0.0.1:8080/scim/v2/Users/{id}"));
    assert_eq!(grace_now["userName"], "Grace@house.example");
    assert_eq!(grace_now["externalId"], "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef");
    refused(&send(&entra, Method::POST, "/Users", grace()).await, 409, "uniqueness");
    let invited = house.outbox().await.into_iter().filter(|mail| mail.template == "invitation").count();
    assert_eq!(invited, 1, "who is added where no provider signs people in is mailed an invitation, once");
    for filter in ["userName eq \"GRACE@house.example\"", "externalId eq \"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef\""] {
        let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let found = list(&entra, &format!("/Users?filter={filter}")).await;
        assert_eq!((&found["totalResults"], &found["Resources"][0]["id"]), (&json!(1), &json!(id)), "{filter}");
    }
    let path = format!("/Users/{id}");
    let renames = patch(json!([
        {"op": "Replace", "path": "displayName", "value": "Rear Admiral Hopper"},
        {"op": "Add", "path": "name.familyName", "value": "Hopper"},
        {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "cobol"},
    ]));
    assert_eq!(send(&entra, Method::PATCH, &path, renames).await.is(200)["displayName"], "Rear Admiral Hopper");
    let moves =
        patch(json!([{"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "evil@evil.example"}]));
    refused(&send(&entra, Method::PATCH, &path, moves).await, 400, "mutability");
    let leaves = patch(json!([{"op": "Replace", "path": "active", "value": "False"}]));
    assert_eq!(send(&entra, Method::PATCH, &path, leaves).await.is(200)["active"], false);
    let person = ada.get(&format!("/api/v1/people/{id}")).await.is(200);
    assert_eq!((&person["active"], &person["name"]), (&json!(false), &json!("Rear Admiral Hopper")), "{person}");
    let told = ada.get("/api/v1/record?limit=50").await.text();
    for sentence in ["added Rear Admiral Hopper", "renamed", "deactivated", "took over Rear Admiral Hopper"] {
        assert!(told.contains(sentence), "the record lacks “{sentence}”: {told}");
    }
});

both!(who_is_taken_away_hands_on_what_waited_for_them_and_is_never_erased, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob Ferrari", Role::Member, &["lead"]).await;
    let okta = directory(&house, &ada).await;
    let found = list(&okta, "/Users?filter=userName%20eq%20%22bob%40house.example%22").await;
    let bob_now = found["Resources"][0].clone();
    assert_eq!(bob_now["userName"], "bob@house.example", "who is here already is known by their address: {found}");
    let id = bob_now["id"].as_str().unwrap().to_owned();
    let path = format!("/Users/{id}");
    // Okta takes over somebody who is here: all of it by PUT, then the end by one object without a path.
    let whole = json!({"schemas": [USER], "id": id, "userName": "bob@house.example", "externalId": "00u1",
        "name": {"givenName": "Robert", "familyName": "Ferrari"}, "active": true,
        "emails": [{"primary": true, "value": "bob@house.example", "type": "work"}]});
    assert_eq!(send(&okta, Method::PUT, &path, whole).await.is(200)["displayName"], "Robert Ferrari");
    bob.get("/api/v1/session").await.is(200);
    let ends = patch(json!([{"op": "replace", "value": {"active": false}}]));
    send(&okta, Method::PATCH, &path, ends).await.is(200);
    bob.get("/api/v1/session").await.is_problem(401, "not_signed_in");
    bob.post("/api/v1/session", json!({"email": "bob@house.example", "password": PASSWORD}))
        .await
        .is_problem(401, "wrong_password");
    let back = patch(json!([{"op": "replace", "value": {"active": true}}]));
    send(&okta, Method::PATCH, &path, back).await.is(200);
    send(&okta, Method::DELETE, &path, json!(null)).await.is(204);
    refused(&okta.get(&format!("/scim/v2{path}")).await, 404, "");
    assert_eq!(list(&okta, "/Users?filter=externalId%20eq%20%2200u1%22").await["totalResults"], 0);
    let person = ada.get(&format!("/api/v1/people/{id}")).await.is(200);
    assert_eq!((&person["name"], &person["active"]), (&json!("Robert Ferrari"), &json!(false)), "deleting erased him");
    assert_eq!(person["levels"], json!(["lead"]), "as when an administrator deactivates him");
    let again =
        json!({"schemas": [USER], "userName": "bob@house.example", "displayName": "Bob Ferrari", "active": true});
    let made = send(&okta, Method::POST, "/Users", again).await.is(201);
    assert_eq!(made["id"], json!(id), "who comes back is who they were");
    let me = ada.get("/api/v1/session").await.is(200)["person"]["id"].as_str().unwrap().to_owned();
    refused(&send(&okta, Method::DELETE, &format!("/Users/{me}"), json!(null)).await, 409, "");
});

both!(groups_give_what_the_operator_said_and_nobody_a_level_of_their_own_making, |house| async move {
    let ada = house.set_up("many").await;
    house.invites(&ada, "Cleo Park", Role::Administrator, &[]).await;
    let grace_id = {
        let entra = directory(&house, &ada).await;
        ada.post("/api/v1/teams", json!({"name": "Databases", "members": []})).await.is(201);
        let grace = send(&entra, Method::POST, "/Users", grace()).await.is(201)["id"].as_str().unwrap().to_owned();
        let made = json!({"schemas": [GROUP], "displayName": "oncall", "externalId": "g-1", "members": []});
        let group =
            send(&entra, Method::POST, "/Groups", made.clone()).await.is(201)["id"].as_str().unwrap().to_owned();
        refused(&send(&entra, Method::POST, "/Groups", made).await, 409, "uniqueness");
        let joins = patch(json!([{"op": "Add", "path": "members", "value": [{"value": grace}]}]));
        let path = format!("/Groups/{group}");
        assert_eq!(send(&entra, Method::PATCH, &path, joins).await.is(200)["members"][0]["value"], json!(grace));
        let person = ada.get(&format!("/api/v1/people/{grace}")).await.is(200);
        assert_eq!(person["levels"], json!(["engineer"]), "{person}");
        assert_eq!(person["teams"][0]["name"], "Databases", "{person}");
        let found = list(&entra, "/Groups?excludedAttributes=members&filter=displayName%20eq%20%22oncall%22").await;
        assert_eq!((&found["totalResults"], found["Resources"][0].get("members")), (&json!(1), None), "{found}");
        let shown = list(&entra, &format!("/Users/{grace}")).await;
        assert_eq!(shown["groups"][0]["display"], "oncall");
        let goes = patch(json!([{"op": "remove", "path": format!("members[value eq \"{grace}\"]")}]));
        send(&entra, Method::PATCH, &path, goes).await.is(200);
        let person = ada.get(&format!("/api/v1/people/{grace}")).await.is(200);
        assert_eq!((&person["levels"], &person["teams"]), (&json!([]), &json!([])), "what a group gave stayed behind");
        let strange = patch(json!([{"op": "Add", "path": "members", "value": [{"value": group}]}]));
        refused(&send(&entra, Method::PATCH, &path, strange).await, 400, "invalidValue");
        let twice = patch(json!([{"op": "Add", "path": "members", "value": [{"value": grace}]}]));
        send(&entra, Method::PATCH, &path, twice).await.is(200);
        send(&entra, Method::DELETE, &path, json!(null)).await.is(204);
        grace
    };
    let person = ada.get(&format!("/api/v1/people/{grace_id}")).await.is(200);
    assert_eq!(person["levels"], json!([]), "a group that is gone gave something still");
    // Who made the token puts themselves among the leads: that waits for another administrator, and no longer.
    let entra = directory(&house, &ada).await;
    let me = ada.get("/api/v1/session").await.is(200)["person"]["id"].as_str().unwrap().to_owned();
    let members = json!([{"value": me}]);
    for name in ["platform-admins", "leads"] {
        let made = json!({"schemas": [GROUP], "displayName": name, "members": members});
        send(&entra, Method::POST, "/Groups", made).await.is(201);
    }
    let person = ada.get(&format!("/api/v1/people/{me}")).await.is(200);
    assert_eq!(
        person["levels"],
        json!([]),
        "an administrator gave themselves a level by way of the directory: {person}"
    );
    assert_eq!((&person["asked_levels"], &person["role"]), (&json!(["lead"]), &json!("administrator")));
});

both!(a_directorys_token_does_nothing_else_and_nothing_else_does_its_work, |house| async move {
    let ada = house.set_up("many").await;
    let bob = house.invites(&ada, "Bob Ferrari", Role::Member, &["lead"]).await;
    bob.post("/api/v1/tokens", json!({"name": "x", "scopes": ["scim"]})).await.is_problem(403, "forbidden");
    let both = json!({"name": "x", "scopes": ["scim", "read"]});
    assert_eq!(ada.post("/api/v1/tokens", both).await.is_problem(422, "invalid_field")["field"], "scopes");
    let cleo = house.invites(&ada, "Cleo Park", Role::Administrator, &[]).await;
    let made = cleo.post("/api/v1/tokens", json!({"name": "Okta", "scopes": ["scim"]})).await.is(201);
    let token = house.program(made["secret"].as_str().unwrap());
    for path in ["/notices", "/people", "/home", "/messages", "/record", "/tokens", "/session", "/account"] {
        token.get(&format!("/api/v1{path}")).await.is_problem(403, "forbidden");
    }
    token.send_bytes("/api/v1/messages", "message/rfc822", b"From: a@b.example\r\n\r\nx".to_vec()).await.is(403);
    let mut others = vec![("anonymous", house.visitor(), 401), ("a session", ada, 403), ("a member", bob, 403)];
    let ada = house.visitor();
    ada.post("/api/v1/session", json!({"email": "ada@house.example", "password": PASSWORD})).await.is(200);
    let reads = ada.post("/api/v1/tokens", json!({"name": "r", "scopes": ["read", "ingest", "probe"]})).await.is(201);
    others.push(("another token", house.program(reads["secret"].as_str().unwrap()), 403));
    let doors = [
        (Method::GET, "/Users"),
        (Method::POST, "/Users"),
        (Method::GET, "/Users/x"),
        (Method::PUT, "/Users/x"),
        (Method::PATCH, "/Users/x"),
        (Method::DELETE, "/Users/x"),
        (Method::GET, "/Groups"),
        (Method::POST, "/Groups"),
        (Method::GET, "/Groups/x"),
        (Method::PUT, "/Groups/x"),
        (Method::PATCH, "/Groups/x"),
        (Method::DELETE, "/Groups/x"),
        (Method::GET, "/ServiceProviderConfig"),
        (Method::GET, "/ResourceTypes"),
        (Method::GET, "/ResourceTypes/User"),
        (Method::GET, "/Schemas"),
        (Method::GET, "/Schemas/x"),
    ];
    for (who, browser, status) in &others {
        for (method, path) in &doors {
            let answer = send(browser, method.clone(), path, grace()).await;
            assert_eq!(answer.status.as_u16(), *status, "{who}: {method} {path} answered {}", answer.text());
        }
    }
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas"] {
        list(&token, path).await;
    }
    list(&token, &format!("/Schemas/{USER}")).await;
    let id = cleo.get("/api/v1/session").await.is(200)["person"]["id"].as_str().unwrap().to_owned();
    let demoted = json!({"role": "member"});
    ada.send(Method::PATCH, &format!("/api/v1/people/{id}"), Some(demoted)).await.is(200);
    refused(&token.get("/scim/v2/Users").await, 403, "");
});

both!(pages_of_a_list_and_odd_requests_are_answered_as_the_standard_says, |house| async move {
    let ada = house.set_up("many").await;
    let okta = directory(&house, &ada).await;
    for n in 0..5 {
        let one = json!({"schemas": [USER], "userName": format!("p{n}@house.example"), "displayName": format!("P{n}")});
        send(&okta, Method::POST, "/Users", one).await.is(201);
    }
    let page = list(&okta, "/Users?startIndex=3&count=2").await;
    let told = |of: &Value| (of["totalResults"].clone(), of["startIndex"].clone(), of["itemsPerPage"].clone());
    assert_eq!(told(&page), (json!(6), json!(3), json!(2)), "{page}");
    assert_eq!(page["Resources"][0]["displayName"], "P1", "the order is not that of coming: {page}");
    assert_eq!(told(&list(&okta, "/Users?startIndex=-4&count=0").await), (json!(6), json!(1), json!(0)));
    assert_eq!(told(&list(&okta, "/Users?startIndex=99").await), (json!(6), json!(99), json!(0)));
    refused(&okta.get("/scim/v2/Users?filter=userName%20co%20%22a%22").await, 400, "invalidFilter");
    refused(&send(&okta, Method::POST, "/Users", json!({"displayName": "x"})).await, 400, "invalidValue");
    refused(&send(&okta, Method::POST, "/Users", json!({"userName": "no address"})).await, 400, "invalidValue");
    refused(&send(&okta, Method::POST, "/Users", json!([])).await, 400, "invalidSyntax");
    let evil = json!({"userName": "x@house.example", "displayName": "X\r\nBcc: all@house.example"});
    refused(&send(&okta, Method::POST, "/Users", evil).await, 400, "invalidValue");
    let told = okta.send_as(Method::POST, "/scim/v2/Users", "text/plain", b"{}".to_vec()).await;
    assert_eq!(told.status.as_u16(), 415, "a form of another site was read");
    refused(
        &okta.send_as(Method::POST, "/scim/v2/Users", "application/json", b"{".to_vec()).await,
        400,
        "invalidSyntax",
    );
    refused(&okta.get("/scim/v2/Users/none").await, 404, "");
    assert_eq!(okta.get("/scim/v2/Bulk").await.status.as_u16(), 404);
});
