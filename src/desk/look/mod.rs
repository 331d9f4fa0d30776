//! Looking: what pages and programs ask to see. Nothing here changes anything.
//!
//! Hands out rows and domain values; how they are worded is the web's. Owns which rows belong together.

mod agenda;
mod deliveries;
mod lists;
mod messages;
mod notices;
mod person;
mod record;
mod seen;

pub use agenda::{Agenda, Whose};
pub use deliveries::DeliveryPage;
pub use lists::{Facets, HorizonNotice, NoticeListed, Waits};
pub use messages::MessageDetail;
pub use notices::NoticeDetail;
pub use person::{PersonWork, SignedBy};
pub(super) use record::text_ids;
pub use record::{RecordPage, RecordPlace};

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use crate::desk::DeskError;
use crate::notice::directory::Right;
use crate::notice::ids::PersonId;
use crate::notice::sight::Sight;
use crate::store::entity::{people, teams};

/// Names of everybody who was ever here, as far as they are not erased.
async fn people_names(db: &impl ConnectionTrait) -> Result<BTreeMap<Uuid, String>, DeskError> {
    Ok(people::Entity::find().all(db).await?.into_iter().map(|person| (person.id, person.name)).collect())
}

async fn team_names(db: &impl ConnectionTrait) -> Result<BTreeMap<Uuid, String>, DeskError> {
    Ok(teams::Entity::find().all(db).await?.into_iter().map(|team| (team.id, team.name)).collect())
}

/// With whose eyes a person looks. A role that this program does not know sees the least.
#[must_use]
pub fn sight_of(person: &people::Model) -> Sight {
    Sight::of(PersonId(person.id), person.role.parse().unwrap_or(Right::Member))
}
