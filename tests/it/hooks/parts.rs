//! What a provider tells in parts, from its hook to the notice's page: a status page's timeline, and an event whose
//! affected resources come on several pages.

use countersign::identity::Role;
use countersign::notice::procedure::Gate;
use serde_json::{Value, json};

use super::*;

const HOOKS: &str = "[[inbound.hooks]]\nname = 'bus'\nadapter = 'eventbridge'\nsecret = 's3cret'\n\
                     [[inbound.hooks]]\nname = 'status'\nadapter = 'statuspage'\n";

fn update(n: usize) -> Value {
    let all = [
        ("investigating", "09:00", "We are looking into failing logins."),
        ("identified", "09:20", "<p>A certificate of the login service has <b>expired</b>.</p>"),
        ("resolved", "10:05", "The certificate was renewed."),
    ];
    let (status, at, body) = all[n];
    let at = format!("2024-06-01T{at}:00Z");
    json!({ "id": format!("u{n}"), "status": status, "body": body, "created_at": at, "display_at": at })
}

/// An incident as the page delivers it: every update so far, the newest first.
fn incident(updates: usize) -> String {
    let told: Vec<Value> = (0..updates).rev().map(update).collect();
    json!({
        "page": { "id": "p1" },
        "incident": {
            "id": "i1", "name": "Logins fail", "status": told[0]["status"], "impact": "major",
            "created_at": "2024-06-01T09:00:00Z", "incident_updates": told,
        },
    })
    .to_string()
}

both!(the_incidents_timeline_becomes_the_notices_history, |house| async move {
    let ada = house.set_up("many").await;
    let hooks = open(&house, HOOKS);
    for updates in [1, 2, 2, 3, 2] {
        assert_eq!(call(&hooks, "/in/status", &[], incident(updates)).await.0, 200);
        house.reads().await;
    }
    let page = ada.get("/api/v1/notices/1").await.is(200);
    let told: Vec<(&str, &str)> = page["timeline"]
        .as_array()
        .expect("a timeline")
        .iter()
        .map(|entry| (entry["status"].as_str().unwrap(), entry["text"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("investigating", "We are looking into failing logins."),
            ("identified", "A certificate of the login service has expired."),
            ("resolved", "The certificate was renewed."),
        ]
    );
    let record = page["record"].as_array().expect("a record");
    let entries: Vec<&str> = record
        .iter()
        .filter(|entry| entry["type"] == "timeline_extended")
        .map(|entry| entry["sentence"].as_str().unwrap())
        .collect();
    assert_eq!(entries.len(), 3, "each update is on record once: {record:#?}");
    assert!(entries[2].contains("“resolved”: “The certificate was renewed.”"), "{entries:?}");
});

/// One page of two of an AWS Health event, as EventBridge delivers it.
fn event(page: u32, version: u32) -> String {
    let instances = [["orders-primary", "orders-replica"], ["ledger-primary", "ledger-replica"]];
    let entities: Vec<Value> = instances[page as usize - 1]
        .iter()
        .map(|name| json!({ "entityValue": format!("arn:aws:rds:eu-west-1:123456789012:db:{name}"), "status": "PENDING" }))
        .collect();
    json!({
        "version": "0", "id": format!("{page}-{version}"), "detail-type": "AWS Health Event", "source": "aws.health",
        "account": "123456789012", "time": "2024-06-01T07:00:00Z", "region": "eu-west-1", "resources": [],
        "detail": {
            "eventArn": "arn:aws:health:eu-west-1::event/RDS/AWS_RDS_CA_ROTATION/AWS_RDS_CA_ROTATION_7",
            "service": "RDS", "eventTypeCode": "AWS_RDS_CA_CERTIFICATE_ROTATION", "eventTypeCategory": "scheduledChange",
            "communicationId": format!("0f1e2d-{version}"), "startTime": "Thu, 22 Aug 2024 17:08:50 GMT",
            "statusCode": "upcoming", "eventRegion": "eu-west-1",
            "eventDescription": [{ "language": "en_US", "latestDescription":
                "Rotate your SSL/TLS certificates\nThe certificate authority rds-ca-2019 expires on August 22, 2024." }],
            "affectedEntities": entities, "affectedAccount": "123456789012",
            "page": page.to_string(), "totalPages": "2",
        },
    })
    .to_string()
}

async fn deliver(house: &House, hooks: &Router, page: u32, version: u32) {
    let key = [("x-api-key", "s3cret")];
    assert_eq!(call(hooks, "/in/bus", &key, event(page, version)).await.0, 200);
    house.reads().await;
}

both!(pages_of_an_event_are_put_together_in_either_order, |house| async move {
    let ada = house.set_up("many").await;
    let hooks = open(&house, HOOKS);
    deliver(&house, &hooks, 2, 1).await;
    let early = ada.get("/api/v1/notices/1").await.is(200);
    assert_eq!(early["pages"], json!({ "missing": [1], "of": 2 }));
    assert!(house.blocked_by(1, Gate::Assess).await.contains(&"pages_missing".to_owned()));

    deliver(&house, &hooks, 1, 1).await;
    let whole = ada.get("/api/v1/notices/1").await.is(200);
    assert_eq!(whole["pages"], Value::Null);
    let mut keys: Vec<&str> =
        whole["resources"].as_array().unwrap().iter().filter_map(|r| r["key"].as_str()?.rsplit(':').next()).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["ledger-primary", "ledger-replica", "orders-primary", "orders-replica"]);
    let sentences: Vec<&str> =
        whole["record"].as_array().unwrap().iter().filter_map(|entry| entry["sentence"].as_str()).collect();
    assert!(sentences.iter().any(|told| told.contains("sent a further page")), "{sentences:#?}");
    assert!(
        !sentences.iter().any(|told| told.contains("sent an update")),
        "a page is told as a change: {sentences:#?}"
    );
    assert!(house.sends().await.iter().all(|mail| !mail.contains("revised")), "people are told that it changed");
    assert_eq!(ada.get("/api/v1/notices").await.is(200)["items"].as_array().unwrap().len(), 1);
});

both!(signatures_outlive_a_repeated_page_and_not_a_new_version, |house| async move {
    let crew = house.founded().await;
    let hooks = open(&house, HOOKS);
    for page in [1, 2] {
        deliver(&house, &hooks, page, 1).await;
    }
    house.prepares(crew.alice, 1, Gate::Assess, crew.team).await;
    house.signs(crew.alice, 1, Gate::Assess).await;
    let signed = |case: &countersign::notice::Case| countersign::notice::gate::is_current(case, &case.sign_offs[0]);
    deliver(&house, &hooks, 2, 1).await;
    // Another version begins with the page that names what is known.
    deliver(&house, &hooks, 1, 2).await;
    let case = house.notice(1).await;
    assert!(signed(&case), "a page that names nothing new made a signature stale");
    assert_eq!(case.pages.missing(), [2], "what the new version still owes is not asked for");
    deliver(&house, &hooks, 2, 2).await;
    assert!(house.notice(1).await.pages.missing().is_empty());
});

both!(a_person_who_looked_it_up_says_that_the_list_is_whole, |house| async move {
    let ada = house.set_up("many").await;
    let auditor = house.invites(&ada, "Otto Weiss", Role::Auditor, &[]).await;
    let hooks = open(&house, HOOKS);
    deliver(&house, &hooks, 1, 1).await;
    auditor.post("/api/v1/notices/1/pages/confirmation", json!({})).await.is(403);
    let page = ada.post("/api/v1/notices/1/pages/confirmation", json!({})).await.is(200);
    assert_eq!(page["pages"], Value::Null);
    let said = page["record"].as_array().unwrap().iter().any(|entry| entry["type"] == "pages_confirmed");
    assert!(said, "who said so is not on record");
});
