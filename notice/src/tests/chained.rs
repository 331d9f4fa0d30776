//! The record proves itself: whatever is done to it behind our back is found, and what older programs wrote is read.

use serde_json::{Value, json};

use super::main_job::expires;
use super::{House, announced};
use crate::chain::{Damage, Head, Stored, Stream, canonical, verify};
use crate::event::{Cause, Event, Recorded};
use crate::fact::Kind;
use crate::procedure::Gate;
use crate::stored::{Unreadable, read, seal_all};
use crate::text::Digest;

/// A field's name and what is done to it.
type Edit = (&'static str, fn(&mut Stored));

fn stored() -> (Stream, Vec<Stored>) {
    let mut house = House::of_four();
    house.receives(announced(Kind::CertificateRotation, expires()));
    house.assesses("eve");
    house.signs("lea", Gate::Assess);
    let stream = Stream::Notice(house.case().id);
    let events = house.record.iter().map(|r| (r.actor, r.event.clone()));
    let sealed = seal_all(stream, (0, Digest::ZERO), house.context.now, Cause::default(), events);
    (stream, sealed.into_iter().map(|(stored, _)| stored).collect())
}

fn heads(events: &[Stored]) -> Vec<Head> {
    events.last().map(|e| Head { stream: e.stream, sequence: e.sequence, hash: e.hash }).into_iter().collect()
}

#[test]
fn a_sound_record_verifies_against_its_checkpoint() {
    let (stream, events) = stored();
    assert!(events.len() > 8, "only {} events", events.len());
    assert_eq!(verify(stream, &events, &heads(&events)), []);
}

#[test]
fn every_edited_field_is_found() {
    let (stream, events) = stored();
    let edits: [Edit; 6] = [
        ("time", |e| e.at += chrono::Duration::microseconds(1)),
        ("actor", |e| e.actor = json!({"kind": "system", "id": 1})),
        ("cause", |e| e.cause = json!({"command": "x"})),
        ("type", |e| e.name.push('x')),
        ("version", |e| e.version += 1),
        ("payload", |e| e.payload["added"] = json!(true)),
    ];
    for n in 0..events.len() {
        for (what, edit) in edits {
            let mut tampered = events.clone();
            edit(&mut tampered[n]);
            let sequence = events[n].sequence;
            assert_eq!(
                verify(stream, &tampered, &[]),
                [Damage::Edited { stream, sequence }],
                "{what} of event {sequence}"
            );
        }
    }
}

#[test]
fn an_event_whose_hash_was_recomputed_breaks_the_one_after_it() {
    let (stream, mut events) = stored();
    events[3].payload["added"] = json!(true);
    events[3] = events[3].clone().sealed();
    assert_eq!(verify(stream, &events, &[]), [Damage::Broken { stream, sequence: 5 }]);
}

#[test]
fn a_removed_a_moved_and_a_cut_off_event_are_found() {
    let (stream, events) = stored();
    let (last, heads) = (events.len() as u64, heads(&events));
    for n in 0..events.len() - 1 {
        let mut removed = events.clone();
        removed.remove(n);
        assert!(verify(stream, &removed, &[]).contains(&Damage::Missing { stream, sequence: n as u64 + 1 }));
        let mut moved = events.clone();
        moved.swap(n, n + 1);
        assert!(verify(stream, &moved, &[]).iter().any(|d| matches!(d, Damage::Reordered { .. })), "swap at {n}");
    }
    let cut = &events[..events.len() - 1];
    assert_eq!(verify(stream, cut, &[]), [], "a cut end alone cannot be seen");
    assert_eq!(verify(stream, cut, &heads), [Damage::Truncated { stream, ends_at: last - 1, seen: last }]);
    assert_eq!(verify(stream, &[], &heads), [Damage::Truncated { stream, ends_at: 0, seen: last }]);
}

#[test]
fn a_record_written_anew_from_the_start_is_found_by_its_checkpoint() {
    let (stream, events) = stored();
    let heads = heads(&events);
    let mut prev = Digest::ZERO;
    let mut anew = events.clone();
    for event in &mut anew {
        event.at += chrono::Duration::days(1);
        event.prev = prev;
        *event = event.clone().sealed();
        prev = event.hash;
    }
    assert_eq!(verify(stream, &anew, &[]), [], "it is sound in itself");
    assert_eq!(verify(stream, &anew, &heads), [Damage::Rewritten { stream, sequence: events.len() as u64 }]);
}

#[test]
fn canonical_json_does_not_depend_on_the_order_of_keys() {
    let one: Value = serde_json::from_str(r#"{"b": [1, {"z": null, "a": "é\n"}], "a": true}"#).expect("JSON");
    let other: Value = serde_json::from_str(r#"{"a":true,"b":[1,{"a":"é\n","z":null}]}"#).expect("JSON");
    assert_eq!(canonical(&one), canonical(&other));
    assert_eq!(canonical(&one), r#"{"a":true,"b":[1,{"a":"é\n","z":null}]}"#.as_bytes());
}

#[test]
fn what_is_stored_is_read_back_the_same() {
    let (_, events) = stored();
    for event in &events {
        let bytes = serde_json::to_vec(event).expect("JSON");
        let back: Stored = serde_json::from_slice(&bytes).expect("the same");
        assert_eq!(back.computed(), event.hash, "event {} does not survive storing", event.sequence);
        let recorded: Recorded = read(&back).expect("it is read");
        assert_eq!((recorded.sequence, recorded.hash), (event.sequence, event.hash));
    }
}

#[test]
fn what_a_newer_program_wrote_is_told_apart_from_damage() {
    let (_, events) = stored();
    let mut newer = events[0].clone();
    newer.version = 99;
    assert!(matches!(read::<Event>(&newer), Err(Unreadable::Unknown { version: 99, .. })));
    let mut unknown = events[0].clone();
    unknown.name = "transcended".to_owned();
    assert!(matches!(read::<Event>(&unknown), Err(Unreadable::Unknown { .. })));
    let mut damaged = events[0].clone();
    damaged.payload = json!({"notice": 5});
    assert!(matches!(read::<Event>(&damaged), Err(Unreadable::Misshapen { .. })));
}
