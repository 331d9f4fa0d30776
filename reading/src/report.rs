//! The JSON line that `countersign read` prints for a file: the public form of a [`Reading`].
//!
//! Owns its shape, which programs rely on. It must not decide anything.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Announcement, Deadline, Reading, Span, Window};
use countersign_notice::fact::When;

/// The report on one file. `file` is printed as given; `bytes` are the file's, for their digest.
#[must_use]
pub fn report(file: &str, bytes: &[u8], reading: &Reading) -> Value {
    let original = reading.original.as_ref();
    json!({
        "file": file,
        "sha256": hex::encode(Sha256::digest(bytes)),
        "format": reading.format,
        "from": reading.from,
        "forwarded_by": reading.forwarded_by,
        "original": {
            "from": original.and_then(|o| o.from.as_ref()),
            "subject": original.and_then(|o| o.subject.as_ref()),
            "date": original.and_then(|o| o.date.as_ref()),
        },
        "remark": reading.remark,
        "authenticity": reading.authenticity,
        "automatic": reading.automatic,
        "notices": reading.notices.iter().map(notice).collect::<Vec<_>>(),
        "trouble": reading.trouble,
    })
}

fn notice(a: &Announcement) -> Value {
    let resources: Vec<Value> = a
        .resources
        .iter()
        .map(|r| json!({"id": r.id, "type": r.sort, "account": r.account, "region": r.region, "span": span(r.span.as_ref())}))
        .collect();
    json!({
        "provider": a.provider.value,
        "kind": a.kind.value,
        "status": a.status.value,
        "title": a.title,
        "hard_deadline": a.hard_deadline().map(|d| d.at.to_string()),
        "deadlines": a.deadlines.iter().map(deadline).collect::<Vec<_>>(),
        "windows": a.windows.iter().map(window).collect::<Vec<_>>(),
        "resources": resources,
        "impact": a.impact,
        "links": a.links,
        "updates": a.updates,
        "correlation": a.correlation,
    })
}

fn deadline(d: &Deadline) -> Value {
    json!({
        "role": d.role,
        "at": d.at.to_string(),
        "precision": d.at.precision(),
        "as_written": d.as_written,
        "span": span(d.span.as_ref()),
        "confidence": two_places(d.confidence),
    })
}

fn window(w: &Window) -> Value {
    let at = |w: Option<When>| w.map(|w| w.to_string());
    json!({
        "start": at(w.start),
        "end": at(w.end),
        "as_written": w.as_written,
        "span": span(w.span.as_ref()),
        "confidence": two_places(w.confidence),
    })
}

fn span(span: Option<&Span>) -> Value {
    span.map_or(Value::Null, |s| json!({"part": s.part, "start": s.start, "end": s.end, "quote": s.quote}))
}

fn two_places(confidence: f32) -> f64 {
    (f64::from(confidence) * 100.0).round() / 100.0
}
