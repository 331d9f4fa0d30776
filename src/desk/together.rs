//! What concerns several notices: two that turn out to be one, and many that one person signs in one go.

use crate::desk::transact::transact;
use crate::desk::{Asked, Desk, DeskError, NoticeRef};
use crate::notice::case::Case;
use crate::notice::chain::Stream;
use crate::notice::command::{Command, decide, together};
use crate::notice::event::{Actor, Cause};
use crate::store::record;

impl Desk {
    /// Merges one notice into another of the same announcement. Both records say so, and what arrives for the first from
    /// then on goes to the second.
    ///
    /// # Errors
    /// `Refused` where something would be lost by it, `NotFound`.
    pub async fn merge(&self, actor: Actor, from: NoticeRef, into: NoticeRef) -> Result<Case, DeskError> {
        let (gone, target) = transact!(self, |txn| {
            let (from, into) = (self.resolve(txn, from).await?, self.resolve(txn, into).await?);
            // Always in the same order, so that two merges crosswise do not wait for each other.
            for id in [from.min(into), from.max(into)] {
                record::queue(txn, Stream::Notice(id)).await?;
            }
            let (mut gone, mut target) = (self.load(txn, from).await?, self.load(txn, into).await?);
            let world = self.world(txn).await?;
            let context = self.context_of(&world, self.clock.now());
            let absorb = Command::Absorb { notice: from };
            let made = decide(&target, absorb, &actor, &context).map_err(DeskError::Refused)?;
            if !made.is_empty() {
                self.commit(txn, Some(&mut target), &world, made, (Cause::default(), Vec::new())).await?;
            }
            let merge = Command::MergeInto { target: Box::new(target.clone()) };
            let made = decide(&gone, merge, &actor, &context).map_err(DeskError::Refused)?;
            if !made.is_empty() {
                self.commit(txn, Some(&mut gone), &world, made, (Cause::default(), Vec::new())).await?;
            }
            Ok((gone, target))
        })?;
        self.tell_notice(gone.id);
        self.tell_notice(target.id);
        Ok(target)
    }

    /// Signs several notices of one kind, each by a `Sign` bound to its own subject. Each stands by itself: what is refused
    /// for one (because it changed meanwhile) is told for that one and keeps none of the others from being signed.
    ///
    /// # Errors
    /// `Refused` where they may not be signed together: too many, or of several kinds. Then none is signed.
    pub async fn sign_together(
        &self,
        actor: Actor,
        signs: Vec<(NoticeRef, Asked)>,
    ) -> Result<Vec<(NoticeRef, Result<Case, DeskError>)>, DeskError> {
        let mut cases = Vec::with_capacity(signs.len());
        for (notice, _) in &signs {
            cases.push(self.case(*notice).await?);
        }
        together(&cases.iter().collect::<Vec<_>>()).map_err(DeskError::Refused)?;
        let mut done = Vec::with_capacity(signs.len());
        for (notice, asked) in signs {
            done.push((notice, self.act(notice, actor, asked).await));
        }
        Ok(done)
    }
}
