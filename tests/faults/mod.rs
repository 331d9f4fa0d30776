//! What may break while mails come in: the program is killed, its database restarts, its disk is full, its mailbox dies.
//!
//! The same holds after each: every message that was acknowledged is there exactly once, and every notice once. What was not
//! acknowledged the sender still has and sends again; where only the acknowledgement was lost, the repeat is kept and marked
//! as one. Part of the binary `it`, whose harness it uses, so that the tests link once.

mod database_restarted;
mod full_disk;
mod killed;
mod ledger;
mod load;
mod mailbox;

use std::time::{Duration, Instant};

use countersign::store::Store;
use countersign::store::entity::messages;
use countersign::store::intake::state;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

/// Runs on the clock of the house, so that the notices are still ahead.
const SERVE: &[&str] = &["serve", "--local", "--clock", "2024-06-01T08:00:00Z"];

/// Settings of a process under test: what another process has in hand is taken over within seconds.
fn settings(smtp: Option<u16>) -> String {
    let listen = smtp.map(|port| format!("127.0.0.1:{port}")).unwrap_or_default();
    format!(
        "[web]\nlisten = '127.0.0.1:0'\n[smtp]\nlisten = '{listen}'\n[worker]\nbatch = 10\npoll_seconds = 1\n\
         lease_seconds = 3\n[dispatch]\ntick_seconds = 3600\n"
    )
}

/// Messages that nobody has read yet.
async fn unread(store: &Store) -> u64 {
    let waits = messages::Entity::find().filter(messages::Column::State.is_in([state::RECEIVED, state::READING]));
    waits.count(store.reader()).await.expect("the database answers")
}

/// How long no message at all may be read before that counts as standing still. A busy machine is slow, and no fault.
const STANDSTILL: Duration = Duration::from_secs(300);

/// Waits until everything that has arrived is read and filed.
async fn read_up(store: &Store, count: usize) {
    let (mut left, mut since) = (unread(store).await, Instant::now());
    while left > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = unread(store).await;
        if now < left {
            since = Instant::now();
        }
        left = now;
        assert!(since.elapsed() < STANDSTILL, "{left} of {count} messages are unread, and none was for {STANDSTILL:?}");
    }
}
