//! What concerns several notices: two that turn out to be one, one that turns out to be two, and many that one person signs
//! in one go.

use sea_orm::DatabaseTransaction;

use crate::desk::announce::Wording;
use crate::desk::project::words_of;
use crate::desk::transact::transact;
use crate::desk::{Asked, Desk, DeskError, NoticeRef, World};
use crate::notice::case::Case;
use crate::notice::chain::Stream;
use crate::notice::command::{Command, Open, decide, open, together};
use crate::notice::event::{Actor, Cause, MessageRef};
use crate::notice::fact::When;
use crate::notice::facts::{Announced, AnnouncedDeadline, AnnouncedWindow, Resource, TimelineEntry};
use crate::notice::ids::{NoticeId, ResourceId};
use crate::notice::text::TextRef;
use crate::store::{projection, record, texts};

impl Desk {
    /// Merges one notice into another of the same announcement. The other takes over what it lacks: resources with their
    /// mapping, dates and windows, the provider's timeline, messages. Both records say so, and what arrives for the first from then on goes to
    /// the second.
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
            let by = (&actor, &*world);
            self.absorb(txn, &gone, &mut target, by).await?;
            for command in taken_over(&gone, &target) {
                self.carry_out(txn, &mut target, by, command).await?;
            }
            self.take_messages(txn, &gone, &mut target, by).await?;
            let merge = Command::MergeInto { target: Box::new(target.clone()) };
            self.carry_out(txn, &mut gone, by, merge).await?;
            Ok((gone, target))
        })?;
        self.tell_notice(gone.id);
        self.tell_notice(target.id);
        Ok(target)
    }

    /// Lets some resources go on in a notice of their own: another team, another window. The new notice has the same dates and
    /// messages and begins anew at `assess`; what the provider announces later reaches both.
    ///
    /// # Errors
    /// `Refused` where nothing would be left on one side, `NotFound`.
    pub async fn split(&self, actor: Actor, from: NoticeRef, resources: Vec<ResourceId>) -> Result<Case, DeskError> {
        let id = NoticeId(self.ids.id());
        let (old, new) = transact!(self, |txn| {
            let from = self.resolve(txn, from).await?;
            let stream = Stream::Notice(from);
            record::queue(txn, stream).await?;
            let mut old = self.load(txn, from).await?;
            let (before, world) = (old.clone(), self.world(txn).await?);
            let by = (&actor, &*world);
            self.carry_out(txn, &mut old, by, Command::SplitOff { notice: id, resources: resources.clone() }).await?;
            let mut wording = Wording::new(self, Vec::new());
            let kept = texts::of_stream(txn, stream).await?;
            let announced = part(&before, &resources, |text| wording.of(&words_of(&kept, text.id)));
            let number = u32::try_from(projection::next_number(txn).await?).unwrap_or(u32::MAX);
            let authenticity = before.authenticity;
            let asked = Open { notice: id, number, message: None, authenticity, announced };
            let context = self.context_of(&world, self.clock.now());
            let made = open(asked, &actor, &context).map_err(DeskError::Refused)?;
            let mut new = self.commit(txn, None, &world, made, (Cause::default(), wording.drafts)).await?;
            self.carry_out(txn, &mut new, by, Command::ComeFrom { notice: from }).await?;
            for command in kept_as_it_was(&before, &new) {
                self.carry_out(txn, &mut new, by, command).await?;
            }
            self.take_messages(txn, &before, &mut new, by).await?;
            Ok((old, new))
        })?;
        self.tell_notice(old.id);
        self.tell_notice(new.id);
        Ok(new)
    }

    /// Lets one notice take over another's dates and timeline, each in words of its own.
    async fn absorb(
        &self,
        txn: &DatabaseTransaction,
        gone: &Case,
        target: &mut Case,
        (actor, world): (&Actor, &World),
    ) -> Result<(), DeskError> {
        let mut wording = Wording::new(self, texts::rows(txn, Stream::Notice(target.id)).await?);
        let kept = texts::of_stream(txn, Stream::Notice(gone.id)).await?;
        let taken = part(gone, &[], |text| wording.of(&words_of(&kept, text.id)));
        let Announced { deadlines, windows, timeline, .. } = taken;
        let command = Command::Absorb { notice: gone.id, deadlines, windows, timeline };
        let context = self.context_of(world, self.clock.now());
        let made = decide(target, command, actor, &context).map_err(DeskError::Refused)?;
        self.commit(txn, Some(target), world, made, (Cause::default(), wording.drafts)).await?;
        Ok(())
    }

    /// Decides one command within the caller's transaction and commits what it makes.
    async fn carry_out(
        &self,
        txn: &DatabaseTransaction,
        case: &mut Case,
        (actor, world): (&Actor, &World),
        command: Command,
    ) -> Result<(), DeskError> {
        let context = self.context_of(world, self.clock.now());
        let made = decide(case, command, actor, &context).map_err(DeskError::Refused)?;
        if !made.is_empty() {
            self.commit(txn, Some(case), world, made, (Cause::default(), Vec::new())).await?;
        }
        Ok(())
    }

    /// Puts the messages of one notice to another as well, so that what the provider wrote can be read there.
    async fn take_messages(
        &self,
        txn: &DatabaseTransaction,
        from: &Case,
        to: &mut Case,
        by: (&Actor, &World),
    ) -> Result<(), DeskError> {
        for attached in &from.messages {
            if to.messages.iter().any(|known| known.message == attached.message) {
                continue;
            }
            let message = MessageRef { id: attached.message, commitment: attached.commitment };
            self.carry_out(txn, to, by, Command::Attach { message, authenticity: attached.authenticity }).await?;
            self.place(txn, to, attached.message.0).await?;
        }
        Ok(())
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

/// The resources that a notice takes over from one that is merged into it, so that merging gets nobody out of anything.
fn taken_over(gone: &Case, target: &Case) -> Vec<Command> {
    let missing = gone.facts.resources.iter().filter(|resource| {
        let announced = resource.announced();
        !resource.set_aside && target.facts.resource_like(&announced).is_none() && !target.is_split_off(&announced)
    });
    missing
        .map(|resource| Command::AddResource { resource: resource.announced(), mapping: resource.mapping.clone() })
        .collect()
}

/// What a notice announces of some of its resources. `text` gives its words a reference of their own.
fn part(case: &Case, resources: &[ResourceId], mut text: impl FnMut(TextRef) -> TextRef) -> Announced {
    let facts = &case.facts;
    Announced {
        provider: facts.provider.clone(),
        kind: facts.kind,
        status: facts.status,
        title: text(facts.title),
        deadlines: facts
            .deadlines
            .iter()
            .map(|known| AnnouncedDeadline {
                role: known.role,
                when: known.refined.map_or(known.when, When::Instant),
                as_written: known.as_written.map(&mut text),
                doubtful: !known.confirmed,
            })
            .collect(),
        windows: facts
            .windows
            .iter()
            .map(|known| AnnouncedWindow {
                start: known.start,
                end: known.end,
                as_written: known.as_written.map(&mut text),
            })
            .collect(),
        resources: resources.iter().filter_map(|id| facts.resource(*id)).map(Resource::announced).collect(),
        timeline: case.timeline.iter().map(|entry| TimelineEntry { text: text(entry.text), ..entry.clone() }).collect(),
        pages: None,
    }
}

/// What people had settled before a notice was split: where its resources belong, and a priority that they raised.
fn kept_as_it_was(before: &Case, new: &Case) -> Vec<Command> {
    let mapped = new.facts.resources.iter().filter_map(|resource| {
        let mapping = before.facts.resource_like(&resource.announced())?.mapping.clone()?;
        Some(Command::MapResource { resource: resource.id, mapping })
    });
    let raised =
        (before.priority > new.priority).then_some(Command::RaisePriority { to: before.priority, reason: None });
    mapped.chain(raised).collect()
}
