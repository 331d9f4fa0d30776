//! Pages of one announcement that arrive in one message are one announcement. Those that arrive apart meet in the notice,
//! by their keys; which of them are missing is the notice's business.

use std::borrow::Cow;

use crate::reading::Announcement;

/// The announcements of a message with their places in its reading; pages of one set stand at the place of the first.
pub(super) fn put_together(found: &[Announcement]) -> Vec<(usize, Cow<'_, Announcement>)> {
    let mut whole: Vec<(usize, Cow<'_, Announcement>)> = Vec::new();
    for (place, announcement) in found.iter().enumerate() {
        let page = announcement.correlation.page.as_ref();
        let begun = whole.iter_mut().find(|(_, known)| {
            let known = known.correlation.page.as_ref();
            page.zip(known).is_some_and(|(page, known)| page.set == known.set)
        });
        match begun {
            Some((_, known)) => add(known.to_mut(), announcement),
            None => whole.push((place, Cow::Borrowed(announcement))),
        }
    }
    whole
}

fn add(whole: &mut Announcement, page: &Announcement) {
    if let Some((known, further)) = whole.correlation.page.as_mut().zip(page.correlation.page.as_ref()) {
        known.also.push(further.number);
    }
    for resource in &page.resources {
        let same = |r: &crate::reading::Resource| {
            r.id == resource.id && r.account == resource.account && r.region == resource.region
        };
        if !whole.resources.iter().any(same) {
            whole.resources.push(resource.clone());
        }
    }
}
