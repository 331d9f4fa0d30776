//! Three processes of the real program on one PostgreSQL, one of them killed at random again and again: every mail arrives,
//! and none twice but where a process died between the server's "250" and its own mark.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use countersign::clock::machine_now;
use countersign::notice::letter::{Addressee, Alarm, Body, Letter};
use countersign::store::deliveries::{self, Planned, state, tally};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::harness::sink::Sink;
use crate::harness::{House, Kind};

/// Mails that one process may have in flight at once.
const AT_ONCE: usize = 4;

/// Few in `make test`, the number in `make soak`.
fn how_many() -> usize {
    if std::env::var_os("COUNTERSIGN_SOAK").is_some() { 10_000 } else { 600 }
}

fn letter(number: usize) -> Letter {
    Letter {
        to: Addressee { name: format!("Person {number}"), zone: "UTC".to_owned() },
        installation: "Countersign".to_owned(),
        public_url: "https://countersign.house.example".to_owned(),
        unsubscribe: None,
        body: Body::Alarm(Alarm {
            what: format!("Reminder {number}"),
            details: vec!["It is due.".to_owned()],
            advice: "Sign it.".to_owned(),
            path: "/".to_owned(),
        }),
    }
}

async fn plan(house: &House, count: usize) {
    let planned = (0..count).map(|number| Planned {
        id: house.desk.ids.id(),
        key: format!("reminder {number}"),
        kind: "mail",
        template: "reminder".to_owned(),
        data: serde_json::to_value(letter(number)).unwrap(),
        notice: None,
        gate: None,
        person: None,
        address: format!("p{number}@house.example"),
        due_at: machine_now(),
    });
    deliveries::plan(house.store().writer(), planned.collect(), machine_now()).await.unwrap();
}

/// A worker process of the program, as an operator runs it.
fn replica(house: &House, sink: &Sink, folder: &Path) -> Child {
    let keyring = folder.join("keyring.toml");
    std::fs::write(&keyring, house.desk.keyring.to_text()).unwrap();
    let settings = [
        ("DATABASE__URL", house.url.clone()),
        ("KEYRING__FILE", keyring.display().to_string()),
        ("SERVER__DATA", folder.display().to_string()),
        ("MAIL__HOST", "127.0.0.1".to_owned()),
        ("MAIL__PORT", sink.address.port().to_string()),
        ("MAIL__TLS", "none".to_owned()),
        ("MAIL__FROM", "Countersign <cs@house.example>".to_owned()),
        ("MAIL__MAX_CONNECTIONS", AT_ONCE.to_string()),
        ("DISPATCH__TICK_SECONDS", "1".to_owned()),
        ("DISPATCH__LEASE_SECONDS", "4".to_owned()),
        ("DISPATCH__BATCH", "20".to_owned()),
        ("TELEMETRY__LOG", "error".to_owned()),
    ];
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    for (name, value) in settings {
        command.env(format!("COUNTERSIGN_{name}"), value);
    }
    command.args(["serve", "--role", "worker"]).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
    command.spawn().expect("the program starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_replicas_one_of_them_killed_at_random_send_every_mail() {
    let seed: u64 = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_240_822);
    let mut chance = StdRng::seed_from_u64(seed);
    let house = House::build(Kind::Postgres).await;
    let (sink, folder, count) = (Sink::open().await, tempfile::tempdir().unwrap(), how_many());
    plan(&house, count).await;
    let mut replicas: Vec<Child> = (0..3).map(|_| replica(&house, &sink, folder.path())).collect();
    let (began, mut kills) = (Instant::now(), 0);
    let patience = Duration::from_secs(120) + Duration::from_millis(60) * u32::try_from(count).unwrap();
    loop {
        tokio::time::sleep(Duration::from_millis(chance.random_range(400..1_600))).await;
        let left = tally::due(house.store(), machine_now()).await.unwrap().due;
        if left == 0 {
            break;
        }
        assert!(began.elapsed() < patience, "seed {seed}: {left} of {count} mails are left after {patience:?}");
        // The last ones are left to end: a crowd that is killed for ever sends nothing.
        if sink.mails().len() < count {
            let victim = &mut replicas[chance.random_range(0..3)];
            victim.kill().expect("a process can be killed");
            victim.wait().expect("it ends");
            *victim = replica(&house, &sink, folder.path());
            kills += 1;
        }
    }
    for mut replica in replicas {
        replica.kill().expect("a process can be killed");
        replica.wait().expect("it ends");
    }
    let mut arrived: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mail in sink.mails() {
        arrived.entry(mail.to[0].clone()).or_default().push(mail.header("Message-ID"));
    }
    let twice = arrived.values().filter(|ids| ids.len() > 1).count();
    let took = began.elapsed().as_secs_f32();
    println!(
        "seed {seed}: {count} mails, {kills} kills, {} arrived, {twice} of them twice, {took:.1} s",
        arrived.len()
    );
    assert_eq!(arrived.len(), count, "seed {seed}: mails were lost");
    assert!(arrived.values().all(|ids| ids.iter().all(|id| *id == ids[0])), "a repeat has another Message-ID");
    assert!(twice <= kills * AT_ONCE, "seed {seed}: {twice} came twice, more than {kills} kills can explain");
    assert!(kills > 0, "seed {seed}: nobody was killed, and the test shows nothing");
    let sent = deliveries::list(house.store(), Some(state::SENT), None, None, 20_000).await.unwrap();
    assert_eq!(sent.len(), count, "a mail that arrived is not marked as sent");
}
