//! The digest: once a day, for each person, what is not urgent.
//!
//! A line waits in the outbox like a mail and is withdrawn like one, so that a digest never asks for what is done. When its
//! moment has come it is gathered; the digest is a delivery of its own.

use sea_orm::{DatabaseTransaction, EntityTrait as _};
use uuid::Uuid;

use crate::desk::outward::choices::{Voluntary, wants};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, World};
use crate::notice::case::Case;
use crate::notice::context::Context;
use crate::notice::ids::PersonId;
use crate::notice::letter::{Body, Brief, Digest, Item, Line};
use crate::notice::reminder::digest_at;
use crate::store::deliveries::{self, Delivery, Planned, kind, lines};
use crate::store::entity::people;

/// Readers looked at in one tick; what is left comes with the next.
const MOST: u64 = 200;
/// Historic notices that a digest names. A first import may bring thousands.
const NAMED: usize = 20;

impl Desk {
    /// Makes the digests that are due, and says how many.
    pub(crate) async fn gather_digests(&self) -> Result<u64, DeskError> {
        let readers = lines::readers(self.store.reader(), self.clock.now(), MOST).await?;
        for person in &readers {
            transact!(self, |txn| self.gather_one(txn, *person).await)?;
        }
        Ok(readers.len() as u64)
    }

    async fn gather_one(&self, txn: &DatabaseTransaction, person: Uuid) -> Result<(), DeskError> {
        let now = self.clock.now();
        let taken = lines::gather(txn, person, now).await?;
        let reader = people::Entity::find_by_id(person).one(txn).await?;
        let Some(reader) = reader.filter(|row| row.active && row.erased_at.is_none() && !taken.is_empty()) else {
            return Ok(());
        };
        let world = self.world(txn).await?;
        let zone: chrono_tz::Tz = reader.zone.parse().unwrap_or(chrono_tz::Tz::UTC);
        let key = format!("digest/{person}/{}", now.with_timezone(&zone).date_naive());
        let link = self.unsubscribe_url(PersonId(person), Voluntary::Digest);
        let letter = self.letter_of(&reader, key, Body::Digest(digest(&taken)), Some(link));
        if deliveries::plan(txn, vec![letter], now).await? == 0 {
            // Another replica sent today's; these came too late for it.
            let next = digest_at(PersonId(person), now, &self.context_of(&world, now));
            lines::put_off(txn, &taken, next.max(now + chrono::TimeDelta::minutes(1))).await?;
        }
        Ok(())
    }

    /// A line for somebody's next digest; none where they do without it.
    pub(crate) fn line_for(
        &self,
        row: &people::Model,
        (world, context): (&World, &Context),
        (key, template): (String, &str),
        item: &Item,
    ) -> Option<Planned> {
        let person = PersonId(row.id);
        wants(&world.choices, person, Voluntary::Digest).then(|| Planned {
            id: self.ids.id(),
            key,
            kind: kind::LINE,
            template: template.to_owned(),
            data: serde_json::to_value(item).unwrap_or_default(),
            notice: None,
            gate: None,
            person: Some(row.id),
            address: row.email.clone(),
            due_at: digest_at(person, context.now, context),
        })
    }

    /// Who hears of a notice that came in as history: of those who would have been asked first, one.
    pub(crate) fn historian(case: &Case, context: &Context) -> Option<PersonId> {
        let directory = &context.directory;
        let lowest = directory.levels.iter().min_by_key(|level| level.rank)?;
        let teams = directory.teams_of(&case.facts);
        directory.whom_to_ask(&lowest.id, &teams, case.id, context.now).first().copied()
    }
}

fn digest(taken: &[Delivery]) -> Digest {
    let items = taken.iter().filter_map(|row| serde_json::from_str::<Item>(&row.data).ok());
    let (mut asked, mut historic): (Vec<Line>, Vec<Brief>) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            Item::Line(line) => asked.push(line),
            Item::Historic(brief) => historic.push(brief),
        }
    }
    asked.sort_by_key(|line| (line.due, line.notice.number));
    let more = u32::try_from(historic.len().saturating_sub(NAMED)).unwrap_or(u32::MAX);
    historic.truncate(NAMED);
    Digest { lines: asked, historic, more }
}
