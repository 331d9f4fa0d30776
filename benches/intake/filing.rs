//! From accepted to notice, reviewers and reminders committed, by the worker as `serve` runs it.

use std::time::{Duration, Instant};

use countersign::desk::house::{NewPerson, NewRule, NewTeam};
use countersign::desk::{Desk, Incoming};
use countersign::intake::worker;
use countersign::notice::directory::Right;
use countersign::notice::event::Actor;
use countersign::notice::fact::Authenticity;
use countersign::notice::procedure::Size;
use countersign::store::entity::{deliveries, messages, notice_waiting, notices};
use countersign::store::intake;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::table::{Row, Table, Wanted};
use crate::{number, per_second};

/// Messages in one turn of the worker, as the configuration has it by default.
pub const BATCH: u32 = 50;

pub async fn measure(name: &str, url: &str, table: &mut Table) {
    let desk = crate::desk(url).await;
    found(&desk).await;
    let count = number("INTAKE_FILED", 5_000);
    receive(&desk, count).await;
    let shutdown = CancellationToken::new();
    let began = Instant::now();
    let worker = tokio::spawn(worker::run(desk.clone(), BATCH, Duration::from_secs(5), shutdown.clone()));
    while intake::oldest_unread(&desk.store).await.expect("the database answers").is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = began.elapsed();
    shutdown.cancel();
    worker.await.expect("the worker ends");
    check(&desk, count).await;
    let what = format!("{name}, filed: notice, reviewers, reminders");
    table.add(Row { what, ours: per_second(count, took), reference: None, wanted: Wanted::Rate(1_000.0) });
    desk.store.close().await.expect("it closes");
}

/// Every message opened a notice of its own, at which somebody is asked and told so.
async fn check(desk: &Desk, count: usize) {
    let db = desk.store.reader();
    let filed = messages::Entity::find().filter(messages::Column::State.eq("filed")).count(db).await.expect("a count");
    let opened = notices::Entity::find().count(db).await.expect("a count");
    let asked = notice_waiting::Entity::find().count(db).await.expect("a count");
    let told = deliveries::Entity::find().count(db).await.expect("a count");
    let count = count as u64;
    assert_eq!((filed, opened), (count, count), "messages were not filed, or not each as a notice");
    assert!(asked >= count && told >= count, "{asked} people are asked and {told} mails planned for {count} notices");
}

/// Ten people at three levels, in two teams that own what is announced.
pub async fn found(desk: &Desk) {
    let txn = desk.store.begin().await.expect("a transaction");
    desk.found_in(&txn, &Actor::System, Size::Many).await.expect("a house");
    txn.commit().await.expect("a commit");
    let levels = ["engineer", "engineer", "engineer", "lead", "executive"];
    for (team, resource) in [("Databases", None), ("Ledger", Some("*ledger*"))] {
        let mut members = Vec::new();
        for (n, level) in levels.iter().enumerate() {
            let role = if *level == "executive" { Right::Administrator } else { Right::Member };
            let email = format!("{level}{n}@{}.example", team.to_lowercase());
            let name = format!("{team} {n}");
            let new = NewPerson { name, email, zone: None, role, levels: vec![(*level).to_owned()] };
            members.push(desk.add_person(Actor::System, new).await.expect("a person").id);
        }
        let team = desk
            .add_team(Actor::System, NewTeam { name: team.to_owned(), members, ..NewTeam::default() })
            .await
            .expect("a team");
        let rule = NewRule { team, resource: resource.map(str::to_owned), ..NewRule::default() };
        desk.add_rule(Actor::System, rule).await.expect("a rule");
    }
}

/// Puts down messages that are not read yet.
async fn receive(desk: &Desk, count: usize) {
    let mut doors = JoinSet::new();
    for door in 0..64 {
        let desk = desk.clone();
        doors.spawn(async move {
            for n in (door..count).step_by(64) {
                let incoming = Incoming {
                    channel: "smtp".to_owned(),
                    raw: mail(n).into_bytes(),
                    media: Some("message/rfc822".to_owned()),
                    envelope_from: Some("no-reply-aws@amazon.com".to_owned()),
                    envelope_to: vec!["notices@house.example".to_owned()],
                    authenticity: Authenticity::Verified,
                    authenticity_reason: String::new(),
                    received_at: desk.clock.now(),
                };
                desk.receive(incoming).await.expect("it is kept");
            }
        });
    }
    doors.join_all().await;
}

/// An announcement of its own, of the public facts of 2024, of about 4 KB.
fn mail(n: usize) -> String {
    let mut body = format!(
        "Hello,\r\n\r\nYou are receiving this message because your AWS Account has one or more Amazon RDS or Amazon Aurora \
         database instances that use the certificate authority rds-ca-2019. The rds-ca-2019 certificate authority expires \
         on August 22, 2024.\r\n\r\nAffected resources in account {:012}, region us-east-1:\r\n\
         arn:aws:rds:us-east-1:{:012}:db:orders-{n:06}\r\narn:aws:rds:us-east-1:{:012}:db:ledger-{n:06}\r\n\r\n",
        n, n, n
    );
    while body.len() < 3600 {
        body.push_str(
            "If your applications connect with TLS and verify the server's certificate, connections will fail after this \
             date unless you trust a new certificate authority and rotate the certificates of your instances before.\r\n",
        );
    }
    format!(
        "From: \"Amazon Web Services, Inc.\" <no-reply-aws@amazon.com>\r\nTo: dba@house.example\r\nSubject: [Action Required] \
         Amazon RDS: rotate certificates signed by rds-ca-2019 [AWS Account: {n:012}]\r\nDate: Mon, 03 Jun 2024 07:00:00 \
         +0000\r\nMessage-ID: <{n:06}.rds-ca-2019@email.amazonses.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; \
         charset=utf-8\r\n\r\n{body}"
    )
}
