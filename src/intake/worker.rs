//! The worker: has the desk read what has arrived, whenever something does and every few seconds besides.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::desk::Desk;
use crate::telemetry::names;

/// Reads until `shutdown`. What is being read at that moment is finished and filed.
pub async fn run(desk: Desk, batch: u32, every: Duration, shutdown: CancellationToken) {
    loop {
        // Listening begins before the work: what arrives while we work wakes us again at once.
        let woken = desk.wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        while !shutdown.is_cancelled() && read_some(&desk, batch).await {}
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = woken => {}
            () = tokio::time::sleep(every) => {}
        }
    }
}

/// Whether there may be more.
async fn read_some(desk: &Desk, batch: u32) -> bool {
    match desk.read_pending(batch.into()).await {
        Ok(read) => {
            metrics::counter!(names::MESSAGES_READ).increment(read as u64);
            read > 0
        }
        Err(error) => {
            tracing::error!(%error, "what has arrived could not be looked up; it will be tried again");
            false
        }
    }
}
