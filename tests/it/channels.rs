//! Silence is an alarm: channels have a rhythm, canaries come back or not, and bounces reach people.

use chrono::TimeDelta;
use countersign::desk::{CANARY, Incoming};
use countersign::identity::Role;
use countersign::notice::fact::Authenticity;
use countersign::notice::sight::Sight;
use countersign::store::deliveries::state as delivery;
use countersign::store::intake::state;
use serde_json::{Value, json};

use crate::harness::{House, mails};

/// A mail that nobody could mistake for the one before, by this channel.
async fn comes(house: &House, channel: &str, mail: String) -> countersign::desk::Received {
    let incoming = Incoming {
        channel: channel.to_owned(),
        raw: mail.into_bytes(),
        media: Some("message/rfc822".to_owned()),
        envelope_from: None,
        envelope_to: Vec::new(),
        authenticity: Authenticity::Unverified,
        authenticity_reason: "for this story".to_owned(),
        received_at: house.now(),
    };
    house.desk.receive(incoming).await.expect("it is kept")
}

async fn alarms(house: &House) -> Vec<String> {
    let all = house.outbox().await;
    all.iter()
        .filter(|delivery| delivery.template == "alarm")
        .map(|delivery| serde_json::from_str::<Value>(&delivery.data).unwrap())
        .map(|letter| {
            letter
                .pointer("/body/what")
                .or_else(|| letter.pointer("/what"))
                .map_or(letter.to_string(), Value::to_string)
        })
        .collect()
}

both!(a_channel_that_breaks_its_rhythm_raises_one_alarm_and_is_well_when_it_speaks_again, |house| async move {
    house.founded().await;
    for day in 0..6 {
        comes(&house, "smtp/aws", format!("Subject: {day}\r\n\r\nhello {day}\r\n")).await;
        house.clock.advance(TimeDelta::days(2));
    }
    house.desk.watch_channels().await.unwrap();
    assert_eq!(alarms(&house).await.len(), 0, "a usual silence raised the alarm");
    house.clock.advance(TimeDelta::days(3));
    for _ in 0..3 {
        house.desk.watch_channels().await.unwrap();
    }
    let told = alarms(&house).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("smtp/aws") && told[0].contains("silent"), "{told:?}");

    comes(&house, "smtp/aws", "Subject: back\r\n\r\nhello again\r\n".to_owned()).await;
    house.desk.watch_channels().await.unwrap();
    assert!(!house.desk.channels().await.unwrap()[0].silent);
    // It has learned that so long a silence happens.
    house.clock.advance(TimeDelta::days(5));
    house.desk.watch_channels().await.unwrap();
    assert_eq!(alarms(&house).await.len(), 1);
    // And a person knows better.
    house.desk.expect_of_channel("smtp/aws", Some(TimeDelta::days(1))).await.unwrap();
    house.desk.watch_channels().await.unwrap();
    assert_eq!(alarms(&house).await.len(), 2);
});

both!(a_channel_that_never_brought_anything_is_seen_too, |house| async move {
    house.founded().await;
    house.desk.know_channels(&["imap/ops".to_owned()]).await.unwrap();
    house.desk.expect_of_channel("imap/ops", Some(TimeDelta::hours(12))).await.unwrap();
    house.clock.advance(TimeDelta::hours(13));
    house.desk.watch_channels().await.unwrap();
    assert_eq!(alarms(&house).await.len(), 1);
});

both!(a_canary_that_comes_back_says_so_and_one_that_does_not_raises_the_alarm, |house| async move {
    house.founded().await;
    comes(&house, "imap/ops", "Subject: a\r\n\r\na\r\n".to_owned()).await;
    assert!(house.desk.send_canary("imap/ops").await.is_err(), "a canary went nowhere");
    house.desk.set_canary("imap/ops", "notices@house.example", Some(TimeDelta::days(1))).await.unwrap();
    house.desk.watch_channels().await.unwrap();
    let sent = house.sends().await;
    assert_eq!(sent, ["canary → notices@house.example"]);
    let letter: Value = serde_json::from_str(&house.outbox().await.last().unwrap().data).unwrap();
    let words = letter.to_string();
    let token = &words[words.find(CANARY).expect("the canary has its token") + CANARY.len()..][..32];

    // Forwarded by a person, so none of our own headers is left.
    let mail = format!("From: ann@house.example\r\nSubject: Fwd: {CANARY}{token}\r\n\r\nsee below\r\n");
    let received = comes(&house, "imap/ops", mail).await;
    house.reads().await;
    let message = house.message(received).await;
    assert_eq!(message.state, state::AUTOMATIC);
    assert!(message.reason.is_some_and(|reason| reason.contains("works")));
    let view = &house.desk.channels().await.unwrap()[0];
    assert!(view.row.canary_seen_at.is_some() && !view.canary_lost);

    house.clock.advance(TimeDelta::days(1));
    house.desk.watch_channels().await.unwrap();
    house.clock.advance(TimeDelta::minutes(61));
    house.desk.watch_channels().await.unwrap();
    let told = alarms(&house).await;
    assert!(told.len() == 1 && told[0].contains("canary"), "{told:?}");
});

both!(a_bounce_is_tied_to_its_delivery_and_raises_the_alarm, |house| async move {
    house.founded().await;
    house.receives(mails::original()).await;
    house.reads().await;
    house.sends().await;
    let of = |delivery: &countersign::store::deliveries::Delivery| delivery.message_id.clone();
    let reminder = house.outbox().await.into_iter().find(|one| one.template == "assigned").expect("somebody is asked");
    let id = of(&reminder).expect("it was sent");
    let bounce = |action: &str| {
        format!(
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nSubject: Undelivered Mail Returned to Sender\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n--b\r\n\
             Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
             Final-Recipient: rfc822; {}\r\nAction: {action}\r\nStatus: 5.1.1\r\n\
             Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n\
             Message-ID: {id}\r\nX-Countersign: {}\r\nSubject: Your sign-off is asked for\r\n--b--\r\n",
            reminder.address, reminder.id
        )
    };
    comes(&house, "smtp", bounce("delayed")).await;
    house.reads().await;
    assert_eq!(alarms(&house).await.len(), 0, "a delay is no failure");
    let notices = house.desk.notices_by_provider(Sight::All).await.unwrap();
    comes(&house, "smtp", bounce("failed")).await;
    comes(&house, "smtp", bounce("failed")).await;
    house.reads().await;
    assert_eq!(house.desk.notices_by_provider(Sight::All).await.unwrap(), notices, "a bounce opened a notice");
    let all = house.outbox().await;
    let failed = all.iter().find(|one| one.id == reminder.id).unwrap();
    assert_eq!(failed.state, delivery::FAILED);
    assert!(failed.last_error.as_deref().is_some_and(|told| told.contains("no such user")), "{:?}", failed.last_error);
    assert!(!alarms(&house).await.is_empty(), "nobody was told that the reminder bounced");
    assert!(
        all.iter().all(|one| one.template != "alarm" || one.address != reminder.address),
        "the alarm went to the address that bounces"
    );
});

both!(a_message_that_needs_a_person_is_attached_put_aside_or_teaches, |house| async move {
    let ada = house.set_up("many").await;
    house.receives(mails::original()).await;
    let lunch = house.receives("From: \"Acme\" <noc@mail.acme.example>\r\nSubject: Lunch\r\n\r\nSoup today.\r\n").await;
    let other = house.receives("From: b@c.example\r\nSubject: Else\r\n\r\nSoup tomorrow.\r\n").await;
    house.reads().await;
    let path = |id: uuid::Uuid, rest: &str| format!("/api/v1/messages/{id}/{rest}");
    let attached = ada.post(&path(lunch.message_id, "notice"), json!({ "notice": "1" })).await.is(200);
    assert_eq!((&attached["state"], &attached["notices"][0]["number"]), (&json!("filed"), &json!(1)));
    let aside = ada.post(&path(other.message_id, "dismissal"), json!({ "reason": "about lunch" })).await.is(200);
    assert_eq!((&aside["state"], &aside["reason"]), (&json!("dismissed"), &json!("about lunch")));
    let draft = ada.get(&path(lunch.message_id, "profile")).await.is(200);
    assert!(draft["toml"].as_str().unwrap().contains("domains = [\"acme.example\"]"), "{draft}");
    ada.post(&path(other.message_id, "reading"), json!({})).await.is(200);

    let channels = ada.get("/api/v1/channels").await.is(200);
    assert_eq!(channels["items"][0]["id"], "smtp");
    let form = json!({ "hours": 36 });
    ada.send("PUT".parse().unwrap(), "/api/v1/channels/smtp/expectation", Some(form)).await.is(204);
    let canary = json!({ "address": "notices@house.example", "every_hours": null });
    ada.send("PUT".parse().unwrap(), "/api/v1/channels/smtp/canary", Some(canary)).await.is(204);
    ada.post("/api/v1/channels/smtp/canary", json!({})).await.is(202);
    let smtp = &ada.get("/api/v1/channels").await.is(200)["items"][0];
    assert_eq!((&smtp["allowed_hours"], &smtp["canary"]["waiting"]), (&json!(36.0), &json!(true)));
    let bob = house.invites(&ada, "Bob", Role::Member, &[]).await;
    let refused =
        bob.send("PUT".parse().unwrap(), "/api/v1/channels/imap%2Fops/expectation", Some(json!({ "hours": 1 })));
    refused.await.is_problem(403, "forbidden");
});
