//! What operators see of the way out: the program's own numbers.

use std::time::Duration;

use chrono::TimeDelta;
use countersign::clock::machine_now;
use countersign::notice::letter::{Addressee, Alarm, Body, Letter};
use countersign::store::deliveries::{self, Planned};

use crate::harness::postgres::free_port;
use crate::harness::sink::Sink;
use crate::harness::{House, Program};

async fn plan(house: &House, name: &str, due_minutes_ago: i64) {
    let letter = Letter {
        to: Addressee { name: name.to_owned(), zone: "UTC".to_owned() },
        installation: "Countersign".to_owned(),
        public_url: "https://countersign.house.example".to_owned(),
        unsubscribe: None,
        body: Body::Alarm(Alarm {
            what: "A reminder".to_owned(),
            details: vec![],
            advice: "Sign it.".to_owned(),
            path: "/".to_owned(),
        }),
    };
    let planned = Planned {
        id: house.desk.ids.id(),
        key: name.to_owned(),
        kind: "mail",
        template: "reminder".to_owned(),
        data: serde_json::to_value(&letter).unwrap(),
        notice: None,
        gate: None,
        person: None,
        address: format!("{name}@house.example"),
        due_at: machine_now() - TimeDelta::minutes(due_minutes_ago),
    };
    deliveries::plan(house.store().writer(), vec![planned], machine_now()).await.unwrap();
}

both!(a_reminder_later_than_five_minutes_is_counted_in_the_metrics_and_alarmed, |house| async move {
    let ada = house.set_up("many").await;
    let form = serde_json::json!({"name": "monitoring", "scopes": ["read"]});
    let secret = ada.post("/api/v1/tokens", form).await.is(201)["secret"].as_str().unwrap().to_owned();
    let (sink, folder, port) = (Sink::open().await, tempfile::tempdir().unwrap(), free_port());
    sink.refuses("gone@house.example", "550 5.1.1 no such mailbox");
    for (name, minutes) in [("late", 10), ("in-time", 1), ("gone", 1)] {
        plan(&house, name, minutes).await;
    }
    let settings = format!(
        "[web]\nlisten = '127.0.0.1:{port}'\n[smtp]\nlisten = ''\n[dispatch]\ntick_seconds = 1\n[mail]\nhost = '127.0.0.1'\n\
         port = {}\ntls = 'none'\nfrom = 'Countersign <cs@house.example>'\n",
        sink.address.port()
    );
    let mut program = Program::of(&house, folder.path(), &["serve"], &settings);
    program.start();
    let told = || sink.mails_to("ada@house.example").iter().any(|mail| mail.subject().contains("Mails leave late"));
    for _ in 0..2_400 {
        if told() && sink.mails_to("late@house.example").len() + sink.mails_to("in-time@house.example").len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(told(), "the administrator was not told: {:?}", super::subjects(&sink.mails()));
    let wanted = [
        "countersign_deliveries_late_total{template=\"reminder\"} 1",
        "countersign_deliveries_sent_total{template=\"reminder\"} 2",
        "countersign_deliveries_failed_total{again=\"no\"} 1",
        "countersign_deliveries_due 0",
        "countersign_deliveries_overdue 0",
    ];
    let mut seen = String::new();
    for _ in 0..2_400 {
        let asked = reqwest::Client::new().get(format!("http://127.0.0.1:{port}/metrics")).bearer_auth(&secret);
        let got = asked.send().await.unwrap();
        seen = got.text().await.unwrap();
        if wanted.iter().all(|line| seen.contains(line)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let missing: Vec<_> = wanted.iter().filter(|line| !seen.contains(**line)).collect();
    panic!("the metrics never say {missing:?}:\n{seen}");
});
