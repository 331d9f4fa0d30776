//! Everything dated as entries of a calendar, for the page and for feeds.

use chrono::{DateTime, Utc};

use super::home::beside;
use super::rows::hard_deadline;
use crate::desk::Agenda;
use crate::desk::HorizonNotice;
use crate::store::At;
use crate::web::view::agenda::{AgendaEntry, AgendaWhat, named};
use crate::web::view::common::WhenView;

/// All entries that fall into a time, in its order. Of a notice that has a date in it, its other dates are left out.
#[must_use]
pub fn agenda(agenda: Agenda, (from, until): (DateTime<Utc>, DateTime<Utc>)) -> Vec<AgendaEntry> {
    let Agenda { notices, freezes, holidays, duties } = agenda;
    let mut entries: Vec<AgendaEntry> = notices.iter().flat_map(of_notice).collect();
    entries.extend(freezes.into_iter().map(|freeze| AgendaEntry {
        start: Some(freeze.start),
        end: Some(freeze.end),
        team: freeze.team.map(named),
        ..entry(format!("freeze-{}", freeze.id), AgendaWhat::Freeze, freeze.reason)
    }));
    entries.extend(holidays.into_iter().map(|holiday| {
        let calendar = holiday.team.as_ref().map_or_else(|| "house".to_owned(), |(id, _)| id.to_string());
        AgendaEntry {
            day: Some(holiday.day),
            team: holiday.team.map(named),
            ..entry(format!("holiday-{calendar}-{}", holiday.day), AgendaWhat::Holiday, holiday.name)
        }
    }));
    entries.extend(duties.into_iter().map(|duty| AgendaEntry {
        start: Some(duty.start),
        end: Some(duty.end),
        label: format!("{} is on duty for {}", duty.person.1, duty.team.1),
        team: Some(named(duty.team)),
        person: Some(duty.person.into()),
        ..entry(format!("duty-{}", duty.id), AgendaWhat::Duty, String::new())
    }));
    entries.retain(|entry| first(entry).is_some_and(|at| at <= until && entry.end.unwrap_or(at) >= from));
    entries.sort_by(|a, b| (first(a), a.what, &a.id).cmp(&(first(b), b.what, &b.id)));
    entries
}

/// For the order: a whole day begins with its first moment.
fn first(entry: &AgendaEntry) -> Option<DateTime<Utc>> {
    entry.start.or_else(|| Some(entry.day?.and_time(chrono::NaiveTime::MIN).and_utc()))
}

fn entry(id: String, what: AgendaWhat, label: String) -> AgendaEntry {
    AgendaEntry { id, what, day: None, start: None, end: None, label, notice: None, team: None, person: None }
}

fn of_notice(found: &HorizonNotice) -> Vec<AgendaEntry> {
    let row = &found.row;
    let of = |what: AgendaWhat, part: &str, label: &str| AgendaEntry {
        notice: Some(beside(row)),
        ..entry(format!("{}-{part}", row.id), what, label.to_owned())
    };
    let mut entries = Vec::new();
    entries.extend(hard_deadline(row).map(|when| on(of(AgendaWhat::HardDeadline, "hard", "Hard date"), &when)));
    let at = |entry: AgendaEntry, at: At| AgendaEntry { start: Some(at.utc()), ..entry };
    entries.extend(row.act_by_at.map(|act_by| at(of(AgendaWhat::ActBy, "act-by", "Act by"), act_by)));
    entries.extend(row.window_start_at.map(|start| {
        let end = row.window_end_at.map(At::utc);
        let label = if end.is_some() { "Planned window" } else { "Provider's window" };
        AgendaEntry { end, ..at(of(AgendaWhat::Window, "window", label), start) }
    }));
    entries.extend(found.due.iter().map(|(gate, due)| AgendaEntry {
        start: Some(*due),
        ..of(AgendaWhat::GateDue, &format!("due-{gate}"), &format!("Due: {gate}"))
    }));
    entries
}

/// A bare date stays a whole day.
fn on(entry: AgendaEntry, when: &WhenView) -> AgendaEntry {
    match when.at.parse() {
        Ok(day) => AgendaEntry { day: Some(day), ..entry },
        Err(_) => AgendaEntry { start: when.at.parse().ok(), ..entry },
    }
}
