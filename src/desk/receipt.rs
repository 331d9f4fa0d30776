//! The way back to the sender (design, decision 17): a known colleague who forwards a mail gets one answer.

use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use crate::desk::file::{Filed, Relation};
use crate::desk::letters::brief;
use crate::desk::{Desk, DeskError, sight_of};
use crate::notice::chain::Stream;
use crate::notice::letter::{Body, Read, Receipt};
use crate::notice::sight;
use crate::reading::{Reading, Trouble, outlook};
use crate::store::entity::{messages, people};
use crate::store::{deliveries, intake, texts};

impl Desk {
    /// Plans the answer to somebody who forwarded this message and is known here: what was read, by when, the link. A
    /// machine's mail, and the mail of somebody unknown, is never answered (RFC 3834, section 2); nor is one that only added to
    /// notices which are closed to who sent it.
    pub(super) async fn plan_receipt(
        &self,
        txn: &DatabaseTransaction,
        message: &messages::Model,
        reading: &Reading,
        filed: &Filed,
    ) -> Result<(), DeskError> {
        let Some(address) = reading.forwarded_by.as_deref().and_then(bare_address) else { return Ok(()) };
        if reading.automatic.is_some() || message.duplicate_of.is_some() || message.authenticity == "failed" {
            return Ok(());
        }
        let known = people::Entity::find().filter(people::Column::Email.eq(address)).one(txn).await?;
        let Some(colleague) = known.filter(|row| row.active && row.erased_at.is_none()) else { return Ok(()) };
        let (context, sight) = (self.context(txn).await?, sight_of(&colleague));
        let mut notices = Vec::new();
        for under in &filed.notices {
            let case = self.load(txn, under.notice).await?;
            // What opened by this mail holds what they sent. Another notice may be closed to them.
            let theirs = under.relation == Relation::Opened;
            if !theirs && !sight::circle(&case, &context).admits(sight, &context.directory) {
                continue;
            }
            let texts = texts::of_stream(txn, Stream::Notice(under.notice)).await?;
            notices.push(Read {
                notice: brief(&case, &texts),
                how: match under.relation {
                    Relation::Opened => "opened",
                    Relation::Updated => "changed",
                    Relation::Continued => "continued",
                    Relation::Repeated => "joined",
                }
                .to_owned(),
                resources: u32::try_from(case.facts.resources.len()).unwrap_or(u32::MAX),
                doubtful: reading.trouble.iter().take(5).map(|Trouble { message, .. }| message.clone()).collect(),
            });
        }
        if notices.is_empty() && !filed.notices.is_empty() {
            return Ok(());
        }
        let raw = intake::raw(txn, message.blob).await?.unwrap_or_default();
        let raw = outlook::readable(&raw);
        let headers = mail_parser::MessageParser::default().parse_headers(&*raw);
        let header = |of: fn(&mail_parser::Message<'_>) -> Option<String>| headers.as_ref().and_then(of);
        let receipt = Receipt {
            subject: header(|mail| mail.subject().map(str::to_owned)).unwrap_or_default(),
            in_reply_to: header(|mail| mail.message_id().map(|id| format!("<{id}>"))),
            notices,
        };
        let planned = self.letter_to(&colleague, format!("receipt/{}", message.id), Body::Receipt(receipt));
        deliveries::plan(txn, vec![planned], self.clock.now()).await?;
        Ok(())
    }
}

/// The address of a sender as the reader gives it, with or without a name, in lower case.
fn bare_address(sender: &str) -> Option<String> {
    let inner = sender.rsplit_once('<').map_or(sender, |(_, rest)| rest.trim_end().trim_end_matches('>'));
    let address = inner.trim().to_lowercase();
    (address.contains('@') && !address.contains(char::is_whitespace)).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::bare_address;

    #[test]
    fn the_address_is_found_with_and_without_a_name() {
        assert_eq!(bare_address("Ann Ng <Ann@House.example>").as_deref(), Some("ann@house.example"));
        assert_eq!(bare_address("ann@house.example").as_deref(), Some("ann@house.example"));
        assert_eq!(bare_address("nobody"), None);
    }
}
