//! The outbox: planned once, in one sender's hands at a time, tried again until it is sent or given up.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use countersign::notice::sight::Sight;
use countersign::store::deliveries::{self, Delivery, Planned, Sent, state};

use crate::harness::House;

fn mail(house: &House, key: &str) -> Planned {
    Planned {
        id: house.desk.ids.id(),
        key: key.to_owned(),
        kind: "mail",
        template: "reminder".to_owned(),
        data: serde_json::json!({"rung": 1}),
        notice: None,
        gate: None,
        person: None,
        address: "alice@house.example".to_owned(),
        due_at: house.now(),
    }
}

async fn plan(house: &House, keys: impl IntoIterator<Item = String>) -> u64 {
    let planned = keys.into_iter().map(|key| mail(house, &key)).collect();
    deliveries::plan(house.store().writer(), planned, house.now()).await.unwrap()
}

async fn mark_sent(house: &House, delivery: &Delivery) -> bool {
    let done = Sent { delivery, message_id: "<a@house>", rendered: "{}" };
    deliveries::mark_sent(house.store(), &[done], house.now()).await.unwrap().contains(&delivery.id)
}

both!(planning_the_same_reminder_twice_is_nothing, |house| async move {
    assert_eq!(plan(&house, ["a".into(), "b".into()]).await, 2);
    assert_eq!(plan(&house, ["b".into(), "c".into()]).await, 1);
    assert_eq!(deliveries::list(house.store(), Sight::All, (None, None), None, 10).await.unwrap().len(), 3);
});

both!(senders_share_the_work_and_never_a_delivery, |house| async move {
    plan(&house, (0..120).map(|n| format!("key {n}"))).await;
    let lease = TimeDelta::minutes(5);
    let taken =
        futures_util::future::join_all((0..12).map(|_| deliveries::lease(house.store(), house.now(), 10, lease))).await;
    let ids: Vec<_> = taken.into_iter().flat_map(|some| some.unwrap()).map(|delivery| delivery.id).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "two senders hold the same mail");
    assert_eq!(ids.len(), 120);
});

both!(a_temporary_failure_is_tried_again_when_its_time_comes, |house| async move {
    plan(&house, ["a".into()]).await;
    let lease = TimeDelta::minutes(5);
    let taken = deliveries::lease(house.store(), house.now(), 10, lease).await.unwrap();
    let retry = house.now() + TimeDelta::minutes(10);
    assert!(deliveries::mark_failed(house.store(), &taken[0], "451 greylisted", Some(retry)).await.unwrap());
    assert!(deliveries::lease(house.store(), house.now(), 10, lease).await.unwrap().is_empty(), "retried too early");

    house.clock.advance(TimeDelta::minutes(10));
    let again = deliveries::lease(house.store(), house.now(), 10, lease).await.unwrap();
    assert_eq!((again[0].attempts, again[0].last_error.as_deref()), (2, Some("451 greylisted")));
    assert!(mark_sent(&house, &again[0]).await);
    let row = deliveries::get(house.store(), Sight::All, again[0].id).await.unwrap().unwrap();
    assert_eq!((row.state.as_str(), row.last_error), (state::SENT, None));
});

both!(a_sender_that_lost_its_lease_changes_nothing, |house| async move {
    plan(&house, ["a".into()]).await;
    let slow = deliveries::lease(house.store(), house.now(), 1, TimeDelta::seconds(-1)).await.unwrap();
    let quick = deliveries::lease(house.store(), house.now(), 1, TimeDelta::minutes(5)).await.unwrap();
    assert_eq!(quick[0].id, slow[0].id, "a lease that ran out was not given to the next");
    assert!(mark_sent(&house, &quick[0]).await);
    let late = deliveries::mark_failed(house.store(), &slow[0], "timeout", Some(house.now())).await.unwrap();
    assert!(!late, "the slow sender put a sent mail back into the queue");
});

both!(many_marks_are_one_write_and_each_is_held_to_its_own_lease, |house| async move {
    plan(&house, (0..150).map(|n| format!("key {n}"))).await;
    let first = deliveries::lease(house.store(), house.now(), 150, TimeDelta::seconds(-1)).await.unwrap();
    // Ten of them are taken by another, for the leases have run out.
    let again = deliveries::lease(house.store(), house.now(), 10, TimeDelta::minutes(5)).await.unwrap();
    let lost: BTreeSet<_> = again.iter().map(|delivery| delivery.id).collect();
    let ids: Vec<String> = first.iter().map(|delivery| format!("<{}@house>", delivery.key)).collect();
    let done: Vec<Sent<'_>> = first
        .iter()
        .zip(&ids)
        .map(|(delivery, id)| Sent { delivery, message_id: id, rendered: "{\"subject\": \"s\"}" })
        .collect();
    let ours = deliveries::mark_sent(house.store(), &done, house.now()).await.unwrap();
    assert_eq!((ours.len(), ours.intersection(&lost).count()), (140, 0), "a mark went to whoever lost the lease");
    let rows = deliveries::list(house.store(), Sight::All, (Some(state::SENT), None), None, 200).await.unwrap();
    assert_eq!(rows.len(), 140);
    for row in rows {
        assert_eq!(row.message_id, Some(format!("<{}@house>", row.key)), "a mark went to another mail");
        assert_eq!((row.rendered.as_deref(), row.sent_at.is_some()), (Some("{\"subject\": \"s\"}"), true));
    }
});

both!(what_is_handed_back_untried_is_due_at_once_and_was_no_attempt, |house| async move {
    plan(&house, ["a".into()]).await;
    let lease = TimeDelta::minutes(5);
    let taken = deliveries::lease(house.store(), house.now(), 10, lease).await.unwrap();
    assert!(deliveries::hand_back(house.store(), &taken[0]).await.unwrap());
    assert!(!deliveries::hand_back(house.store(), &taken[0]).await.unwrap(), "it was given back already");
    let again = deliveries::lease(house.store(), house.now(), 10, lease).await.unwrap();
    assert_eq!(again.iter().map(|delivery| delivery.attempts).collect::<Vec<_>>(), [1]);
});
