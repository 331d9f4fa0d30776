//! The first page: what waits and why, what one follows, and the next 90 days.

use chrono::{DateTime, Utc};

use super::dates::day;
use super::names::provider_name;
use super::rows::{hard_deadline_drawn, known, row};
use super::sentence::gate_words;
use crate::desk::{HorizonNotice, NoticeListed, Waits};
use crate::notice::procedure::Gate;
use crate::store::entity::notices;
use crate::web::problem::Problem;
use crate::web::view::common::Named;
use crate::web::view::home::{Counts, Home, HorizonEntry, HorizonNotice as Beside, HorizonWhat, WaitingItem};

/// The first page, as of `now` in business time.
///
/// # Errors
/// Where a row holds a word that this program does not know.
pub fn home(
    waiting: Vec<Waits>,
    following: Vec<NoticeListed>,
    horizon: &[HorizonNotice],
    counts: (u64, u64, u64),
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Home, Problem> {
    let waits: Vec<_> = waiting.iter().map(|waits| waits.notice.row.id).collect();
    let following = following.into_iter().filter(|notice| !waits.contains(&notice.row.id));
    let (open, overdue, needs_person) = counts;
    Ok(Home {
        waiting: waiting.into_iter().map(|waits| item(waits, now)).collect::<Result<_, _>>()?,
        following: following.map(|notice| row(notice, now)).collect::<Result<_, _>>()?,
        horizon: entries(horizon, until),
        counts: Counts { open, overdue, needs_person },
    })
}

pub(super) fn item(waits: Waits, now: DateTime<Utc>) -> Result<WaitingItem, Problem> {
    let gate: Gate = known(&waits.gate)?;
    let overdue = waits.due_at.is_some_and(|due| due <= now);
    let due = match waits.due_at {
        Some(at) if overdue => format!("; it was due on {}", day(at)),
        Some(at) => format!("; it is due on {}", day(at)),
        None => String::new(),
    };
    let why = format!("You are asked to sign {} as {}{due}.", gate_words(gate), waits.level);
    let notice = row(waits.notice, now)?;
    Ok(WaitingItem { notice, gate, level: waits.level, due: waits.due_at, overdue, why })
}

/// Every dated thing up to the end of the strip, by time; what is past due stands at its beginning.
fn entries(notices: &[HorizonNotice], until: DateTime<Utc>) -> Vec<HorizonEntry> {
    let mut entries: Vec<HorizonEntry> = notices.iter().flat_map(of_notice).filter(|entry| entry.at <= until).collect();
    entries.sort_by_key(|a| (a.at, a.what, a.notice.number));
    entries
}

/// A notice beside one of its dates.
pub(super) fn beside(row: &notices::Model) -> Beside {
    Beside {
        id: row.id,
        number: row.number,
        title: row.title.clone(),
        provider: Named { id: row.provider.clone(), name: provider_name(&row.provider) },
    }
}

fn of_notice(found: &HorizonNotice) -> Vec<HorizonEntry> {
    let row = &found.row;
    let entry = |at: DateTime<Utc>, end: Option<DateTime<Utc>>, what: HorizonWhat, label: String| HorizonEntry {
        at,
        end,
        what,
        notice: beside(row),
        label,
    };
    let mut entries = Vec::new();
    entries
        .extend(hard_deadline_drawn(row).map(|at| entry(at, None, HorizonWhat::HardDeadline, "Hard deadline".into())));
    entries.extend(row.act_by_at.map(|at| entry(at.utc(), None, HorizonWhat::ActBy, "Act by".into())));
    entries.extend(row.window_start_at.map(|at| {
        let end = row.window_end_at.map(crate::store::At::utc);
        let label = if end.is_some() { "Planned window" } else { "Provider's window" };
        entry(at.utc(), end, HorizonWhat::Window, label.to_owned())
    }));
    entries.extend(found.due.iter().map(|(gate, at)| entry(*at, None, HorizonWhat::GateDue, format!("Due: {gate}"))));
    entries
}
