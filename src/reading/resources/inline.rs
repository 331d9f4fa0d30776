//! Resources inside of sentences: identifiers whose shape tells them, names right beside the word for what they are, and
//! versions of products where a version is what ends.
//!
//! It must not take the addresses of documentation for resources.

use std::sync::LazyLock;

use regex::Regex;

use super::{Found, shape};
use crate::notice::fact::Kind;
use crate::reading::document::{Document, LineView, Place};

/// A thing's word and the name right after it: `database orders-7`, `instance "blue_2"`. The name has a digit or a mark.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"(?i)\b(database|instance|cluster|server|app|application|project|droplet|bucket|node|host|volume|deployment|service|replica set|queue|topic|broker|domain|repository|function|router|switch|circuit|device|virtual machine|vm)s?(?:\s+(?:ids?|names?|named|called))?:?\s+["'“‘`]?([A-Za-z0-9][A-Za-z0-9._/-]*[A-Za-z0-9])["'”’`]?"#,
    )
});

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

/// Products whose versions end, each with the version behind it.
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"\b(Go|Node\.js|Python|PHP|Ruby|Java|\.NET(?: Core)?|PostgreSQL|MySQL|MariaDB|MongoDB|Redis|Valkey|Memcached|Kubernetes(?: version)?|Elasticsearch|OpenSearch|Kafka|RabbitMQ|Debian|Ubuntu|CentOS|RHEL|Windows Server|Amazon Linux|Oracle Database|SQL Server|TLS|Terraform|OpenSSL|Heroku)[ -](\d+(?:\.(?:\d+|x))*(?: ?LTS)?)\b",
    )
});

#[expect(clippy::expect_used, reason = "the patterns are constants, and each is used by a test")]
fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}

pub(super) fn find(document: &Document, kind: Kind, found: &mut Vec<Found>) {
    for view in document.lines() {
        shapes(&view, found);
        patterns(&view, &ACCOUNT, 1, "aws_account", "account", found);
        patterns(&view, &QUOTED, 1, "resource", "quoted", found);
        for group in 1..=2 {
            patterns(&view, &ATTACHED, group, if group == 1 { "attachment" } else { "application" }, "attached", found);
        }
        as_numbers(&view, found);
        named(&view, found);
        if matches!(kind, Kind::EndOfLife | Kind::Deprecation) {
            patterns(&view, &VERSION, 0, "version", "version", found);
        }
    }
}

/// Tokens whose shape alone tells what they are, outside of web addresses.
fn shapes(view: &LineView<'_>, found: &mut Vec<Found>) {
    for (start, token) in tokens(view.text) {
        let may_be = token.len() >= 10 && (token.contains('-') || token.contains(':') || token.contains('/'));
        if !may_be || token.contains("://") {
            continue;
        }
        let known = shape::arn(token).is_some()
            || shape::aws_id(token).is_some()
            || token.starts_with("/subscriptions/")
            || token.starts_with("projects/");
        if known {
            push(view, start, token, shape::sort_of(token).unwrap_or("resource"), "shape", found);
        }
    }
}

/// Words without the punctuation around them.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|c: char| c.is_whitespace() || "()<>\"'`,;|[]{}“”".contains(c)).filter_map(move |word| {
        let word = word.trim_matches(['.', ':', '!', '?', '*']);
        (!word.is_empty()).then(|| (word.as_ptr() as usize - text.as_ptr() as usize, word))
    })
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

fn named(view: &LineView<'_>, found: &mut Vec<Found>) {
    for captures in NAMED.captures_iter(view.text) {
        let (Some(word), Some(name)) = (captures.get(1), captures.get(2)) else { continue };
        let sort = word.as_str().to_lowercase().replace(' ', "_");
        let mut next = Some((name.start(), name.as_str()));
        while let Some((start, name)) = next.filter(|(_, name)| is_distinct_name(name)) {
            push(view, start, name, &sort, "named", found);
            next = following(view.text, start + name.len());
        }
    }
}

/// The next name of an enumeration: behind a comma or a word for "and".
fn following(text: &str, from: usize) -> Option<(usize, &str)> {
    const ANDS: &[&str] = &["and", "und", "et", "y", "e", "en", "och", "og", "&", "or"];
    let mut rest = text.get(from..)?.trim_start_matches([',', '"', '\'', '”', '`']).trim_start();
    if let Some((word, behind)) = rest.split_once(char::is_whitespace)
        && ANDS.contains(&word)
    {
        rest = behind.trim_start();
    }
    let name = rest.split(|c: char| c.is_whitespace() || ",;()\"'`”“".contains(c)).next()?.trim_end_matches(['.', ':']);
    (!name.is_empty()).then(|| (name.as_ptr() as usize - text.as_ptr() as usize, name))
}

/// A name that no common word is: letters with a digit and a mark, or two marks. `on-call`, `TLS-enabled` and `3.4` are not.
fn is_distinct_name(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let marks = name.bytes().filter(|b| matches!(b, b'-' | b'_' | b'.')).count();
    let letters = name.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_date = letters == 0 || name.split('-').all(|p| p.len() <= 4 && digits >= 4) && letters <= 3;
    letters >= 2
        && !is_date
        && !name.contains("//")
        && (digits >= 1 && (marks >= 1 || digits >= 3) || marks >= 2 && !name.contains('.'))
}

fn push(view: &LineView<'_>, start: usize, id: &str, sort: &str, rule: &str, found: &mut Vec<Found>) {
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
            if !shape::is_region(token) {
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
