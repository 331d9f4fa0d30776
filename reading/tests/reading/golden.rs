//! Golden pairs: under `tests/corpus/` each message stands beside `NAME.expected.json`, which names what must be read from
//! it. Only the keys that it holds are compared. Notices, windows and deadlines must be just those; of resources, keys and
//! troubles there may be more, but for resources whose ids `no_resource` names. `given` in it stands for what a door knows:
//! `received` (a date), `subject`, `media`.
//!
//! Adding a case is adding two files.

use std::fs;
use std::path::{Path, PathBuf};

use countersign_reading::report::report;
use serde_json::Value;

use crate::{Known, assert_sound, noon, reading_of};

const FEWEST: usize = 120;

/// One message with what is expected of it.
pub struct Pair {
    pub name: String,
    pub message: Vec<u8>,
    pub expected: Value,
    pub known: Known,
}

/// All pairs, in the order of their names.
pub fn pairs() -> Vec<Pair> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files = Vec::new();
    list(&root, &mut files);
    files.sort();
    files.iter().filter(|f| f.to_string_lossy().ends_with(".expected.json")).map(|f| pair(f, &files, &root)).collect()
}

fn list(folder: &Path, into: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{} cannot be listed: {e}", folder.display()));
    for path in entries.map(|e| e.expect("an entry of a folder").path()) {
        if path.is_dir() { list(&path, into) } else { into.push(path) }
    }
}

fn pair(expected: &Path, files: &[PathBuf], root: &Path) -> Pair {
    let stem = expected.to_string_lossy().trim_end_matches(".expected.json").to_owned();
    let name = Path::new(&stem).strip_prefix(root).expect("it lies under the root").display().to_string();
    let mut messages = files.iter().filter(|f| *f != expected && f.with_extension("").to_string_lossy() == stem);
    let message = messages.next().unwrap_or_else(|| panic!("{name}: no message stands beside its expected.json"));
    assert!(messages.next().is_none(), "{name}: two messages for one expected.json");
    let text = fs::read_to_string(expected).expect("a file that was just listed");
    let expected: Value =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}.expected.json is no JSON: {e}"));
    let given = |key: &str| expected["given"][key].as_str().map(str::to_owned);
    let extension = message.extension().and_then(|e| e.to_str()).map(str::to_owned);
    let known = Known {
        received: given("received").map(|d| noon(&d)),
        subject: given("subject"),
        media: given("media").or(extension),
    };
    Pair { name, message: fs::read(message).expect("a file that was just listed"), expected, known }
}

/// Whether a notice lists a resource of this id.
fn lists(notice: &serde_json::Map<String, Value>, id: &Value) -> bool {
    notice.get("resources").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one["id"] == *id))
}

/// What of `expected` is not in `got`, as sentences.
pub fn differences(expected: &Value, got: &Value, at: &str, into: &mut Vec<String>) {
    match (expected, got) {
        (Value::Object(wanted), Value::Object(have)) => {
            for (key, value) in wanted.iter().filter(|(key, _)| !["given", "no_resource"].contains(&key.as_str())) {
                differences(value, have.get(key).unwrap_or(&Value::Null), &format!("{at}/{key}"), into);
            }
            let unwanted = wanted.get("no_resource").and_then(Value::as_array).into_iter().flatten();
            for id in unwanted.filter(|id| lists(have, id)) {
                into.push(format!("{at}/resources: {id} is listed and is none"));
            }
        }
        (Value::Array(wanted), Value::Array(have)) if OPEN.iter().any(|list| at.ends_with(list)) => {
            let mut left: Vec<&Value> = have.iter().collect();
            for value in wanted {
                match left.iter().position(|got| is_like(value, got)) {
                    Some(at) => drop(left.remove(at)),
                    None => into.push(format!("{at}: {value} is not among {got}")),
                }
            }
        }
        (Value::Array(wanted), Value::Array(have)) if wanted.len() == have.len() => {
            for (nth, (a, b)) in wanted.iter().zip(have).enumerate() {
                differences(a, b, &format!("{at}/{nth}"), into);
            }
        }
        _ if expected == got => {}
        _ => into.push(format!("{at}: expected {expected}, got {got}")),
    }
}

/// Lists of which a pair names only what matters to it.
const OPEN: &[&str] = &["/resources", "/keys", "/trouble", "/links"];

fn is_like(expected: &Value, got: &Value) -> bool {
    let mut found = Vec::new();
    differences(expected, got, "", &mut found);
    found.is_empty()
}

/// The report with its troubles as a list of codes, as pairs name them.
pub fn comparable(pair: &Pair, bytes: &[u8]) -> Value {
    let reading = reading_of(bytes, &pair.known);
    assert_sound(&reading, &pair.name);
    let mut got = report("message", bytes, &reading);
    got["trouble"] = reading.trouble.iter().map(|t| t.code.clone()).collect();
    got
}

/// The bytes with each line end as LF, and as CRLF; binary files only as they are.
pub fn line_ends(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    if bytes.contains(&0) || bytes.starts_with(b"\xff\xfe") {
        return vec![("as it is", bytes.to_vec())];
    }
    let mut lf = bytes.to_vec();
    lf.retain(|b| *b != b'\r');
    let crlf = lf.iter().flat_map(|b| if *b == b'\n' { vec![b'\r', b'\n'] } else { vec![*b] }).collect();
    vec![("LF", lf), ("CRLF", crlf)]
}

#[test]
fn every_golden_message_reads_as_expected() {
    let pairs = pairs();
    assert!(pairs.len() >= FEWEST, "only {} golden pairs were found; there are to be {FEWEST} at least", pairs.len());
    let mut wrong = Vec::new();
    for pair in &pairs {
        assert!(
            pair.expected.as_object().is_some_and(|o| o.len() > usize::from(o.contains_key("given"))),
            "{} expects nothing",
            pair.name
        );
        for (ends, bytes) in line_ends(&pair.message) {
            let mut found = Vec::new();
            differences(&pair.expected, &comparable(pair, &bytes), "", &mut found);
            wrong.extend(found.into_iter().map(|d| format!("{} ({ends}) {d}", pair.name)));
        }
    }
    assert!(wrong.is_empty(), "{} of {} golden pairs' facts differ:\n{}", wrong.len(), pairs.len(), wrong.join("\n"));
}

#[test]
fn a_wrong_expectation_is_found() {
    let got = serde_json::json!({"a": 1, "list": [{"b": 2, "c": 3}], "resources": [{"id": "x"}, {"id": "y"}]});
    let mut found = Vec::new();
    differences(
        &serde_json::json!({"list": [{"b": 2}], "resources": [{"id": "y"}], "given": {"x": 1}}),
        &got,
        "",
        &mut found,
    );
    assert!(found.is_empty(), "{found:?}");
    for wrong in [
        serde_json::json!({"a": 2}),
        serde_json::json!({"list": []}),
        serde_json::json!({"none": 1}),
        serde_json::json!({"list": [{"b": 3}]}),
    ] {
        let mut found = Vec::new();
        differences(&wrong, &got, "", &mut found);
        assert_eq!(found.len(), 1, "{wrong} is not like {got}");
    }
}
