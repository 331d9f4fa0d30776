//! One message with its text and what was read in it.

use super::names::provider_name;
use super::rows::message_row;
use super::text::{message_facts, parts};
use crate::desk::{MessageDetail, Named, opens};
use crate::reading::{Announcement, Reading};
use crate::web::markup;
use crate::web::problem::Problem;
use crate::web::view::message::{Announces, DeadlineFound, Message, OriginalView, ResourceFound, Tried, TroubleView};

/// What the reader calls a provider that nothing tells.
const UNKNOWN: &str = "unknown";

/// A message in full. `raw` is none once the bytes were erased.
///
/// # Errors
/// Where a row holds a word that this program does not know.
pub fn message(detail: &MessageDetail, raw: Option<&[u8]>) -> Result<Message, Problem> {
    let (row, reading) = (&detail.row, detail.reading.as_ref());
    let trouble = |reading: &Reading| {
        let told = reading.trouble.iter();
        told.map(|trouble| TroubleView { code: trouble.code.clone(), message: trouble.message.clone() }).collect()
    };
    Ok(Message {
        row: message_row(row, &detail.notices)?,
        sha256: row.sha256.clone(),
        format: row.format.clone(),
        original: reading.and_then(|reading| reading.original.as_ref()).map(|original| OriginalView {
            from: original.from.clone(),
            subject: original.subject.clone(),
            date: original.date.clone(),
        }),
        remark: reading.and_then(|reading| reading.remark.clone()),
        envelope_from: row.envelope_from.clone(),
        envelope_to: serde_json::from_str(&row.envelope_to).unwrap_or_default(),
        facts: reading.map(|reading| message_facts(row.id, reading)).unwrap_or_default(),
        draft: reading.and_then(|reading| reading.notices.first()).map(announces),
        text: reading.map(|reading| parts(row.id, reading)).unwrap_or_default(),
        trouble: reading.map(trouble).unwrap_or_default(),
        has_html: raw.is_some_and(|raw| markup::html_of(raw).is_some()),
        has_raw: raw.is_some(),
    })
}

/// What a message says to a reader that knows a profile, where it would open something.
#[must_use]
pub fn tried(reading: &Reading, provider: &Named) -> Tried {
    let found = reading.notices.iter().filter(|found| opens(found)).map(announces);
    // It is not installed yet, so nobody else knows its name.
    let named = |mut found: Announces| {
        if found.provider.as_ref() == Some(&provider.id) {
            found.provider_name = Some(provider.name.clone());
        }
        found
    };
    Tried { notices: found.map(named).collect() }
}

fn announces(found: &Announcement) -> Announces {
    let provider = Some(found.provider.value.clone()).filter(|id| id != UNKNOWN);
    Announces {
        provider_name: provider.as_deref().map(provider_name),
        provider,
        kind: found.kind.value,
        title: found.title.trim().to_owned(),
        deadlines: found
            .deadlines
            .iter()
            .map(|found| DeadlineFound { role: found.role, when: found.at.into() })
            .collect(),
        resources: found
            .resources
            .iter()
            .map(|found| ResourceFound {
                key: found.id.clone(),
                sort: found.sort.clone(),
                account: found.account.clone(),
                region: found.region.clone(),
            })
            .collect(),
    }
}
