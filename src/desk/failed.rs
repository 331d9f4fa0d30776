//! A mail that cannot be delivered is not silence that anybody chose: people at the next level hear of it.

use std::collections::BTreeSet;

use crate::desk::letters::AddressBook;
use crate::desk::outward::hooks::Posted;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic};
use crate::notice::ids::PersonId;
use crate::notice::letter::{Alarm, Body};
use crate::store::deliveries::{self, Delivery, kind};

impl Desk {
    /// Raises the alarm about a delivery that failed for good. Of a hook: to whoever set it up. Of a mail: to those at the level above the person's, and to
    /// administrators, and where none of these is left to whoever else is here; never to the person, and never about an
    /// alarm, which would only go the same way.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delivery_failed(&self, delivery: &Delivery, reason: &str) -> Result<(), DeskError> {
        if delivery.template == "alarm" {
            tracing::error!(delivery = %delivery.id, "an alarm could not be delivered");
            return Ok(());
        }
        transact!(self, |txn| {
            if let Some(hook) = hook_of(delivery) {
                return self.hook_failed(txn, hook, delivery, reason).await;
            }
            let world = self.world(txn).await?;
            let directory = &world.directory;
            let person = delivery.person.map(PersonId);
            let rank = person.map_or(0, |person| directory.rank_of(person));
            let above = directory.levels.iter().filter(|level| level.rank > rank).min_by_key(|level| level.rank);
            let mut people: BTreeSet<PersonId> = directory.administrators().map(|person| person.id).collect();
            if let Some(above) = above {
                people.extend(directory.able(&above.id, self.clock.now()));
            }
            if let Some(person) = person {
                people.remove(&person);
                // Nobody above, and no other administrator: then whoever else is here.
                if people.is_empty() {
                    people.extend(
                        directory.people.values().filter(|one| one.active && one.id != person).map(|one| one.id),
                    );
                }
            }
            let book = AddressBook::read(txn).await?;
            let whom = person.map_or_else(|| delivery.address.clone(), |person| book.name(person));
            let alarm = Body::Alarm(Alarm {
                what: "A mail could not be delivered".to_owned(),
                details: vec![
                    format!("It was a mail of the sort “{}” to {whom}.", delivery.template),
                    format!("The way out said: {}", reason.chars().take(300).collect::<String>()),
                ],
                advice: "Tell them by other means, and have their address mended.".to_owned(),
                path: "/outbox".to_owned(),
            });
            let letters = people
                .into_iter()
                .filter_map(|person| book.reachable(person))
                .map(|row| self.letter_to(row, format!("alarm/delivery/{}/{}", delivery.id, row.id), alarm.clone()))
                .collect();
            deliveries::plan(txn, letters, self.clock.now()).await?;
            Ok(())
        })?;
        self.hub.tell(Topic::Delivery, delivery.notice);
        self.wake.notify_one();
        Ok(())
    }
}

/// The hook that a delivery was for; none for a mail.
fn hook_of(delivery: &Delivery) -> Option<uuid::Uuid> {
    let posted: Option<Posted> = serde_json::from_str(&delivery.data).ok();
    posted.filter(|_| delivery.kind == kind::HOOK).map(|posted| posted.hook)
}
