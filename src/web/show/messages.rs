//! One message with its text and what was read in it.

use super::rows::message_row;
use super::text::{message_facts, parts};
use crate::desk::MessageDetail;
use crate::reading::Reading;
use crate::web::markup;
use crate::web::problem::Problem;
use crate::web::view::message::{Message, OriginalView, TroubleView};

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
        text: reading.map(|reading| parts(row.id, reading)).unwrap_or_default(),
        trouble: reading.map(trouble).unwrap_or_default(),
        has_html: raw.is_some_and(|raw| markup::html_of(raw).is_some()),
        has_raw: raw.is_some(),
    })
}
