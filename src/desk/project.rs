//! From a case to the rows that lists show: a pure function, so that rebuilding gives what was there.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::notice::case::{Case, Life};
use crate::notice::command::asked_at;
use crate::notice::context::Context;
use crate::notice::directory::Person;
use crate::notice::gate::{self, RequirementView, Stage};
use crate::notice::ids::PersonId;
use crate::notice::{deadline, priority, reminder, sight};
use crate::store::At;
use crate::store::entity::{
    notice_concerned, notice_owners, notice_resources, notice_waiting, notice_watchers, notices,
};
use crate::store::projection::{Projection, Words};
use crate::store::texts::Shown;

/// A notice's words by the id of their reference.
pub type Texts = BTreeMap<Uuid, Shown>;

/// The rows of one notice.
#[must_use]
pub fn project(case: &Case, context: &Context, world: i64, texts: &Texts) -> Projection {
    let (notice, circle) = (case.id.0, sight::circle(case, context));
    Projection {
        notice: row(case, context, world, texts),
        waiting: waiting(case, context),
        resources: resources(case),
        watchers: case.watchers.iter().map(|person| notice_watchers::Model { notice, person: person.0 }).collect(),
        owners: circle.teams.iter().map(|team| notice_owners::Model { notice, team: team.0 }).collect(),
        concerned: circle.people.iter().map(|person| notice_concerned::Model { notice, person: person.0 }).collect(),
    }
}

fn row(case: &Case, context: &Context, world: i64, texts: &Texts) -> notices::Model {
    let dates = deadline::dates(case, context);
    let hard = deadline::hard(case);
    let written = hard.and_then(|hard| hard.deadline).and_then(|id| case.facts.deadline(id)).map(|found| found.when);
    let thresholds = reminder::thresholds(case, context);
    let starts = case.facts.windows.iter().filter_map(|window| window.start);
    let plan = case.plan.map(|planned| planned.plan);
    notices::Model {
        id: case.id.0,
        number: i64::from(case.number),
        sequence: i64::try_from(case.sequence).unwrap_or(i64::MAX),
        // Only open notices are looked at again when people or calendars change.
        world: if case.is_open() { world } else { 0 },
        title: words_of(texts, case.facts.title.id),
        provider: case.facts.provider.to_string(),
        kind: case.facts.kind.word().to_owned(),
        status: case.facts.status.word().to_owned(),
        stage: gate::stage(case, context).word().to_owned(),
        authenticity: case.authenticity.word().to_owned(),
        priority: case.priority.word().to_owned(),
        hard_deadline: written.and_then(|when| serde_json::to_string(&when).ok()),
        hard_deadline_at: hard.map(|hard| hard.at.into()),
        act_by_at: dates.map(|dates| dates.act_by.into()),
        window_start_at: plan
            .map(|plan| plan.start)
            .or_else(|| starts.map(|when| when.earliest()).min())
            .map(Into::into),
        window_end_at: plan.map(|plan| plan.end.into()),
        overdue_at: thresholds.overdue_at.map(Into::into),
        priority_rises_at: thresholds.priority_rises_at.map(Into::into),
        rises: rises(case, context),
        next_due_at: thresholds.next_due_at.map(Into::into),
        flagged: !case.overrides.is_empty(),
        opened_at: case.opened_at.into(),
        updated_at: case.updated_at.into(),
        closed_at: match case.life {
            Life::Closed { at } | Life::Dismissed { at } => Some(at.into()),
            Life::Open | Life::Historic | Life::Merged { .. } => None,
        },
    }
}

/// When the effective priority rises to what, so that a list can tell it at any moment.
fn rises(case: &Case, context: &Context) -> String {
    let rises = priority::rises(case, context).into_iter();
    let rises: Vec<(i64, &str)> = rises.map(|(at, to)| (At::from(at).0, to.word())).collect();
    serde_json::to_string(&rises).unwrap_or_default()
}

/// The requirements of the gate it stands at, each with the people asked; the nil person where nobody could be asked.
fn waiting(case: &Case, context: &Context) -> Vec<notice_waiting::Model> {
    if !matches!(gate::stage(case, context), Stage::Assess | Stage::Schedule | Stage::Close) {
        return Vec::new();
    }
    let gate = gate::current_gate(case, context);
    let due_at = deadline::dates(case, context).and_then(|dates| dates.due.get(&gate).copied()).map(Into::into);
    let mut rows = Vec::new();
    for view in gate::requirements(case, gate, context).iter().filter(|view| !view.is_met()) {
        let mut asked: Vec<PersonId> = asked_at(case, view, context, context.now);
        asked.extend(objectors(case, view, context));
        if asked.is_empty() {
            asked.push(PersonId(Uuid::nil()));
        }
        asked.sort();
        asked.dedup();
        rows.extend(asked.into_iter().map(|person| notice_waiting::Model {
            notice: case.id.0,
            gate: gate.word().to_owned(),
            level: view.level.to_string(),
            person: person.0,
            due_at,
        }));
    }
    rows
}

/// Who has to look at the objections at a level: those who raised them, and where one of them has left, who stands above.
fn objectors(case: &Case, view: &RequirementView, context: &Context) -> Vec<PersonId> {
    let directory = &context.directory;
    let raised = view.objections.iter().filter_map(|entry| case.sign_off(*entry)).map(|sign_off| sign_off.person);
    let (mut here, gone): (Vec<PersonId>, Vec<PersonId>) =
        raised.partition(|person| directory.person(*person).is_some_and(Person::may_act));
    if let (false, Some(above)) = (gone.is_empty(), directory.above(&view.level)) {
        here.extend(directory.able(&above.id, context.now));
    }
    here
}

fn resources(case: &Case) -> Vec<notice_resources::Model> {
    let kept = case.facts.resources.iter().filter(|resource| !resource.set_aside);
    kept.map(|resource| notice_resources::Model {
        notice: case.id.0,
        resource: resource.id.to_string(),
        name: resource.key.clone(),
        sort: resource.sort.clone(),
        account: resource.account.clone(),
        region: resource.region.clone(),
        environment: resource.mapping.as_ref().map(|mapping| mapping.environment.to_string()),
        team: resource.mapping.as_ref().map(|mapping| mapping.team.0),
        confirmed: resource.mapping.is_some(),
    })
    .collect()
}

/// The words by which the notice itself is found; its messages have rows of their own.
#[must_use]
pub fn words(case: &Case, texts: &Texts) -> Words {
    let facts = &case.facts;
    let keys: Vec<&str> = facts
        .resources
        .iter()
        .flat_map(|resource| [Some(resource.key.as_str()), resource.account.as_deref(), resource.region.as_deref()])
        .flatten()
        .collect();
    let mut body = vec![format!("N-{} {} {}", case.number, facts.provider, facts.kind)];
    body.extend(case.impact.map(|impact| words_of(texts, impact.text.id)));
    body.extend(case.plan.map(|planned| words_of(texts, planned.plan.text.id)));
    body.extend(case.comments.iter().map(|comment| words_of(texts, comment.text.id)));
    Words { title: words_of(texts, facts.title.id), resources: keys.join(" "), body: body.join("\n") }
}

/// The words behind a reference; says so where they were erased, and nothing where the row is gone.
#[must_use]
pub fn words_of(texts: &Texts, id: Uuid) -> String {
    texts.get(&id).map(Shown::words).unwrap_or_default()
}
