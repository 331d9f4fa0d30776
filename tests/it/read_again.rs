//! A message that is filed already is read again after the reader improved: differences are offered, and nothing that people
//! work by changes by itself.

use std::sync::Arc;

use countersign::desk::{Desk, DeskError, Difference};
use countersign::notice::procedure::Gate;
use countersign::reading::profile::Providers;
use countersign::reading::{Input, Reading, read};
use serde_json::json;

use crate::harness::{House, mails};

/// The house with a reader of long ago, which found no date and one instance less.
fn long_ago(house: &House) -> Desk {
    let reader = |input: &Input<'_>| -> Reading {
        let mut reading = read(input, Providers::embedded());
        for found in &mut reading.notices {
            found.deadlines.clear();
            found.resources.retain(|resource| !resource.id.ends_with("ledger-primary"));
        }
        reading
    };
    house.desk.clone().with_reader(Arc::new(reader))
}

both!(what_a_better_reader_finds_is_offered_and_nothing_changes_by_itself, |house| async move {
    let ada = house.set_up("many").await;
    let received = house.receives(mails::original()).await;
    assert_eq!(long_ago(&house).read_pending(10).await.unwrap(), 1);
    let before = ada.get("/api/v1/notices/1").await.is(200);
    assert_eq!(before["deadlines"], json!([]), "the reader of long ago found a date");

    let path = format!("/api/v1/messages/{}/comparison", received.message_id);
    let told = ada.post(&path, json!({})).await.is(200);
    let items = told["items"].as_array().expect("differences").clone();
    let sentences: Vec<&str> = items.iter().map(|item| item["sentence"].as_str().unwrap()).collect();
    assert_eq!(items.len(), 2, "{sentences:?}");
    assert!(sentences[0].contains("2024-08-22") && sentences[1].contains("ledger-primary"), "{sentences:?}");
    let after = ada.get("/api/v1/notices/1").await.is(200);
    assert_eq!((&after["deadlines"], &after["resources"]), (&before["deadlines"], &before["resources"]));
    assert_eq!(after["record"], before["record"], "looking is no event");

    // A person takes them over by the notice's own ways.
    let deadline = json!({"role": items[0]["deadline"]["role"], "when": {
        "at": items[0]["deadline"]["when"]["at"], "zone": items[0]["deadline"]["when"]["zone"]}});
    ada.post("/api/v1/notices/1/deadlines", deadline).await.is(200);
    ada.post("/api/v1/notices/1/resources", items[1]["resource"].clone()).await.is(200);
    let told = ada.post(&path, json!({})).await.is(200);
    assert_eq!(told["items"], json!([]), "what was taken over is offered again");
});

both!(a_message_that_reads_as_it_did_is_told_so_and_one_that_is_not_filed_is_refused, |house| async move {
    let crew = house.founded().await;
    let received = house.receives(mails::original()).await;
    let refused = house.desk.reread(received.message_id).await;
    assert!(matches!(&refused, Err(DeskError::Conflict { code: "message_not_filed", .. })), "{refused:?}");
    house.reads().await;
    house.prepares(crew.alice, 1, Gate::Assess, crew.team).await;
    house.signs(crew.alice, 1, Gate::Assess).await;
    assert!(house.desk.reread(received.message_id).await.unwrap().is_empty());
    assert_eq!(house.desk.filed_messages().await.unwrap(), [received.message_id]);

    // One that reads less than before takes nothing away.
    let told = long_ago(&house).reread(received.message_id).await.unwrap();
    assert_eq!(told.len(), 1);
    let gone = |difference: &Difference| matches!(difference, Difference::NoDeadline(_) | Difference::NoResource(_));
    assert!(told[0].differences.iter().all(gone), "{:?}", told[0].differences);
    let case = house.notice(1).await;
    assert_eq!((case.facts.deadlines.len(), case.facts.resources.len()), (1, 3));
    assert!(countersign::notice::gate::is_current(&case, &case.sign_offs[0]), "reading again made a signature stale");
});
