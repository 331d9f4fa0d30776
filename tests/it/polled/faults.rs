//! What may go wrong while a source is read: nothing is asked twice, nothing is lost, and nobody is pestered.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use countersign::clock::machine_now;
use countersign::store::{Durability, Store};
use sea_orm::PaginatorTrait as _;

use super::*;
use crate::harness::{Program, soak};

const PATIENCE: Duration = Duration::from_secs(300);

fn page(server: &Server, incidents: usize) -> Source {
    let incident = |n: usize| {
        let at = format!("2024-05-30T08:{:02}:{:02}Z", n / 60, n % 60);
        json!({
            "id": format!("i{n}"), "name": format!("Logins fail, case {n}"), "status": "investigating", "impact": "major",
            "created_at": at, "updated_at": at,
            "incident_updates": [{ "id": format!("u{n}"), "status": "investigating", "body": "We look.", "created_at": at }],
        })
    };
    let page = json!({ "id": "p1", "name": "Example Status", "url": "https://status.example" });
    let all: Vec<_> = (0..incidents).map(incident).collect();
    server.says("/api/v2/incidents.json", json!({ "page": page, "incidents": all }));
    server.says("/api/v2/scheduled-maintenances.json", json!({ "page": page, "scheduled_maintenances": [] }));
    source(&format!("name = 'page'\nadapter = 'statuspage'\nurl = '{}'", server.base))
}

/// When a source is due again, from now.
async fn due_in(house: &House) -> TimeDelta {
    let row = channels::sources(house.store().reader()).await.unwrap().remove(0);
    row.next_at.expect("it has been read").utc() - machine_now()
}

both!(what_has_not_changed_is_not_sent_again, |house| async move {
    let server = Server::start().await;
    let source = page(&server, 1);
    looks(&house, &source).await;
    assert!(server.asked().iter().all(|asked| asked.etag.is_empty() && asked.modified.is_empty()));
    looks(&house, &source).await;
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    for one in asked {
        assert!(!one.etag.is_empty() && one.modified == MODIFIED, "it was not said what is known already: {one:?}");
    }
    assert_eq!((all(&house).await.len(), trouble(&house).await), (1, None));
});

both!(a_server_that_asks_to_be_left_alone_is_and_one_that_fails_is_asked_less_and_less, |house| async move {
    let server = Server::start().await;
    let source = page(&server, 1);
    server.is_busy(Some((StatusCode::TOO_MANY_REQUESTS, Some("7200"))));
    looks(&house, &source).await;
    assert!(due_in(&house).await > TimeDelta::minutes(118), "it asked for two hours: {}", due_in(&house).await);
    let told = trouble(&house).await.expect("the trouble is told");
    assert!(told.contains("429"), "{told}");

    server.is_busy(Some((StatusCode::SERVICE_UNAVAILABLE, None)));
    let mut pauses = Vec::new();
    for _ in 0..5 {
        looks(&house, &source).await;
        pauses.push(due_in(&house).await);
    }
    assert!(pauses[4] > pauses[0] * 3, "it is asked as often as before: {pauses:?}");
    assert!(pauses[4] <= TimeDelta::minutes(66), "nobody is given up: {pauses:?}");

    server.is_busy(None);
    looks(&house, &source).await;
    let row = channels::sources(house.store().reader()).await.unwrap().remove(0);
    assert_eq!((row.failures, row.trouble, all(&house).await.len()), (0, None, 1));
    assert!(due_in(&house).await < TimeDelta::minutes(6), "it goes on being left alone");
});

both!(of_two_replicas_one_reads_and_the_living_takes_over_from_the_dead, |house| async move {
    let server = Server::start().await;
    let source = page(&server, 3);
    server.is_slow(Duration::from_millis(300));
    let lease = Duration::from_secs(2);
    let other = House::restarted(&house).await;
    let first = Poller { lease, ..poller(&house, "one") };
    let second = Poller { desk: other, lease, ..poller(&house, "two") };
    let (a, b) = tokio::join!(first.look(&source), second.look(&source));
    assert!(a.unwrap() != b.unwrap(), "both read it, or neither");
    assert_eq!((server.times("/api/v2/incidents.json"), all(&house).await.len()), (1, 3));

    // One dies with the source in hand: its lease runs out, and not before.
    channels::due_now(house.store(), "poll/page").await.unwrap();
    server.is_slow(Duration::from_secs(3_600));
    let (dying, of) = (first.clone(), source.clone());
    let dying = tokio::spawn(async move { dying.look(&of).await });
    let since = Instant::now();
    while server.times("/api/v2/incidents.json") == 0 {
        assert!(since.elapsed() < PATIENCE, "nobody began to read");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // It holds on for longer than a lease lasts, for as long as it lives.
    let until = Instant::now() + lease * 2;
    while Instant::now() < until {
        assert!(!second.look(&source).await.unwrap(), "a source was taken from who reads it");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    dying.abort();
    server.is_slow(Duration::ZERO);
    let since = Instant::now();
    while !second.look(&source).await.unwrap() {
        assert!(since.elapsed() < PATIENCE, "nobody took over");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(all(&house).await.len(), 3);
});

async fn count(store: &Store) -> usize {
    usize::try_from(messages::Entity::find().count(store.reader()).await.unwrap()).unwrap()
}

/// When the source was last read to its end.
async fn well(store: &Store) -> Option<DateTime<Utc>> {
    let row = channels::sources(store.reader()).await.unwrap().into_iter().next();
    row.and_then(|row| row.well_at).map(|at| at.utc())
}

both!(killed_between_reading_and_taking_note_it_keeps_each_once, |house| async move {
    house.founded().await;
    house.store().clone().close().await.unwrap();
    let server = Server::start().await;
    let incidents = soak(300, 3_000);
    let source = page(&server, incidents);
    let settings = format!(
        "[web]\nlisten = '127.0.0.1:0'\n[smtp]\nlisten = ''\n[dispatch]\ntick_seconds = 3600\n[poll]\nlease_seconds = 2\n\
         [[poll.sources]]\nname = 'page'\nadapter = 'statuspage'\nurl = '{}'\nevery_seconds = 10\n",
        source.url
    );
    let serve = ["serve", "--local", "--clock", "2024-06-01T08:00:00Z"];
    let mut program = Program::of(&house, &house.folder().join("data"), &serve, &settings);
    let store = Store::connect_with(&house.url, Durability::Loose).await.unwrap();
    let (mut kills, mut between) = (0, 0);
    let mut wanted = 1;
    let since = Instant::now();
    program.start();
    while well(&store).await.is_none() {
        assert!(since.elapsed() < PATIENCE, "{} of {incidents} came in {PATIENCE:?}", count(&store).await);
        let now = count(&store).await;
        if now >= wanted && now < incidents {
            program.kill();
            kills += 1;
            between += usize::from(well(&store).await.is_none());
            wanted = count(&store).await + incidents / 4;
            program.start();
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(program.stop().success(), "the program does not end well when it is asked to stop");
    assert!(between > 0, "it was never killed in between; make it read more");
    assert_eq!(count(&store).await, incidents, "after {kills} kills each incident is there once");
    let asked = server.asked();
    let blind = asked.iter().filter(|asked| asked.what.ends_with("/incidents.json") && asked.etag.is_empty()).count();
    assert!(blind > between, "what was not committed was noted as read: {asked:?}");
    println!("{incidents} incidents, {kills} kills, {between} of them before the note: each is there once");
});
