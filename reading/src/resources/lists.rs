//! Resources in a list: lines of their own below a sentence that announces them.
//!
//! Owns when a list begins and where it ends. It must not run on into prose.

use super::{Found, shape};
use crate::cues::{Cues, unwrapped};
use crate::document::{Document, LineKind, LineView, Place};
use std::sync::LazyLock;

/// Words of which a sentence that announces a list holds one of each group: what is listed, and that it is.
#[rustfmt::skip]
const THINGS: &[(&str, &str)] = &[
    ("droplet*", "virtual_machine"), ("linode*", "virtual_machine"), ("instance*", "instance"), ("cluster*", "cluster"), ("database*", "database"), ("deployment*", "deployment"), ("project*", "project"), ("app", "application"), ("apps", "application"), ("application*", "application"),
    ("server", "host"), ("servers", "host"), ("server(s)", "host"), ("host", "host"), ("hosts", "host"), ("node*", "host"), ("device*", "host"), ("virtual machine*", "virtual_machine"), ("vm", "virtual_machine"), ("vms", "virtual_machine"), ("service*", "service"), ("circuit*", "circuit"), ("connection*", "connection"), ("resource*", "resource"),
    ("domain*", "domain"), ("certificate*", "certificate"), ("function*", "function"), ("bucket*", "bucket"), ("volume*", "volume"), ("repositor*", "repository"), ("account*", "account"), ("site*", "site"), ("subscription*", "subscription"), ("workspace*", "workspace"), ("stack*", "stack"), ("load balancer*", "load_balancer"),
    ("dienste", "service"), ("systeme", "host"), ("serveurs", "host"), ("servidores", "host"), ("servicios", "service"), ("ressourcen", "resource"), ("ressources", "resource"), ("recursos", "resource"), ("queue*", "queue"), ("topic*", "topic"), ("broker*", "broker"), ("endpoint*", "endpoint"), ("ip address*", "ip_address"), ("link*", "circuit"), ("port*", "port"), ("reboot schedule", "virtual_machine"),
];

#[rustfmt::skip]
const LISTED: &[&str] = &[
    "affected", "impacted", "following", "below", "listed", "listed below", "associated with", "concerned", "applicable", "you own", "in your account", "your account", "of your account", "these", "schedule", "currently running", "have been identified", "what apps", "which",
    "betroffen*", "folgende*", "concerné*", "suivant*", "impacté*", "afectad*", "siguientes", "afetad*", "seguintes", "impattat*", "seguenti", "getroffen", "volgende", "対象", "以下",
];

static THING_FINDER: LazyLock<Cues> = LazyLock::new(|| Cues::new(THINGS.iter().map(|(word, _)| *word)));
static LISTED_FINDER: LazyLock<Cues> = LazyLock::new(|| Cues::new(LISTED.iter().copied()));

/// Longer lines are prose.
const MAX_ITEM_CHARS: usize = 90;

pub(super) fn find(document: &Document, found: &mut Vec<Found>) {
    announced(document, found);
    for view in document.lines() {
        let text = view.text.trim_matches(|c: char| c.is_whitespace() || "-•*·>".contains(c));
        if is_hostname(text) {
            let start = view.line.range.start + (text.as_ptr() as usize - view.text.as_ptr() as usize);
            let place = Place { part: view.part, range: start..start + text.len() };
            found.push(Found { id: text.to_owned(), sort: Some("domain".into()), place, rule: "list/domain".into() });
        }
    }
}

/// A line that is nothing but a host's name.
fn is_hostname(text: &str) -> bool {
    if !text.contains('.') || text.contains(' ') {
        return false;
    }
    let labels: Vec<&str> = text.split('.').collect();
    let is_label = |l: &&str| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'*');
    let top = labels.last().copied().unwrap_or_default();
    labels.len() >= 2 && labels.iter().all(is_label) && top.len() >= 2 && top.bytes().all(|b| b.is_ascii_lowercase())
}

fn announced(document: &Document, found: &mut Vec<Found>) {
    let mut sort: Option<&'static str> = None;
    let mut waiting = 0;
    let mut taken = 0;
    for view in document.lines() {
        if let Some(announced) = announces(&view) {
            (sort, waiting, taken) = (Some(announced), 0, 0);
            continue;
        }
        let Some(current) = sort else { continue };
        let ends = view.line.gap && taken > 0 && view.line.kind != LineKind::ListItem;
        let items = if ends && !looks_like_id(view.text.trim()) { Vec::new() } else { items(&view) };
        if items.is_empty() {
            // One line may stand between the announcement and the list: a heading, a sub-heading.
            waiting += 1;
            if taken > 0 || waiting > 1 {
                sort = None;
            }
            continue;
        }
        taken += items.len();
        for (start, id) in items {
            let start = view.line.range.start + start;
            found.push(Found {
                id: id.to_owned(),
                sort: Some(current.to_owned()),
                place: Place { part: view.part, range: start..start + id.len() },
                rule: format!("list/{current}"),
            });
        }
    }
}

/// What a line announces a list of: its last sentence ends in a colon or speaks of what is listed below.
fn announces(view: &LineView<'_>) -> Option<&'static str> {
    if matches!(view.line.kind, LineKind::Row(_)) {
        return None;
    }
    let text = unwrapped(view.text);
    let text = text.trim_end();
    let opens = text.ends_with([':', '：', '?']) || view.line.kind == LineKind::Heading || text.ends_with("is");
    let points = || ["below", "following", "suivants", "folgende"].iter().any(|word| text.contains(word));
    if LISTED_FINDER.find(text).next().is_none() || !(opens || points()) {
        return None;
    }
    THING_FINDER.find(text).last().map(|(at, _)| THINGS[at].1)
}

/// The names in one line of a list: one to a line, several set apart by commas, a name before or after a dash.
fn items<'v>(view: &LineView<'v>) -> Vec<(usize, &'v str)> {
    let text = view.text;
    if matches!(view.line.kind, LineKind::Row(_)) || text.chars().count() > MAX_ITEM_CHARS && !text.contains(',') {
        return Vec::new();
    }
    let mut all = Vec::new();
    for piece in text.split([',', ';', '\n']) {
        let piece = piece.trim_matches(|c: char| c.is_whitespace() || "-•*·–>\"'`".contains(c));
        if piece.is_empty() {
            continue;
        }
        let Some(id) = name_in(piece) else { return Vec::new() };
        all.push((id.as_ptr() as usize - text.as_ptr() as usize, id));
        if let Some(other) = in_brackets(piece).filter(|o| *o != id && looks_like_id(o)) {
            all.push((other.as_ptr() as usize - text.as_ptr() as usize, other));
        }
    }
    all
}

/// The name in an item such as `web-01 (10.0.0.1)`, `2026-05-04 10:00 UTC - web-01`, `Cluster: blue will be restarted`.
fn name_in(piece: &str) -> Option<&str> {
    if let Some((label, rest)) = piece.split_once(": ") {
        let is_label = label.split_whitespace().count() <= 2 && label.chars().all(|c| c.is_alphabetic() || c == ' ');
        return if is_label { rest.split_whitespace().next().filter(|w| is_single(w)) } else { None };
    }
    if let Some((before, after)) = piece.rsplit_once(" - ") {
        return [after, before].into_iter().map(str::trim).find(|p| is_single(p) && !is_clock(p));
    }
    let first = piece.split([' ', '(']).next().unwrap_or_default();
    let words = piece.split('(').next().unwrap_or_default().split_whitespace().count();
    if words == 1 && is_single(first) {
        return Some(first);
    }
    (words <= 3 && looks_like_id(first)).then_some(first)
}

fn in_brackets(piece: &str) -> Option<&str> {
    let (_, rest) = piece.split_once('(')?;
    rest.split_once(')').map(|(inner, _)| inner.trim()).filter(|inner| is_single(inner))
}

fn is_single(word: &str) -> bool {
    const GREETINGS: &[&str] =
        &["hello", "hi", "thanks", "regards", "sincerely", "impact", "details", "overview", "summary", "note"];
    let is_address = word.contains("://") || word.contains('@') || word.starts_with("www.");
    (2..=80).contains(&word.len())
        && !word.contains(char::is_whitespace)
        && !word.ends_with([':', '.', '?', '!'])
        && !is_address
        && !GREETINGS.contains(&word.to_lowercase().as_str())
        && word.chars().any(char::is_alphanumeric)
}

fn is_clock(text: &str) -> bool {
    text.contains(':') && text.bytes().all(|b| b.is_ascii_digit() || b == b':')
}

/// A digit, a mark inside, or a shape that is known.
fn looks_like_id(word: &str) -> bool {
    is_single(word)
        && (word.bytes().any(|b| b.is_ascii_digit())
            || word.trim_matches(['-', '_']).contains(['-', '_', '.', '/'])
            || shape::sort_of(word).is_some())
}
