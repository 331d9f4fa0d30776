//! The program killed at random moments, while mails come in and while they are read.

use std::time::Duration;

use countersign::store::{Durability, Store};
use rand::RngExt as _;

use super::load::Load;
use super::{SERVE, ledger, read_up, settings, unread};
use crate::harness::{Program, chance, postgres, soak};

both!(a_program_killed_at_random_moments_has_what_it_acknowledged, |house| async move {
    let (seed, mut chance) = chance();
    let (port, count) = (postgres::free_port(), soak(120, 8_000));
    house.founded().await;
    // From here on the database is the program's alone.
    house.store().clone().close().await.unwrap();
    let mut program = Program::of(&house, &house.folder().join("data"), SERVE, &settings(Some(port)));
    program.start();
    program.listens(port);
    let mut kills = 0;
    let (load, senders) = Load::begin(port, count, 0);
    while !load.is_done() {
        load.goes_on(chance.random_range(1..=count / 3)).await;
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..20))).await;
        program.kill();
        kills += 1;
        program.start();
        program.listens(port);
    }
    senders.join_all().await;
    let store = Store::connect_with(&house.url, Durability::Loose).await.unwrap();
    for _ in 0..soak(2, 8) {
        tokio::time::sleep(Duration::from_millis(chance.random_range(200..1_500))).await;
        if unread(&store).await == 0 {
            break;
        }
        program.kill();
        kills += 1;
        program.start();
    }
    program.listens(port);
    read_up(&store, count).await;
    assert!(program.stop().success(), "the program does not end well when it is asked to stop");
    let told = ledger::holds(&store, &load).await;
    println!("seed {seed}: killed {kills} times on {:?}: {told}", store.backend());
});
