//! What waits for a second person: changes for the worse and overrides. Told at once, and each business day until somebody
//! has decided.

use chrono::{DateTime, Duration, Utc};

use super::{Reminder, Rung};
use crate::case::{Case, ProposalState};
use crate::command::deciders;
use crate::context::Context;
use crate::event::TakesEffect;
use crate::gate::Freshness;
use crate::ids::{Entry, PersonId};
use crate::procedure::Gate;
use crate::text::Digest;

/// So many are told at first, those nearest to the work.
const FEW: usize = 2;
/// On this morning everybody is told who could decide.
const ALL_FROM: u32 = 3;

/// Something that one person, or the provider, asked for and that holds on another's word alone.
struct Waits {
    entry: Entry,
    /// None where the provider's message proposes.
    first: Option<PersonId>,
    since: DateTime<Utc>,
}

fn waiting(case: &Case) -> Vec<Waits> {
    let proposals = case.proposals.iter().filter(|p| p.state == ProposalState::Waiting);
    let proposals = proposals.filter(|p| p.takes_effect == TakesEffect::OnConfirmation);
    let proposals = proposals.map(|p| Waits { entry: p.entry, first: p.by, since: p.at });
    // An override that was asked for what has changed since can no longer be confirmed.
    let overrides = case.overrides.iter().filter(|o| {
        let open = !o.withdrawn && o.confirmed.is_none() && o.takes_effect == TakesEffect::OnConfirmation;
        open && Freshness::of(case, o.bypass.covers()).holds(&o.subject)
    });
    let overrides = overrides.map(|o| Waits { entry: o.entry, first: Some(o.asked_by), since: o.asked_at });
    proposals.chain(overrides).collect()
}

/// All rungs reached by `until`, if nobody decides.
pub(super) fn rungs(case: &Case, context: &Context, gate: Gate, until: DateTime<Utc>) -> Vec<Reminder> {
    waiting(case).iter().flat_map(|waits| climb(waits, case, context, (gate, until))).collect()
}

fn climb(waits: &Waits, case: &Case, context: &Context, (gate, until): (Gate, DateTime<Utc>)) -> Vec<Reminder> {
    let calendar = context.calendar(case);
    let asked_on = calendar.day(waits.since);
    let due = calendar.evening_of(calendar.business_days_after(asked_on, 1));
    let reminder = |person, at, occurrence| {
        let (rung, level, subject, entry) = (Rung::SecondPerson, None, Digest::ZERO, Some(waits.entry));
        Reminder { at, person, rung, gate, level, due, subject, occurrence, entry }
    };
    let mut found: Vec<Reminder> =
        nearest(waits, case, context, context.now).map(|person| reminder(person, waits.since, 1)).collect();
    let last = calendar.day(until) + Duration::days(1);
    let days = asked_on.iter_days().skip(1).take_while(|day| *day <= last).filter(|day| calendar.is_business_day(*day));
    for (n, day) in (1..).zip(days) {
        let at = calendar.evening_of(day);
        let people: Vec<PersonId> =
            if n < ALL_FROM { nearest(waits, case, context, at).collect() } else { deciders(waits.first, context, at) };
        for person in people {
            let zone = context.directory.person(person).map_or(calendar.zone, |p| p.zone);
            found.push(reminder(person, calendar.morning_of(day, zone), n + 1));
        }
    }
    found.retain(|reminder| reminder.at >= waits.since && reminder.at <= until);
    found
}

/// Those to ask first: of the people who could decide, the lowest in rank, and among those whoever the owning teams have on
/// duty.
fn nearest<'a>(
    waits: &Waits,
    case: &Case,
    context: &'a Context,
    at: DateTime<Utc>,
) -> impl Iterator<Item = PersonId> + use<'a> {
    let directory = &context.directory;
    let mut people = deciders(waits.first, context, at);
    let teams = directory.teams_of(&case.facts);
    people.sort_by_cached_key(|person| {
        (
            directory.rank_of(*person),
            directory.distance(*person, &teams, at),
            Digest::of_all(&[case.id.0.as_bytes(), person.0.as_bytes()]),
        )
    });
    people.into_iter().take(FEW)
}
