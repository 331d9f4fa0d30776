//! Sentences for what happens to the house: people, levels, teams, rules, procedures, the installation.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::dates::day;
use super::names::Names;
use crate::desk::house::HouseEvent;
use crate::desk::providers;
use crate::notice::chain::Stored;
use crate::notice::ids::{PersonId, TeamId};
use crate::notice::stored::read;

/// One event; none for one of a newer program.
pub(super) fn sentence(stored: &Stored, names: &Names<'_>) -> Option<String> {
    read::<HouseEvent>(stored).ok().map(|recorded| told(&recorded.event, names))
}

fn told(event: &HouseEvent, names: &Names<'_>) -> String {
    let called = |person: &Uuid| names.called(PersonId(*person));
    let team = |id: &Uuid| names.team(TeamId(*id)).name;
    match event {
        HouseEvent::PersonAdded { person, role, levels, .. } => {
            format!("added {} as {role}{}", called(person), holding(levels))
        }
        HouseEvent::PersonRenamed { person, name } => format!("renamed {} to “{}”", called(person), names.words(*name)),
        HouseEvent::PersonZoneSet { person, zone } => format!("set the zone of {} to {zone}", called(person)),
        HouseEvent::PersonRoleSet { person, role } => format!("made {} {role}", called(person)),
        HouseEvent::PersonLevelsSet { person, levels } if levels.is_empty() => {
            format!("took all levels from {}", called(person))
        }
        HouseEvent::PersonLevelsSet { person, levels } => {
            format!("gave {} the levels {}", called(person), levels.join(", "))
        }
        HouseEvent::PersonDeactivated { person } => format!("deactivated {}", called(person)),
        HouseEvent::PersonReactivated { person } => format!("reactivated {}", called(person)),
        HouseEvent::PersonInvited { person, until } => format!("invited {} until {}", called(person), on(until)),
        HouseEvent::PersonJoined { person } => format!("{} set up the account", called(person)),
        HouseEvent::PersonErased { person } => format!("erased the name and the texts of {}", called(person)),
        HouseEvent::WayAdded { person, way } => format!("{} can prove who they are by {way}", called(person)),
        HouseEvent::WayRemoved { person, way } => format!("{} no longer proves who they are by {way}", called(person)),
        HouseEvent::LevelsAsked { person, levels } => {
            format!("asked for {} to be given the levels {}", called(person), levels.join(", "))
        }
        HouseEvent::LevelsRefused { person } => format!("refused the levels that {} asked for", called(person)),
        HouseEvent::RecoveryBegun { person } => {
            format!("took all ways of signing in from {} and sent a link for new ones", called(person))
        }
        HouseEvent::DirectoryPersonSet { person } => format!("took over {} from the directory", called(person)),
        HouseEvent::DirectoryPersonDeleted { person } => {
            format!("took {} out, whom the directory deleted", called(person))
        }
        HouseEvent::DirectoryGroupSet { name, members, .. } => {
            format!("took over the directory's group “{name}”: {}", everybody(members, &called))
        }
        HouseEvent::DirectoryGroupRemoved { .. } => "took out a group that the directory removed".to_owned(),
        HouseEvent::LevelSet { level, name, rank } => format!("set the level {level}: “{name}”, rank {rank}"),
        HouseEvent::LevelRemoved { level } => format!("removed the level {level}"),
        HouseEvent::TeamSet { name, members, .. } => {
            format!("set the team “{name}”: {}", everybody(members, &called))
        }
        HouseEvent::TeamClosed { team: id, closed: true } => {
            format!("closed the notices of the team {} to others", team(id))
        }
        HouseEvent::TeamClosed { team: id, closed: false } => {
            format!("opened the notices of the team {} to everybody", team(id))
        }
        HouseEvent::TeamRemoved { team: id } => format!("removed the team {}", team(id)),
        HouseEvent::RuleAdded { position, team: id, .. } => format!("added ownership rule {position} for {}", team(id)),
        HouseEvent::RuleRemoved { .. } => "removed an ownership rule".to_owned(),
        HouseEvent::AbsenceAdded { person, start, end, delegate, .. } => {
            let meanwhile = delegate.as_ref().map(|id| format!("; {} signs meanwhile", called(id))).unwrap_or_default();
            format!("entered that {} is away from {} to {}{meanwhile}", called(person), on(start), on(end))
        }
        HouseEvent::AbsenceRemoved { .. } => "removed an absence".to_owned(),
        HouseEvent::DutyAdded { team: id, person, start, end, .. } => {
            format!("put {} on duty for {} from {} to {}", called(person), team(id), on(start), on(end))
        }
        HouseEvent::DutyRemoved { .. } => "took a turn off a rota".to_owned(),
        HouseEvent::DutyHandedOver { from, to, .. } => {
            format!("handed a turn of {} over to {}", called(from), called(to))
        }
        HouseEvent::FeedMade { team: Some(id), .. } => format!("made a calendar feed of the team {}", team(id)),
        HouseEvent::FeedMade { .. } => "made a calendar feed of their own".to_owned(),
        HouseEvent::FeedRevoked { .. } => "revoked a calendar feed".to_owned(),
        other => installation(other),
    }
}

fn installation(event: &HouseEvent) -> String {
    match event {
        HouseEvent::ProcedureSaved { procedure, version, .. } => {
            format!("saved version {version} of the procedure “{procedure}”")
        }
        HouseEvent::InstallationFounded { size } => format!("founded the installation, with procedures for {size}"),
        HouseEvent::WorkingWeekSet { zone, morning, evening, .. } => {
            format!("set the working week: {zone}, from {morning} to {evening}")
        }
        HouseEvent::SizeSet { size } => format!("chose procedures for {size}"),
        HouseEvent::HolidayAdded { calendar, day } => format!("added the holiday {day} ({calendar})"),
        HouseEvent::HolidayRemoved { calendar, day } => format!("removed the holiday {day} ({calendar})"),
        HouseEvent::FreezeAdded { start, end, .. } => format!("added a freeze from {} to {}", on(start), on(end)),
        HouseEvent::FreezeRemoved { .. } => "removed a freeze".to_owned(),
        HouseEvent::TextErased { .. } => "erased a text".to_owned(),
        HouseEvent::MessageErased { sha256, .. } => {
            format!("erased a message ({}…)", sha256.get(..12).unwrap_or(sha256))
        }
        HouseEvent::EvidenceErased { digest, .. } => format!("erased a file that was evidence ({digest:.12}…)"),
        HouseEvent::MessageDismissed { message } => format!("put the message {message} aside as no notice"),
        HouseEvent::ClockJumped { from, to } => format!("saw the clock jump from {from} to {to} and paused sending"),
        HouseEvent::ClockAccepted { at } => format!("accepted the clock at {at}; sending goes on"),
        HouseEvent::ChannelAlarmed { channel } => format!("raised an alarm: the channel {channel} has fallen silent"),
        HouseEvent::ProfileSaved { provider, version, .. } => {
            format!("taught version {version} of the profile of “{}”", providers::name_of(provider))
        }
        other => format!("{other:?}"),
    }
}

fn everybody(people: &[Uuid], called: &impl Fn(&Uuid) -> String) -> String {
    if people.is_empty() { "nobody".to_owned() } else { people.iter().map(called).collect::<Vec<_>>().join(", ") }
}

fn holding(levels: &[String]) -> String {
    if levels.is_empty() { String::new() } else { format!(", holding {}", levels.join(", ")) }
}

/// A time as an event writes it, as a day.
fn on(written: &str) -> String {
    DateTime::parse_from_rfc3339(written).map_or_else(|_| written.to_owned(), |at| day(at.with_timezone(&Utc)))
}
