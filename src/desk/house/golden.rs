//! Every version of every event of the house ever written stays readable, in the shape in which it was written. The file has one
//! line for each; a new event or version adds a line, and no line is ever changed or taken away.

use std::collections::BTreeSet;

use chrono::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};

use super::HouseEvent;
use crate::notice::chain::{Stored, Stream};
use crate::notice::stored::{Recordable as _, read};
use crate::notice::text::Digest;

const GOLDEN: &str = include_str!("golden.jsonl");

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    name: String,
    version: u16,
    payload: Value,
}

fn golden() -> Vec<Line> {
    GOLDEN.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"))).collect()
}

/// The names of all events, as serde lists them to who asks for one that there is not.
fn names() -> BTreeSet<String> {
    let told =
        serde_json::from_value::<HouseEvent>(json!({"type": "?"})).expect_err("there is no such event").to_string();
    told.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_event_ever_written_is_still_read_and_written_as_it_was() {
    for Line { name, version, payload } in golden() {
        let stored = Stored {
            stream: Stream::Installation,
            sequence: 1,
            at: DateTime::UNIX_EPOCH,
            actor: json!({"kind": "system"}),
            cause: json!({}),
            name: name.clone(),
            version,
            payload: payload.clone(),
            prev: Digest::ZERO,
            hash: Digest::ZERO,
        };
        let event = read::<HouseEvent>(&stored).unwrap_or_else(|e| panic!("{e}")).event;
        if version != HouseEvent::current(&name) {
            continue;
        }
        let mut written = serde_json::to_value(&event).expect("an event is JSON");
        written.as_object_mut().expect("an object").shift_remove("type");
        assert_eq!(written, payload, "{name} has another shape than before: give it a new version and an upcast");
    }
}

#[test]
fn every_event_has_its_line() {
    let names = names();
    assert!(names.len() > 30 && names.contains("person_added"), "serde no longer lists the events: {names:?}");
    let known: BTreeSet<String> = golden()
        .into_iter()
        .filter(|line| line.version == HouseEvent::current(&line.name))
        .map(|line| line.name)
        .collect();
    let missing: Vec<_> = names.difference(&known).collect();
    assert!(missing.is_empty(), "add a line for each to src/desk/house/golden.jsonl: {missing:?}");
}
