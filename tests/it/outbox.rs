//! The outbox: planned once, in one sender's hands at a time, tried again until it is sent or given up.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use countersign::store::deliveries::{self, Planned, state};

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

both!(planning_the_same_reminder_twice_is_nothing, |house| async move {
    assert_eq!(plan(&house, ["a".into(), "b".into()]).await, 2);
    assert_eq!(plan(&house, ["b".into(), "c".into()]).await, 1);
    assert_eq!(deliveries::list(house.store(), None, None, None, 10).await.unwrap().len(), 3);
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
    assert!(deliveries::mark_sent(house.store(), &again[0], "<a@house>", "{}", house.now()).await.unwrap());
    let row = deliveries::get(house.store(), again[0].id).await.unwrap().unwrap();
    assert_eq!((row.state.as_str(), row.last_error), (state::SENT, None));
});

both!(a_sender_that_lost_its_lease_changes_nothing, |house| async move {
    plan(&house, ["a".into()]).await;
    let slow = deliveries::lease(house.store(), house.now(), 1, TimeDelta::seconds(-1)).await.unwrap();
    let quick = deliveries::lease(house.store(), house.now(), 1, TimeDelta::minutes(5)).await.unwrap();
    assert_eq!(quick[0].id, slow[0].id, "a lease that ran out was not given to the next");
    assert!(deliveries::mark_sent(house.store(), &quick[0], "<a@house>", "{}", house.now()).await.unwrap());
    let late = deliveries::mark_failed(house.store(), &slow[0], "timeout", Some(house.now())).await.unwrap();
    assert!(!late, "the slow sender put a sent mail back into the queue");
});
