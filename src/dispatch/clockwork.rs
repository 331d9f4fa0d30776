//! The loop of the way out: sends what is due, whenever something has been planned and every few seconds besides.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Sender;

/// Sends until `shutdown`. What is being sent at that moment is finished and marked.
pub async fn run(sender: Sender, every: Duration, shutdown: CancellationToken) {
    let wake = sender.wake();
    loop {
        // Listening begins before the work: what is planned while we work wakes us again at once.
        let woken = wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        if let Err(error) = sender.send_due().await {
            tracing::error!(%error, "what is due could not be looked up; it will be tried again");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = woken => {}
            () = tokio::time::sleep(every) => {}
        }
    }
}
