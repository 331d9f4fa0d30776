//! Mails that were passed over, tried again: when somebody asks, and once a day.

use super::connection::Connected;
use super::fetch::Taken;
use super::{MailboxError, Reader};
use crate::desk::Unfetched;

impl Reader {
    /// Tries what is due. Where it breaks the connection again, it is back on the list before that is felt.
    pub(super) async fn try_again(&self, session: &mut Connected, validity: u32) -> Result<(), MailboxError> {
        for row in self.desk.mails_to_try(&self.channel()).await? {
            let uid = u32::try_from(row.uid).unwrap_or(0);
            if row.key != self.key(validity, uid) {
                // Of a folder that is no longer read, or that was made anew: what lies there has other UIDs and is read anyway.
                self.desk.is_settled(row.id).await?;
                continue;
            }
            let unfetched = |reason: String| [Unfetched { key: row.key.clone(), uid, reason }];
            match self.take_one(session, &row.key, uid).await {
                Ok(Taken::Kept) => {
                    self.mark(session, &[uid]).await?;
                    self.desk.is_settled(row.id).await?;
                }
                Ok(Taken::Gone) => self.desk.is_settled(row.id).await?,
                Ok(Taken::Not(reason)) => self.desk.pass_over(&self.channel(), &unfetched(reason)).await?,
                Err(MailboxError::OverMail { uid, what }) => {
                    let reason = format!("the connection broke while it was fetched: {what}");
                    self.desk.pass_over(&self.channel(), &unfetched(reason)).await?;
                    return Err(MailboxError::OverMail { uid, what });
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }
}
