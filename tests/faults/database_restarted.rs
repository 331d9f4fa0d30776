//! PostgreSQL restarted as after a power cut, again and again, while mails come in. The program lives on.

use std::time::Duration;

use countersign::store::Store;
use rand::RngExt as _;

use super::load::Load;
use super::{SERVE, ledger, read_up, settings};
use crate::harness::postgres::{self, Wanted};
use crate::harness::{House, Program, chance, fresh_on, soak};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_restarts_in_mid_load_loses_nothing() {
    let (seed, mut chance) = chance();
    let (port, count) = (postgres::free_port(), soak(120, 4_000));
    // What is committed must be in the log when PostgreSQL is cut off, as in production.
    let wanted = Wanted { settings: "-c synchronous_commit=on", ..Wanted::default() };
    let server = postgres::start(&wanted);
    let house = House::on(fresh_on(&server).await);
    house.founded().await;
    house.store().clone().close().await.unwrap();
    let mut program = Program::of(&house, &house.folder().join("data"), SERVE, &settings(Some(port)));
    program.start();
    program.listens(port);
    let (load, senders) = Load::begin(port, count, 0);
    let mut restarts = 0;
    while !load.is_done() {
        load.goes_on(chance.random_range(1..=count / 4)).await;
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..20))).await;
        tokio::task::block_in_place(|| server.restart());
        restarts += 1;
    }
    senders.join_all().await;
    let store = Store::connect(&house.url).await.unwrap();
    read_up(&store, count).await;
    assert!(program.stop().success(), "the program does not end well after its database was away");
    let told = ledger::holds(&store, &load).await;
    println!("seed {seed}: PostgreSQL restarted {restarts} times: {told}");
}
