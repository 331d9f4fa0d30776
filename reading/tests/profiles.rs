//! A profile earns its place: at least two messages in `tests/corpus/providers/<id>/` show a fact that general reading,
//! knowing just names and domains, misses. What holds no more than names is listed as that in `docs/providers.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use countersign_notice::fact::Authenticity;
use countersign_reading::profile::Providers;
use countersign_reading::{Input, read, report};
use serde_json::Value;

/// The fields of a profile that only say whose mail it is.
const NAMES: &[&str] =
    &["id", "name", "sort", "domains", "signers", "aliases", "not_marks", "subject_marks", "body_marks", "pages"];

/// As many profiles as must show more than names.
const LEAST_EARNED: usize = 40;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Each folder of `tests/corpus/providers` with its pairs of message and expectation.
fn pairs() -> BTreeMap<String, Vec<(PathBuf, Value)>> {
    let mut all: BTreeMap<String, Vec<(PathBuf, Value)>> = BTreeMap::new();
    let folders = fs::read_dir(root().join("tests/corpus/providers")).expect("the golden pairs of the profiles");
    for folder in folders.map(|f| f.expect("a readable folder").path()) {
        let id = folder.file_name().and_then(|n| n.to_str()).expect("a folder named by a profile's id").to_owned();
        let mut files: Vec<PathBuf> =
            fs::read_dir(&folder).expect("a folder").map(|f| f.expect("a file").path()).collect();
        files.sort();
        for message in files.into_iter().filter(|f| f.extension().is_some_and(|e| e == "eml")) {
            let expected =
                fs::read_to_string(message.with_extension("expected.json")).expect("the expectation beside it");
            let expected = serde_json::from_str(&expected).expect("an expectation in JSON");
            all.entry(id.clone()).or_default().push((message, expected));
        }
    }
    all
}

/// The profile with nothing but names.
fn stripped(id: &str) -> Providers {
    let text =
        fs::read_to_string(root().join(format!("../providers/{id}.toml"))).expect("a profile for each folder of pairs");
    let mut table: toml::Table = toml::from_str(&text).expect("a profile in TOML");
    table.retain(|key, _| NAMES.contains(&key));
    let text = toml::to_string(&table).expect("a table can be written");
    Providers::with([(id, text.as_str())]).expect("names alone are a profile")
}

fn reading(message: &Path, providers: &Providers) -> Value {
    let bytes = fs::read(message).expect("a message");
    let input = Input {
        bytes: &bytes,
        media: Some("eml"),
        received: None,
        subject: None,
        authenticity: Authenticity::Unverified,
    };
    report::report("message.eml", &bytes, &read(&input, providers))
}

/// Whether all that is expected was found: objects by their keys, lists by their members in any order.
fn holds(expected: &Value, got: &Value) -> bool {
    match (expected, got) {
        (Value::Object(want), Value::Object(have)) => {
            want.iter().all(|(key, value)| have.get(key).is_some_and(|found| holds(value, found)))
        }
        (Value::Array(want), Value::Array(have)) => {
            want.iter().all(|value| have.iter().any(|found| holds(value, found)))
        }
        _ => expected == got,
    }
}

#[test]
fn every_pair_of_a_profile_is_read_as_expected() {
    let mut wrong = Vec::new();
    for (message, expected) in pairs().into_values().flatten() {
        let got = reading(&message, Providers::embedded());
        if !holds(&expected, &got) {
            wrong.push(format!("{}\n  expected {expected}\n  got {}", message.display(), got["notices"]));
        }
    }
    assert!(wrong.is_empty(), "{} messages are read wrongly:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_profile_that_counts_shows_two_facts_that_general_reading_missed() {
    let mut idle = Vec::new();
    let all = pairs();
    for (id, pairs) in &all {
        let bare = stripped(id);
        let shown = pairs.iter().filter(|(message, expected)| !holds(expected, &reading(message, &bare))).count();
        if shown < 2 {
            idle.push(format!("{id}: {shown} of {} pairs need the profile", pairs.len()));
        }
    }
    assert!(idle.is_empty(), "these profiles do not earn their place:\n{}", idle.join("\n"));
    assert!(all.len() >= LEAST_EARNED, "only {} profiles show what they are for", all.len());
}

#[test]
fn the_list_in_the_documentation_is_current() {
    let shown = pairs();
    let (mut rich, mut names) = (Vec::new(), Vec::new());
    for profile in Providers::embedded().all() {
        let line = format!("- {} (`{}`)", profile.name, profile.id);
        if shown.contains_key(&profile.id) { rich.push(line) } else { names.push(line) }
    }
    let text = fs::read_to_string(root().join("../docs/providers.md")).expect("docs/providers.md");
    for (head, lines) in [("## Read with a profile", rich), ("## Names and domains", names)] {
        let section = text.split(head).nth(1).and_then(|s| s.split("\n## ").next()).unwrap_or_default();
        let listed: Vec<&str> = section.lines().filter(|l| l.starts_with("- ")).collect();
        assert_eq!(listed, lines, "the section “{head}” of docs/providers.md; replace its list by the right one");
    }
}
