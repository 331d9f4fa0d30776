//! A reminder that leaves late is an alarm: the outbox is looked at on each tick, against when each mail should have left.

use chrono::TimeDelta;

use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::letter::{Alarm, Body};
use crate::store::deliveries::tally::{self, Tally};

impl Desk {
    /// What is due now. Where some of it has been due for more than five minutes, administrators are told, once an hour.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn look_for_late(&self) -> Result<Tally, DeskError> {
        let now = self.clock.now();
        let found = tally::due(&self.store, now).await?;
        if found.overdue > 0 {
            let since = found.oldest.map(|oldest| now - oldest.utc()).unwrap_or_default();
            self.alarm_late(found.overdue, since).await?;
        }
        Ok(found)
    }

    async fn alarm_late(&self, mails: u64, late: TimeDelta) -> Result<(), DeskError> {
        let hour = self.clock.now().format("%Y-%m-%dT%H");
        let (what, has) = if mails == 1 { ("mail", "has") } else { ("mails", "have") };
        let body = Body::Alarm(Alarm {
            what: "Mails leave late".to_owned(),
            details: vec![
                format!("{mails} {what} {has} not left within five minutes of being due."),
                format!("The longest delay is {} minutes.", late.num_minutes()),
            ],
            advice: "See on the Outbox page what the mail server answered, and whether a worker is running.".to_owned(),
            path: "/outbox?state=waiting".to_owned(),
        });
        tracing::warn!(mails, minutes = late.num_minutes(), "mails leave late");
        transact!(self, |txn| self.alarm_administrators(txn, &format!("alarm/late/{hour}"), body.clone()).await)
    }
}
