//! How mails leave: so many an hour, signed, once whatever the clock does, and counted where they are late.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command as Program, Stdio};

use chrono::TimeDelta;
use countersign::config::Config;
use countersign::desk::Asked;
use countersign::desk::house::NewPerson;
use countersign::notice::command::Command;
use countersign::notice::directory::Right;
use countersign::notice::event::Actor;
use countersign::notice::ids::PersonId;
use countersign::store::deliveries::state;

use super::{asked, assessed, sender, subjects};
use crate::harness::sink::Sink;
use crate::harness::{at, eventually, mails};

both!(one_address_gets_so_many_mails_an_hour_and_the_rest_later, |house| async move {
    house.founded().await;
    for number in 0..6 {
        house.receives(mails::original().replace("rds-ca-2019", &format!("rds-ca-{}", 2030 + number))).await;
    }
    house.reads().await;
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "[dispatch]\nper_recipient_an_hour = 4\n");
    sender.send_due().await.unwrap();
    assert_eq!(sink.mails_to("bob@house.example").len(), 4, "more than an hour may bring");
    for _ in 0..7 {
        house.clock.advance(TimeDelta::minutes(10));
        sender.send_due().await.unwrap();
    }
    assert_eq!(sink.mails_to("bob@house.example").len(), 6, "what was held back is lost");
});

both!(a_mail_in_hand_stays_here_when_its_reader_asked_to_be_forgotten, |house| async move {
    let crew = asked(&house).await;
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "max_connections = 1\n");
    sink.holds(true);
    let sending = tokio::spawn(async move { sender.send_due().await.unwrap() });
    eventually("the first mail is under way", async || sink.mails().len() == 1).await;
    let first = sink.mails()[0].to.clone();
    let (gone, address) = match first[0].starts_with("alice") {
        true => (crew.bob, "bob@house.example"),
        false => (crew.alice, "alice@house.example"),
    };
    house.desk.erase_person(crew.carol.actor(), gone.0).await.unwrap();
    // The sender asks anew once a second what it still has in hand.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    sink.holds(false);
    sending.await.unwrap();
    assert!(sink.mails().len() > 1, "the other mails in hand did not leave");
    assert_eq!(sink.mails_to(address).len(), 0, "a mail went to somebody who had been erased before it left");
});

/// What dkimpy, which shares no line with what signs, says of a mail.
fn dkimpy_says(mail: &[u8], record: &str) -> String {
    let script = "import sys, dkim\nrecord = sys.argv[1].encode()\n\
                  print(dkim.verify(sys.stdin.buffer.read(), dnsfunc=lambda name, timeout=5: record))";
    let mut python = Program::new("/usr/bin/python3")
        .args(["-c", script, record])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Debian's python3; scripts/install-test-services.sh installs what the tests need");
    python.stdin.take().unwrap().write_all(mail).unwrap();
    let done = python.wait_with_output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

both!(what_we_sign_verifies_elsewhere, |house| async move {
    let folder = tempfile::tempdir().unwrap();
    for (kind, making) in [
        ("rsa", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"].as_slice()),
        ("ed25519", &["genpkey", "-algorithm", "ed25519"]),
    ] {
        let key = folder.path().join(format!("{kind}.pem"));
        let made = Program::new("openssl").args(making).arg("-out").arg(&key).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let more = format!("dkim_key = \"{}\"\ndkim_selector = \"cs\"\n", key.display());
        let file = format!("[mail]\nfrom = \"Countersign <cs@house.example>\"\n{more}");
        let settings = Config::from_parts(&file, &[]).unwrap().mail;
        let signer = countersign::dispatch::dkim::Signer::from_config(&settings, "house.example").unwrap().unwrap();
        assert_eq!(signer.name, "cs._domainkey.house.example");

        let sink = Sink::open().await;
        let system = Actor::System;
        let new = NewPerson {
            name: format!("{kind} Reader"),
            email: format!("{kind}@house.example").to_lowercase(),
            zone: None,
            role: Right::Member,
            levels: vec!["engineer".to_owned()],
        };
        let reader = house.desk.add_person(system, new).await.unwrap();
        house.desk.invite(system, reader.id).await.unwrap();
        assert!(sender(&house, &sink, &more).send_due().await.unwrap().sent > 0);
        for mail in sink.mails() {
            let subject = mail.subject();
            assert_eq!(dkimpy_says(&mail.raw, &signer.record), "True", "{kind}: {subject}");
            let changed = String::from_utf8(mail.raw.clone()).unwrap().replacen("Subject: ", "Subject: Not ", 1);
            assert_eq!(dkimpy_says(changed.as_bytes(), &signer.record), "False", "{kind}: a changed mail verifies");
        }
    }
});

both!(a_clock_set_back_and_forward_sends_nothing_twice, |house| async move {
    let crew = asked(&house).await;
    assessed(&house, crew, 1).await;
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "");
    for hours in [120, -72, 96, -1, 240, -480, 480, 24] {
        house.clock.advance(TimeDelta::hours(hours));
        for _ in 0..2 {
            house.desk.tick().await.unwrap();
            sender.send_due().await.unwrap();
        }
    }
    let ids: Vec<String> = sink.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    let unique: BTreeSet<&String> = ids.iter().collect();
    assert!(ids.len() > 8, "eight jumps of the clock brought only {} mails", ids.len());
    assert_eq!(unique.len(), ids.len(), "a mail was sent twice: {:?}", subjects(&sink.mails()));
});

both!(an_hour_without_a_mail_server_delays_mails_of_every_kind_and_none_comes_twice, |house| async move {
    // A Monday morning: what people asked for on the way, the digest and the week's report all fall into that hour.
    house.clock.set(at("2024-06-03T05:30:00Z"));
    let crew = asked(&house).await;
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "");
    sink.leaves_after(0);
    let words = house.desk.draft("Bob, can you look?");
    let mentions = [PersonId(crew.bob.0)].into();
    house.does(crew.alice, 1, Asked::with(Command::Comment { text: words.reference, mentions }, [words])).await;
    let (name, email) = ("Lena Koch".to_owned(), "lena@house.example".to_owned());
    let lena = NewPerson { name, email, zone: None, role: Right::Member, levels: vec!["engineer".to_owned()] };
    let lena = house.desk.add_person(Actor::System, lena).await.unwrap();
    house.desk.invite(Actor::System, lena.id).await.unwrap();
    for _ in 0..20 {
        house.desk.tick().await.unwrap();
        house.desk.look_for_late().await.unwrap();
        assert_eq!(sender.send_due().await.unwrap().sent, 0, "something left while nobody was home");
        house.clock.advance(TimeDelta::minutes(3));
    }
    sink.comes_back();
    for _ in 0..60 {
        house.desk.tick().await.unwrap();
        sender.send_due().await.unwrap();
        house.clock.advance(TimeDelta::minutes(3));
    }
    let all = house.outbox().await;
    let mails = all.iter().filter(|d| d.kind == "mail" && d.state != state::SUPERSEDED);
    let left: Vec<_> = mails.clone().filter(|d| d.state != state::SENT).map(|d| (&d.template, &d.last_error)).collect();
    assert!(left.is_empty(), "three hours later something has not left: {left:?}");
    let kinds: BTreeSet<&str> = mails.clone().map(|d| d.template.as_str()).collect();
    for kind in ["assigned", "appointment", "mentioned", "invitation", "report", "alarm"] {
        assert!(kinds.contains(kind), "no mail of the kind {kind} fell into that hour: {kinds:?}");
    }
    let ids: Vec<String> = sink.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    let unique: BTreeSet<&String> = ids.iter().collect();
    assert_eq!((ids.len(), unique.len()), (mails.count(), ids.len()), "a mail is missing or came twice");
});

both!(what_should_have_left_and_did_not_is_counted_and_told_once_an_hour, |house| async move {
    asked(&house).await;
    let since = house.now();
    assert_eq!(house.desk.look_for_late().await.unwrap().overdue, 0);
    house.clock.advance(TimeDelta::minutes(6));
    for _ in 0..3 {
        let found = house.desk.look_for_late().await.unwrap();
        assert!(found.overdue >= 4, "mails that wait for six minutes are not late: {found:?}");
    }
    let alarms = house.outbox().await.into_iter().filter(|d| d.template == "alarm").count();
    assert_eq!(alarms, 1, "one administrator is told once an hour");
    let sink = Sink::open().await;
    sender(&house, &sink, "").send_due().await.unwrap();
    let counted = house.desk.tally(since).await.unwrap();
    assert_eq!((counted.due, counted.failed), (0, 0), "{counted:?}");
    assert!(counted.late >= 4 && counted.sent > counted.late, "the alarm itself was not late: {counted:?}");
    let found =
        sink.mails_to("carol@house.example").into_iter().any(|mail| mail.subject().contains("Mails leave late"));
    assert!(found, "the administrator was not told");
});

both!(a_first_import_of_years_of_mail_floods_nobody, |house| async move {
    house.clock.set(at("2024-11-20T08:00:00Z"));
    house.founded().await;
    for number in 0..60 {
        let past = mails::original().replace("rds-ca-2019", &format!("rds-ca-{}", 3000 + number));
        house.receives(past).await;
    }
    // One of them is about what is still to come.
    house
        .receives(mails::original().replace("rds-ca-2019", "rds-ca-2999").replace("August 22, 2024", "March 3, 2025"))
        .await;
    house.reads().await;
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "");
    for _ in 0..7 {
        house.desk.tick().await.unwrap();
        sender.send_due().await.unwrap();
        house.clock.advance(TimeDelta::hours(12));
    }
    let all = subjects(&sink.mails());
    let asks = all.iter().filter(|subject| subject.starts_with("[N-61]") && !subject.contains("(act by)")).count();
    let digests = all.iter().filter(|subject| subject.contains("history")).count();
    assert!(asks >= 3, "what is still to come asks nobody: {all:?}");
    assert_eq!(digests, 1, "sixty notices of the past are one digest: {all:?}");
    let strays: Vec<_> = all.iter().filter(|s| s.starts_with("[N-") && !s.starts_with("[N-61]")).collect();
    assert!(strays.is_empty(), "what is past asks somebody: {strays:?}");
    let digest = sink.mails().into_iter().find(|mail| mail.subject().contains("history")).expect("the digest");
    assert!(
        digest.text().contains("And ") && digest.text().contains(" more"),
        "sixty lines in one mail:\n{}",
        digest.text()
    );
});
