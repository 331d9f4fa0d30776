//! What leaves the house, as people set it up: hours and choices of mails, hooks, the outbox in numbers, rehearsals.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::common::{PersonName, WhenView};
use super::forms::WhenForm;
use crate::desk::outward::choices::{self, Voluntary};
use crate::desk::outward::hooks::{self, EventSort, Way};
use crate::desk::outward::rehearsal::{self, arrives};
use crate::notice::calendar::Hours;
use crate::notice::context::Context;
use crate::notice::procedure::Gate;
use crate::notice::reminder::{Manner, Reminder, Rung};
use crate::store::At;
use crate::store::deliveries::tally::Tally;
use crate::store::entity::delivery_attempts;

/// What one person wants of mails. What asks for a signature, and alarms, always come.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailChoices {
    /// Working hours in one's own zone. Null: the house's morning, and nights are quiet.
    pub hours: Option<Hours>,
    pub unwanted: BTreeSet<Voluntary>,
}

impl From<choices::Choices> for MailChoices {
    fn from(given: choices::Choices) -> Self {
        Self { hours: given.hours, unwanted: given.unwanted }
    }
}

impl From<MailChoices> for choices::Choices {
    fn from(given: MailChoices) -> Self {
        Self { hours: given.hours, unwanted: given.unwanted }
    }
}

/// The outbox in numbers. Late is what left, or still waits, more than five minutes after it was due.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutboxTally {
    /// From here on `sent`, `late` and `failed` are counted.
    pub since: DateTime<Utc>,
    pub due: u64,
    /// Due for more than five minutes and not sent.
    pub overdue: u64,
    /// Since when the oldest of what is due has been due.
    pub oldest_due: Option<DateTime<Utc>>,
    pub planned: u64,
    pub sent: u64,
    pub late: u64,
    pub failed: u64,
    /// The clock jumped, and nothing but alarms is sent until an administrator accepts it.
    pub paused: bool,
}

impl OutboxTally {
    #[must_use]
    pub fn of(tally: &Tally, since: DateTime<Utc>, paused: bool) -> Self {
        let Tally { due, overdue, oldest, planned, sent, late, failed } = *tally;
        Self { since, due, overdue, oldest_due: oldest.map(At::utc), planned, sent, late, failed, paused }
    }
}

/// One try at a delivery.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attempt {
    pub number: u32,
    pub at: DateTime<Utc>,
    /// `sent`, `put_off` or `given_up`.
    pub outcome: String,
    /// What the other side said.
    pub answer: String,
}

impl From<delivery_attempts::Model> for Attempt {
    fn from(row: delivery_attempts::Model) -> Self {
        let number = u32::try_from(row.number).unwrap_or(0);
        Self { number, at: row.at.utc(), outcome: row.outcome, answer: row.answer }
    }
}

/// A hook, without its secret. The address of a post to Slack or Teams is a secret itself, so only its host is shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hook {
    pub id: Uuid,
    pub name: String,
    pub way: Way,
    pub url: String,
    /// Empty: every event.
    pub events: BTreeSet<EventSort>,
    pub person: Option<Uuid>,
    pub team: Option<Uuid>,
    pub provider: Option<String>,
    pub kind: Option<String>,
    /// Null: it is on.
    pub off: Option<HookOff>,
    pub created_at: DateTime<Utc>,
}

impl From<hooks::Hook> for Hook {
    fn from(hook: hooks::Hook) -> Self {
        Self {
            id: hook.id,
            name: hook.name,
            way: hook.way,
            url: hook.shown,
            events: hook.events,
            person: hook.person,
            team: hook.team,
            provider: hook.provider,
            kind: hook.notice_kind,
            off: hook.off.map(|hooks::Off { at, why }| HookOff { at, why }),
            created_at: hook.created_at,
        }
    }
}

/// Since when a hook is told nothing, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HookOff {
    pub at: DateTime<Utc>,
    pub why: String,
}

/// Whether a hook is told anything.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HookSwitch {
    pub on: bool,
}

/// A hook to be set up. What is left out narrows nothing.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HookForm {
    pub name: String,
    pub way: Way,
    /// `https://…`
    pub url: String,
    #[serde(default)]
    pub events: BTreeSet<EventSort>,
    /// Only what concerns this person.
    pub person: Option<Uuid>,
    /// Only notices that concern this team.
    pub team: Option<Uuid>,
    /// Only this provider's.
    pub provider: Option<String>,
    /// Only notices of this kind.
    pub kind: Option<crate::notice::fact::Kind>,
}

impl From<HookForm> for hooks::NewHook {
    fn from(form: HookForm) -> Self {
        Self {
            name: form.name,
            way: Some(form.way),
            url: form.url,
            events: form.events,
            person: form.person,
            team: form.team,
            provider: form.provider.filter(|provider| !provider.is_empty()),
            notice_kind: form.kind.map(|kind| kind.word().to_owned()),
        }
    }
}

/// A hook that was set up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NewHook {
    #[serde(flatten)]
    pub hook: Hook,
    /// What receivers check signatures with. Shown this once; null for Slack and Teams.
    pub secret: Option<String>,
}

/// Which delivery came of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Planned {
    pub delivery: Uuid,
}

/// What to rehearse a procedure on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RehearsalForm {
    /// A procedure by its id, in its newest version.
    pub procedure: Option<String>,
    /// A draft of one, in TOML; goes before `procedure`.
    pub document: Option<String>,
    /// Id or number of a notice; without one, a notice is made up.
    pub notice: Option<String>,
    /// Of a made-up notice, the provider's date; without it, 90 days from now.
    pub hard_deadline: Option<WhenForm>,
}

/// Every mail of a ladder, from now to the provider's date, played twice. Nothing is sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Rehearsal {
    pub from: DateTime<Utc>,
    pub hard_deadline: Option<WhenView>,
    pub act_by: Option<DateTime<Utc>>,
    /// As if each gate passed on the moment when it is due.
    pub in_time: Vec<RehearsedGate>,
    /// As if nobody did anything at all.
    pub silence: Vec<RehearsedMail>,
}

/// A gate of a rehearsal.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RehearsedGate {
    pub gate: Gate,
    /// When its people are asked.
    pub asked: DateTime<Utc>,
    pub due: DateTime<Utc>,
    pub mails: Vec<RehearsedMail>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RehearsedMail {
    /// When its reader would have it.
    pub at: DateTime<Utc>,
    pub to: PersonName,
    pub gate: Gate,
    pub level: Option<String>,
    pub rung: Rung,
    /// In a mail of its own, or a line of the day's digest.
    pub manner: Manner,
    /// Which mail: `assigned`, `reminder`, `overdue`, `escalated`, `stale`, `last_check`.
    pub template: String,
}

impl Rehearsal {
    #[must_use]
    pub fn of(played: &rehearsal::Rehearsal, context: &Context) -> Self {
        let mails = |list: &[Reminder]| -> Vec<RehearsedMail> {
            let mut mails: Vec<RehearsedMail> = list.iter().map(|one| mail(one, context, &played.names)).collect();
            mails.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.to.name.cmp(&b.to.name)));
            mails
        };
        Self {
            from: played.from,
            hard_deadline: played.hard_deadline.map(WhenView::from),
            act_by: played.act_by,
            in_time: played
                .in_time
                .iter()
                .map(|act| RehearsedGate {
                    gate: act.gate,
                    asked: act.asked,
                    due: act.due,
                    mails: mails(&act.reminders),
                })
                .collect(),
            silence: mails(&played.silence),
        }
    }
}

fn mail(reminder: &Reminder, context: &Context, names: &BTreeMap<Uuid, String>) -> RehearsedMail {
    let (at, manner) = arrives(reminder, context);
    let id = reminder.person.0;
    let name = names.get(&id).cloned().unwrap_or_else(|| "somebody".to_owned());
    let level = reminder.level.as_ref();
    RehearsedMail {
        at,
        to: PersonName { id, name },
        gate: reminder.gate,
        level: level.map(|id| context.directory.level(id).map_or_else(|| id.to_string(), |level| level.name.clone())),
        rung: reminder.rung,
        manner,
        template: reminder.template().to_owned(),
    }
}
