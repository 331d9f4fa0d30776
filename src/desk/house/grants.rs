//! Giving oneself a level: nobody vouches for their own word. Another administrator agrees; where there is no other,
//! everybody is told.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait, IntoActiveModel as _, QueryFilter as _};
use uuid::Uuid;

use super::people::{PersonChange, PersonView, found};
use super::{HouseEvent, known_levels};
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::chain::Stream;
use crate::notice::directory::Right;
use crate::notice::event::Actor;
use crate::notice::letter::{Alarm, Body};
use crate::store::entity::{level_requests, people, person_levels};

impl Desk {
    /// What of a person's change is theirs to make alone: levels that an administrator gives themselves wait for another
    /// administrator, and are taken out of `change`. Where there is no other, they hold at once and everybody is told.
    pub(super) async fn own_levels_wait(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        person: Uuid,
        change: &mut PersonChange,
    ) -> Result<(), DeskError> {
        let own = actor.person().is_some_and(|id| id.0 == person);
        let Some(wanted) = change.levels.clone().filter(|_| own) else { return Ok(()) };
        let held = held(txn, person).await?;
        let asked: BTreeSet<String> =
            known_levels(txn, &wanted).await?.into_iter().filter(|level| !held.contains(level)).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let row = found(txn, person).await?;
        let levels = asked.iter().cloned().collect::<Vec<_>>().join(", ");
        if self.other_administrators(txn, person).await?.is_empty() {
            let alarm = Alarm {
                what: format!("{} gave themselves the level {levels}", row.name),
                details: vec![format!("{} is the only administrator here, so nobody else had to agree.", row.name)],
                advice: "If that surprises you, ask them, and look at the record.".to_owned(),
                path: "/record".to_owned(),
            };
            return self.tell_everybody(txn, &format!("own-levels/{}", self.ids.id()), Body::Alarm(alarm)).await;
        }
        change.levels = Some(wanted.into_iter().filter(|level| !asked.contains(level)).collect());
        let waiting = level_requests::Entity::find_by_id(person).one(txn).await?;
        if waiting.is_some_and(|request| request.levels.split(' ').eq(asked.iter())) {
            // Asked already: a directory says the same again and again.
            return Ok(());
        }
        self.keep_request(txn, actor, &row, asked).await
    }

    async fn keep_request(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        row: &people::Model,
        asked: BTreeSet<String>,
    ) -> Result<(), DeskError> {
        let levels: Vec<String> = asked.into_iter().collect();
        let request =
            level_requests::Model { person: row.id, levels: levels.join(" "), asked_at: self.clock.now().into() };
        level_requests::Entity::delete_by_id(row.id).exec(txn).await?;
        let request = sea_orm::ActiveModelTrait::reset_all(request.into_active_model());
        level_requests::Entity::insert(request).exec_without_returning(txn).await?;
        let alarm = Alarm {
            what: format!("{} asks for the level {}", row.name, levels.join(", ")),
            details: vec!["Nobody gives themselves a level: another administrator agrees, or does not.".to_owned()],
            advice: "Agree or refuse on the page People.".to_owned(),
            path: "/people".to_owned(),
        };
        let key = format!("level-request/{}", self.ids.id());
        for other in self.other_administrators(txn, row.id).await? {
            self.mail_in(txn, &other, format!("{key}/{}", other.id), Body::Alarm(alarm.clone())).await?;
        }
        let event = HouseEvent::LevelsAsked { person: row.id, levels };
        self.chronicle(txn, Stream::People, actor, vec![event], (None, vec![])).await
    }

    /// Agrees to the levels that a person asked for themselves, or refuses.
    ///
    /// # Errors
    /// `NotFound` where they asked for none; `Conflict` (`own_request`) for who asked.
    pub async fn answer_level_request(&self, actor: Actor, person: Uuid, agree: bool) -> Result<PersonView, DeskError> {
        transact!(self, |txn| {
            if actor.person().is_some_and(|id| id.0 == person) {
                let message = "nobody agrees to their own request; another administrator does".to_owned();
                return Err(DeskError::Conflict { code: "own_request", message });
            }
            let missing = || DeskError::NotFound { what: "request for a level", id: person.to_string() };
            let request = level_requests::Entity::find_by_id(person).one(txn).await?.ok_or_else(missing)?;
            level_requests::Entity::delete_by_id(person).exec(txn).await?;
            if agree {
                let mut levels = held(txn, person).await?;
                levels.extend(request.levels.split(' ').map(str::to_owned));
                let change = PersonChange { levels: Some(levels.into_iter().collect()), ..PersonChange::default() };
                return self.change_person_in(txn, &actor, person, &change).await;
            }
            let event = HouseEvent::LevelsRefused { person };
            self.chronicle(txn, Stream::People, &actor, vec![event], (None, vec![])).await
        })?;
        self.tell_people();
        self.person(person).await
    }

    /// Active administrators who have an account, but for this one.
    async fn other_administrators(
        &self,
        txn: &DatabaseTransaction,
        person: Uuid,
    ) -> Result<Vec<people::Model>, DeskError> {
        let rows = people::Entity::find()
            .filter(people::Column::Active.eq(true))
            .filter(people::Column::Role.eq(Right::Administrator.word()))
            .filter(people::Column::JoinedAt.is_not_null())
            .filter(people::Column::Id.ne(person))
            .all(txn)
            .await?;
        Ok(rows)
    }

    /// Whether this active person administers, and nobody else who is active.
    pub(super) async fn administers_alone(&self, txn: &DatabaseTransaction, person: Uuid) -> Result<bool, DeskError> {
        let administrators = people::Entity::find()
            .filter(people::Column::Active.eq(true))
            .filter(people::Column::Role.eq(Right::Administrator.word()))
            .all(txn)
            .await?;
        Ok(matches!(administrators.as_slice(), [alone] if alone.id == person))
    }

    async fn tell_everybody(&self, txn: &DatabaseTransaction, key: &str, body: Body) -> Result<(), DeskError> {
        let all = people::Entity::find().filter(people::Column::Active.eq(true)).all(txn).await?;
        for person in all {
            self.mail_in(txn, &person, format!("{key}/{}", person.id), body.clone()).await?;
        }
        Ok(())
    }
}

async fn held(txn: &DatabaseTransaction, person: Uuid) -> Result<BTreeSet<String>, DeskError> {
    let rows = person_levels::Entity::find().filter(person_levels::Column::Person.eq(person)).all(txn).await?;
    Ok(rows.into_iter().map(|row| row.level).collect())
}
