//! Two processes that poll one mailbox; now one of them is killed, now the mail server is restarted in mid-fetch.

use std::time::{Duration, Instant};

use countersign::store::entity::{messages, notices};
use countersign::store::intake::state;
use countersign::store::{Store, passed_over};
use rand::RngExt as _;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use super::{SERVE, read_up, settings};
use crate::harness::dovecot::Dovecot;
use crate::harness::{House, Kind, Program, chance, mails, soak};

async fn kept(store: &Store) -> usize {
    usize::try_from(messages::Entity::find().count(store.reader()).await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_on_one_mailbox_keep_each_mail_once_whoever_dies() {
    let (seed, mut chance) = chance();
    let house = House::build(Kind::Postgres).await;
    house.founded().await;
    let (server, count) = (Dovecot::start(None), soak(120, 2_400));
    server.deliver_all("ann", (0..count).map(|number| mails::of_many(number, 0)));
    let mailbox = format!(
        "{}[imap]\nlease_seconds = 3\n[[imap.mailboxes]]\nname = 'ops'\nhost = '127.0.0.1'\nport = {}\ntls = 'none'\n\
         username = 'ann'\npassword = 'secret'\n",
        settings(None),
        server.port
    );
    let mut replicas: Vec<Program> =
        (0..2).map(|number| Program::of(&house, &house.folder().join(number.to_string()), SERVE, &mailbox)).collect();
    replicas.iter_mut().for_each(Program::start);
    let (mut kills, mut restarts, since) = (0, 0, Instant::now());
    let patience = Duration::from_secs(120) + Duration::from_millis(100) * u32::try_from(count).unwrap();
    let mut next = chance.random_range(1..=count / 6);
    while kept(house.store()).await < count || kills == 0 || restarts == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(since.elapsed() < patience, "{} of {count} mails came in {patience:?}", kept(house.store()).await);
        if kept(house.store()).await < next.min(count) {
            continue;
        }
        next += chance.random_range(1..=count / 6);
        if (kills + restarts) % 3 == 1 {
            tokio::task::block_in_place(|| {
                server.down();
                server.up();
            });
            restarts += 1;
        } else {
            // Nobody knows here which of them has the mailbox: both die in turn.
            let victim = &mut replicas[kills % 2];
            victim.kill();
            victim.start();
            kills += 1;
        }
    }
    read_up(house.store(), count).await;
    let filed = messages::Entity::find().filter(messages::Column::State.eq(state::FILED));
    assert_eq!(filed.count(house.store().reader()).await.unwrap(), count as u64, "a mail came twice, or opens nothing");
    let passed_over = passed_over::told(house.store().reader()).await.unwrap();
    assert!(passed_over.is_empty(), "a mail was passed over for the fault of its server: {passed_over:?}");
    let notices = notices::Entity::find().count(house.store().reader()).await.unwrap();
    assert_eq!(notices, count.div_ceil(2) as u64, "not every event has one notice");
    let since = Instant::now();
    while server.seen("ann") < count {
        assert!(
            since.elapsed() < Duration::from_secs(120),
            "{} of {count} mails are marked as seen",
            server.seen("ann")
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for mut replica in replicas {
        assert!(replica.stop().success(), "a process does not end well when it is asked to stop");
    }
    println!(
        "seed {seed}: {count} mails in one mailbox, two replicas, {kills} kills, {restarts} restarts of Dovecot: each there once, {notices} notices"
    );
}
