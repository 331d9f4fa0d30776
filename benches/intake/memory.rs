//! Whether a load without end takes ever more memory: what this process holds after N, 2N and 4N mails, taken and read.

use std::time::Duration;

use countersign::intake::worker;
use countersign::store::intake;
use tokio_util::sync::CancellationToken;

use crate::table::Table;
use crate::{door, filing, number};

pub async fn measure(name: &str, url: &str, table: &mut Table) {
    let desk = crate::desk(url).await;
    filing::found(&desk).await;
    let shutdown = CancellationToken::new();
    let worker = tokio::spawn(worker::run(desk.clone(), filing::BATCH, Duration::from_secs(5), shutdown.clone()));
    let open = door::Open::of(&desk).await;
    let first = number("INTAKE_ENDLESS", 5_000);
    let (mut sent, mut held) = (0, Vec::new());
    for wanted in [first, 2 * first, 4 * first] {
        open.takes(32, wanted - sent, true).await;
        while intake::oldest_unread(&desk.store).await.expect("the database answers").is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        sent = wanted;
        held.push(format!("{:.1} MB after {wanted}", resident()));
    }
    shutdown.cancel();
    worker.await.expect("the worker ends");
    table.note(format!("{name}, mails taken and read without end: {}", held.join(", ")));
    drop(open);
    desk.store.close().await.expect("it closes");
}

/// Memory of this process that is in use, in MB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("there is /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it tells the memory");
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().expect("a number") / 1024.0
}
