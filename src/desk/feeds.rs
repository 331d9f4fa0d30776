//! Calendar feeds: a secret address, of a person or of a team, that a calendar program reads without signing in. Made and
//! revoked by people; only the secret's hash is kept, so it is shown once.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::clock::machine_now;
use crate::desk::house::{HouseEvent, hash_of};
use crate::desk::transact::transact;
use crate::desk::{Agenda, Desk, DeskError, Whose, sight_of};
use crate::notice::chain::Stream;
use crate::notice::event::Actor;
use crate::store::At;
use crate::store::entity::{feeds, people, team_members, teams};

/// How far back and ahead a feed reaches.
const BACK: TimeDelta = TimeDelta::days(30);
const AHEAD: TimeDelta = TimeDelta::days(730);
/// That a feed was read is noted no more often.
const NOTED: TimeDelta = TimeDelta::hours(1);

/// From when until when, UTC.
pub type Span = (DateTime<Utc>, DateTime<Utc>);

/// A feed as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedView {
    pub id: Uuid,
    /// None for a person's own.
    pub team: Option<(Uuid, String)>,
    /// Business time.
    pub created_at: DateTime<Utc>,
    /// Machine time; none while no program has read it.
    pub used_at: Option<DateTime<Utc>>,
}

/// A feed that was made. The secret is shown here once and kept nowhere.
#[derive(Debug, Clone)]
pub struct FeedMade {
    pub id: Uuid,
    pub link: String,
}

impl Desk {
    /// The feeds that a person made and that work, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn feeds_by(&self, person: Uuid) -> Result<Vec<FeedView>, DeskError> {
        let db = self.store.reader();
        let rows = feeds::Entity::find()
            .filter(feeds::Column::CreatedBy.eq(person))
            .filter(feeds::Column::RevokedAt.is_null())
            .order_by_asc(feeds::Column::CreatedAt)
            .all(db)
            .await?;
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            let team = match row.team {
                Some(id) => {
                    let name = teams::Entity::find_by_id(id).one(db).await?.map(|team| team.name);
                    Some((id, name.unwrap_or_else(|| "a team that was removed".to_owned())))
                }
                None => None,
            };
            let (created_at, used_at) = (row.created_at.utc(), row.used_at.map(At::utc));
            views.push(FeedView { id: row.id, team, created_at, used_at });
        }
        Ok(views)
    }

    /// Makes a feed of the person themselves, or of a team that they are in.
    ///
    /// # Errors
    /// `Invalid` (`team`) where they are not in it.
    pub async fn make_feed(&self, person: Uuid, actor: Actor, team: Option<Uuid>) -> Result<FeedMade, DeskError> {
        let (id, secret) = (self.ids.id(), self.entropy.secret());
        transact!(self, |txn| {
            if let Some(team) = team
                && team_members::Entity::find_by_id((team, person)).one(txn).await?.is_none()
            {
                let message = "a feed of a team is made by somebody who is in it".to_owned();
                return Err(DeskError::Invalid { field: "team", message });
            }
            let of = team.is_none().then_some(person);
            let row = feeds::Model {
                id,
                secret_hash: hash_of(&secret),
                person: of,
                team,
                created_by: person,
                created_at: self.clock.now().into(),
                used_at: None,
                revoked_at: None,
            };
            feeds::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(txn).await?;
            let event = HouseEvent::FeedMade { feed: id, person: of, team };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })?;
        Ok(FeedMade { id, link: format!("{}/calendar/{secret}.ics", self.settings.public_url) })
    }

    /// Revokes a feed: its address no longer answers. `maker` leaves the feeds of others alone; none is an administrator.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn revoke_feed(&self, actor: Actor, id: Uuid, maker: Option<Uuid>) -> Result<(), DeskError> {
        transact!(self, |txn| {
            let row = feeds::Entity::find_by_id(id).one(txn).await?.filter(|row| row.revoked_at.is_none());
            if row.is_none_or(|row| maker.is_some_and(|maker| row.created_by != maker)) {
                return Err(DeskError::NotFound { what: "feed", id: id.to_string() });
            }
            let revoked_at = Set(Some(machine_now().into()));
            feeds::ActiveModel { id: Set(id), revoked_at, ..Default::default() }.update(txn).await?;
            let event = HouseEvent::FeedRevoked { feed: id };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })
    }

    /// What a feed shows, by the secret in its address: only what its person or team has. None where there is no such feed,
    /// it was revoked, or whoever made it is gone or no longer in the team.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn feed(&self, secret: &str) -> Result<Option<(Agenda, Span)>, DeskError> {
        let db = self.store.reader();
        let row = feeds::Entity::find().filter(feeds::Column::SecretHash.eq(hash_of(secret))).one(db).await?;
        let Some(row) = row.filter(|row| row.revoked_at.is_none()) else { return Ok(None) };
        let maker = people::Entity::find_by_id(row.created_by).one(db).await?;
        let Some(maker) = maker.filter(|maker| maker.active) else { return Ok(None) };
        let whose = match (row.person, row.team) {
            (Some(person), _) => Whose::Person(person),
            (None, Some(team)) if team_members::Entity::find_by_id((team, row.created_by)).one(db).await?.is_some() => {
                Whose::Team(team)
            }
            _ => return Ok(None),
        };
        let used = machine_now();
        if row.used_at.is_none_or(|at| used - at.utc() > NOTED) {
            feeds::ActiveModel { id: Set(row.id), used_at: Set(Some(used.into())), ..Default::default() }
                .update(self.store.writer())
                .await?;
        }
        let now = self.clock.now();
        let span = (now - BACK, now + AHEAD);
        Ok(Some((self.agenda((whose, sight_of(&maker)), span).await?, span)))
    }
}
