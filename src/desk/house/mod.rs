//! What happens to the house itself: people, levels, teams, who owns what, absences, procedures, the installation.
//!
//! Owns the events of the three streams beside the notices' and how each use case writes its row and its event together.
//! The rows are what is asked; the events are who changed what when. No name or address is in an event, only commitments.

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::desk::{Desk, DeskError, Topic};
use crate::notice::chain::Stream;
use crate::notice::event::{Actor, Cause};
use crate::notice::stored::{Recordable, Unreadable, seal_all};
use crate::notice::text::{Digest, TextRef};
use crate::store::record;
use crate::store::texts::{self, Draft, Kept};

mod calendar;
mod directory;
#[cfg(test)]
mod golden;
mod grants;
mod installation;
mod invitations;
mod levels;
mod membership;
mod ownership;
mod people;
mod procedures;
mod rotas;
mod teams;

pub use calendar::{FreezeView, HolidayView, WorkingWeek};
pub use directory::{DirectoryGroup, DirectoryPerson, DirectoryRules, SaidOfGroup, SaidOfPerson};
pub(super) use installation::{get as setting, set};
pub use invitations::{Invitation, Way, hash_of};
pub use levels::LevelView;
pub use membership::Belonging;
pub use ownership::{AbsenceView, NewAbsence, NewRule, RuleView};
use people::known_levels;
pub use people::{NewPerson, PersonChange, PersonView};
pub use procedures::{ProcedureChange, ProcedureVersion};
pub use rotas::{DutyView, HandOver, NewRota};
pub use teams::{NewTeam, TeamView};

/// An event of the house. Written under its name in snake case; version 1 of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HouseEvent {
    // --- stream `people`
    PersonAdded { person: Uuid, name: TextRef, email: TextRef, role: String, levels: Vec<String>, zone: String },
    PersonRenamed { person: Uuid, name: TextRef },
    PersonZoneSet { person: Uuid, zone: String },
    PersonRoleSet { person: Uuid, role: String },
    PersonLevelsSet { person: Uuid, levels: Vec<String> },
    PersonDeactivated { person: Uuid },
    PersonReactivated { person: Uuid },
    PersonInvited { person: Uuid, until: String },
    PersonJoined { person: Uuid },
    PersonErased { person: Uuid },
    WayAdded { person: Uuid, way: String },
    WayRemoved { person: Uuid, way: String },
    RecoveryBegun { person: Uuid },
    LevelsAsked { person: Uuid, levels: Vec<String> },
    LevelsRefused { person: Uuid },
    DirectoryPersonSet { person: Uuid },
    DirectoryPersonDeleted { person: Uuid },
    DirectoryGroupSet { group: Uuid, name: String, members: Vec<Uuid> },
    DirectoryGroupRemoved { group: Uuid },
    LevelSet { level: String, name: String, rank: u32 },
    LevelRemoved { level: String },
    TeamSet { team: Uuid, name: String, members: Vec<Uuid> },
    TeamClosed { team: Uuid, closed: bool },
    TeamRemoved { team: Uuid },
    RuleAdded { rule: Uuid, position: i32, pattern: Value, team: Uuid },
    RuleRemoved { rule: Uuid },
    AbsenceAdded { absence: Uuid, person: Uuid, start: String, end: String, delegate: Option<Uuid> },
    AbsenceRemoved { absence: Uuid },
    DutyAdded { duty: Uuid, team: Uuid, person: Uuid, start: String, end: String },
    DutyRemoved { duty: Uuid },
    DutyHandedOver { duty: Uuid, from: Uuid, to: Uuid },
    FeedMade { feed: Uuid, person: Option<Uuid>, team: Option<Uuid> },
    FeedRevoked { feed: Uuid },

    // --- stream `procedures`
    ProcedureSaved { procedure: String, version: u32, digest: String },

    // --- stream `installation`
    InstallationFounded { size: String },
    SizeSet { size: String },
    WorkingWeekSet { zone: String, weekdays: u8, morning: String, evening: String },
    HolidayAdded { calendar: String, day: String },
    HolidayRemoved { calendar: String, day: String },
    FreezeAdded { freeze: Uuid, start: String, end: String },
    FreezeRemoved { freeze: Uuid },
    TextErased { text: Uuid },
    MessageDismissed { message: Uuid },
    MessageErased { message: Uuid, sha256: String },
    EvidenceErased { notice: Uuid, digest: Digest },
    ClockJumped { from: String, to: String },
    ClockAccepted { at: String },
    ChannelAlarmed { channel: String },
    ProfileSaved { provider: String, version: u32, digest: String },
}

impl HouseEvent {
    /// Whether it may move a notice's thresholds or whom it asks, so that open notices are looked at again.
    const fn moves_decisions(&self) -> bool {
        !matches!(
            self,
            Self::PersonRenamed { .. }
                | Self::PersonInvited { .. }
                | Self::PersonJoined { .. }
                | Self::FeedMade { .. }
                | Self::FeedRevoked { .. }
                | Self::WayAdded { .. }
                | Self::WayRemoved { .. }
                | Self::RecoveryBegun { .. }
                | Self::LevelsAsked { .. }
                | Self::LevelsRefused { .. }
                | Self::DirectoryPersonSet { .. }
                | Self::DirectoryPersonDeleted { .. }
                | Self::DirectoryGroupSet { .. }
                | Self::DirectoryGroupRemoved { .. }
                | Self::TextErased { .. }
                | Self::MessageDismissed { .. }
                | Self::MessageErased { .. }
                | Self::EvidenceErased { .. }
                | Self::ClockJumped { .. }
                | Self::ClockAccepted { .. }
                | Self::ChannelAlarmed { .. }
                | Self::ProfileSaved { .. }
        )
    }
}

impl Recordable for HouseEvent {
    fn current(_name: &str) -> u16 {
        1
    }

    fn upcast(name: &str, version: u16, _payload: Map<String, Value>) -> Result<Map<String, Value>, Unreadable> {
        Err(Unreadable::Unknown { sequence: 0, name: name.to_owned(), version })
    }
}

impl Desk {
    /// A text with its reference, not kept yet.
    #[must_use]
    pub fn draft(&self, body: &str) -> Draft {
        let salt: [u8; 16] = self.entropy.bytes();
        Draft { reference: TextRef::new(self.ids.id(), &salt, body), salt, body: body.to_owned() }
    }

    /// Appends events to one of the house's streams within a transaction, with the texts that they commit to.
    /// `author` is whom the texts are about or by, so that they can be erased with that person.
    pub(crate) async fn chronicle(
        &self,
        txn: &DatabaseTransaction,
        stream: Stream,
        actor: &Actor,
        events: Vec<HouseEvent>,
        told: (Option<Uuid>, Vec<Draft>),
    ) -> Result<(), DeskError> {
        if events.is_empty() {
            return Ok(());
        }
        record::queue(txn, stream).await?;
        let now = self.clock.now();
        let matter = events.iter().any(HouseEvent::moves_decisions);
        let (author, drafts) = told;
        let words = drafts.into_iter().map(|draft| Kept { stream, author, draft }).collect();
        texts::keep(txn, words, now).await?;
        let last = record::head(txn, stream).await?.map_or((0, Digest::ZERO), |head| (head.sequence, head.hash));
        let sealed = seal_all(stream, last, now, Cause::default(), events.into_iter().map(|event| (*actor, event)));
        record::append(txn, &sealed.into_iter().map(|(stored, _)| stored).collect::<Vec<_>>()).await?;
        if matter { changed(txn).await } else { Ok(()) }
    }

    /// Tells everybody that people, levels, teams or rules changed. After the commit.
    fn tell_people(&self) {
        self.hub.tell(Topic::People, None);
        self.wake.notify_waiters();
    }
}

/// Says within a transaction that the world of decisions changed: caches are read anew and notices looked at again.
pub(crate) async fn changed(txn: &impl ConnectionTrait) -> Result<(), DeskError> {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = 'world'";
    txn.execute_raw(Statement::from_string(txn.get_database_backend(), sql)).await?;
    Ok(())
}

/// A short text of a form: trimmed, and between one and `most` characters long.
fn worded(field: &'static str, text: &str, most: usize) -> Result<String, DeskError> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > most || text.chars().any(char::is_control) {
        let message = format!("`{field}` must have 1 to {most} characters and no line breaks; this has {length}");
        return Err(DeskError::Invalid { field, message });
    }
    Ok(text.to_owned())
}

/// Nothing where a form leaves a field blank.
pub(super) fn optional(field: &'static str, text: Option<&str>) -> Result<Option<String>, DeskError> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(|text| worded(field, text, 500)).transpose()
}
