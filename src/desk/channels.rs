//! Silence is an alarm (design, decision 8): how long each channel may be silent, the canary that shows whether it works,
//! and who hears of it when it does not.
//!
//! Alarms go out by mail, which needs no channel in, and by hooks, which need no mail: a silent mail system does not silence
//! them. The page, the record, the log and the metrics show them too.

use chrono::TimeDelta;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::DatabaseTransaction;

use crate::desk::house::HouseEvent;
use crate::desk::letters::AddressBook;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic};
use crate::notice::chain::Stream;
use crate::notice::event::Actor;
use crate::notice::letter::{Addressee, Alarm, Body, Letter};
use crate::reading::Reading;
use crate::store::deliveries::{self, Planned};
use crate::store::entity::{channels as rows, messages, passed_over as left, sources};
use crate::store::{At, channels, passed_over};

/// Before it has brought so many messages, a channel has no rhythm to break.
const RHYTHM: i64 = 5;
/// No channel counts as silent sooner, whatever its rhythm was lately.
const SHORTEST: TimeDelta = TimeDelta::days(1);
/// A source that could not be read for so long is told to people.
const TROUBLED: TimeDelta = TimeDelta::hours(1);
/// The door for what colleagues and their programs upload. A token may be bound to a channel of its own below it.
pub const UPLOAD: &str = "upload";
/// What a canary's subject begins with; its token follows.
pub const CANARY: &str = "Countersign canary ";

/// A channel as people see it.
#[derive(Debug, Clone)]
pub struct ChannelView {
    pub row: rows::Model,
    /// How its mailbox or poller fares.
    pub source: Option<sources::Model>,
    /// Mails that its mailbox does not hand out, oldest first.
    pub passed_over: Vec<left::Model>,
    /// The longest silence that is no alarm; none where silence says nothing yet.
    pub allowed: Option<TimeDelta>,
    pub silent: bool,
    /// A canary is under way and has been for too long.
    pub canary_lost: bool,
}

impl Desk {
    /// Every channel with how it fares.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn channels(&self) -> Result<Vec<ChannelView>, DeskError> {
        let db = self.store.reader();
        let mut sources: Vec<sources::Model> = channels::sources(db).await?;
        let mut passed_over = passed_over::told(db).await?;
        let all = channels::all(db).await?;
        Ok(all
            .into_iter()
            .map(|row| {
                let at = sources.iter().position(|source| source.id == row.id);
                let source = at.map(|at| sources.swap_remove(at));
                let own = passed_over.extract_if(.., |mail| mail.channel == row.id).collect();
                self.view(row, source, own)
            })
            .collect())
    }

    fn view(&self, row: rows::Model, source: Option<sources::Model>, passed_over: Vec<left::Model>) -> ChannelView {
        let now = self.clock.now();
        let allowed = allowed(&row, self.settings.silence_factor);
        let silent = allowed.is_some_and(|allowed| now - row.last_seen_at.utc() > allowed);
        let waited = row.canary_sent_at.filter(|_| row.canary_token.is_some()).map(|at| now - at.utc());
        let canary_lost = waited.is_some_and(|waited| waited > self.settings.canary_within);
        ChannelView { row, source, passed_over, allowed, silent, canary_lost }
    }

    /// Makes the channels known that the configuration names, or a token, so that one that never brings anything is seen too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn know_channels(&self, ids: &[String]) -> Result<(), DeskError> {
        for id in ids {
            channels::know(self.store.writer(), id, self.clock.now().into()).await?;
        }
        Ok(())
    }

    /// Looks at every channel: raises the alarms that are due, each once, and sends the canaries that are due.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn watch_channels(&self) -> Result<(), DeskError> {
        for view in self.channels().await? {
            metrics::gauge!("countersign_channel_silent", "channel" => view.row.id.clone())
                .set(f64::from(u8::from(view.silent || view.canary_lost)));
            if (view.silent || view.canary_lost) && view.row.alarmed_at.is_none() {
                self.alarm_of_silence(&view).await?;
            }
            let source =
                view.source.as_ref().and_then(|source| Some((source.trouble.as_deref()?, source.trouble_since?)));
            if let Some((trouble, since)) = source
                && crate::clock::machine_now() - since.utc() > TROUBLED
            {
                let what = format!("The channel {} cannot be read", view.row.id);
                let key = format!("alarm/trouble/{}/{}", view.row.id, since.0);
                self.alarm(&view.row.id, key, what, vec![trouble.to_owned()]).await?;
            }
            let due = view.row.canary_every.is_some_and(|every| {
                let sent = view.row.canary_sent_at.map_or(i64::MIN, |at| at.0);
                At::from(self.clock.now()).0.saturating_sub(sent) >= every
            });
            if due && view.row.canary_token.is_none() {
                self.send_canary(&view.row.id).await?;
            }
        }
        Ok(())
    }

    async fn alarm_of_silence(&self, view: &ChannelView) -> Result<(), DeskError> {
        let id = &view.row.id;
        let (what, detail) = if view.canary_lost {
            let minutes = self.settings.canary_within.num_minutes();
            (format!("The canary of {id} has not come back"), format!("It was sent more than {minutes} minutes ago."))
        } else {
            let days = view.allowed.unwrap_or(SHORTEST).num_hours() as f64 / 24.0;
            let last = view.row.last_seen_at.utc().format("%-d %B %Y %H:%M UTC");
            (
                format!("The channel {id} has fallen silent"),
                format!("It last brought something on {last}; a silence of {days:.1} days is usual at most."),
            )
        };
        let key =
            format!("alarm/silence/{id}/{}/{}", view.row.last_seen_at.0, view.row.canary_sent_at.map_or(0, |at| at.0));
        self.alarm(id, key, what, vec![detail]).await?;
        let row = rows::ActiveModel {
            id: Unchanged(id.clone()),
            alarmed_at: Set(Some(self.clock.now().into())),
            ..Default::default()
        };
        channels::change(self.store.writer(), row).await?;
        Ok(())
    }

    /// A mailbox refuses us: told at once, and once a day for as long as it lasts.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn channel_refused(&self, id: &str, why: &str) -> Result<(), DeskError> {
        let key = format!("alarm/refused/{id}/{}", self.clock.now().date_naive());
        self.alarm(id, key, format!("The mailbox of {id} does not let us in"), vec![why.to_owned()]).await
    }

    /// Tells the administrators by mail, and hooks, which need no mail; puts it on record. The same key again is nothing.
    pub(super) async fn alarm(
        &self,
        id: &str,
        key: String,
        what: String,
        details: Vec<String>,
    ) -> Result<(), DeskError> {
        let added = transact!(self, |txn| {
            let world = self.world(txn).await?;
            let book = AddressBook::read(txn).await?;
            let alarm = Body::Alarm(Alarm {
                what: what.clone(),
                details: details.clone(),
                advice:
                    "See that notices still get here: look at the forwarding, the mailbox or the provider's settings, \
                         and send a canary."
                        .to_owned(),
                path: "/intake/channels".to_owned(),
            });
            let mut letters: Vec<Planned> = world
                .directory
                .administrators()
                .filter_map(|person| book.reachable(person.id))
                .map(|row| self.letter_to(row, format!("{key}/{}", row.id), alarm.clone()))
                .collect();
            let said = format!("{what}. {}", details.join(" "));
            letters.extend(self.alarms_of(&world, (id, &key), &said));
            let added = deliveries::plan(txn, letters, self.clock.now()).await?;
            if added > 0 {
                let event = HouseEvent::ChannelAlarmed { channel: id.to_owned() };
                self.chronicle(txn, Stream::Installation, &Actor::System, vec![event], (None, vec![])).await?;
            }
            Ok(added)
        })?;
        if added > 0 {
            tracing::error!(channel = id, what, "an alarm was raised");
            self.hub.tell(Topic::Delivery, None);
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Says how long a channel may be silent: so long, or as it has learned where that is none. Nought: silence says nothing.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` for a negative time.
    pub async fn expect_of_channel(&self, id: &str, silence: Option<TimeDelta>) -> Result<(), DeskError> {
        if silence.is_some_and(|silence| silence < TimeDelta::zero()) {
            return Err(DeskError::Invalid { field: "hours", message: "a silence cannot be negative".to_owned() });
        }
        self.known_channel(id).await?;
        let row = rows::ActiveModel {
            id: Unchanged(id.to_owned()),
            expected_gap: Set(silence.and_then(|silence| silence.num_microseconds())),
            alarmed_at: Set(None),
            ..Default::default()
        };
        channels::change(self.store.writer(), row).await?;
        self.hub.tell(Topic::Message, None);
        Ok(())
    }

    /// Says where a channel's canary is sent, and how often by itself.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` for what is no address.
    pub async fn set_canary(&self, id: &str, address: &str, every: Option<TimeDelta>) -> Result<(), DeskError> {
        let address = address.trim();
        let plausible =
            address.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
                && !address.contains(char::is_whitespace);
        if !address.is_empty() && !plausible {
            let message = format!("“{address}” is no mail address; give the one that people forward to");
            return Err(DeskError::Invalid { field: "address", message });
        }
        self.known_channel(id).await?;
        let row = rows::ActiveModel {
            id: Unchanged(id.to_owned()),
            canary_address: Set((!address.is_empty()).then(|| address.to_owned())),
            canary_every: Set(every.filter(|_| !address.is_empty()).and_then(|every| every.num_microseconds())),
            ..Default::default()
        };
        channels::change(self.store.writer(), row).await?;
        Ok(())
    }

    async fn known_channel(&self, id: &str) -> Result<rows::Model, DeskError> {
        let found = channels::one(self.store.reader(), id).await?;
        found.ok_or_else(|| DeskError::NotFound { what: "channel", id: id.to_owned() })
    }

    /// Sends a canary through the real forwarding path; when it arrives, the channel works.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` where no address is set.
    pub async fn send_canary(&self, id: &str) -> Result<(), DeskError> {
        let row = self.known_channel(id).await?;
        let Some(address) = row.canary_address else {
            let message = "say first to which address the canary is to be sent".to_owned();
            return Err(DeskError::Invalid { field: "address", message });
        };
        let token = hex::encode(self.entropy.bytes::<16>());
        let letter = Letter {
            to: Addressee { name: "Countersign canary".to_owned(), zone: "UTC".to_owned() },
            installation: self.settings.installation.clone(),
            public_url: self.settings.public_url.clone(),
            unsubscribe: None,
            body: Body::Canary(Alarm {
                what: format!("{CANARY}{token}"),
                details: vec![format!("This mail tests the way of the channel {id}. It opens no notice.")],
                advice: "Nothing. Forward it as you would a provider's mail, where that is not done by rule."
                    .to_owned(),
                path: "/intake/channels".to_owned(),
            }),
        };
        let now = self.clock.now();
        let planned = Planned {
            id: self.ids.id(),
            key: format!("canary/{id}/{token}"),
            kind: "mail",
            template: letter.template().to_owned(),
            data: serde_json::to_value(&letter).unwrap_or_default(),
            notice: None,
            gate: None,
            person: None,
            address,
            due_at: now,
        };
        transact!(self, |txn| {
            deliveries::plan(txn, vec![planned.clone()], now).await?;
            let row = rows::ActiveModel {
                id: Unchanged(id.to_owned()),
                canary_token: Set(Some(token.clone())),
                canary_sent_at: Set(Some(now.into())),
                ..Default::default()
            };
            Ok(channels::change(txn, row).await?)
        })?;
        self.hub.tell(Topic::Delivery, None);
        self.wake.notify_one();
        Ok(())
    }

    /// The words for a message that is a canary of ours.
    pub(super) async fn canary(
        &self,
        txn: &DatabaseTransaction,
        message: &messages::Model,
        reading: &Reading,
    ) -> Result<Option<String>, DeskError> {
        let subject = reading.original.as_ref().and_then(|original| original.subject.as_deref());
        let texts = reading.texts.iter().map(|part| part.text.as_str());
        for text in subject.into_iter().chain(texts) {
            if let Some(words) = self.canary_seen(txn, message, text).await? {
                return Ok(Some(words));
            }
        }
        Ok(None)
    }

    /// Whether this text carries the canary of a channel, which is then seen to work; says so in words.
    async fn canary_seen(
        &self,
        txn: &DatabaseTransaction,
        message: &messages::Model,
        text: &str,
    ) -> Result<Option<String>, DeskError> {
        let Some(token) = token_in(text) else { return Ok(None) };
        let Some(row) = channels::of_canary(txn, token).await? else { return Ok(None) };
        if row.id != message.channel {
            return Ok(Some(format!("A canary of {}, which came back by another channel.", row.id)));
        }
        let change = rows::ActiveModel {
            id: Unchanged(row.id.clone()),
            canary_token: Set(None),
            canary_seen_at: Set(Some(message.received_at)),
            alarmed_at: Set(None),
            ..Default::default()
        };
        channels::change(txn, change).await?;
        Ok(Some(format!("The canary of {}: the channel works.", row.id)))
    }
}

/// The longest silence of a channel that is no alarm.
fn allowed(row: &rows::Model, factor: u32) -> Option<TimeDelta> {
    match row.expected_gap {
        Some(0) => None,
        Some(gap) => Some(TimeDelta::microseconds(gap)),
        // A source that is read well and has nothing to say is alive; one that cannot be read is told as such.
        None if row.id.starts_with("poll/") => None,
        None if row.messages < RHYTHM || row.longest_gap == 0 => None,
        None => {
            let factor = i32::try_from(factor.max(1)).unwrap_or(i32::MAX);
            Some((TimeDelta::microseconds(row.longest_gap) * factor).max(SHORTEST))
        }
    }
}

fn token_in(text: &str) -> Option<&str> {
    let rest = &text[text.find(CANARY)? + CANARY.len()..];
    let token = rest.get(..32)?;
    token.bytes().all(|b| b.is_ascii_hexdigit()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::token_in;

    #[test]
    fn a_canary_is_told_by_its_token_wherever_it_was_forwarded_to() {
        let token = "0123456789abcdef0123456789abcdef";
        assert_eq!(token_in(&format!("WG: Fwd: Countersign canary {token}")), Some(token));
        for none in ["Countersign canary", "Countersign canary 0123", &format!("canary {token}")] {
            assert_eq!(token_in(none), None, "{none}");
        }
    }
}
