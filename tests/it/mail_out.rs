//! Mails that leave: by a real SMTP client to a real socket, tried again when they must, and never lost.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use countersign::config::Config;
use countersign::dispatch::{Post, Sender};
use countersign::notice::letter::{Addressee, Alarm, Body, Letter};
use countersign::notice::sight::Sight;
use countersign::store::deliveries::{self, Planned, state};
use serde_json::Value;

use crate::harness::sink::{Sink, Speech};
use crate::harness::{House, mails};
use crate::probe::authority::Authority;

fn letter(name: &str) -> Letter {
    Letter {
        to: Addressee { name: name.to_owned(), zone: "Europe/Berlin".to_owned() },
        installation: "Countersign".to_owned(),
        public_url: "https://countersign.house.example".to_owned(),
        unsubscribe: None,
        body: Body::Alarm(Alarm {
            what: "A reminder could not be delivered".to_owned(),
            details: vec!["The mailbox does not exist.".to_owned()],
            advice: "Correct the address.".to_owned(),
            path: "/outbox".to_owned(),
        }),
    }
}

async fn plan(house: &House, key: &str, address: &str) {
    let letter = letter(address);
    let planned = Planned {
        id: house.desk.ids.id(),
        key: key.to_owned(),
        kind: "mail",
        template: letter.template().to_owned(),
        data: serde_json::to_value(&letter).unwrap(),
        notice: None,
        gate: None,
        person: None,
        address: address.to_owned(),
        due_at: house.now(),
    };
    deliveries::plan(house.store().writer(), vec![planned], house.now()).await.unwrap();
}

fn sender(house: &House, port: u16) -> Sender {
    sender_with(house, port, "")
}

fn sender_with(house: &House, port: u16, more: &str) -> Sender {
    let file = format!(
        "[mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"Countersign <cs@house.example>\"\n\
         timeout_seconds = 5\n{more}"
    );
    let config = Config::from_parts(&file, &[]).unwrap();
    Sender::new(house.desk.clone(), Post::from_config(&config).unwrap(), &config).unwrap()
}

async fn row_id(house: &House, key: &str) -> uuid::Uuid {
    let all = deliveries::list(house.store(), Sight::All, (None, None), None, 100).await.unwrap();
    all.into_iter().find(|row| row.key == key).unwrap_or_else(|| panic!("no delivery {key}")).id
}

async fn state_of(house: &House, key: &str) -> (String, Option<String>) {
    let all = deliveries::list(house.store(), Sight::All, (None, None), None, 100).await.unwrap();
    let row = all.into_iter().find(|row| row.key == key).unwrap_or_else(|| panic!("no delivery {key}"));
    (row.state, row.last_error)
}

both!(what_is_due_is_sent_once_and_kept_as_it_was_sent, |house| async move {
    let sink = Sink::open().await;
    let sender = sender(&house, sink.address.port());
    for number in 0..20 {
        plan(&house, &format!("key {number}"), &format!("p{number}@house.example")).await;
    }
    assert_eq!(sender.send_due().await.unwrap().sent, 20);
    assert_eq!(sender.send_due().await.unwrap().sent, 0);
    assert_eq!(sink.mails().len(), 20, "a mail was sent twice or not at all");

    let mail = &sink.mails_to("p7@house.example")[0];
    assert_eq!(mail.subject(), "Countersign: A reminder could not be delivered");
    assert!(mail.header("Auto-Submitted").contains("auto-generated"));
    let kept = deliveries::list(house.store(), Sight::All, (Some(state::SENT), None), None, 100).await.unwrap();
    let row = kept.iter().find(|row| row.address == "p7@house.example").unwrap();
    assert_eq!(row.message_id.as_deref(), Some(mail.header("Message-ID").as_str()));
    let rendered: Value = serde_json::from_str(row.rendered.as_deref().unwrap()).unwrap();
    assert_eq!(rendered["subject"], "Countersign: A reminder could not be delivered");
});

both!(everybody_who_is_asked_gets_a_mail_that_says_what_and_by_when, |house| async move {
    let sink = Sink::open().await;
    house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    house.desk.tick().await.unwrap();
    let round = sender(&house, sink.address.port()).send_due().await.unwrap();
    assert_eq!(round.failed, 0, "{:?}", house.outbox().await.iter().map(|d| &d.last_error).collect::<Vec<_>>());
    let mails: Vec<_> = sink.mails().into_iter().filter(|mail| !mail.subject().ends_with("(act by)")).collect();
    assert!(mails.len() >= 3, "an engineer, a lead and an executive are asked; {} mails went out", mails.len());
    for mail in mails {
        let (subject, text) = (mail.subject(), mail.text());
        assert!(subject.starts_with("[N-1] Amazon Web Services: "), "{subject}");
        for needed in ["Thu 22 August 2024", "Your sign-off by:", "If nobody signs:", "/notices/1", "newest entry:"] {
            assert!(text.contains(needed), "a mail does not say {needed:?}:\n{text}");
        }
        assert!(mail.header("References").contains("cs.notice."), "mails about one notice make no thread");
    }
});

both!(mails_carry_the_newest_checkpoint_out_of_the_databases_reach, |house| async move {
    let sink = Sink::open().await;
    house.founded().await;
    plan(&house, "before", "before@house.example").await;
    let sender = sender(&house, sink.address.port());
    sender.send_due().await.unwrap();
    assert!(!sink.mails_to("before@house.example")[0].text().contains("Checkpoint"), "there is none yet");
    let file = house.folder().join("checkpoints.jsonl");
    let made = house.desk.checkpoint(&file).await.unwrap().expect("something has happened");
    plan(&house, "after", "after@house.example").await;
    sender.send_due().await.unwrap();
    let text = sink.mails_to("after@house.example")[0].text();
    for part in ["Checkpoint 1 of the whole record", &made.key_id, &made.checkpoint.digest().to_string()] {
        assert!(text.contains(part), "the mail does not carry {part}:\n{text}");
    }
});

/// Few in `make test`, the number in `make soak`.
fn how_many() -> usize {
    if std::env::var_os("COUNTERSIGN_SOAK").is_some() { 10_000 } else { 300 }
}

both!(a_server_that_is_away_for_an_hour_gets_all_mails_once_it_is_back, |house| async move {
    let (sink, count) = (Sink::open().await, how_many());
    let since = house.now();
    for number in 0..count {
        plan(&house, &format!("key {number}"), &format!("p{number}@house.example")).await;
    }
    let sender = sender(&house, sink.address.port());
    // It goes away in the middle of the work.
    sink.leaves_after(count / 3);
    while sender.send_due().await.unwrap().sent > 0 {}
    assert_eq!(sink.mails().len(), count / 3);
    for _ in 0..20 {
        house.clock.advance(TimeDelta::minutes(3));
        assert_eq!(sender.send_due().await.unwrap().sent, 0, "something left while nobody was home");
    }
    sink.comes_back();
    for _ in 0..3 {
        house.clock.advance(TimeDelta::minutes(3));
        sender.send_due().await.unwrap();
    }
    let tally = house.desk.tally(since).await.unwrap();
    assert_eq!((tally.due, tally.failed), (0, 0), "ten minutes after it is back something still waits: {tally:?}");
    let arrived: BTreeSet<String> = sink.mails().into_iter().map(|mail| mail.to[0].clone()).collect();
    assert_eq!((arrived.len(), sink.mails().len()), (count, count), "mails are lost, or came twice");
    let late = u64::try_from(count - count / 3).unwrap();
    assert_eq!(tally.late, late, "what waited for an hour is not counted as late: {tally:?}");
});

both!(a_token_that_has_run_out_holds_mails_back_until_somebody_renews_it, |house| async move {
    let sink = Sink::open().await;
    sink.wants_token("of-today");
    let file = house.folder().join("token");
    std::fs::write(&file, "of-yesterday\n").unwrap();
    let more = format!("username = \"cs@house.example\"\nauth = \"xoauth2\"\npassword_file = \"{}\"\n", file.display());
    let sender = sender_with(&house, sink.address.port(), &more);
    for name in ["ada", "bob"] {
        plan(&house, name, &format!("{name}@house.example")).await;
    }
    assert_eq!(sender.send_due().await.unwrap().sent, 0);
    let (now, why) = state_of(&house, "ada").await;
    assert_eq!(now, state::WAITING, "a token is about us and not about the mail: {why:?}");
    assert!(why.as_ref().is_some_and(|why| why.contains("mail.password") && !why.contains("of-yesterday")), "{why:?}");

    std::fs::write(&file, "of-today\n").unwrap();
    house.clock.advance(TimeDelta::minutes(3));
    assert_eq!(sender.send_due().await.unwrap().sent, 2, "{:?}", state_of(&house, "ada").await);
    assert_eq!(sink.mails().len(), 2);
});

both!(mails_travel_by_tls_and_only_to_a_server_that_is_believed, |house| async move {
    let ours = Authority::lasting("The house's own authority");
    let file = house.folder().join("ca.pem");
    std::fs::write(&file, &ours.pem).unwrap();
    let trusting = format!("ca_file = \"{}\"\n", file.display());
    for (n, (tls, trust, sent)) in [
        ("implicit", &trusting, 1),
        ("starttls", &trusting, 1),
        ("implicit", &String::new(), 0),
        ("starttls", &String::new(), 0),
    ]
    .into_iter()
    .enumerate()
    {
        let config = Arc::new(ours.server("localhost"));
        let speech = if tls == "implicit" { Speech::Implicit(config) } else { Speech::StartTls(config) };
        let sink = Sink::speaking(speech).await;
        let key = format!("mail {n}");
        plan(&house, &key, "ada@house.example").await;
        let port = sink.address.port();
        let settings = format!(
            "[mail]\nhost = \"localhost\"\nport = {port}\ntls = \"{tls}\"\nfrom = \"cs@house.example\"\ntimeout_seconds = 5\n{trust}"
        );
        let config = Config::from_parts(&settings, &[]).unwrap();
        let sender = Sender::new(house.desk.clone(), Post::from_config(&config).unwrap(), &config).unwrap();
        let round = sender.send_due().await.unwrap();
        let (now, why) = state_of(&house, &key).await;
        assert_eq!((round.sent, sink.mails().len()), (sent, sent), "{tls}, {trust:?}: {now}, {why:?}");
        if sent == 0 {
            assert_eq!(now, state::WAITING, "a certificate says nothing about the mail");
            assert!(
                why.is_some_and(|why| why.contains("certificate") || why.contains("issuer")),
                "{tls}: the reason is missing"
            );
        }
        // What waits is not this story's next mail.
        deliveries::turn(
            house.store().writer(),
            row_id(&house, &key).await,
            &[state::WAITING],
            state::SUPERSEDED,
            None,
            house.now(),
        )
        .await
        .unwrap();
    }
});

both!(one_refused_mail_does_not_hold_up_the_others, |house| async move {
    let sink = Sink::open().await;
    sink.refuses("gone@house.example", "550 5.1.1 no such mailbox");
    sink.refuses("busy@house.example", "451 4.7.1 come back later");
    for name in ["gone", "busy", "fine"] {
        plan(&house, name, &format!("{name}@house.example")).await;
    }
    let sender = sender(&house, sink.address.port());
    sender.send_due().await.unwrap();
    assert_eq!(state_of(&house, "fine").await.0, state::SENT);
    let (gone, why) = state_of(&house, "gone").await;
    assert_eq!(gone, state::FAILED);
    assert!(why.as_ref().is_some_and(|why| why.contains("no such mailbox")), "{why:?}");
    assert_eq!(state_of(&house, "busy").await.0, state::WAITING);

    sink.refuses_nobody();
    house.clock.advance(TimeDelta::minutes(2));
    sender.send_due().await.unwrap();
    assert_eq!(state_of(&house, "busy").await.0, state::SENT);
    assert_eq!(sink.mails_to("busy@house.example").len(), 1);
});

both!(a_mail_taken_by_a_server_that_died_is_repeated_under_the_same_message_id, |house| async move {
    let sink = Sink::open().await;
    sink.dies_after_taking_one();
    plan(&house, "key", "ada@house.example").await;
    let sender = sender(&house, sink.address.port());
    sender.send_due().await.unwrap();
    assert_eq!(state_of(&house, "key").await.0, state::WAITING);
    house.clock.advance(TimeDelta::minutes(2));
    sender.send_due().await.unwrap();
    let ids: Vec<String> = sink.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1], "a mailbox could not tell the repeat");
});

both!(an_address_that_is_none_is_given_up_and_says_so, |house| async move {
    let sink = Sink::open().await;
    plan(&house, "key", "ada at house").await;
    sender(&house, sink.address.port()).send_due().await.unwrap();
    let (now, why) = state_of(&house, "key").await;
    assert_eq!(now, state::FAILED);
    assert!(why.as_ref().is_some_and(|why| why.contains("ada at house")), "{why:?}");
});
