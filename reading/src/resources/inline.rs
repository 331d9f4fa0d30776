//! Resources inside of sentences: identifiers whose shape tells them, and names right beside the word for what they are.
//!
//! It must not take the addresses of documentation for resources.

use std::sync::LazyLock;

use regex::Regex;

use super::{Found, enumerated, shape, versions};
use crate::document::{Document, LineView, Place};
use countersign_notice::fact::Kind;

/// Words for things whose name may follow, in the singular: `database orders-7`, `instances blue_2 and blue_3`.
#[rustfmt::skip]
const THINGS: &[&str] = &[
    "database", "instance", "cluster", "server", "app", "application", "project", "droplet", "bucket", "node", "host", "volume", "deployment", "service", "queue", "topic", "broker", "domain", "repository", "function", "router", "switch", "circuit", "device", "machine", "vm", "workspace", "tenant",
];

/// The same in scripts without blanks, where they end a run of words.
const ENDINGS: &[(&str, &str)] = &[
    ("实例", "instance"),
    ("服务器", "server"),
    ("集群", "cluster"),
    ("インスタンス", "instance"),
    ("サーバ", "server"),
    ("サーバー", "server"),
    ("回線", "circuit"),
];

/// Words that may stand between a thing and its name.
pub(super) const BETWEEN: &[&str] = &["id", "ids", "name", "names", "named", "called", "set"];

/// Words that join the names of an enumeration.
pub(super) const ANDS: &[&str] = &["and", "und", "et", "y", "e", "en", "och", "og", "&", "or"];

/// `(ALIAS on application)` after a name, as add-ons are told.
static ATTACHED: LazyLock<Regex> = LazyLock::new(|| compiled(r"\(([A-Z][A-Z0-9_]+) on ([a-z0-9][a-z0-9-]+)\)"));

/// Names in quotation marks after a word for an account or a domain: `the "acme" account`, `for domain "a.example"`.
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r#"(?i)\b(?:domain|host|project|account|organization|cluster|database|app)\s+["“']([\w.-]+)["”']"#)
});

static ACCOUNT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\baccounts?(?:\s+(?:id|number|no\.?))?\s*[:#(]*\s*(\d{12}|\*{4}-\*{4}-\d{4}|\d{4}-\d{4}-\d{4})\b")
});

static AS_NUMBER: LazyLock<Regex> = LazyLock::new(|| compiled(r"\bAS ?(\d{3,10})\b"));

#[expect(clippy::expect_used, reason = "the patterns are constants, and each is used by a test")]
pub(super) fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}

pub(super) fn find(document: &Document, kind: Kind, found: &mut Vec<Found>) {
    for view in document.lines() {
        let text = view.text;
        words(&view, found);
        enumerated::find(&view, found);
        // Each pattern only where a character or word that it needs stands at all.
        if text.contains("ccount") || text.contains("CCOUNT") {
            patterns(&view, &ACCOUNT, 1, "aws_account", "account", found);
        }
        if text.contains(['"', '“', '’', '\'']) {
            patterns(&view, &QUOTED, 1, "resource", "quoted", found);
        }
        if text.contains(" on ") && text.contains('(') {
            patterns(&view, &ATTACHED, 1, "attachment", "attached", found);
            patterns(&view, &ATTACHED, 2, "application", "attached", found);
        }
        if text.contains("AS") {
            as_numbers(&view, found);
        }
        if matches!(kind, Kind::EndOfLife | Kind::Deprecation) {
            versions::find(&view, found);
        }
    }
}

/// Goes through the words of a line once: identifiers whose shape tells what they are, and distinct names behind the word
/// for a thing or behind another such name.
fn words(view: &LineView<'_>, found: &mut Vec<Found>) {
    let mut thing: Option<&'static str> = None;
    for (start, token) in tokens(view.text) {
        if token.len() >= 10 && is_identifier(token) {
            push(view, start, token, shape::sort_of(token).unwrap_or("resource"), "shape", found);
        } else if let Some(sort) = thing.filter(|_| is_distinct_name(token) && !view.text[..start].ends_with('[')) {
            push(view, start, token, sort, "named", found);
        } else if let Some(sort) = thing_named(token) {
            thing = Some(sort);
        } else if thing.is_some() && !BETWEEN.iter().chain(ANDS).any(|w| token.eq_ignore_ascii_case(w)) {
            thing = None;
        }
    }
}

/// The thing that a word names, in the singular.
fn thing_named(word: &str) -> Option<&'static str> {
    let first = word.as_bytes().first()?.to_ascii_lowercase();
    let same = |thing: &str| {
        thing.as_bytes()[0] == first
            && word.len() >= thing.len()
            && word.is_char_boundary(thing.len())
            && word[..thing.len()].eq_ignore_ascii_case(thing)
            && matches!(&word[thing.len()..], "" | "s" | "(s" | "'s")
    };
    let ending = || ENDINGS.iter().find(|(thing, _)| word.ends_with(thing)).map(|(_, sort)| *sort);
    THINGS.iter().find(|thing| same(thing)).copied().or_else(|| if word.is_ascii() { None } else { ending() })
}

/// Whether the shape alone, outside of web addresses, makes it an identifier of a cloud.
fn is_identifier(token: &str) -> bool {
    let may_be = token.contains(['-', ':', '/']) && !token.contains("://");
    may_be
        && (shape::arn(token).is_some()
            || shape::aws_id(token).is_some()
            || token.starts_with("/subscriptions/")
            || token.starts_with("projects/"))
}

/// Words without the punctuation around them.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(is_between_words).filter_map(move |word| {
        let word = word.trim_matches(['.', ':', '!', '?', '*']);
        (!word.is_empty()).then(|| (word.as_ptr() as usize - text.as_ptr() as usize, word))
    })
}

const fn is_between_words(c: char) -> bool {
    matches!(
        c,
        ' ' | '\n'
            | '\t'
            | '('
            | ')'
            | '<'
            | '>'
            | '"'
            | '\''
            | '`'
            | ','
            | ';'
            | '|'
            | '['
            | ']'
            | '{'
            | '}'
            | '“'
            | '”'
    ) || (!c.is_ascii() && c.is_whitespace())
}

fn patterns(view: &LineView<'_>, pattern: &Regex, group: usize, sort: &str, rule: &str, found: &mut Vec<Found>) {
    for captures in pattern.captures_iter(view.text) {
        if let Some(hit) = captures.get(group) {
            push(view, hit.start(), hit.as_str(), sort, rule, found);
        }
    }
}

/// The reader's own network: a sender writes his own number in brackets after his name.
fn as_numbers(view: &LineView<'_>, found: &mut Vec<Found>) {
    for captures in AS_NUMBER.captures_iter(view.text) {
        let Some(hit) = captures.get(0) else { continue };
        let is_senders = view.text[..hit.start()].trim_end().ends_with('(');
        if !is_senders {
            push(view, hit.start(), hit.as_str(), "as_number", "as-number", found);
        }
    }
}

/// A name that no common word is: letters with a digit and a mark, or two marks. `on-call`, `TLS-enabled` and `3.4` are not.
fn is_distinct_name(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let marks = name.bytes().filter(|b| matches!(b, b'-' | b'_' | b'.')).count();
    let letters = name.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_date = letters == 0 || letters == 3 && name.split('-').any(is_month) && digits >= 3;
    letters >= 2
        && !is_date
        && !name.contains("//")
        && (digits >= 1 && (marks >= 1 || digits >= 3) || marks >= 2 && !name.contains('.'))
}

/// `Mar` in `10-Mar-26`.
fn is_month(word: &str) -> bool {
    const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    MONTHS.iter().any(|month| word.eq_ignore_ascii_case(month))
}

pub(super) fn push(view: &LineView<'_>, start: usize, id: &str, sort: &str, rule: &str, found: &mut Vec<Found>) {
    let start = view.line.range.start + start;
    found.push(Found {
        id: id.to_owned(),
        sort: Some(sort.to_owned()),
        place: Place { part: view.part, range: start..start + id.len() },
        rule: rule.to_owned(),
    });
}

/// The regions of a cloud that the text names, each once, in lower case.
pub(super) fn regions(document: &Document) -> Vec<(String, Place)> {
    let mut regions: Vec<(String, Place)> = Vec::new();
    for view in document.lines() {
        for (start, token) in tokens(view.text) {
            if !token.ends_with(|c: char| c.is_ascii_digit()) || !token.contains('-') || !shape::is_region(token) {
                continue;
            }
            let region = token.to_lowercase();
            if !regions.iter().any(|(known, _)| *known == region) {
                let start = view.line.range.start + start;
                regions.push((region, Place { part: view.part, range: start..start + token.len() }));
            }
        }
    }
    regions
}
