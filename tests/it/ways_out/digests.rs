//! What is not urgent: one digest a day, one report a week, nobody woken; and done without by one click.

use chrono::TimeDelta;
use countersign::desk::outward::choices::{Choices, Voluntary};
use countersign::notice::calendar::{Hours, Weekdays};
use countersign::notice::procedure::Gate;
use countersign::store::deliveries::{self, state};

use super::{asked, assessed, sender};
use crate::harness::sink::Sink;
use crate::harness::{Crew, House, at, mails};

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

// The clock of this house moves a day at a time: a process that was away when the digest was due still sends it.
both!(what_has_been_overdue_for_weeks_comes_in_one_mail_a_day_and_on_every_working_day, |house| async move {
    house.founded().await;
    for n in 0..3 {
        let mail =
            mails::original().replace("0100018c-", &format!("0100018{n}-")).replace("Hello,", &format!("Dear {n},"));
        house.receives(mail).await;
    }
    house.reads().await;
    let mut silent = Vec::new();
    for _ in 0..60 {
        house.clock.advance(chrono::TimeDelta::days(1));
        house.desk.tick().await.expect("the tick reaches the database");
        let to_bob: Vec<String> =
            house.sends().await.into_iter().filter(|line| line.ends_with("→ bob@house.example")).collect();
        let day = house.now().date_naive();
        let late = day >= "2024-07-01".parse().expect("a date");
        let reports = to_bob.iter().filter(|line| line.starts_with("weekly")).count();
        assert!(!late || to_bob.len() - reports <= 1, "{day}: three notices are {to_bob:?}");
        if late && to_bob.len() == reports && chrono::Datelike::weekday(&day).number_from_monday() <= 5 {
            silent.push(day);
        }
    }
    assert!(silent.is_empty(), "on these working days nobody reminded Bob of what is overdue: {silent:?}");
});
