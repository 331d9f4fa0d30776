//! Resources in a list: lines of their own below a sentence that announces them.
//!
//! Owns when a list begins and where it ends. It must not run on into prose.

use super::{Found, shape};
use crate::cues::{Cues, unwrapped};
use crate::document::{Document, LineKind, LineView, Place, Row};
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
    "affected", "impacted", "following", "below", "listed", "listed below", "associated with", "concerned", "applicable", "you own", "in your account", "your account", "of your account", "these", "schedule", "running it on", "run it on", "still running", "still using", "still use", "you use", "are using", "using it", "currently running", "have been identified", "what apps", "which",
    "betroffen*", "folgende*", "concerné*", "suivant*", "impacté*", "afectad*", "siguientes", "afetad*", "seguintes", "impattat*", "seguenti", "getroffen", "volgende", "対象", "以下",
];

static THING_FINDER: LazyLock<Cues> = LazyLock::new(|| Cues::new(THINGS.iter().map(|(word, _)| *word)));
static LISTED_FINDER: LazyLock<Cues> = LazyLock::new(|| Cues::new(LISTED.iter().copied()));

/// Things that hold others: `affected domains on your account` lists domains.
const CONTAINERS: &[&str] = &["account", "subscription", "project", "workspace", "organization"];

/// What is listed where no word says it: only what looks like an identifier is taken.
const UNNAMED: &str = "resource";

/// How a line begins that lists what is ours, where it ends in a colon: `Your apps on Heroku-20:`.
const OURS: &[&str] = &["Your ", "Ihre ", "Vos ", "Sus ", "Tus ", "Seus ", "I vostri ", "I tuoi ", "Uw ", "Deine "];

/// Headings of the column that names what a row is about, in lower case.
const NAMING: &[&str] =
    &["name", "id", "hostname", "host name", "label", "identifier", "nom", "nombre", "nome", "naam"];

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
    let mut named: Vec<usize> = Vec::new();
    for view in document.lines() {
        if let Some(announced) = announces(&view) {
            (sort, waiting, taken) = (Some(announced), 0, 0);
            named.clear();
            continue;
        }
        let Some(current) = sort else { continue };
        if let Some(columns) = naming_columns(&view) {
            named = columns;
            continue;
        }
        let ends = view.line.gap && taken > 0 && view.line.kind != LineKind::ListItem;
        let items = if ends && !looks_like_id(view.text.trim()) { Vec::new() } else { items(&view, &named) };
        let unclear = current == UNNAMED && !items.iter().all(|(_, id)| looks_like_id(id));
        if items.is_empty() || unclear {
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
    let ours = text.ends_with(':') && OURS.iter().any(|word| text.starts_with(word));
    if !ours && (LISTED_FINDER.find(text).next().is_none() || !(opens || points())) {
        return None;
    }
    let things = || THING_FINDER.find(text).map(|(at, _)| THINGS[at].1);
    let thing = things().filter(|thing| !CONTAINERS.contains(thing)).last().or_else(|| things().last());
    thing.or_else(|| text.ends_with(':').then_some(UNNAMED))
}

/// The names in one line of a list: one to a line, several set apart by commas, a name before or after a dash.
fn items<'v>(view: &LineView<'v>, named: &[usize]) -> Vec<(usize, &'v str)> {
    let text = view.text;
    if let LineKind::Row(row) = &view.line.kind {
        return in_row(view, row, named);
    }
    if text.chars().count() > MAX_ITEM_CHARS && !text.contains(',') {
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
        if let Some(other) = in_brackets(piece).filter(|o| *o != id && looks_like_id(o) && has_digit(o)) {
            all.push((other.as_ptr() as usize - text.as_ptr() as usize, other));
        }
    }
    all
}

/// The names in a row of a table that is announced as a list: those under the headings that name, else the first cell.
fn in_row<'v>(view: &LineView<'v>, row: &Row, named: &[usize]) -> Vec<(usize, &'v str)> {
    let base = view.line.range.start;
    let cell = |column: &usize| {
        let range = row.cells.get(*column).filter(|r| r.start >= base && r.end - base <= view.text.len())?;
        let whole = &view.text[range.start - base..range.end - base];
        let name = whole.trim().trim_matches(['"', '\'', '`', '*']);
        (is_single(name) && !is_clock(name) && shape::sort_of(name).is_none())
            .then(|| (name.as_ptr() as usize - view.text.as_ptr() as usize, name))
    };
    if row.header {
        return Vec::new();
    }
    if named.is_empty() {
        cell(&0).filter(|(_, n)| looks_like_id(n)).into_iter().collect()
    } else {
        named.iter().filter_map(cell).collect()
    }
}

/// The columns of a header row that name what a row is about.
fn naming_columns(view: &LineView<'_>) -> Option<Vec<usize>> {
    let LineKind::Row(row) = &view.line.kind else { return None };
    let base = view.line.range.start;
    let names = |r: &std::ops::Range<usize>| {
        let heading = view.text.get(r.start.checked_sub(base)?..r.end - base)?.trim().to_lowercase();
        Some(NAMING.contains(&heading.as_str()))
    };
    row.header.then(|| (0..row.cells.len()).filter(|c| names(&row.cells[*c]) == Some(true)).collect())
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

fn has_digit(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
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
