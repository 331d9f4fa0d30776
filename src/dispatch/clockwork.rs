//! The loop of the way out: has the desk plan what is due, and sends it; whenever something has been planned, and every
//! few seconds besides.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Sender;
use crate::desk::Desk;
use crate::store::deliveries::tally::Tally;
use crate::telemetry::names;

/// Plans and sends until `shutdown`. What is being sent at that moment is finished and marked.
pub async fn run(desk: Desk, sender: Sender, every: Duration, shutdown: CancellationToken) {
    loop {
        // Listening begins before the work: what is planned while we work wakes us again at once.
        let woken = desk.wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        if let Err(error) = desk.tick().await {
            tracing::error!(%error, "what is due could not be planned; the next tick will");
        }
        match desk.look_for_late().await {
            Ok(due) => note(&due),
            Err(error) => tracing::error!(%error, "the outbox could not be counted; the next tick will"),
        }
        while !shutdown.is_cancelled() && send_some(&sender).await {}
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = woken => {}
            () = tokio::time::sleep(every) => {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float, and no outbox is that full")]
fn note(due: &Tally) {
    metrics::gauge!(names::DELIVERIES_DUE).set(due.due as f64);
    metrics::gauge!(names::DELIVERIES_OVERDUE).set(due.overdue as f64);
}

/// Whether there may be more.
async fn send_some(sender: &Sender) -> bool {
    match sender.round().await {
        Ok(round) => round.went_on(),
        Err(error) => {
            tracing::error!(%error, "what is due could not be sent; it will be tried again");
            false
        }
    }
}
