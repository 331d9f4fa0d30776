//! Many at once, and some that die: no update is lost, nothing happens twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use countersign::desk::{Asked, NoticeRef, Topic};
use countersign::notice::chain::{self, Stream};
use countersign::notice::command::Command;
use countersign::reading::Reading;
use countersign::store::entity::message_notices;
use countersign::store::intake::{self, state};
use countersign::store::record;
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _, PaginatorTrait as _};

use crate::harness::{House, mails};

both!(two_hundred_commands_at_once_on_one_notice_lose_none, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    let began = std::time::Instant::now();
    let mut hands = Vec::new();
    for n in 0..200 {
        let desk = house.desk.clone();
        hands.push(tokio::spawn(async move {
            let words = desk.draft(&format!("comment {n}"));
            let command = Command::Comment { text: words.reference, mentions: Default::default() };
            desk.act(NoticeRef::Number(1), crew.alice.actor(), Asked::with(command, [words])).await
        }));
    }
    for hand in hands {
        hand.await.unwrap().expect("a comment was refused");
    }
    let took = began.elapsed();
    let case = house.notice(1).await;
    assert_eq!(case.comments.len(), 200, "comments were lost");
    let stream = Stream::Notice(case.id);
    let stored = record::load(house.store().reader(), stream).await.unwrap();
    assert_eq!(chain::verify(stream, &stored, &[]), [], "the chain broke under load");
    println!("200 concurrent commands on one notice: {took:?}");
});

both!(a_signature_given_at_the_same_time_as_a_change_is_for_one_or_the_other, |house| async move {
    use countersign::notice::procedure::Gate;
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    house.prepares(crew.alice, 1, Gate::Assess, crew.team).await;
    let sign = house.verdict(1, Gate::Assess, countersign::notice::event::Verdict::Approve).await;
    let impact = house.desk.draft("It also touches the nightly export.");
    let restate = Asked::with(Command::StateImpact { text: impact.reference }, [impact]);
    let number = NoticeRef::Number(1);
    let (signed, changed) = tokio::join!(
        house.desk.act(number, crew.bob.actor(), sign),
        house.desk.act(number, crew.alice.actor(), restate)
    );
    changed.expect("the impact can be restated");
    let case = house.notice(1).await;
    match signed {
        // It came first, for what was shown, and is stale now.
        Ok(_) => assert!(!countersign::notice::gate::is_current(&case, &case.sign_offs[0])),
        Err(refused) => assert!(refused.to_string().contains("changed"), "{refused}"),
    }
});

both!(two_processes_that_read_the_same_announcements_at_once_open_each_once, |house| async move {
    house.founded().await;
    let (announcements, copies) = (6, 8);
    for n in 0..announcements {
        for _ in 0..copies {
            house.receives(mails::original().replace("rds-ca-2019", &format!("rds-ca-{}", 2030 + n))).await;
        }
    }
    let other = house.restarted().await;
    let work = |desk: countersign::desk::Desk| async move { while desk.read_pending(3).await.unwrap() > 0 {} };
    tokio::join!(work(house.desk.clone()), work(other.clone()), work(house.desk.clone()), work(other));

    let filed = message_notices::Entity::find().all(house.store().reader()).await.unwrap();
    assert_eq!(filed.len(), announcements * copies, "a message was filed twice or not at all");
    let notices: std::collections::BTreeSet<_> = filed.iter().map(|row| row.notice).collect();
    assert_eq!(notices.len(), announcements, "one announcement opened several notices, or two became one");
});

both!(a_worker_that_dies_in_the_middle_loses_and_doubles_nothing, |house| async move {
    house.founded().await;
    let received = house.receives(mails::original()).await;
    // A worker takes it in hand and dies: nothing of it was committed, and its lease runs out.
    let dead = intake::lease(house.store(), 10, TimeDelta::seconds(-1)).await.unwrap();
    assert_eq!(dead.len(), 1);
    let desk = house.restarted().await;
    assert_eq!(desk.read_pending(10).await.unwrap(), 1, "nobody took the dead worker's message");
    assert_eq!(house.message(received).await.state, state::FILED);
    assert_eq!(house.notice(1).await.messages.len(), 1);
    let filed = message_notices::Entity::find().count(house.store().reader()).await.unwrap();
    assert_eq!((filed, house.reads().await), (1, 0), "the message was filed twice");
});

/// A reader that panics on what says "poison", and reads the rest as ever.
fn brittle(house: &House) -> countersign::desk::Desk {
    let read = |input: &countersign::reading::Input<'_>| -> Reading {
        assert!(!input.bytes.windows(6).any(|bytes| bytes == b"poison"), "poisoned");
        countersign::reading::read(input, countersign::reading::profile::Providers::embedded())
    };
    house.desk.clone().with_reader(Arc::new(read))
}

both!(a_message_that_kills_the_reader_waits_for_a_person_and_stops_no_other, |house| async move {
    house.founded().await;
    let poison = house.receives("Subject: poison\r\n\r\npoison").await;
    let sound = house.receives(mails::original()).await;
    let desk = brittle(&house);
    assert_eq!(desk.read_pending(10).await.unwrap(), 2);
    let message = house.message(poison).await;
    assert_eq!(message.state, state::NEEDS_PERSON);
    assert!(message.reason.unwrap_or_default().contains("reader failed"), "the reason is not told");
    assert_eq!(house.message(sound).await.state, state::FILED, "one poisoned message stopped the others");
});

both!(a_message_that_is_no_announcement_waits_for_a_person_with_the_reason, |house| async move {
    house.founded().await;
    let lunch = house.receives("From: a@b.example\r\nSubject: lunch\r\n\r\nShall we eat at noon?\r\n").await;
    house.reads().await;
    let message = house.message(lunch).await;
    assert_eq!(message.state, state::NEEDS_PERSON);
    assert!(message.reason.is_some_and(|reason| reason.len() > 10), "nobody is told why");
});

both!(messages_that_are_read_together_count_in_the_order_in_which_they_came, |house| async move {
    house.founded().await;
    let opens = house.receives(mails::original()).await;
    let lunch = house.receives("From: a@b.example\r\nSubject: lunch\r\n\r\nShall we eat at noon?\r\n").await;
    let repeats = house.receives(mails::redirected()).await;
    let other = house.receives(mails::of_many(2, 0)).await;
    let updates = house.receives(mails::moved_forward()).await;
    let last = house.receives(mails::of_many(3, 0)).await;
    assert_eq!(house.desk.read_pending(10).await.unwrap(), 6);

    let filed = message_notices::Entity::find().all(house.store().reader()).await.unwrap();
    let (first, second) = (house.notice(1).await, house.notice(2).await);
    let went = |message: countersign::desk::Received| {
        let row = filed.iter().find(|row| row.message == message.message_id).expect("it belongs to a notice");
        let number = [&first, &second].iter().find(|case| case.id.0 == row.notice).map(|case| case.number);
        (row.relation.clone(), number)
    };
    let told = |relation: &str, number| (relation.to_owned(), Some(number));
    assert_eq!(went(opens), told("opened", 1));
    assert_eq!(went(repeats), told("repeated", 1), "a repeat in the same pile opened a notice or was lost");
    assert_eq!(went(updates), told("updated", 1));
    assert_eq!((went(other), went(last)), (told("opened", 2), told("repeated", 2)));
    assert_eq!(house.message(lunch).await.state, state::NEEDS_PERSON);
    assert_eq!(first.messages.len(), 3);
    let earlier = first.facts.deadlines.iter().any(|known| known.when.to_string().contains("2024-08-01"));
    assert!(earlier, "the update was read before what it updates: {:?}", first.facts.deadlines);

    house.receives(mails::of_many(4, 0)).await;
    house.reads().await;
    assert_eq!(house.notice(3).await.messages.len(), 1, "numbers were given twice or left out");
});

/// Has the database refuse whatever was read of a message that holds these words.
async fn refuses_readings_with(house: &House, words: &str) {
    let sql = if house.store().backend() == DbBackend::Postgres {
        format!(
            "CREATE FUNCTION torn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'torn'; END $$;
             CREATE TRIGGER torn BEFORE INSERT ON readings FOR EACH ROW WHEN (NEW.body LIKE '%{words}%')
             EXECUTE FUNCTION torn();"
        )
    } else {
        format!(
            "CREATE TRIGGER torn BEFORE INSERT ON readings WHEN NEW.body LIKE '%{words}%'
             BEGIN SELECT RAISE(ABORT, 'torn'); END;"
        )
    };
    house.store().writer().execute_unprepared(&sql).await.expect("a trigger");
}

both!(one_message_that_cannot_be_filed_does_not_keep_back_those_read_with_it, |house| async move {
    house.founded().await;
    refuses_readings_with(&house, "orders000001").await;
    let before = house.receives(mails::original()).await;
    let torn = house.receives(mails::of_many(2, 0)).await;
    let after = house.receives(mails::of_many(4, 0)).await;
    assert_eq!(house.desk.read_pending(10).await.unwrap(), 3);
    assert_eq!(house.message(before).await.state, state::FILED);
    assert_eq!(house.message(after).await.state, state::FILED, "what was read with it was not filed");
    let row = house.message(torn).await;
    assert_eq!((row.state.as_str(), row.attempts), (state::READING, 1), "it is tried again when its lease has run out");
    let numbers = (house.notice(1).await.number, house.notice(2).await.number);
    assert_eq!(numbers, (1, 2), "what was undone left a gap");
});

both!(a_worker_that_dies_over_a_message_again_and_again_gives_it_to_a_person, |house| async move {
    house.founded().await;
    let received = house.receives(mails::original()).await;
    let reads = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&reads);
    let desk = house.desk.clone().with_reader(Arc::new(move |input| {
        counted.fetch_add(1, Ordering::Relaxed);
        countersign::reading::read(input, countersign::reading::profile::Providers::embedded())
    }));
    for _ in 0..5 {
        intake::lease(house.store(), 10, TimeDelta::seconds(-1)).await.unwrap();
    }
    desk.read_pending(10).await.unwrap();
    assert_eq!(reads.load(Ordering::Relaxed), 0, "what killed five workers was given to a sixth");
    assert_eq!(house.message(received).await.state, state::NEEDS_PERSON);
});

both!(what_changes_in_one_process_is_heard_in_the_others, |house| async move {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    let other = house.restarted().await;
    let several = house.store().backend() == DbBackend::Postgres;
    let relays = [house.desk.clone(), other.clone()].map(|desk| tokio::spawn(async move { desk.relay().await }));
    if !several {
        // SQLite serves one process: there is nobody to hear, and the relay says so by ending.
        for relay in relays {
            relay.await.unwrap().expect("a relay with nobody to hear ends well");
        }
        return;
    }
    let mut heard = other.hub.listen();
    let woken = other.wake.notified();
    let number = house.notice(1).await.id;
    // A relay that has not yet begun to listen misses what is said; so it is said until it is heard.
    let change = loop {
        let words = house.desk.draft("Who has a window on Sunday?");
        let command = Command::Comment { text: words.reference, mentions: Default::default() };
        house.desk.act(NoticeRef::Number(1), crew.alice.actor(), Asked::with(command, [words])).await.unwrap();
        if let Ok(change) = tokio::time::timeout(Duration::from_secs(1), heard.recv()).await {
            break change.unwrap();
        }
    };
    assert_eq!((change.topic, change.notice, change.afar), (Topic::Notice, Some(number.0), true));
    tokio::time::timeout(Duration::from_secs(120), woken).await.expect("the other's worker and senders wake too");
    let mut echo = house.desk.hub.listen();
    other.hub.pass_on(change);
    let quiet = tokio::time::timeout(Duration::from_millis(300), echo.recv()).await;
    assert!(quiet.is_err(), "what came from afar is not sent back: {quiet:?}");
    relays.iter().for_each(tokio::task::JoinHandle::abort);
});
