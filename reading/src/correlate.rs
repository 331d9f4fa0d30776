//! What joins messages to one notice: exact keys, and a likeness that only proposes.
//!
//! Owns the schemes of the keys. An exact key must be one that two different events cannot share: ids that a provider or a
//! mail program made to be unique, and the digest of a text long enough to be of one event.

use sha2::{Digest, Sha256};

use super::Resource;
use super::document::{Document, LineKind};

/// Letters and digits that a text must have for its digest to tell it from others.
const SHORTEST_TEXT: usize = 80;
/// Resources that go into a likeness.
const MOST_RESOURCES: usize = 20;

/// The exact keys of a mail: its own id, those it answers, the digest of its words, the provider's references.
#[must_use]
pub fn keys(document: &Document, carriers: &[String], provider: &str, references: &[String]) -> Vec<String> {
    let headers = &document.headers;
    let ids = headers.message_id.iter().chain(&headers.in_reply_to).chain(&headers.references).chain(carriers);
    let mut keys: Vec<String> = ids.map(|id| format!("message-id:<{}>", id.trim_matches(['<', '>', ' ']))).collect();
    keys.extend(references.iter().map(|r| format!("reference:{provider}:{}", r.trim().to_uppercase())));
    keys.extend(text_key(document));
    let mut seen = std::collections::HashSet::new();
    keys.retain(|k| seen.insert(k.clone()));
    keys
}

/// The same for a mail as it came, redirected, attached or forwarded inline: the letters and digits of subject and body,
/// in lower case, without what gateways, lists and forwarders add and without addresses of links, which gateways rewrite.
fn text_key(document: &Document) -> Option<String> {
    let mut told: Vec<u8> = Vec::new();
    let mut count = 0;
    for part in document.parts.iter().take(2) {
        for line in &part.lines {
            if matches!(line.kind, LineKind::Banner | LineKind::Quote | LineKind::Footer) {
                continue;
            }
            for word in part.text[line.range.clone()]
                .split_whitespace()
                .filter(|w| !w.as_bytes().contains(&b':') || !w.contains("://") && !w.contains("mailto:"))
            {
                if word.is_ascii() {
                    let before = told.len();
                    told.extend(word.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase()));
                    count += told.len() - before;
                    continue;
                }
                for c in word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase) {
                    count += 1;
                    told.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
    }
    (count >= SHORTEST_TEXT).then(|| format!("text:{}", hex::encode(Sha256::digest(&told))))
}

/// Words of a subject that change from one message of an event to the next.
const PASSING: &[&str] = &[
    "reminder",
    "update",
    "updated",
    "final",
    "first",
    "second",
    "third",
    "last",
    "notice",
    "notification",
    "cancelled",
    "canceled",
    "cancellation",
    "rescheduled",
    "postponed",
    "extended",
    "completed",
    "complete",
    "started",
    "starting",
    "resolved",
    "urgent",
    "important",
    "action",
    "required",
    "new",
    "revised",
    "amended",
    "confirmed",
    "in",
    "progress",
    "status",
    "external",
    "days",
    "day",
    "hours",
    "erinnerung",
    "abgesagt",
    "verschoben",
    "abgeschlossen",
    "rappel",
    "annulé",
    "recordatorio",
    "cancelado",
    "promemoria",
];

/// Provider, the lasting words of the subject and the resources as one string.
#[must_use]
pub fn likeness(document: &Document, provider: &str, resources: &[Resource]) -> Option<String> {
    let subject = document.subject().unwrap_or("").to_lowercase();
    let words: Vec<&str> = subject
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty() && !w.bytes().any(|b| b.is_ascii_digit()) && !PASSING.contains(w))
        .collect();
    let mut ids: Vec<&str> = resources.iter().map(|r| r.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(MOST_RESOURCES);
    (!words.is_empty() || !ids.is_empty()).then(|| format!("{provider}|{}|{}", words.join(" "), ids.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    const TEXT: &str = "The certificate authority of your database alpha expires on 22 August 2026 at 17:08:50 UTC, see https://acme.example/a for what to do before then.";

    fn key(subject: &str, text: &str) -> Option<String> {
        text_key(&Document::from_text(Some(subject), text))
    }

    #[test]
    fn the_text_key_outlives_gateways_and_wrapping() {
        let plain = key("CA rotation", TEXT);
        assert!(plain.is_some());
        let wrapped = TEXT
            .replace("expires on", "expires\non")
            .replace("https://acme.example/a", "https://nam.safelinks.example/?u=1");
        assert_eq!(
            plain,
            key(
                "CA  rotation",
                &format!("CAUTION: This email originated from outside of the organization.\n\n{wrapped}")
            )
        );
        assert_ne!(plain, key("CA rotation", &TEXT.replace("22", "23")), "another date is another text");
        assert_eq!(key("Done", "All done."), None, "a short text is not of one event only");
    }
}
