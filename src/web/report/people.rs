//! Who was told of a notice and who looked, and what people did and showed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::moment;
use crate::notice::case::Case;
use crate::notice::event::{Event, Evidence, Place, Recorded};
use crate::notice::ids::PersonId;
use crate::web::show::Names;

/// One person and when they knew.
#[derive(Serialize)]
pub(super) struct Knew {
    person: String,
    /// Of the first mail to them.
    told: Option<String>,
    mails: usize,
    /// When they first opened the page.
    opened: Option<String>,
    signed: usize,
}

#[derive(Default)]
struct Told {
    first: Option<DateTime<Utc>>,
    mails: usize,
}

/// Everybody who was told, who looked or who signed, in the order in which they were told.
pub(super) fn knew(case: &Case, record: &[Recorded], names: &Names<'_>) -> Vec<Knew> {
    let mut people: BTreeMap<PersonId, Told> = BTreeMap::new();
    for recorded in record {
        let Event::Reminded { reminders } = &recorded.event else { continue };
        for reminder in reminders {
            let told = people.entry(reminder.person).or_default();
            told.first.get_or_insert(recorded.at);
            told.mails += 1;
        }
    }
    for person in case.seen.keys().copied().chain(case.sign_offs.iter().map(|sign_off| sign_off.person)) {
        people.entry(person).or_default();
    }
    let mut people: Vec<(PersonId, Told)> = people.into_iter().collect();
    people.sort_by_key(|(person, told)| (told.first.is_none(), told.first, *person));
    let one = |(person, told): (PersonId, Told)| Knew {
        person: names.called(person),
        told: told.first.map(moment),
        mails: told.mails,
        opened: case.seen.get(&person).copied().map(moment),
        signed: case.sign_offs.iter().filter(|sign_off| sign_off.person == person).count(),
    };
    people.into_iter().map(one).collect()
}

/// A step at one place, with what shows it.
#[derive(Serialize)]
pub(super) struct Work {
    step: String,
    place: String,
    done: bool,
    by: Option<String>,
    at: String,
    shown: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    text: String,
    /// Where it lies in the pack.
    file: Option<String>,
}

/// What people did, step by step.
pub(super) fn work(case: &Case, names: &Names<'_>) -> Vec<Work> {
    let steps = case.steps.iter();
    steps
        .map(|((step, place), done)| Work {
            step: step.to_string().replace('_', " "),
            place: match place {
                Place::Once => String::new(),
                Place::Environment(environment) => environment.to_string(),
                Place::Resource(id) => {
                    let resource = case.facts.resources.iter().find(|resource| resource.id == *id);
                    resource.map_or_else(|| id.to_string(), |resource| resource.key.clone())
                }
            },
            done: done.done,
            by: done.by.map(|by| names.called(by)),
            at: moment(done.at),
            shown: done.evidence.iter().map(|evidence| shown(evidence, names)).collect(),
        })
        .collect()
}

fn shown(evidence: &Evidence, names: &Names<'_>) -> Shown {
    let file = |digest: &crate::notice::text::Digest| Some(format!("evidence/{digest}"));
    match evidence {
        Evidence::Note { text } => Shown { text: names.words(*text), file: None },
        Evidence::Attachment { name, digest, .. } => {
            Shown { text: format!("file “{}”", names.words(*name)), file: file(digest) }
        }
        Evidence::Probe { vantage, target, success, at, result } => {
            let found = if *success { "a client there connects" } else { "a client there does not connect" };
            let text = format!("probe of {target} from {vantage}, {}: {found}", moment(*at));
            Shown { text, file: file(result) }
        }
    }
}
