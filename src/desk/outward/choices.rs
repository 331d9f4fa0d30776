//! What a person wants of mails: in which hours, and which of the voluntary ones.
//!
//! Nobody can choose away what asks for their signature, nor an alarm.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ActiveModelTrait as _, ConnectionTrait, EntityTrait, IntoActiveModel as _, sea_query::OnConflict};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::desk::house::changed;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::calendar::Hours;
use crate::notice::fact::words;
use crate::notice::ids::PersonId;
use crate::store::entity::{mail_choices, people};

words! {
    /// A sort of mail that a person may do without.
    Voluntary {
        /// The day's digest. What it would have asked comes in mails of its own then.
        Digest = "digest",
        /// News of a notice that one only watches.
        Watching = "watching",
        /// Entries for one's calendar.
        Calendar = "calendar",
        /// The weekly report.
        Report = "report",
    }
}

/// What one person said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Choices {
    /// When they work, in their own zone; without it the house's morning counts, and nights are quiet.
    pub hours: Option<Hours>,
    pub unwanted: BTreeSet<Voluntary>,
}

/// Whether a person wants mail of this sort.
#[must_use]
pub fn wants(choices: &BTreeMap<PersonId, Choices>, person: PersonId, sort: Voluntary) -> bool {
    choices.get(&person).is_none_or(|choices| !choices.unwanted.contains(&sort))
}

pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<BTreeMap<PersonId, Choices>, DeskError> {
    let rows = mail_choices::Entity::find().all(db).await?;
    Ok(rows.into_iter().map(|row| (PersonId(row.person), read(&row))).collect())
}

fn read(row: &mail_choices::Model) -> Choices {
    Choices {
        hours: row.hours.as_deref().and_then(|hours| serde_json::from_str(hours).ok()),
        unwanted: serde_json::from_str(&row.unwanted).unwrap_or_default(),
    }
}

impl Desk {
    /// What a person said of mails.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn choices(&self, person: Uuid) -> Result<Choices, DeskError> {
        let row = mail_choices::Entity::find_by_id(person).one(self.store.reader()).await?;
        Ok(row.as_ref().map(read).unwrap_or_default())
    }

    /// Keeps what a person says of mails. Open notices are looked at again, since a day's beginning may have moved.
    ///
    /// # Errors
    /// `Invalid` names the field; `NotFound` where there is no such person.
    pub async fn choose(&self, person: Uuid, choices: Choices) -> Result<Choices, DeskError> {
        if choices.hours.is_some_and(|hours| hours.from >= hours.to) {
            let message = "Working hours end after they begin, on the same day.".to_owned();
            return Err(DeskError::Invalid { field: "hours", message });
        }
        if choices.hours.is_some_and(|hours| hours.weekdays.0 == 0 || hours.weekdays.0 > 0b111_1111) {
            let message = "Name at least one weekday: bit 0 is Monday, bit 6 Sunday.".to_owned();
            return Err(DeskError::Invalid { field: "hours", message });
        }
        transact!(self, |txn| {
            let missing = || DeskError::NotFound { what: "person", id: person.to_string() };
            people::Entity::find_by_id(person).one(txn).await?.ok_or_else(missing)?;
            let row = mail_choices::Model {
                person,
                hours: choices.hours.and_then(|hours| serde_json::to_string(&hours).ok()),
                unwanted: serde_json::to_string(&choices.unwanted).unwrap_or_default(),
            };
            mail_choices::Entity::insert(row.into_active_model().reset_all())
                .on_conflict(
                    OnConflict::column(mail_choices::Column::Person)
                        .update_columns([mail_choices::Column::Hours, mail_choices::Column::Unwanted])
                        .to_owned(),
                )
                .exec_without_returning(txn)
                .await?;
            changed(txn).await
        })?;
        self.wake.notify_one();
        Ok(choices)
    }

    /// Ends one sort of voluntary mail for whoever holds the link that stood in it. False where the link is none of ours.
    ///
    /// # Errors
    /// As [`Desk::choose`].
    pub async fn unsubscribe(&self, person: Uuid, sort: Voluntary, tag: &str) -> Result<bool, DeskError> {
        if !self.keyring.is_tag(PURPOSE, link(person, sort).as_bytes(), tag) {
            return Ok(false);
        }
        let mut choices = self.choices(person).await?;
        if choices.unwanted.insert(sort) {
            self.choose(person, choices).await?;
        }
        Ok(true)
    }

    /// Where a person ends one sort of voluntary mail: a page for people, and for mail programs one POST (RFC 8058).
    pub(crate) fn unsubscribe_url(&self, person: PersonId, sort: Voluntary) -> String {
        let tag = self.keyring.tag(PURPOSE, link(person.0, sort).as_bytes());
        format!("{}/unsubscribe/{}/{sort}/{tag}", self.settings.public_url, person.0)
    }
}

/// What the keyring's tag is for.
const PURPOSE: &str = "unsubscribe";

fn link(person: Uuid, sort: Voluntary) -> String {
    format!("{person}/{sort}")
}
