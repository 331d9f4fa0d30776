//! From what the reader found to what a notice is told: evidence stays with the message, words become references.

use std::collections::BTreeMap;

use crate::desk::Desk;
use crate::notice::facts::{Announced, AnnouncedDeadline, AnnouncedResource, AnnouncedWindow, TimelineEntry};
use crate::notice::ids::ProviderId;
use crate::notice::pages::Pages;
use crate::notice::text::TextRef;
use crate::reading::{Announcement, Resource};
use crate::store::entity::texts;
use crate::store::texts::Draft;

/// Below this a person has to confirm a date before `assess` opens.
const SURE: f32 = 0.7;

/// Gives out references for words: the one that the notice already has for the same words, or a new one. Words that are
/// stored again unchanged under a new reference would make signatures over them stale for nothing.
pub(super) struct Wording<'a> {
    desk: &'a Desk,
    known: BTreeMap<String, TextRef>,
    pub(super) drafts: Vec<Draft>,
}

impl<'a> Wording<'a> {
    pub(super) fn new(desk: &'a Desk, rows: Vec<texts::Model>) -> Self {
        let known = rows
            .into_iter()
            .filter_map(|row| {
                let body = row.body?;
                Some((body.clone(), TextRef::new(row.id, &row.salt, &body)))
            })
            .collect();
        Self { desk, known, drafts: Vec::new() }
    }

    pub(super) fn of(&mut self, words: &str) -> TextRef {
        if let Some(known) = self.known.get(words) {
            return *known;
        }
        let draft = self.desk.draft(words);
        let reference = draft.reference;
        self.known.insert(words.to_owned(), reference);
        self.drafts.push(draft);
        reference
    }

    fn written(&mut self, words: &str) -> Option<TextRef> {
        (!words.trim().is_empty()).then(|| self.of(words))
    }
}

/// What an announcement tells a notice.
pub(super) fn announced(found: &Announcement, wording: &mut Wording<'_>) -> Announced {
    let title = if found.title.trim().is_empty() { "Untitled announcement" } else { found.title.trim() };
    Announced {
        provider: ProviderId(found.provider.value.clone()),
        kind: found.kind.value,
        status: found.status.value,
        title: wording.of(title),
        deadlines: found
            .deadlines
            .iter()
            .map(|deadline| AnnouncedDeadline {
                role: deadline.role,
                when: deadline.at,
                as_written: wording.written(&deadline.as_written),
                doubtful: deadline.confidence < SURE,
            })
            .collect(),
        windows: found
            .windows
            .iter()
            .map(|window| AnnouncedWindow {
                start: window.start,
                end: window.end,
                as_written: wording.written(&window.as_written),
            })
            .collect(),
        resources: ours(&found.resources)
            .map(|resource| AnnouncedResource {
                key: resource.id.clone(),
                sort: resource.sort.clone(),
                account: resource.account.clone(),
                region: resource.region.clone(),
            })
            .collect(),
        timeline: found
            .updates
            .iter()
            .map(|update| TimelineEntry {
                at: update.at,
                status: update.status.clone(),
                text: wording.of(&update.text),
            })
            .collect(),
        pages: found.correlation.page.as_ref().map(|page| Pages {
            set: page.set.clone(),
            numbers: page.also.iter().copied().chain([page.number]).collect(),
            of: page.of,
        }),
    }
}

/// What names a thing of the provider's and not of ours: nobody owns it, and it runs in no environment.
const CONTEXT: &[&str] = &["version", "certificate_authority", "stack"];

/// What holds what is affected. Asked about only where a message names nothing finer.
const HOLDERS: &[&str] = &["aws_account", "account", "subscription", "project"];

/// The resources that people have to map: what is affected, as finely as the message names it.
fn ours(found: &[Resource]) -> impl Iterator<Item = &Resource> {
    let context = |resource: &Resource| CONTEXT.contains(&resource.sort.as_str());
    let holder = |resource: &Resource| HOLDERS.contains(&resource.sort.as_str());
    let finer = found.iter().any(|resource| !context(resource) && !holder(resource));
    let left_out = move |resource: &Resource| context(resource) || (finer && holder(resource));
    found.iter().filter(move |resource| !left_out(resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(sorts: &[&str]) -> Vec<Resource> {
        let resource = |sort: &&str| Resource {
            id: (*sort).to_owned(),
            sort: (*sort).to_owned(),
            account: None,
            region: None,
            span: None,
        };
        sorts.iter().map(resource).collect()
    }

    #[test]
    fn people_map_what_is_affected_and_not_what_is_only_mentioned() {
        for (mentioned, asked) in [
            (&["aws_account", "certificate_authority", "rds_instance"][..], &["rds_instance"][..]),
            (&["aws_account", "certificate_authority"], &["aws_account"]),
            (&["project", "project"], &["project", "project"]),
            (&["stack", "version"], &[]),
            (&["circuit", "account"], &["circuit"]),
        ] {
            let sorts: Vec<String> = ours(&named(mentioned)).map(|resource| resource.sort.clone()).collect();
            assert_eq!(sorts, asked, "of {mentioned:?}");
        }
    }
}
