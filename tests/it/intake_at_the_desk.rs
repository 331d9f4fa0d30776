//! What a door may rely on: a message is durable before it is acknowledged, told apart from a repeat, and in one worker's
//! hands at a time.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use countersign::store::{Store, intake};

both!(a_message_is_durable_when_it_is_accepted, |house| async move {
    let received = house.receives("Subject: a\r\n\r\nbody\0with a nul").await;

    // Another connection, as after a restart, finds it whole.
    let reopened = Store::connect(&house.url).await.unwrap();
    let row = intake::get(reopened.reader(), received.message_id).await.unwrap().expect("the message is there");
    let raw = intake::raw(reopened.reader(), row.blob).await.unwrap().expect("its bytes are there");
    assert_eq!(raw, b"Subject: a\r\n\r\nbody\0with a nul");
    assert_eq!(row.state, intake::state::RECEIVED);
});

both!(the_same_bytes_twice_are_told_and_both_kept, |house| async move {
    let first = house.receives("Subject: a\r\n\r\nsame").await;
    let second = house.receives("Subject: a\r\n\r\nsame").await;
    let third = house.receives("Subject: a\r\n\r\nsame").await;
    assert_eq!(first.duplicate, None);
    assert_eq!(second.duplicate, Some(first.message_id));
    assert_eq!(third.duplicate, Some(first.message_id), "a repeat of a repeat names the first");
    let channel = &countersign::store::channels::all(house.store().reader()).await.unwrap()[0];
    assert_eq!((channel.id.as_str(), channel.messages), ("smtp", 3), "nothing that arrived is dropped");
});

both!(two_workers_never_hold_the_same_message, |house| async move {
    for n in 0..40 {
        house.receives(format!("Subject: {n}\r\n\r\nbody {n}")).await;
    }
    let lease = TimeDelta::minutes(5);
    let taken = futures_util::future::join_all((0..8).map(|_| intake::lease(house.store(), 5, lease))).await;
    let ids: Vec<_> = taken.into_iter().flat_map(|some| some.unwrap()).map(|message| message.id).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "a message was given to two workers");
    assert_eq!(ids.len(), 40, "eight workers asking for five each get all forty");
    assert!(intake::lease(house.store(), 5, lease).await.unwrap().is_empty(), "what is in hand is not given out again");
});

both!(a_dead_workers_messages_are_taken_again, |house| async move {
    let received = house.receives("Subject: a\r\n\r\nbody").await;
    let expired = TimeDelta::seconds(-1);
    assert_eq!(intake::lease(house.store(), 9, expired).await.unwrap().len(), 1);
    let again = intake::lease(house.store(), 9, TimeDelta::minutes(5)).await.unwrap();
    assert_eq!(again.len(), 1, "the message of a worker that died was never taken again");
    assert_eq!((again[0].id, again[0].attempts), (received.message_id, 2));
});
