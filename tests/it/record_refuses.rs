//! The record is append-only in the database itself, whoever holds a connection.

use sea_orm::{ActiveValue::Set, ConnectionTrait as _, EntityTrait as _};

use countersign::store::entity::events;
use countersign::store::{At, is_conflict};

use crate::harness::House;

fn event(sequence: i64) -> events::ActiveModel {
    events::ActiveModel {
        stream: Set("installation".to_owned()),
        sequence: Set(sequence),
        at: Set(At(1)),
        actor: Set("{}".to_owned()),
        cause: Set(None),
        kind: Set("tested".to_owned()),
        version: Set(1),
        payload: Set(b"{}".to_vec()),
        prev: Set(String::new()),
        hash: Set("00".to_owned()),
    }
}

async fn refused(house: &House, sql: &str) {
    let told = house.store().writer().execute_unprepared(sql).await.expect_err(sql).to_string();
    assert!(told.contains("append-only"), "{sql} was refused, but for another reason: {told}");
}

both!(events_cannot_be_changed_or_removed, |house| async move {
    events::Entity::insert(event(1)).exec_without_returning(house.store().writer()).await.unwrap();
    refused(&house, "UPDATE events SET hash = 'ff'").await;
    refused(&house, "DELETE FROM events").await;
    if house.store().backend() == sea_orm::DbBackend::Postgres {
        refused(&house, "TRUNCATE events").await;
    } else {
        refused(&house, "REPLACE INTO events SELECT * FROM events").await;
    }
    let kept = events::Entity::find().all(house.store().reader()).await.unwrap();
    assert_eq!((kept.len(), kept[0].hash.as_str()), (1, "00"));
});

both!(two_writers_of_one_place_in_a_stream_are_told_apart, |house| async move {
    let writer = house.store().writer();
    events::Entity::insert(event(1)).exec_without_returning(writer).await.unwrap();
    let error = events::Entity::insert(event(1)).exec_without_returning(writer).await.expect_err("the place is taken");
    assert!(is_conflict(&error), "a taken place must read as a conflict to be retried, not as {error}");
});
