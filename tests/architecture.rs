//! The house rules that a compiler does not hold: imports point one way, the pure rooms stay pure, each module says what
//! it owns, and files stay short enough to read in one sitting.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// What each room may import of its siblings. `cli, web, intake, dispatch → identity, desk → store → notice, reading`;
/// `clock`, `config` and `telemetry` are leaves. A room that is missing here fails the test.
fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let store = ["notice", "reading", "clock", "store"];
    let desk = [&store[..], &["desk", "keyring", "config", "identity"]].concat();
    let doors = [&desk[..], &["telemetry", "probe", "audit", "reach", "paper"]].concat();
    let table: [(&str, Vec<&str>); 17] = [
        ("notice", vec![]),
        ("reading", vec![]),
        ("clock", vec!["clock"]),
        ("keyring", vec!["keyring", "clock"]),
        ("config", vec!["config"]),
        ("telemetry", vec!["telemetry", "config"]),
        ("probe", vec![]),
        ("paper", vec!["paper", "notice"]),
        ("reach", vec!["config"]),
        ("store", store.to_vec()),
        ("desk", desk.iter().copied().filter(|room| *room != "identity").collect()),
        ("audit", vec!["audit", "desk", "store", "notice"]),
        ("identity", desk.clone()),
        ("web", [&doors[..], &["web"]].concat()),
        ("intake", [&doors[..], &["intake"]].concat()),
        ("dispatch", [&doors[..], &["dispatch"]].concat()),
        ("cli", [&doors[..], &["cli", "web", "intake", "dispatch"]].concat()),
    ];
    table.into_iter().map(|(room, may)| (room, may.into_iter().collect())).collect()
}

fn sources(below: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(below), &mut found);
    assert!(!found.is_empty(), "no Rust source below {below}: the test looks in the wrong place");
    found.sort();
    found
}

/// The room that a file belongs to: the first folder below src, or the file's own stem. `notice`, `probe` and `reading`
/// are members of the workspace, whose manifests already keep them from importing the rest.
fn room(path: &Path) -> Option<String> {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).ok()?;
    let first = below.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "lib" | "main")).then(|| name.to_owned())
}

/// The code of a file without its comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The siblings that a file names, as `crate::x`, also in `use crate::{x, y}`.
fn imports(code: &str) -> BTreeSet<String> {
    let single = Regex::new(r"\bcrate::([a-z_]+)").unwrap();
    let group = Regex::new(r"\bcrate::\{([^;]*)\}\s*;").unwrap();
    let leading = Regex::new(r"(?:^|,)\s*([a-z_]+)").unwrap();
    let mut found: BTreeSet<String> = single.captures_iter(code).map(|c| c[1].to_owned()).collect();
    for inner in group.captures_iter(code) {
        let mut flat = String::new();
        let mut depth = 0;
        for c in inner[1].chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ if depth == 0 => flat.push(c),
                _ => {}
            }
        }
        found.extend(leading.captures_iter(&flat).map(|c| c[1].to_owned()));
    }
    found
}

#[test]
fn imports_point_one_way() {
    let allowed = allowed();
    let mut wrong = Vec::new();
    for path in sources("src") {
        let Some(room) = room(&path) else { continue };
        let Some(may) = allowed.get(room.as_str()) else {
            wrong.push(format!(
                "{}: the room `{room}` is not in this test's table; add it with its imports",
                path.display()
            ));
            continue;
        };
        for import in imports(&code(&path)) {
            if allowed.contains_key(import.as_str()) && !may.contains(import.as_str()) {
                wrong.push(format!("{}: `{room}` must not import `{import}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that point the wrong way:\n  {}", wrong.join("\n  "));
}

#[test]
fn the_pure_rooms_do_no_io_and_read_no_clock() {
    let banned = Regex::new(concat!(
        r"\b(tokio|sea_orm|sqlx|axum|lettre|reqwest|config)::|\basync\b|\.await\b",
        r"|std::(fs|net|process|env|thread|time::(Instant|SystemTime))|Utc::now|Local::now|println!|eprintln!|tracing::",
    ))
    .unwrap();
    let mut wrong = Vec::new();
    for pure in ["notice/src", "reading/src"] {
        // What they are tested with may be told how many cases to play, and print a seed.
        let tests =
            |path: &PathBuf| path.components().any(|c| matches!(c.as_os_str().to_str(), Some("tests" | "tests.rs")));
        for path in sources(pure).into_iter().filter(|path| !tests(path)) {
            for (number, line) in code(&path).lines().enumerate() {
                if let Some(hit) = banned.find(line) {
                    wrong.push(format!(
                        "{}: `{}` in code line {}: {}",
                        path.display(),
                        hit.as_str(),
                        number + 1,
                        line.trim()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "the pure rooms reach outside:\n  {}", wrong.join("\n  "));
}

#[test]
fn the_reader_takes_only_plain_values_from_notice() {
    let from_notice = Regex::new(r"countersign_notice::(?:\{)?([a-z_]+)").unwrap();
    let wrong: Vec<String> = sources("reading/src")
        .iter()
        .flat_map(|path| {
            let code = code(path);
            from_notice
                .captures_iter(&code)
                .filter(|c| &c[1] != "fact")
                .map(|c| format!("{}: countersign_notice::{}", path.display(), &c[1]))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "the reader may know what a fact is and nothing of gates:\n  {}", wrong.join("\n  "));
}

#[test]
fn every_module_says_what_it_owns() {
    let silent: Vec<_> = ["src", "notice", "probe", "reading", "migrations/src", "tests"]
        .iter()
        .filter(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).exists())
        .flat_map(|folder| sources(folder))
        .filter(|path| !fs::read_to_string(path).unwrap().starts_with("//!"))
        .map(|path| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "open each with //!, what it owns and what it must not do:\n  {}", silent.join("\n  "));
}

#[test]
fn no_file_is_too_long_to_read() {
    let long: Vec<_> = ["src", "notice", "probe", "reading", "migrations/src"]
        .iter()
        .flat_map(|folder| sources(folder))
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > 500)
        .map(|(lines, path)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "over 500 lines; each is asking to be two:\n  {}", long.join("\n  "));
}

/// The tests above are only worth their names if they can fail.
#[test]
fn the_import_scanner_sees_what_it_must() {
    let code = "use crate::store::Store;\nuse crate::{desk::{Desk, error}, web};\nfn f() { crate::clock::now(); }";
    let found = imports(code);
    let expected: BTreeSet<String> = ["store", "desk", "web", "clock"].map(str::to_owned).into();
    assert_eq!(found, expected);
}

/// What is wrong with the promises of `docs/SECURITY.md`: a file, a test or a command that is named and is not there.
fn broken_promises(document: &str, root: &Path) -> (usize, Vec<String>) {
    let quoted = Regex::new("`([^`]+)`").unwrap();
    let makefile = fs::read_to_string(root.join("Makefile")).unwrap();
    let table = document.split("## Promises").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap_or_default();
    let (mut held, mut wrong) = (0, Vec::new());
    for row in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let (promise, holders) = row.trim_end_matches(" |").rsplit_once(" | ").unwrap_or((row, ""));
        let (mut file, mut holds) = (String::new(), 0);
        for name in quoted.captures_iter(holders).map(|found| found[1].to_owned()) {
            let found = if let Some(target) = name.strip_prefix("make ") {
                makefile.lines().any(|line| line.starts_with(&format!("{target}:")))
            } else if name.contains('/') {
                file = tests_in(&root.join(&name));
                !file.is_empty()
            } else {
                [format!("fn {name}("), format!("both!({name},")].iter().any(|test| file.contains(test))
            };
            holds += 1;
            if !found {
                wrong.push(format!("{promise}: there is no `{name}`"));
            }
        }
        if holds == 0 {
            wrong.push(format!("{promise}: no test is named"));
        }
        held += 1;
    }
    (held, wrong)
}

/// The text of a file, or of all below a folder, where there are tests in it.
fn tests_in(path: &Path) -> String {
    let files = if path.is_dir() { sources(&path.to_string_lossy()) } else { vec![path.to_path_buf()] };
    let text = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect::<Vec<_>>().join("\n");
    let tests = ["#[test]", "#[tokio::test", "both!(", "test('", "it('", "proptest!"];
    if tests.iter().any(|test| text.contains(test)) { text } else { String::new() }
}

#[test]
fn each_promise_of_security_names_tests_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (held, wrong) = broken_promises(&fs::read_to_string(root.join("docs/SECURITY.md")).unwrap(), root);
    assert!(held > 20, "only {held} promises were found: the test looks in the wrong place");
    assert!(wrong.is_empty(), "docs/SECURITY.md names what is not there:\n  {}", wrong.join("\n  "));
}

#[test]
fn the_reader_of_promises_sees_what_it_must() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = "## Promises\n| promise | held by |\n|---|---|\n| a | `tests/architecture.rs` `no_such_test_at_all` |\n\
                 | b | somebody |\n| c | `tests/none.rs` |\n| d | `make nothing` |\n| e | `tests/architecture.rs` |\n## Next\n";
    let (held, wrong) = broken_promises(table, root);
    assert_eq!((held, wrong.len()), (5, 4), "{wrong:?}");
}
