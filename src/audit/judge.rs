//! Judging evidence, wherever it came from. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::notice::chain::{self, Head, Stored, Stream};
use crate::notice::checkpoint::{self, BadCheckpoint, SignedCheckpoint};
use crate::notice::event::MessageRef;
use crate::notice::text::{Digest, TextRef};

/// One stream with everything that it commits to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StreamEvidence {
    pub stream: Stream,
    pub events: Vec<Stored>,
    pub texts: Vec<TextEvidence>,
}

/// A text as it is kept, with the salt that makes its commitment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TextEvidence {
    pub id: Uuid,
    /// Lower-case hex.
    pub salt: String,
    /// None where it was erased.
    pub body: Option<String>,
    pub erased_at: Option<DateTime<Utc>>,
}

/// Something that was forgotten on purpose: a text, a message or a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    pub stream: Stream,
    /// Such as `text 018fd118-…` or `file 9f2c4b1e…`.
    pub what: String,
    pub at: DateTime<Utc>,
}

/// What verifying found.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    pub streams: u64,
    pub events: u64,
    pub texts: u64,
    pub messages: u64,
    /// Files that show that steps were done.
    pub files: u64,
    pub checkpoints: u64,
    /// One sentence each. Empty for a sound record.
    pub damage: Vec<String>,
    pub erased: Vec<Erasure>,
}

/// The heads that checkpoints have seen, by stream.
pub(super) fn heads<'a>(all: impl Iterator<Item = &'a SignedCheckpoint>) -> BTreeMap<Stream, Vec<Head>> {
    let mut by_stream: BTreeMap<Stream, Vec<Head>> = BTreeMap::new();
    for head in all.flat_map(|signed| &signed.checkpoint.heads) {
        let known = by_stream.entry(head.stream).or_default();
        if !known.contains(head) {
            known.push(*head);
        }
    }
    by_stream
}

impl Judgement {
    /// Whether nothing was edited, removed, reordered or cut off.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }

    /// Judges the checkpoints themselves: those of the database, those of the file, and one against the other.
    pub(super) fn checkpoints(
        &mut self,
        known: &[SignedCheckpoint],
        file: &[SignedCheckpoint],
        verifies: impl Fn(&str, &[u8], &str) -> bool,
    ) {
        self.checkpoints += known.len() as u64;
        let mut bad: Vec<BadCheckpoint> = checkpoint::verify(known, &verifies);
        bad.extend(
            checkpoint::verify(file, &verifies).into_iter().filter(|found| !bad.contains(found)).collect::<Vec<_>>(),
        );
        let table: BTreeMap<u64, &SignedCheckpoint> = known.iter().map(|s| (s.checkpoint.number, s)).collect();
        for signed in file {
            match table.get(&signed.checkpoint.number) {
                Some(same) if *same == signed => {}
                Some(_) => bad.push(BadCheckpoint::Differs(signed.checkpoint.number)),
                None => bad.push(BadCheckpoint::Missing(signed.checkpoint.number)),
            }
        }
        self.damage.extend(bad.iter().map(ToString::to_string));
    }

    /// Judges one stream: its chain, its end against what checkpoints have seen, its texts against their commitments.
    pub(super) fn stream(&mut self, evidence: &StreamEvidence, heads: &BTreeMap<Stream, Vec<Head>>) {
        let stream = evidence.stream;
        self.streams += 1;
        self.events += evidence.events.len() as u64;
        let seen = heads.get(&stream).map_or(&[][..], Vec::as_slice);
        self.damage.extend(chain::verify(stream, &evidence.events, seen).iter().map(ToString::to_string));
        self.texts(evidence);
    }

    /// Streams that a checkpoint has seen and that are not there at all.
    pub(super) fn vanished(&mut self, heads: &BTreeMap<Stream, Vec<Head>>, there: &BTreeSet<Stream>) {
        for (stream, seen) in heads.iter().filter(|(stream, _)| !there.contains(stream)) {
            let sequence = seen.iter().map(|head| head.sequence).max().unwrap_or_default();
            self.damage.push(format!("{stream}: the whole stream is gone; a checkpoint has seen its event {sequence}"));
        }
    }

    fn texts(&mut self, evidence: &StreamEvidence) {
        let kept: BTreeMap<Uuid, &TextEvidence> = evidence.texts.iter().map(|text| (text.id, text)).collect();
        let mut erased = BTreeMap::new();
        for event in &evidence.events {
            let mut references = Vec::new();
            collect(&event.payload, &mut references);
            for reference in references {
                self.texts += 1;
                let told = |what: &str| format!("{}: event {}: {what}", evidence.stream, event.sequence);
                match kept.get(&reference.id) {
                    None => self.damage.push(told("the words that it commits to are gone, and nobody erased them")),
                    Some(text) => match (&text.body, text.erased_at) {
                        (Some(body), None) if commits(&reference, &text.salt, body) => {}
                        (Some(_), None) => self.damage.push(told("the words that it commits to were changed")),
                        (None, Some(at)) => drop(erased.insert(reference.id, at)),
                        _ => self.damage.push(told("the words that it commits to are half erased")),
                    },
                }
            }
        }
        self.erased.extend(erased.into_iter().map(|(id, at)| Erasure {
            stream: evidence.stream,
            what: format!("text {id}"),
            at,
        }));
    }
}

impl Judgement {
    /// Judges the raw bytes of one message against what an event commits to.
    pub(super) fn message(&mut self, stream: Stream, (sequence, reference): (u64, MessageRef), kept: &Kept) {
        self.messages += 1;
        let id = reference.id;
        let wrong = match (kept, reference.commitment) {
            (Kept::Gone, _) => Some("is gone, and nobody erased it"),
            (Kept::Bytes { salt: Some(salt), raw }, Some(committed)) if committed == Digest::of_all(&[salt, raw]) => {
                None
            }
            (Kept::Bytes { .. }, Some(_)) => Some("does not have the bytes that arrived"),
            (Kept::Erased(at), _) => {
                self.erased.push(Erasure { stream, what: format!("message {id}"), at: *at });
                None
            }
            (Kept::Bytes { .. }, None) => None,
        };
        self.damage.extend(wrong.map(|what| format!("{stream}: event {sequence}: message {id} {what}")));
    }

    /// Judges the bytes of one file that shows that a step was done.
    pub(super) fn file(&mut self, stream: Stream, (sequence, digest): (u64, Digest), kept: &Kept) {
        self.files += 1;
        let wrong = match kept {
            Kept::Gone => Some("is gone, and nobody erased it"),
            Kept::Bytes { salt: Some(salt), raw } if digest == Digest::of_all(&[salt, raw]) => None,
            Kept::Bytes { .. } => Some("does not have the bytes that were handed in"),
            Kept::Erased(at) => {
                self.erased.push(Erasure { stream, what: format!("file {digest}"), at: *at });
                None
            }
        };
        self.damage.extend(wrong.map(|what| format!("{stream}: event {sequence}: file {digest} {what}")));
    }
}

fn commits(reference: &TextRef, salt: &str, body: &str) -> bool {
    hex::decode(salt).is_ok_and(|salt| reference.commits_to(&salt, body))
}

/// Every reference to a text in a payload, wherever it stands.
fn collect(value: &Value, found: &mut Vec<TextRef>) {
    match value {
        Value::Object(map) => {
            if let Ok(reference) = serde_json::from_value::<TextRef>(value.clone()) {
                found.push(reference);
            } else {
                map.values().for_each(|inner| collect(inner, found));
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, found)),
        _ => {}
    }
}

/// The messages that a stream refers to, with the number of the event that does.
pub(super) fn referred(evidence: &StreamEvidence) -> Vec<(u64, MessageRef)> {
    let reference = |event: &Stored| event.payload.get("message").cloned().and_then(|m| serde_json::from_value(m).ok());
    evidence.events.iter().filter_map(|event| Some((event.sequence, reference(event)?))).collect()
}

/// The files that a stream commits to, with the number of the event that does.
pub(super) fn shown(evidence: &StreamEvidence) -> Vec<(u64, Digest)> {
    let digest = |shown: &Value| {
        let digest = shown.get("digest").or_else(|| shown.get("result"))?;
        digest.as_str()?.parse().ok()
    };
    let of = |event: &Stored| -> Vec<(u64, Digest)> {
        let shown = match event.payload.get("evidence") {
            Some(Value::Array(several)) => several.iter().collect(),
            one => one.into_iter().collect::<Vec<_>>(),
        };
        shown.into_iter().filter_map(digest).map(|digest| (event.sequence, digest)).collect()
    };
    evidence
        .events
        .iter()
        .filter(|event| matches!(event.name.as_str(), "step_done" | "evidence_added"))
        .flat_map(of)
        .collect()
}

/// What is kept of a message or a file that the record refers to.
pub(super) enum Kept {
    Bytes { salt: Option<Vec<u8>>, raw: Vec<u8> },
    Erased(DateTime<Utc>),
    Gone,
}
