//! Keeping hooks: setting them up, switching them off, and what of them is secret.
//!
//! A hook's secret, and the whole of its address, are in the database only under the installation's key (`Keyring::seal`):
//! whoever reads the tables can neither sign as us nor post to a channel of Slack.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel as _,
    PaginatorTrait, QueryFilter, QueryOrder, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{EventSort, Hook, HookEvent, NewHook, Way, read};
use crate::desk::learn::learned;
use crate::desk::letters::AddressBook;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError};
use crate::notice::ids::PersonId;
use crate::notice::letter::{Alarm, Body};
use crate::store::deliveries::{self, Delivery, kind};
use crate::store::entity::{hooks, settings};

/// More hooks than this are a mistake: every event asks each of them.
const MOST: u64 = 100;

/// The setting that says that the database's file holds nothing of the time when secrets stood in it in clear.
const WRITTEN_ANEW: &str = "written_anew";

/// What sealed values are sealed for.
const PURPOSE: &str = "hook";

/// Where a delivery goes.
#[derive(Clone, PartialEq, Eq)]
pub enum Receiver {
    /// The secret is none for Slack and Teams, whose address is the secret.
    Known { url: String, secret: Option<String> },
    /// Nothing goes there any more, for this reason.
    Off(String),
    /// The keyring does not open it: it is another installation's, or was lost.
    Locked,
}

/// What is secret of a hook.
#[derive(Serialize, Deserialize)]
struct Sealed {
    url: String,
    secret: Option<String>,
}

/// An address as it may be shown and logged: of Slack and Teams the host, of others all but what is asked of it.
fn shown(way: Way, url: &str) -> String {
    match way {
        Way::Webhook => url.split_once('?').map_or_else(|| url.to_owned(), |(before, _)| format!("{before}?…")),
        Way::Slack | Way::Teams => format!("{}/…", url.split('/').take(3).collect::<Vec<_>>().join("/")),
    }
}

impl Desk {
    /// All hooks, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hooks(&self) -> Result<Vec<Hook>, DeskError> {
        let rows = hooks::Entity::find().order_by_asc(hooks::Column::Id).all(self.store.reader()).await?;
        Ok(rows.iter().map(read).collect())
    }

    /// Sets up a hook. With it comes its secret, this once: `whsec_` and 24 random bytes in base64, as Standard Webhooks
    /// asks; none for Slack and Teams, whose address is the secret.
    ///
    /// # Errors
    /// `Invalid` names the field.
    pub async fn add_hook(&self, by: Uuid, new: NewHook) -> Result<(Hook, Option<String>), DeskError> {
        let name = new.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 80 {
            let message = "A hook needs a name of 1 to 80 characters.".to_owned();
            return Err(DeskError::Invalid { field: "name", message });
        }
        if hooks::Entity::find().count(self.store.reader()).await? >= MOST {
            let message = format!("There are {MOST} hooks already; remove one first.");
            return Err(DeskError::Conflict { code: "too_many_hooks", message });
        }
        let way = new.way.unwrap_or(Way::Webhook);
        let secret = (way == Way::Webhook).then(|| format!("whsec_{}", STANDARD.encode(self.entropy.bytes::<24>())));
        let (id, url) = (self.ids.id(), new.url.trim().to_owned());
        let row = hooks::Model {
            id,
            name,
            way: way.word().to_owned(),
            url: shown(way, &url),
            secret: None,
            sealed: Some(self.seal_hook(id, &Sealed { url, secret: secret.clone() })),
            events: serde_json::to_string(&new.events).unwrap_or_default(),
            person: new.person,
            team: new.team,
            provider: new.provider,
            notice_kind: new.notice_kind,
            active: true,
            off_at: None,
            off_why: None,
            created_by: Some(by),
            created_at: self.clock.now().into(),
        };
        transact!(self, |txn| {
            hooks::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(txn).await?;
            learned(txn).await
        })?;
        Ok((read(&row), secret))
    }

    /// Takes a hook away. What was planned for it and not sent fails with that reason.
    ///
    /// # Errors
    /// `NotFound`, or the database refuses.
    pub async fn remove_hook(&self, id: Uuid) -> Result<(), DeskError> {
        transact!(self, |txn| {
            let gone = hooks::Entity::delete_by_id(id).exec(txn).await?;
            if gone.rows_affected == 0 {
                return Err(missing(id));
            }
            learned(txn).await
        })
    }

    /// Switches a hook on or off. While it is off nothing is planned for it, and what was planned before fails.
    ///
    /// # Errors
    /// `NotFound`, or the database refuses.
    pub async fn switch_hook(&self, id: Uuid, on: bool) -> Result<Hook, DeskError> {
        transact!(self, |txn| {
            let row = hooks::Entity::find_by_id(id).one(txn).await?.ok_or_else(|| missing(id))?;
            if row.active == on {
                return Ok(read(&row));
            }
            let why = (!on).then(|| "Somebody switched it off.".to_owned());
            Ok(read(&self.set_hook(txn, row, why).await?))
        })
    }

    async fn set_hook(
        &self,
        txn: &DatabaseTransaction,
        row: hooks::Model,
        off: Option<String>,
    ) -> Result<hooks::Model, DeskError> {
        let mut changed = row.into_active_model();
        changed.active = Set(off.is_none());
        changed.off_at = Set(off.as_ref().map(|_| self.clock.now().into()));
        changed.off_why = Set(off);
        let changed = changed.update(txn).await?;
        learned(txn).await?;
        Ok(changed)
    }

    /// Its receiver wants nothing more (HTTP 410): switches the hook off and tells whoever set it up, or administrators
    /// where that person is gone. Once, however many deliveries hear the same.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hook_is_gone(&self, id: Uuid) -> Result<(), DeskError> {
        let told = transact!(self, |txn| {
            let Some(row) = hooks::Entity::find_by_id(id).one(txn).await?.filter(|row| row.active) else {
                return Ok(false);
            };
            let row = self.set_hook(txn, row, Some("Its receiver answered 410 Gone.".to_owned())).await?;
            let body = Body::Alarm(Alarm {
                what: format!("The hook “{}” is switched off", row.name),
                details: vec![format!("{} answered 410 Gone: it wants nothing more of us.", row.url)],
                advice:
                    "Remove the hook if that is right. If not, have its receiver mended, and switch the hook on again."
                        .to_owned(),
                path: "/outbox/hooks".to_owned(),
            });
            self.tell_owner(txn, &row, &format!("alarm/hook/{id}/{}", self.clock.now().timestamp()), body).await?;
            Ok(true)
        })?;
        if told {
            tracing::warn!(hook = %id, "a hook was switched off: its receiver answered 410 Gone");
            self.wake.notify_one();
        }
        Ok(())
    }

    /// A delivery to a hook was given up: says so to whoever set it up.
    pub(crate) async fn hook_failed(
        &self,
        txn: &DatabaseTransaction,
        hook: Uuid,
        delivery: &Delivery,
        reason: &str,
    ) -> Result<(), DeskError> {
        let Some(row) = hooks::Entity::find_by_id(hook).one(txn).await? else { return Ok(()) };
        let body = Body::Alarm(Alarm {
            what: format!("The hook “{}” was not told of something", row.name),
            details: vec![
                format!("It was to hear “{}”; {} tries failed.", delivery.template, delivery.attempts),
                format!("The last answer: {}", reason.chars().take(300).collect::<String>()),
            ],
            advice: "Once its receiver is well, open the delivery on the Outbox page and send it again.".to_owned(),
            path: format!("/outbox?state=failed&mail={}", delivery.id),
        });
        // One alarm a day for one hook: a receiver that is down fails everything it is sent.
        let day = self.clock.now().format("%F");
        self.tell_owner(txn, &row, &format!("alarm/hook/{hook}/failed/{day}"), body).await
    }

    async fn tell_owner(
        &self,
        txn: &DatabaseTransaction,
        hook: &hooks::Model,
        key: &str,
        body: Body,
    ) -> Result<(), DeskError> {
        let book = AddressBook::read(txn).await?;
        match hook.created_by.and_then(|owner| book.reachable(PersonId(owner))) {
            Some(owner) => {
                let letter = self.letter_to(owner, format!("{key}/{}", owner.id), body);
                deliveries::plan(txn, vec![letter], self.clock.now()).await?;
                Ok(())
            }
            None => self.alarm_administrators(txn, key, body).await,
        }
    }

    /// Sends a hook a test event.
    ///
    /// # Errors
    /// `NotFound`, or the database refuses.
    pub async fn test_hook(&self, id: Uuid) -> Result<Uuid, DeskError> {
        let hook = hooks::Entity::find_by_id(id).one(self.store.reader()).await?.ok_or_else(|| missing(id))?;
        let now = self.clock.now();
        let data = json!({ "what": format!("A test of the hook “{}”.", hook.name) });
        let event = HookEvent { sort: EventSort::Test, timestamp: now, data };
        let planned = self.post(&read(&hook), event, format!("hook/{id}/test/{}", self.ids.id()), None);
        let delivery = planned.id;
        deliveries::plan(self.store.writer(), vec![planned], now).await?;
        self.wake.notify_one();
        Ok(delivery)
    }

    /// Where a hook's deliveries go, and what they are signed with.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hook_receiver(&self, id: Uuid) -> Result<Receiver, DeskError> {
        let Some(row) = hooks::Entity::find_by_id(id).one(self.store.reader()).await? else {
            return Ok(Receiver::Off("the hook was taken away meanwhile".to_owned()));
        };
        if !row.active {
            return Ok(Receiver::Off("the hook was switched off meanwhile".to_owned()));
        }
        let opened = row.sealed.as_deref().and_then(|sealed| self.keyring.open(PURPOSE, id.as_bytes(), sealed));
        let opened = opened.and_then(|bytes| serde_json::from_slice::<Sealed>(&bytes).ok());
        Ok(opened.map_or(Receiver::Locked, |Sealed { url, secret }| Receiver::Known { url, secret }))
    }

    fn seal_hook(&self, id: Uuid, what: &Sealed) -> String {
        let plain = serde_json::to_vec(what).unwrap_or_default();
        self.keyring.seal(PURPOSE, id.as_bytes(), &plain, &self.entropy)
    }

    /// Seals the hooks that a version before this one kept in clear, and says how many they were. The addresses of what was
    /// planned for them are cut to what may be shown.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn seal_hooks(&self) -> Result<usize, DeskError> {
        let (sealed, first) = transact!(self, |txn| {
            let open = hooks::Entity::find().filter(hooks::Column::Sealed.is_null()).all(txn).await?;
            let count = open.len();
            for row in open {
                let way = row.way.parse().unwrap_or(Way::Webhook);
                let (whole, short) = (row.url.clone(), shown(way, &row.url));
                deliveries::readdress(txn, kind::HOOK, &whole, &short).await?;
                let sealed = self.seal_hook(row.id, &Sealed { url: whole, secret: row.secret.clone() });
                let mut changed = row.into_active_model();
                changed.url = Set(short);
                changed.secret = Set(None);
                changed.sealed = Set(Some(sealed));
                changed.update(txn).await?;
            }
            if count > 0 {
                learned(txn).await?;
            }
            let done = settings::Model { name: WRITTEN_ANEW.to_owned(), value: String::new() };
            let first = settings::Entity::insert(done.into_active_model().reset_all())
                .on_conflict(OnConflict::column(settings::Column::Name).do_nothing().to_owned())
                .exec_without_returning(txn)
                .await?;
            // A house without hooks never had secrets in clear.
            let any = hooks::Entity::find().count(txn).await? > 0;
            Ok((count, any && first > 0))
        })?;
        if sealed > 0 || first {
            // What stood in a row stays in the file's free pages until something else is written there.
            self.store.write_anew().await?;
        }
        Ok(sealed)
    }
}

fn missing(id: Uuid) -> DeskError {
    DeskError::NotFound { what: "hook", id: id.to_string() }
}
