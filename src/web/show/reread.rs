//! What a newer reading sees otherwise, in sentences and ready to be taken over.

use super::facts::{kind_label, role_label};
use super::names::provider;
use crate::desk::Difference;
use crate::notice::facts::{AnnouncedDeadline, AnnouncedResource};
use crate::web::view::message::{DeadlineFound, ReadDifferently, ResourceFound};

#[must_use]
pub fn read_differently(notice: u32, difference: Difference) -> ReadDifferently {
    let sentence = sentence(&difference);
    let (deadline, resource) = match difference {
        Difference::Deadline(AnnouncedDeadline { role, when, .. }) => {
            (Some(DeadlineFound { role, when: when.into() }), None)
        }
        Difference::Resource(AnnouncedResource { key, sort, account, region }) => {
            (None, Some(ResourceFound { key, sort, account, region }))
        }
        _ => (None, None),
    };
    ReadDifferently { notice, sentence, deadline, resource }
}

/// In one sentence, also for the command line.
#[must_use]
pub fn sentence(difference: &Difference) -> String {
    let date = |d: &AnnouncedDeadline| format!("{} {}", role_label(d.role).to_lowercase(), d.when);
    match difference {
        Difference::Deadline(found) => format!("It tells a date that the notice does not have: {}.", date(found)),
        Difference::Resource(found) => format!("It names a resource that the notice does not have: {}.", found.key),
        Difference::NoDeadline(lost) => format!("It no longer reads as a date: {}.", date(lost)),
        Difference::NoResource(lost) => format!("It no longer reads as a resource: {}.", lost.key),
        Difference::Kind { was, now } => {
            format!(
                "It reads as {} and no longer as {}.",
                kind_label(*now).to_lowercase(),
                kind_label(*was).to_lowercase()
            )
        }
        Difference::Provider { was, now } => {
            format!("It reads as written by {} and no longer by {}.", provider(now).name, provider(was).name)
        }
    }
}
