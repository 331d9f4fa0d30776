//! From a notice as the desk knows it to the notice as the API shows it.
//!
//! Owns the words: sentences for the record, names in the place of ids, texts in the place of commitments. It asks `notice`
//! what stands in the way and decides nothing itself.

mod agenda;
mod dates;
mod facts;
mod gates;
mod home;
mod house;
mod messages;
mod names;
mod person;
mod record;
mod reread;
mod rows;
mod sentence;
mod text;
mod verification;
mod work;

pub use agenda::agenda;
pub use facts::{kind_label, stage_label};
pub use home::home;
pub use messages::{message, tried};
pub use names::{Names, provider_name};
pub use person::work_of;
pub use record::entry;
pub use reread::{read_differently, sentence as difference_sentence};
pub use rows::{message_notice, message_row, row};
pub use text::{message_facts, parts};
pub use verification::{checkpoint, verification};

use super::problem::Problem;
use super::view::common::Change;
use super::view::gate::Blocker;
use super::view::notice::{CommentView, Notice, NoticeName, PagesView, ProcedureRef, TimelineView, You};
use super::view::procedure::StaleBy;
use crate::desk::NoticeDetail;
use crate::identity::Role;
use crate::notice::case::{Case, Life};
use crate::notice::context::Context;
use crate::notice::event::Recorded;
use crate::notice::gate::{self, Stage};
use crate::notice::ids::{NoticeId, PersonId};
use crate::notice::procedure::{Gate, Procedure};
use crate::notice::refusal::Blocker as Reason;
use crate::notice::sight::Sight;
use crate::notice::stored::read;
use crate::notice::subject::{difference, subject};
use crate::notice::text::Digest;

/// Who looks.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    pub id: PersonId,
    pub role: Role,
}

impl Viewer {
    #[must_use]
    pub const fn sight(self) -> Sight {
        Sight::of(self.id, self.role)
    }
}

/// Everything that showing one notice takes.
pub(super) struct Show<'a> {
    pub detail: &'a NoticeDetail,
    pub names: Names<'a>,
    pub viewer: Viewer,
}

impl Show<'_> {
    pub fn case(&self) -> &Case {
        &self.detail.case
    }

    pub fn context(&self) -> &Context {
        &self.detail.context
    }
}

/// A notice in full, as this person sees it.
///
/// # Errors
/// Where a row of a message holds a word that this program does not know.
pub fn notice(detail: &NoticeDetail, viewer: Viewer) -> Result<Notice, Problem> {
    let messages = detail.messages.iter().map(|message| rows::message_row(message, &[])).collect::<Result<_, _>>()?;
    let show = Show { detail, names: Names::of(detail), viewer };
    let (case, context) = (show.case(), show.context());
    Ok(Notice {
        row: rows::of_case(&show),
        authenticity_reason: rows::authenticity_reason(detail),
        facts: facts::facts(&show),
        deadlines: facts::deadlines(&show),
        windows: facts::windows(&show),
        resources: work::resources(&show),
        impact: work::impact(&show),
        dismissal: work::dismissal(&show),
        overrides: gates::overrides(&show),
        plan: work::plan(&show),
        gates: gates::gates(&show),
        blockers: gates::blockers(&show, gate::blockers(case, closing_gate(case), context)),
        steps: work::steps(&show),
        messages,
        text: text::of_notice(&show),
        comments: comments(&show),
        record: detail.record.iter().map(|stored| record::entry(stored, &show.names, Some(case.number))).collect(),
        watching: case.watchers.contains(&viewer.id),
        procedure: procedure(&show),
        you: you(&show),
        marks: marks(case),
        proposals: gates::proposals(&show),
        alike: alike(&show),
        merged_into: match case.life {
            Life::Merged { into } => other(&show, into),
            _ => None,
        },
        absorbed: case.absorbed.iter().filter_map(|gone| other(&show, *gone)).collect(),
        split_from: case.split_from.and_then(|from| other(&show, from)),
        timeline: timeline(&show),
        pages: pages(case),
        split_off: case.split_off.iter().filter_map(|split| other(&show, split.notice)).collect(),
    })
}

/// Reasons with names, as this person sees them.
#[must_use]
pub fn blockers(detail: &NoticeDetail, viewer: Viewer, reasons: Vec<Reason>) -> Vec<Blocker> {
    gates::blockers(&Show { detail, names: Names::of(detail), viewer }, reasons)
}

/// What changed at a gate since its subject had this digest. Empty where it never had.
#[must_use]
pub fn since_shown(detail: &NoticeDetail, viewer: Viewer, gate: Gate, shown: Digest) -> Vec<Change> {
    let show = Show { detail, names: Names::of(detail), viewer };
    let recorded: Vec<Recorded> = detail.record.iter().filter_map(|stored| read(stored).ok()).collect();
    let Some((first, rest)) = recorded.split_first() else { return Vec::new() };
    let Ok(mut case) = Case::begin(first) else { return Vec::new() };
    let mut then = Some(subject(&case, gate)).filter(|subject| subject.digest == shown);
    for event in rest {
        case.apply(event);
        let now = subject(&case, gate);
        if now.digest == shown {
            then = Some(now);
        }
    }
    let changes = then.map(|then| difference(&then.body, &subject(&case, gate).body)).unwrap_or_default();
    changes.into_iter().map(|change| gates::told(&show, change)).collect()
}

/// Whose signatures would count no longer if the notice moved to this version of its procedure.
#[must_use]
pub fn stale_by_move(detail: &NoticeDetail, to: &Procedure) -> Vec<StaleBy> {
    let (case, names) = (&detail.case, Names::of(detail));
    let pin = to.pin(case.procedure.size);
    let changed = |gate: Gate| pin.gates.get(&gate) != case.procedure.gates.get(&gate);
    let lost = case.sign_offs.iter().filter(|s| s.stands() && changed(s.gate) && gate::is_current(case, s));
    lost.map(|s| StaleBy { person: names.person(s.person), gate: s.gate, level: s.level.to_string() }).collect()
}

/// The gate that a notice ends at: `dismiss` where that is proposed, else `close`.
fn closing_gate(case: &Case) -> Gate {
    if case.dismissal.is_some() { Gate::Dismiss } else { Gate::Close }
}

fn timeline(show: &Show<'_>) -> Vec<TimelineView> {
    let entries = show.case().timeline.iter();
    entries
        .map(|entry| TimelineView { at: entry.at, status: entry.status.clone(), text: show.names.kept(entry.text) })
        .collect()
}

fn pages(case: &Case) -> Option<PagesView> {
    let missing = case.pages.missing();
    let of = case.pages.newest()?.of;
    (!missing.is_empty()).then_some(PagesView { missing, of })
}

fn comments(show: &Show<'_>) -> Vec<CommentView> {
    let comments = show.case().comments.iter();
    comments
        .map(|comment| CommentView {
            id: comment.entry.0,
            by: show.names.person(comment.by),
            at: comment.at,
            text: show.names.kept(comment.text),
            mentions: comment.mentions.iter().map(|person| show.names.person(*person)).collect(),
        })
        .collect()
}

/// Notices that look like this one, as long as both are open and nobody has said that they are two.
fn alike(show: &Show<'_>) -> Vec<NoticeName> {
    let open = [Stage::Assess, Stage::Schedule, Stage::Close].map(Stage::word);
    let is_open = |id: &NoticeId| show.detail.others.get(&id.0).is_some_and(|row| open.contains(&row.stage.as_str()));
    let waiting = show.case().alike.iter().filter(|alike| !alike.set_aside && show.case().is_open());
    waiting.map(|alike| alike.notice).filter(is_open).filter_map(|id| other(show, id)).collect()
}

fn other(show: &Show<'_>, id: NoticeId) -> Option<NoticeName> {
    let row = show.detail.others.get(&id.0)?;
    Some(NoticeName { id: row.id, number: row.number, title: row.title.clone() })
}

fn procedure(show: &Show<'_>) -> ProcedureRef {
    let pin = &show.case().procedure;
    let title = show.context().procedure(show.case()).map_or_else(|| pin.id.to_string(), |known| known.title.clone());
    let newest = show.context().procedures.latest(&pin.id).map_or(pin.version, |newest| newest.version);
    ProcedureRef { id: pin.id.to_string(), title, version: pin.version, newest }
}

fn marks(case: &Case) -> Vec<String> {
    let mut marks = Vec::new();
    if case.overrides.iter().any(|asked| !asked.withdrawn) {
        marks.push("override".to_owned());
    }
    if case.sign_offs.iter().any(|sign_off| sign_off.objects()) {
        marks.push("objection".to_owned());
    }
    marks
}

fn you(show: &Show<'_>) -> You {
    let (case, viewer) = (show.case(), show.viewer);
    let levels: Vec<String> = show
        .context()
        .directory
        .person(viewer.id)
        .map(|person| person.levels.iter().map(ToString::to_string).collect())
        .unwrap_or_default();
    let signed = [Gate::Assess, Gate::Schedule, Gate::Close, Gate::Dismiss].into_iter().filter(|gate| {
        case.standing_at(*gate).any(|sign_off| sign_off.person == viewer.id && gate::is_current(case, sign_off))
    });
    You { may: may(show, !levels.is_empty()), signed: signed.collect(), levels }
}

/// What would not be refused for who they are and for where the notice is in its life. Whether it is time for it, the gates
/// say.
fn may(show: &Show<'_>, holds_a_level: bool) -> Vec<String> {
    if !show.viewer.role.may_change() {
        return Vec::new();
    }
    let mut may = vec!["comment", "watch"];
    match show.case().life {
        Life::Open => {
            may.extend(["impact", "plan", "priority", "resource", "step", "fact", "acknowledge", "dismiss", "propose"]);
            may.extend(["close", "merge", "split"]);
            if holds_a_level {
                may.extend(["sign_off", "override"]);
            }
        }
        Life::Historic => may.extend(["activate", "merge"]),
        Life::Closed { .. } | Life::Dismissed { .. } => may.push("reopen"),
        Life::Merged { .. } => {}
    }
    may.into_iter().map(str::to_owned).collect()
}
