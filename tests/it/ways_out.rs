//! What leaves the house besides the ladder's mails, and what comes back: digests, the weekly report, calendars, hooks,
//! bounces and answers.

use std::io::Write as _;
use std::process::{Command as Program, Stdio};

use chrono::TimeDelta;
use countersign::config::Config;
use countersign::desk::Asked;
use countersign::desk::outward::choices::{Choices, Voluntary};
use countersign::desk::outward::hooks::NewHook;
use countersign::dispatch::{Post, Sender};
use countersign::notice::calendar::{Hours, Weekdays};
use countersign::notice::command::Command;
use countersign::notice::procedure::Gate;
use countersign::store::deliveries::{self, state};
use countersign::store::intake;

use crate::harness::sink::{Sink, Taken};
use crate::harness::{Crew, House, at, mails};

/// A sender that hands everything to this sink, with more configuration where a story needs it.
fn sender(house: &House, sink: &Sink, more: &str) -> Sender {
    let port = sink.address.port();
    let file = format!(
        "[mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"Countersign <cs@house.example>\"\n\
         timeout_seconds = 5\n{more}"
    );
    let config = Config::from_parts(&file, &[]).unwrap();
    Sender::new(house.desk.clone(), Post::from_config(&config).unwrap(), &config).unwrap()
}

async fn asked(house: &House) -> Crew {
    let crew = house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    crew
}

/// The first gate is signed at once: what is asked for next has time.
async fn assessed(house: &House, crew: Crew, number: u32) {
    house.prepares(crew.alice, number, Gate::Assess, crew.team).await;
    for who in [crew.alice, crew.bob, crew.carol] {
        house.signs(who, number, Gate::Assess).await;
    }
}

fn subjects(mails: &[Taken]) -> Vec<String> {
    mails.iter().map(Taken::subject).collect()
}

both!(what_is_not_urgent_comes_in_one_digest_a_day, |house| async move {
    let crew = house.founded().await;
    for number in 0..3 {
        house.receives(mails::original().replace("rds-ca-2019", &format!("rds-ca-{}", 2030 + number))).await;
    }
    house.reads().await;
    for number in 1..=3 {
        assessed(&house, crew, number).await;
    }
    let alice = crew.alice;
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "");
    sender.send_due().await.unwrap();
    let mut days = std::collections::BTreeMap::<String, usize>::new();
    for _ in 0..80 {
        house.clock.advance(TimeDelta::hours(12));
        house.desk.tick().await.unwrap();
        let before = sink.mails_to("alice@house.example").len();
        sender.send_due().await.unwrap();
        let new = sink.mails_to("alice@house.example").split_off(before);
        let digests = new.iter().filter(|mail| mail.subject().contains("wait for you")).count();
        *days.entry(house.now().date_naive().to_string()).or_default() += digests;
    }
    assert!(days.values().any(|count| *count == 1), "forty days brought no digest: {days:?}");
    assert!(days.values().all(|count| *count <= 1), "two digests on one day: {days:?}");
    let digest =
        sink.mails_to("alice@house.example").into_iter().find(|m| m.subject().contains("wait for you")).unwrap();
    assert!(digest.subject().contains("3 things"), "{}", digest.subject());
    for number in 1..=3 {
        assert!(digest.text().contains(&format!("/notices/{number}")), "N-{number} is missing:\n{}", digest.text());
    }
    assert!(digest.header("List-Unsubscribe").contains("/digest/"), "a digest cannot be done without");

    // Whoever does without it is asked by single mails instead.
    let unwanted = [Voluntary::Digest].into();
    house.desk.choose(alice.0, Choices { hours: None, unwanted }).await.unwrap();
    let lines =
        |all: &[deliveries::Delivery]| all.iter().filter(|d| d.kind == "line" && d.person == Some(alice.0)).count();
    let before = lines(&house.outbox().await);
    house.days_pass(40).await;
    assert_eq!(lines(&house.outbox().await), before, "lines were planned for somebody who has no digest");
});

both!(a_line_whose_matter_is_done_is_not_in_the_digest, |house| async move {
    let crew = asked(&house).await;
    assessed(&house, crew, 1).await;
    let lines = async |house: &House| {
        let of = |d: &deliveries::Delivery| d.kind == "line" && d.state == state::WAITING;
        house.outbox().await.into_iter().filter(of).count()
    };
    let mut days = 0;
    while lines(&house).await == 0 {
        house.days_pass(1).await;
        days += 1;
        assert!(days < 60, "in sixty days nothing waits for a digest");
    }
    house.prepares(crew.alice, 1, Gate::Schedule, crew.team).await;
    for who in [crew.alice, crew.bob] {
        house.signs(who, 1, Gate::Schedule).await;
    }
    assert_eq!(lines(&house).await, 0, "a digest would ask for what is signed");
});

both!(nobody_is_woken_for_what_can_wait, |house| async move {
    let mut house = house;
    let mut settings = (*house.desk.settings).clone();
    settings.local_mode = false;
    house.desk.settings = std::sync::Arc::new(settings);
    house.clock.set(at("2024-06-04T02:00:00Z"));
    let crew = house.founded().await;
    let from = chrono::NaiveTime::from_hms_opt(9, 30, 0).unwrap();
    let to = chrono::NaiveTime::from_hms_opt(16, 0, 0).unwrap();
    let hours = Some(Hours { from, to, weekdays: Weekdays(0b000_1000) });
    house.desk.choose(crew.bob.0, Choices { hours, unwanted: Default::default() }).await.unwrap();
    house.receives(mails::original()).await;
    house.reads().await;
    let due = |all: &[deliveries::Delivery], who: uuid::Uuid| {
        let mine = all.iter().find(|d| d.template == "assigned" && d.person == Some(who));
        mine.map(|d| d.due_at.utc()).expect("asked")
    };
    let all = house.outbox().await;
    assert_eq!(due(&all, crew.carol.0), at("2024-06-04T07:00:00Z"), "the night is not quiet");
    assert_eq!(due(&all, crew.bob.0), at("2024-06-06T09:30:00Z"), "Bob works on Thursdays");
});

both!(once_a_week_those_above_hear_what_is_at_risk, |house| async move {
    asked(&house).await;
    house.sends().await;
    house.days_pass(23).await;
    let all = house.outbox().await;
    let reports: Vec<_> = all.iter().filter(|d| d.template == "report").collect();
    let of = |name: &str| reports.iter().filter(|d| d.address == format!("{name}@house.example")).count();
    assert_eq!((of("alice"), of("bob"), of("carol")), (0, 4, 4), "four Mondays: 3, 10, 17 and 24 June");
    let letter: serde_json::Value = serde_json::from_str(&reports.last().unwrap().data).unwrap();
    assert_eq!(letter["body"]["open"], 1);
    let silent = letter["body"]["silent"].as_array().unwrap();
    assert!(silent.iter().any(|one| one["name"] == "Alice Brandt"), "who has been silent is not told: {letter}");
});

both!(calendars_get_the_window_its_change_and_its_end, |house| async move {
    let crew = asked(&house).await;
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "");
    assessed(&house, crew, 1).await;
    house.prepares(crew.alice, 1, Gate::Schedule, crew.team).await;
    sender.send_due().await.unwrap();
    let windows = |sink: &Sink| -> Vec<String> {
        let mine = sink.mails_to("bob@house.example").into_iter();
        mine.filter(|mail| {
            mail.subject().contains("(planned window)") || mail.subject().contains("no longer in your calendar")
        })
        .map(|mail| calendar_of(&mail))
        .collect()
    };
    let first = windows(&sink);
    assert_eq!(first.len(), 1, "{:?}", subjects(&sink.mails_to("bob@house.example")));
    assert!(first[0].contains("METHOD:REQUEST"), "{}", first[0]);

    // Planned anew: the same entry in a later version.
    let text = house.desk.draft("On Sunday instead.");
    let (start, end) = (house.now() + TimeDelta::days(5), house.now() + TimeDelta::days(5) + TimeDelta::hours(1));
    let plan = Command::PlanWindow { start, end, text: text.reference };
    house.does(crew.alice, 1, Asked::with(plan, [text])).await;
    sender.send_due().await.unwrap();
    let second = windows(&sink);
    assert_eq!(second.len(), 2);
    assert_eq!(line(&second[0], "UID:"), line(&second[1], "UID:"), "a second entry beside the first");
    let sequence = |text: &str| line(text, "SEQUENCE:").parse::<u32>().unwrap();
    assert!(sequence(&second[1]) > sequence(&second[0]), "calendars keep the newest version only");
    assert_ne!(line(&second[0], "DTSTART:"), line(&second[1], "DTSTART:"));

    // Nothing has changed, and nothing is sent.
    house.desk.tick().await.unwrap();
    sender.send_due().await.unwrap();
    assert_eq!(windows(&sink).len(), 2);
});

/// The text of a mail's part for calendars, its folded lines unfolded.
fn calendar_of(mail: &Taken) -> String {
    let read = mail_parser::MessageParser::default().parse(&mail.raw).unwrap();
    let part =
        read.parts.iter().find_map(|part| part.text_contents().filter(|text| text.starts_with("BEGIN:VCALENDAR")));
    part.expect("a part for calendars").replace("\r\n ", "").replace("\n ", "")
}

fn line(text: &str, name: &str) -> String {
    let found = text.lines().find_map(|line| line.strip_prefix(name));
    found.unwrap_or_else(|| panic!("no {name} in\n{text}")).trim().to_owned()
}

both!(a_mail_that_comes_back_is_a_failed_one_and_an_alarm_above, |house| async move {
    asked(&house).await;
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "reply_to = \"answers@house.example\"\n");
    sender.send_due().await.unwrap();
    let sent = sink.mails_to("alice@house.example").into_iter().find(|m| m.subject().starts_with("[N-1]")).unwrap();
    assert!(sent.header("Reply-To").contains("answers@house.example"), "answers go nowhere");
    let report = format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.house.example\r\nTo: answers@house.example\r\nSubject: Undelivered\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n\
         Final-Recipient: rfc822; alice@house.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 no such mailbox\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         X-Countersign: {}\r\n\r\n--b--\r\n",
        sent.header("X-Countersign")
    );
    for _ in 0..2 {
        house.receives(report.clone()).await;
    }
    house.reads().await;
    let failed: Vec<_> = house.outbox().await.into_iter().filter(|d| d.state == state::FAILED).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].last_error.as_ref().is_some_and(|why| why.contains("no such mailbox")));
    sender.send_due().await.unwrap();
    let alarmed =
        |who: &str| sink.mails_to(who).iter().filter(|mail| mail.subject().contains("could not be delivered")).count();
    assert_eq!(
        (alarmed("bob@house.example"), alarmed("alice@house.example")),
        (1, 0),
        "the next level hears of it, once"
    );
    assert!(house.desk.case(countersign::desk::NoticeRef::Number(2)).await.is_err(), "a bounce opened a notice");
});

fn answer_to(mail: &Taken, from: &str) -> String {
    format!(
        "From: {from}\r\nTo: answers@house.example\r\nSubject: Re: {}\r\nMessage-ID: <reply@house.example>\r\n\
         In-Reply-To: {}\r\nReferences: {} {}\r\n\r\nThe replica is done, the primaries follow on Monday.\r\n\r\n\
         On Sat, 1 June 2024, Countersign wrote:\r\n> Your sign-off is asked for\r\n",
        mail.subject(),
        mail.header("Message-ID"),
        mail.header("References"),
        mail.header("Message-ID"),
    )
}

both!(a_proven_answer_is_a_comment_and_never_a_signature, |house| async move {
    let crew = asked(&house).await;
    let sink = Sink::open().await;
    sender(&house, &sink, "").send_due().await.unwrap();
    let mail = sink.mails_to("bob@house.example").remove(0);
    let received = house.receives(answer_to(&mail, "Bob Ferrari <bob@house.example>")).await;
    house.reads().await;
    let case = house.notice(1).await;
    assert_eq!(case.comments.len(), 1, "{:?}", house.message(received).await.reason);
    assert_eq!(case.comments[0].by.0, crew.bob.0, "the comment is somebody else's");
    assert!(case.sign_offs.is_empty(), "a mail signed");
    let words = countersign::store::texts::of_stream(
        house.store().reader(),
        countersign::notice::chain::Stream::Notice(case.id),
    )
    .await
    .unwrap();
    assert_eq!(words[&case.comments[0].text.id].words(), "The replica is done, the primaries follow on Monday.");
});

both!(an_answer_that_nobody_proves_waits_for_a_person, |house| async move {
    asked(&house).await;
    let sink = Sink::open().await;
    sender(&house, &sink, "").send_due().await.unwrap();
    let mail = sink.mails_to("bob@house.example").remove(0);
    let mut forged = house.incoming(answer_to(&mail, "Bob Ferrari <bob@house.example>"));
    forged.authenticity = countersign::notice::fact::Authenticity::Unverified;
    let forged = house.desk.receive(forged).await.unwrap();
    let stranger = house.receives(answer_to(&mail, "Mallory <mallory@elsewhere.example>")).await;
    house.reads().await;
    for received in [forged, stranger] {
        let message = house.message(received).await;
        assert_eq!(message.state, intake::state::NEEDS_PERSON);
        assert!(message.reason.as_ref().is_some_and(|why| why.contains("not proven")), "{:?}", message.reason);
    }
    assert!(house.notice(1).await.comments.is_empty());
});

both!(a_link_in_a_voluntary_mail_ends_it_by_one_post_and_by_no_get, |house| async move {
    let Crew { bob, .. } = asked(&house).await;
    house.sends().await;
    house.days_pass(3).await;
    let report = house.outbox().await.into_iter().find(|d| d.template == "report" && d.person == Some(bob.0)).unwrap();
    let letter: serde_json::Value = serde_json::from_str(&report.data).unwrap();
    let link = letter["unsubscribe"].as_str().unwrap().strip_prefix("http://127.0.0.1:8080").unwrap().to_owned();
    let program = house.visitor();
    assert!(program.get(&link).await.text().contains("the weekly report"), "the link shows no page");
    assert!(house.desk.choices(bob.0).await.unwrap().unwanted.is_empty(), "a scanner that follows links unsubscribed");
    let forged = format!("{}0", &link[..link.len() - 1]);
    program.form(&forged, "List-Unsubscribe=One-Click").await.is_problem(404, "no_such_link");
    program.form(&link, "List-Unsubscribe=One-Click").await.is(200);
    assert!(house.desk.choices(bob.0).await.unwrap().unwanted.contains(&Voluntary::Report));
    house.days_pass(14).await;
    let reports =
        house.outbox().await.into_iter().filter(|d| d.template == "report" && d.person == Some(bob.0)).count();
    assert_eq!(reports, 1, "reports go on after they were ended");
});

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
        let system = countersign::notice::event::Actor::System;
        let new = countersign::desk::house::NewPerson {
            name: format!("{kind} Reader"),
            email: format!("{kind}@house.example").to_lowercase(),
            zone: None,
            role: countersign::notice::directory::Right::Member,
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
    let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert!(ids.len() > 8, "eight jumps of the clock brought only {} mails", ids.len());
    assert_eq!(unique.len(), ids.len(), "a mail was sent twice: {:?}", subjects(&sink.mails()));
});

/// A receiver of hooks: answers what it is told to, and remembers what it got.
async fn receiver(answers: Vec<u16>) -> (String, std::sync::Arc<std::sync::Mutex<Vec<Got>>>) {
    use axum::extract::State;
    use axum::http::{HeaderMap, StatusCode};
    type Shared = std::sync::Arc<std::sync::Mutex<Vec<Got>>>;
    let got = Shared::default();
    let answers = std::sync::Arc::new(std::sync::Mutex::new(answers.into_iter()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let take = move |State(got): State<Shared>, headers: HeaderMap, body: String| async move {
        let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let found = Got {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signature: header("webhook-signature"),
            body,
        };
        got.lock().unwrap().push(found);
        let status = answers.lock().unwrap().next().unwrap_or(204);
        (StatusCode::from_u16(status).unwrap(), [("location", "http://127.0.0.1:1/")])
    };
    let app = axum::Router::new().route("/hooks", axum::routing::post(take)).with_state(std::sync::Arc::clone(&got));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, got)
}

#[derive(Debug, Clone)]
struct Got {
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

both!(a_hook_is_signed_tried_again_by_the_standard_and_replayed_under_its_old_id, |house| async move {
    let crew = house.founded().await;
    let (url, got) = receiver(vec![500, 302, 204]).await;
    let new = NewHook { name: "Chat".to_owned(), url, provider: Some("aws".to_owned()), ..NewHook::default() };
    let (hook, secret) = house.desk.add_hook(crew.carol.0, new).await.unwrap();
    let elsewhere = NewHook {
        name: "Elsewhere".to_owned(),
        url: "https://hooks.example.com/".to_owned(),
        provider: Some("azure".to_owned()),
        ..NewHook::default()
    };
    house.desk.add_hook(crew.carol.0, elsewhere).await.unwrap();
    let sink = Sink::open().await;
    let sender = sender(&house, &sink, "[hooks]\nallow = [\"127.0.0.1\"]\n");
    let delivery = house.desk.test_hook(hook.id).await.unwrap();
    for wait in [0, 5, 5 * 60] {
        house.clock.advance(TimeDelta::seconds(wait));
        sender.send_due().await.unwrap();
    }
    let tries: Vec<String> = house.desk.attempts(delivery).await.unwrap().into_iter().map(|a| a.outcome).collect();
    assert_eq!(
        tries,
        ["put_off", "put_off", "sent"],
        "an error and a redirect are failures, and the third try is right"
    );
    house.desk.replay(delivery).await.unwrap();
    sender.send_due().await.unwrap();
    let all = got.lock().unwrap().clone();
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|one| one.id == all[0].id && one.body == all[0].body), "a repeat cannot be told: {all:?}");

    // Checked as a receiver would, by the specification and not by our own code.
    let script = "import sys, hmac, hashlib, base64\n\
                  key = base64.b64decode(sys.argv[1].removeprefix('whsec_'))\n\
                  signed = (sys.argv[2] + '.' + sys.argv[3] + '.').encode() + sys.stdin.buffer.read()\n\
                  print('v1,' + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode())";
    for one in &all {
        let mut python = Program::new("/usr/bin/python3")
            .args(["-c", script, secret.as_deref().unwrap(), &one.id, &one.timestamp])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        python.stdin.take().unwrap().write_all(one.body.as_bytes()).unwrap();
        let said = String::from_utf8(python.wait_with_output().unwrap().stdout).unwrap();
        assert_eq!(said.trim(), one.signature);
    }

    // What happens to a notice is told to whom it concerns and to nobody else.
    house.receives(mails::original()).await;
    house.reads().await;
    sender.send_due().await.unwrap();
    let told: Vec<serde_json::Value> =
        got.lock().unwrap()[4..].iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect();
    assert_eq!(told.iter().filter(|event| event["type"] == "notice.opened").count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|event| event["type"] == "reminder.due").count(), 3, "{told:?}");
    assert_eq!(told[0]["data"]["notice"]["number"], 1);
    let strays = house.outbox().await.into_iter().filter(|d| d.address.contains("hooks.example.com")).count();
    assert_eq!(strays, 0, "a hook for another provider was told");
});

both!(a_private_address_is_not_reached_unless_the_operator_names_it, |house| async move {
    let crew = house.founded().await;
    let (url, got) = receiver(vec![]).await;
    let new = NewHook { name: "Inside".to_owned(), url, ..NewHook::default() };
    let (hook, _) = house.desk.add_hook(crew.carol.0, new).await.unwrap();
    let delivery = house.desk.test_hook(hook.id).await.unwrap();
    let sink = Sink::open().await;
    sender(&house, &sink, "").send_due().await.unwrap();
    let row = deliveries::get(house.store(), delivery).await.unwrap().unwrap();
    assert_eq!(row.state, state::FAILED);
    assert!(row.last_error.as_ref().is_some_and(|why| why.contains("hooks.allow")), "{:?}", row.last_error);
    assert!(got.lock().unwrap().is_empty(), "a private address was reached");
    let ada = house.visitor();
    ada.get("/api/v1/hooks").await.is_problem(401, "not_signed_in");
});

both!(a_procedure_that_nobody_saved_can_be_rehearsed, |house| async move {
    let ada = house.set_up("many").await;
    let document = countersign::notice::procedure::Procedures::built_in_texts()
        .iter()
        .find(|text| text.contains("certificate_rotation"))
        .expect("a built-in procedure")
        .replace("next_level_after = \"2 business days\"", "next_level_after = \"1 business day\"");
    let played = ada.post("/api/v1/rehearsals", serde_json::json!({ "document": document })).await.is(200);
    let gates: Vec<&str> = played["in_time"].as_array().unwrap().iter().map(|g| g["gate"].as_str().unwrap()).collect();
    assert_eq!(gates, ["assess", "schedule", "close"]);
    let silence = played["silence"].as_array().unwrap();
    let rungs: std::collections::BTreeSet<&str> = silence.iter().map(|mail| mail["rung"].as_str().unwrap()).collect();
    for rung in ["overdue", "last_days"] {
        assert!(rungs.contains(rung), "silence never reaches {rung}: {rungs:?}");
    }
    assert!(rungs.contains("vacant"), "nobody holds a level here, and the administrator is not told: {rungs:?}");
    assert!(silence.iter().all(|mail| mail["to"]["name"].as_str().is_some_and(|name| !name.is_empty())));
    assert_eq!(house.outbox().await.iter().filter(|d| d.template != "invitation").count(), 0, "a rehearsal sent mails");
    ada.post("/api/v1/rehearsals", serde_json::json!({ "document": "nonsense" })).await.is(422);
});
