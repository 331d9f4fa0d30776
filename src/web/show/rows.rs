//! Notices and messages as lists show them.

use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::Show;
use super::names::{provider, provider_name};
use crate::desk::{NoticeDetail, NoticeListed};
use crate::notice::fact::{UnknownWord, When};
use crate::notice::facts::Priority as Word;
use crate::notice::{deadline, gate, priority as rule, reminder};
use crate::store::At;
use crate::store::entity::{messages, notices};
use crate::web::problem::Problem;
use crate::web::view::common::{Named, WhenView};
use crate::web::view::message::{MessageNotice, MessageRow};
use crate::web::view::notice::{NoticeRow, Priority, Waiting};

/// The head of a notice, from the case itself.
pub(super) fn of_case(show: &Show<'_>) -> NoticeRow {
    let (case, context) = (show.case(), show.context());
    let hard = deadline::hard(case);
    let written = hard.and_then(|hard| hard.deadline).and_then(|id| case.facts.deadline(id));
    let overdue_at = reminder::thresholds(case, context).overdue_at;
    NoticeRow {
        id: case.id.0,
        number: case.number.into(),
        title: show.names.words(case.facts.title),
        provider: provider(&case.facts.provider),
        kind: case.facts.kind,
        status: case.facts.status,
        stage: gate::stage(case, context),
        authenticity: case.authenticity,
        priority: Priority { assigned: case.priority, effective: rule::effective(case, context) },
        hard_deadline: written.map(super::dates::when).or_else(|| first_window(show)),
        act_by: deadline::dates(case, context).map(|dates| dates.act_by),
        overdue: overdue_at.is_some_and(|at| at <= context.now),
        waiting: waiting(show),
        opened_at: case.opened_at,
        updated_at: case.updated_at,
        highlight: None,
    }
}

/// Where no dated consequence is hard, the provider's own window is when something happens.
fn first_window(show: &Show<'_>) -> Option<WhenView> {
    let starts = show.case().facts.windows.iter().filter_map(|window| window.start);
    deadline::hard(show.case())?;
    starts.min_by_key(When::earliest).map(WhenView::from)
}

fn waiting(show: &Show<'_>) -> Vec<Waiting> {
    let (case, context) = (show.case(), show.context());
    if !case.is_open() {
        return Vec::new();
    }
    let gate = gate::current_gate(case, context);
    let views = gate::requirements(case, gate, context);
    let unmet = views.into_iter().filter(|view| !view.is_met());
    unmet.map(|view| Waiting { gate, level: view.level.to_string() }).collect()
}

/// Why the notice is as authentic as it is: in the words of the message that proved the most.
pub(super) fn authenticity_reason(detail: &NoticeDetail) -> String {
    let best = detail.case.authenticity.word();
    let message = detail.messages.iter().find(|message| message.authenticity == best);
    message.map_or_else(
        || "It was entered by hand; no message proves it.".to_owned(),
        |message| message.authenticity_reason.clone(),
    )
}

/// One message; `notices` are those that it belongs to.
///
/// # Errors
/// Where a row holds a word that this program does not know.
pub fn message(row: &messages::Model, notices: Vec<MessageNotice>) -> Result<MessageRow, Problem> {
    Ok(MessageRow {
        id: row.id,
        received_at: row.received_at.utc(),
        channel: row.channel.clone(),
        from: row.sender.clone().or_else(|| row.envelope_from.clone()),
        forwarded_by: row.forwarded_by.clone(),
        subject: row.subject.clone(),
        authenticity: row.authenticity.parse().map_err(|e| Problem::internal(&e))?,
        authenticity_reason: row.authenticity_reason.clone(),
        state: row.state.parse().map_err(|e| Problem::internal(&e))?,
        reason: row.reason.clone(),
        notices,
        size: u64::try_from(row.length).unwrap_or(0),
    })
}

/// The name of a notice beside something else.
#[must_use]
pub fn message_notice(row: &notices::Model) -> MessageNotice {
    MessageNotice { id: row.id, number: row.number, title: row.title.clone() }
}

/// A message with the notices that it belongs to.
///
/// # Errors
/// As [`message`].
pub fn message_row(row: &messages::Model, notices: &[notices::Model]) -> Result<MessageRow, Problem> {
    message(row, notices.iter().map(message_notice).collect())
}

/// A notice in a list, as of `now` in business time.
///
/// # Errors
/// Where a row holds a word that this program does not know.
pub fn row(listed: NoticeListed, now: DateTime<Utc>) -> Result<NoticeRow, Problem> {
    let NoticeListed { row, waiting, highlight } = listed;
    let open = row.closed_at.is_none();
    let waiting = waiting.into_iter().map(|(gate, level)| Ok(Waiting { gate: known(&gate)?, level }));
    Ok(NoticeRow {
        id: row.id,
        number: row.number,
        title: row.title.clone(),
        provider: Named { name: provider_name(&row.provider), id: row.provider.clone() },
        kind: known(&row.kind)?,
        status: known(&row.status)?,
        stage: known(&row.stage)?,
        authenticity: known(&row.authenticity)?,
        priority: priority(&row, now)?,
        hard_deadline: hard_deadline(&row),
        act_by: row.act_by_at.map(At::utc),
        overdue: open && row.overdue_at.is_some_and(|at| at.utc() <= now),
        waiting: waiting.collect::<Result<_, Problem>>()?,
        opened_at: row.opened_at.utc(),
        updated_at: row.updated_at.utc(),
        highlight,
    })
}

/// A word of a row in its type.
pub(super) fn known<T: FromStr<Err = UnknownWord>>(word: &str) -> Result<T, Problem> {
    word.parse().map_err(|e: UnknownWord| Problem::internal(&e))
}

/// Where the hard deadline is drawn on a line of time: a bare date at its midday in UTC, so that it is that date for nearly
/// every reader. The instant that it is compared by may lie on the day before.
pub(super) fn hard_deadline_drawn(row: &notices::Model) -> Option<DateTime<Utc>> {
    let written = row.hard_deadline.as_deref().and_then(|json| serde_json::from_str::<When>(json).ok());
    match written {
        Some(When::Date { date, .. }) => date.and_hms_opt(12, 0, 0).map(|midday| midday.and_utc()),
        Some(When::Instant(at)) => Some(at),
        None => row.hard_deadline_at.map(At::utc),
    }
}

/// The written date; else the first instant of the provider's window.
pub(super) fn hard_deadline(row: &notices::Model) -> Option<WhenView> {
    let written = row.hard_deadline.as_deref().and_then(|json| serde_json::from_str::<When>(json).ok());
    written.or_else(|| row.hard_deadline_at.map(|at| When::Instant(at.utc()))).map(WhenView::from)
}

fn priority(row: &notices::Model, now: DateTime<Utc>) -> Result<Priority, Problem> {
    let assigned: Word = known(&row.priority)?;
    let rises: Vec<(i64, String)> = serde_json::from_str(&row.rises).map_err(|e| Problem::internal(&e))?;
    let mut effective = assigned;
    for (at, word) in rises {
        if At(at).utc() <= now {
            effective = effective.max(known(&word)?);
        }
    }
    Ok(Priority { assigned, effective })
}
