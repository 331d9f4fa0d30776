//! A canary through the whole real way: by SMTP out of the house, over a forwarding rule into a mailbox, and in by IMAP.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use countersign::store::deliveries::kind;
use countersign::store::intake::state;
use sea_orm::EntityTrait as _;

use crate::harness::House;
use crate::harness::dovecot::Dovecot;
use crate::harness::sink::Sink;
use crate::mailbox::{Reading, mailbox};
use crate::ways_out::sender;

const PATIENCE: Duration = Duration::from_secs(300);
const FORWARDED: &str = "aws-notices@house.example";

async fn channel(house: &House) -> countersign::desk::ChannelView {
    let all = house.desk.channels().await.unwrap();
    all.into_iter().find(|channel| channel.row.id == "imap/ops").expect("the mailbox's channel")
}

both!(a_canary_goes_out_by_smtp_is_forwarded_and_comes_back_by_the_mailbox, |house| async move {
    house.founded().await;
    house.desk.know_channels(&["imap/ops".to_owned()]).await.unwrap();
    house.desk.set_canary("imap/ops", FORWARDED, Some(TimeDelta::days(1))).await.unwrap();
    let (sink, server) = (Sink::open().await, Dovecot::start(None));
    let sender = sender(&house, &sink, "");
    let reading = Reading::begin(&house.desk, mailbox(&server, "ann", "password = 'secret'"), "one");

    // By its schedule, nobody pressing anything. The first comes back as a redirect, with every header of ours intact.
    house.desk.watch_channels().await.unwrap();
    sender.send_due().await.unwrap();
    let sent = sink.mails_to(FORWARDED);
    assert_eq!(sent.len(), 1, "the schedule sent none, or more");
    assert!(channel(&house).await.row.canary_token.is_some(), "nobody waits for it");
    let raw = String::from_utf8(sent[0].raw.clone()).unwrap();
    server.deliver("ann", &format!("Resent-From: dba@house.example\r\nResent-To: ann@house.example\r\n{raw}"));
    comes_back(&house).await;

    // Pressed by a button, and forwarded by somebody's mail program, with none of our headers left.
    house.desk.send_canary("imap/ops").await.unwrap();
    sender.send_due().await.unwrap();
    let subject = sink.mails_to(FORWARDED)[1].subject();
    server.deliver(
        "ann",
        &format!(
            "From: Ann <ann@house.example>\r\nSubject: Fwd: {subject}\r\n\r\nSee below.\r\n\r\n\
             ---------- Forwarded message ---------\r\nFrom: Countersign <cs@house.example>\r\nSubject: {subject}\r\n\r\nA test.\r\n"
        ),
    );
    comes_back(&house).await;
    reading.end().await;

    let view = channel(&house).await;
    assert!(!view.canary_lost && !view.silent && view.row.messages == 2, "{view:?}");
    let opened = countersign::store::entity::notices::Entity::find().all(house.store().reader()).await.unwrap();
    assert_eq!(opened.len(), 0, "a canary opened a notice");
});

/// Waits until the canary under way has come back and was read.
async fn comes_back(house: &House) {
    let since = Instant::now();
    while channel(house).await.row.canary_token.is_some() {
        assert!(since.elapsed() < PATIENCE, "the canary does not come back");
        house.reads().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let all = countersign::store::entity::messages::Entity::find().all(house.store().reader()).await.unwrap();
    for message in all {
        let told = message.reason.unwrap_or_default();
        assert!(message.state == state::AUTOMATIC && told.contains("works"), "{}: {told}", message.state);
    }
}

both!(an_alarm_also_goes_where_no_mail_is_needed, |house| async move {
    use countersign::desk::outward::hooks::{EventSort, NewHook, Way};

    let crew = house.founded().await;
    let hook = |name: &str| NewHook {
        name: name.to_owned(),
        url: format!("https://hooks.example.com/{name}"),
        way: Some(Way::Slack),
        ..NewHook::default()
    };
    let only = NewHook { provider: Some("aws".to_owned()), ..hook("only-aws") };
    let other = NewHook { events: [EventSort::Closed].into(), ..hook("only-closed") };
    let asked = NewHook { events: [EventSort::Alarmed].into(), provider: Some("aws".to_owned()), ..hook("asked-for") };
    for new in [hook("everything"), only, other, asked] {
        house.desk.add_hook(crew.carol.0, new).await.unwrap();
    }
    house.desk.know_channels(&["smtp/aws".to_owned()]).await.unwrap();
    house.desk.expect_of_channel("smtp/aws", Some(TimeDelta::hours(12))).await.unwrap();
    house.clock.advance(TimeDelta::hours(13));
    for _ in 0..2 {
        house.desk.watch_channels().await.unwrap();
    }
    let all = house.outbox().await;
    let posts: Vec<_> = all.iter().filter(|delivery| delivery.kind == kind::HOOK).collect();
    assert_eq!(posts.len(), 2, "who wants everything and who asked for it, each once: {posts:?}");
    for post in posts {
        assert!(post.template == "channel.alarmed" && post.data.contains("smtp/aws has fallen silent"), "{post:?}");
    }
    assert!(all.iter().any(|delivery| delivery.template == "alarm"), "and by mail");
});

both!(a_source_that_is_read_well_and_has_nothing_to_say_is_not_silent, |house| async move {
    house.founded().await;
    for day in 0..6 {
        let mut incoming = house.incoming(format!("Subject: {day}\r\n\r\nhello {day}\r\n"));
        incoming.channel = "poll/page".to_owned();
        house.desk.receive(incoming).await.unwrap();
        house.clock.advance(TimeDelta::days(2));
    }
    house.clock.advance(TimeDelta::days(60));
    house.desk.watch_channels().await.unwrap();
    assert!(
        house.outbox().await.iter().all(|delivery| delivery.template != "alarm"),
        "a quiet status page is no fault"
    );
    // A person may know better.
    house.desk.expect_of_channel("poll/page", Some(TimeDelta::days(7))).await.unwrap();
    house.desk.watch_channels().await.unwrap();
    assert!(house.outbox().await.iter().any(|delivery| delivery.template == "alarm"));
});
