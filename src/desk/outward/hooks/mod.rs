//! Hooks: other programs, and channels of Slack and Teams, that are told what happens to notices, and when a way in is silent.
//!
//! Owns who is told of what. How an event is signed and posted is `dispatch`'s; a hook's secret leaves this house only in
//! the signature.

mod keeping;

pub use keeping::Receiver;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::desk::letters::{AddressBook, brief};
use crate::desk::project::Texts;
use crate::desk::{Desk, DeskError, World};
use crate::notice::case::Case;
use crate::notice::context::Context;
use crate::notice::event::{Event, Manner, Recorded, Told, Verdict};
use crate::notice::fact::words;
use crate::notice::ids::{PersonId, TeamId};
use crate::store::deliveries::{Planned, kind};
use crate::store::entity::hooks;

words! {
    /// How a hook is spoken to.
    Way {
        /// Standard Webhooks 1.0.0, signed.
        Webhook = "webhook",
        /// An incoming webhook of Slack.
        Slack = "slack",
        /// A workflow of Microsoft Teams that takes an adaptive card.
        Teams = "teams",
    }
}

words! {
    /// What happens to a notice or a way in, as hooks are told.
    EventSort {
        Opened = "notice.opened",
        Updated = "notice.updated",
        Signed = "notice.signed",
        Objected = "notice.objected",
        Overridden = "notice.overridden",
        Closed = "notice.closed",
        Dismissed = "notice.dismissed",
        Reopened = "notice.reopened",
        /// Somebody is asked for a signature, or reminded.
        Reminded = "reminder.due",
        /// A way in has fallen silent, cannot be read, or refuses us.
        Alarmed = "channel.alarmed",
        /// Sent by whoever set the hook up, to see whether it arrives.
        Test = "hook.test",
    }
}

/// A hook and what it wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    pub id: Uuid,
    pub name: String,
    pub way: Way,
    /// Its address as anybody may see it: the rest is sealed with its secret.
    pub shown: String,
    /// Empty: everything.
    pub events: BTreeSet<EventSort>,
    /// Only what concerns this person.
    pub person: Option<Uuid>,
    /// Only notices that concern this team.
    pub team: Option<Uuid>,
    /// Only this provider's, by its id.
    pub provider: Option<String>,
    /// Only notices of this kind.
    pub notice_kind: Option<String>,
    /// Since when it is told nothing, and why.
    pub off: Option<Off>,
    pub created_at: DateTime<Utc>,
}

/// A hook that is switched off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Off {
    pub at: DateTime<Utc>,
    pub why: String,
}

/// A hook to be set up.
#[derive(Debug, Clone, Default)]
pub struct NewHook {
    pub name: String,
    pub way: Option<Way>,
    pub url: String,
    pub events: BTreeSet<EventSort>,
    pub person: Option<Uuid>,
    pub team: Option<Uuid>,
    pub provider: Option<String>,
    pub notice_kind: Option<String>,
}

/// What a delivery to a hook holds: for which, and what happened. The secret is looked up when it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Posted {
    pub hook: Uuid,
    pub way: Way,
    pub event: HookEvent,
}

/// One event as its receivers see it (Standard Webhooks, "Payload structure").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HookEvent {
    #[serde(rename = "type")]
    pub sort: EventSort,
    /// When it happened, UTC.
    pub timestamp: DateTime<Utc>,
    pub data: serde_json::Value,
}

pub(crate) async fn active(db: &impl ConnectionTrait) -> Result<Vec<Hook>, DeskError> {
    let rows = hooks::Entity::find().filter(hooks::Column::Active.eq(true)).order_by_asc(hooks::Column::Id);
    Ok(rows.all(db).await?.iter().map(read).collect())
}

fn read(row: &hooks::Model) -> Hook {
    Hook {
        id: row.id,
        name: row.name.clone(),
        way: row.way.parse().unwrap_or(Way::Webhook),
        shown: row.url.clone(),
        events: serde_json::from_str(&row.events).unwrap_or_default(),
        person: row.person,
        team: row.team,
        provider: row.provider.clone(),
        notice_kind: row.notice_kind.clone(),
        off: (!row.active).then(|| Off {
            at: row.off_at.unwrap_or(row.created_at).utc(),
            why: row.off_why.clone().unwrap_or_default(),
        }),
        created_at: row.created_at.utc(),
    }
}

impl Hook {
    /// Whether it wants this event of this notice; `people` are those whom the event concerns.
    fn wants(&self, sort: EventSort, case: &Case, teams: &[TeamId], people: &BTreeSet<PersonId>) -> bool {
        (self.events.is_empty() || self.events.contains(&sort))
            && self.provider.as_deref().is_none_or(|provider| provider == case.facts.provider.as_str())
            && self.notice_kind.as_deref().is_none_or(|kind| kind == case.facts.kind.word())
            && self.team.is_none_or(|team| teams.contains(&TeamId(team)))
            && self.person.is_none_or(|person| people.contains(&PersonId(person)))
    }
}

impl Hook {
    /// Whether it wants to hear of ways in: it does where it is not only about certain notices.
    fn wants_alarms(&self) -> bool {
        let certain =
            self.provider.is_some() || self.notice_kind.is_some() || self.team.is_some() || self.person.is_some();
        if self.events.is_empty() { !certain } else { self.events.contains(&EventSort::Alarmed) }
    }
}

/// One thing to tell, before it is known to whom.
struct Happening {
    /// What tells it from others of this notice.
    key: String,
    sort: EventSort,
    at: DateTime<Utc>,
    people: BTreeSet<PersonId>,
    told: serde_json::Value,
}

impl Desk {
    /// Plans what hooks are owed of what just happened, in the transaction of the change itself.
    pub(crate) fn hooks_of(
        &self,
        (case, texts): (&Case, &Texts),
        (world, context, book): (&World, &Context, &AddressBook),
        news: &[Recorded],
        reminders: &[Told],
    ) -> Vec<Planned> {
        if world.hooks.is_empty() || (news.is_empty() && reminders.is_empty()) {
            return Vec::new();
        }
        let happenings: Vec<Happening> = news
            .iter()
            .filter_map(|recorded| happening(recorded, case, book))
            .chain(reminders.iter().map(|told| reminded(told, case, context.now, book)))
            .collect();
        let teams = context.directory.teams_of(&case.facts);
        let notice = self.notice_told(case, texts);
        let mut planned = Vec::new();
        for happening in &happenings {
            let wanting = world.hooks.iter().filter(|h| h.wants(happening.sort, case, &teams, &happening.people));
            planned.extend(wanting.map(|hook| {
                let mut data = json!({ "notice": notice });
                if let (Some(data), Some(told)) = (data.as_object_mut(), happening.told.as_object()) {
                    data.extend(told.clone());
                }
                let event = HookEvent { sort: happening.sort, timestamp: happening.at, data };
                let key = format!("{}/hook/{}/{}", case.id, hook.id, happening.key);
                self.post(hook, event, key, Some(case.id.0))
            }));
        }
        planned
    }

    /// What hooks are owed of an alarm about a channel: they reach people also where mail does not.
    pub(crate) fn alarms_of(&self, world: &World, (channel, key): (&str, &str), what: &str) -> Vec<Planned> {
        let url = format!("{}/intake/channels", self.settings.public_url);
        let data = json!({ "what": what, "channel": channel, "url": url });
        let wanting = world.hooks.iter().filter(|hook| hook.wants_alarms());
        wanting
            .map(|hook| {
                let (sort, timestamp) = (EventSort::Alarmed, self.clock.now());
                let event = HookEvent { sort, timestamp, data: data.clone() };
                self.post(hook, event, format!("{key}/hook/{}", hook.id), None)
            })
            .collect()
    }

    fn post(&self, hook: &Hook, event: HookEvent, key: String, notice: Option<Uuid>) -> Planned {
        Planned {
            id: self.ids.id(),
            key,
            kind: kind::HOOK,
            template: event.sort.word().to_owned(),
            data: serde_json::to_value(Posted { hook: hook.id, way: hook.way, event }).unwrap_or_default(),
            notice,
            gate: None,
            person: hook.person,
            address: hook.shown.clone(),
            due_at: self.clock.now(),
        }
    }

    fn notice_told(&self, case: &Case, texts: &Texts) -> serde_json::Value {
        let brief = brief(case, texts);
        json!({
            "id": brief.id,
            "number": brief.number,
            "title": brief.title,
            "provider": case.facts.provider.as_str(),
            "provider_name": brief.provider,
            "kind": brief.kind,
            "hard_deadline": brief.hard_deadline,
            "authenticity": brief.authenticity,
            "url": format!("{}/notices/{}", self.settings.public_url, case.number),
        })
    }
}

/// What an event of the record is to hooks, if anything.
fn happening(recorded: &Recorded, case: &Case, book: &AddressBook) -> Option<Happening> {
    let name = recorded.actor.person().map_or_else(|| "Countersign".to_owned(), |person| book.name(person));
    let (sort, what) = match &recorded.event {
        Event::Opened(_) => (EventSort::Opened, "It was opened.".to_owned()),
        Event::MessageAttached { manner: Manner::Update, .. } => {
            (EventSort::Updated, "A later message changed it.".to_owned())
        }
        Event::Signed(signed) if signed.verdict == Verdict::Object => {
            (EventSort::Objected, format!("{name} objected at the gate {}.", signed.gate))
        }
        Event::Signed(signed) => (EventSort::Signed, format!("{name} signed at the gate {}.", signed.gate)),
        Event::OverrideAsked { .. } => (EventSort::Overridden, format!("{name} asked to override a requirement.")),
        Event::OverrideConfirmed { .. } => (EventSort::Overridden, format!("{name} confirmed an override.")),
        Event::Closed => (EventSort::Closed, format!("{name} closed it.")),
        Event::Dismissed => (EventSort::Dismissed, format!("{name} dismissed it.")),
        Event::Reopened { .. } => (EventSort::Reopened, "It is open again.".to_owned()),
        _ => return None,
    };
    let people = case.assignments.iter().map(|assignment| assignment.person).chain(recorded.actor.person());
    Some(Happening {
        key: recorded.sequence.to_string(),
        sort,
        at: recorded.at,
        people: people.collect(),
        told: json!({ "what": what }),
    })
}

fn reminded(told: &Told, case: &Case, at: DateTime<Utc>, book: &AddressBook) -> Happening {
    let Told { person, rung, gate, level } = told;
    let name = book.name(*person);
    Happening {
        key: format!("{}/{person}/{rung}", case.sequence),
        sort: EventSort::Reminded,
        at,
        people: [*person].into(),
        told: json!({
            "what": format!("{name} is asked at the gate {gate}."),
            "person": { "id": person.0, "name": name },
            "gate": gate,
            "level": level,
            "rung": rung,
        }),
    }
}
