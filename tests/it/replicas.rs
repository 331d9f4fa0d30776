//! Three processes of the real program on one PostgreSQL, one of them killed at random again and again: every mail arrives,
//! and none twice but where a process died between the server's "250" and its own mark.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use countersign::clock::machine_now;
use countersign::notice::letter::{Addressee, Alarm, Body, Letter};
use countersign::notice::sight::Sight;
use countersign::store::deliveries::{self, Planned, state, tally};
use rand::RngExt as _;

use crate::harness::sink::Sink;
use crate::harness::{House, Kind, Program, chance, soak};

/// Connections of one process.
const AT_ONCE: usize = 4;
/// Mails that one process has in hand at once: those that its server took and that it had not marked yet come twice.
const BATCH: usize = 20;

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
fn replica(house: &House, sink: &Sink, folder: &Path) -> Program {
    let settings = format!(
        "[mail]\nhost = '127.0.0.1'\nport = {}\ntls = 'none'\nfrom = 'Countersign <cs@house.example>'\n\
         max_connections = {AT_ONCE}\n[dispatch]\ntick_seconds = 1\nlease_seconds = 4\nbatch = {BATCH}\n",
        sink.address.port()
    );
    let mut program = Program::of(house, folder, &["serve", "--role", "worker"], &settings);
    program.start();
    program
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_replicas_one_of_them_killed_at_random_send_every_mail() {
    let (seed, mut chance) = chance();
    let house = House::build(Kind::Postgres).await;
    let (sink, folder, count) = (Sink::open().await, tempfile::tempdir().unwrap(), soak(600, 10_000));
    plan(&house, count).await;
    let mut replicas: Vec<Program> =
        (0..3).map(|n| replica(&house, &sink, &folder.path().join(n.to_string()))).collect();
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
            victim.kill();
            victim.start();
            kills += 1;
        }
    }
    drop(replicas);
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
    assert!(twice <= kills * BATCH, "seed {seed}: {twice} came twice, more than {kills} kills can explain");
    assert!(kills > 0, "seed {seed}: nobody was killed, and the test shows nothing");
    let sent = deliveries::list(house.store(), Sight::All, (Some(state::SENT), None), None, 20_000).await.unwrap();
    assert_eq!(sent.len(), count, "a mail that arrived is not marked as sent");
}
