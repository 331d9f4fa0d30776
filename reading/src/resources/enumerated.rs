//! Names that a sentence enumerates behind the word for what they are: `your instances db-a, db-b and ledger`.
//!
//! Owns where such an enumeration begins and ends. One of its names has to be one that no common word is; the others may be
//! plain words, since they stand in its company.

use super::inline::{ANDS, BETWEEN, push};
use super::{Found, shape};
use crate::document::LineView;

/// Words for several of a thing, and what each is.
#[rustfmt::skip]
const THINGS: &[(&str, &str)] = &[
    ("databases", "database"), ("instances", "instance"), ("clusters", "cluster"), ("servers", "server"), ("apps", "app"), ("applications", "application"), ("projects", "project"), ("droplets", "droplet"), ("buckets", "bucket"), ("nodes", "node"), ("hosts", "host"), ("volumes", "volume"), ("deployments", "deployment"), ("services", "service"), ("queues", "queue"), ("topics", "topic"), ("brokers", "broker"), ("domains", "domain"), ("repositories", "repository"), ("functions", "function"), ("routers", "router"), ("switches", "switch"), ("circuits", "circuit"), ("devices", "device"), ("machines", "machine"), ("vms", "vm"), ("workspaces", "workspace"), ("tenants", "tenant"), ("replicas", "database"), ("certificates", "certificate"),
    ("datenbanken", "database"), ("instanzen", "instance"), ("server", "server"), ("cluster", "cluster"), ("knoten", "node"), ("dienste", "service"),
    ("serveurs", "server"), ("grappes", "cluster"), ("données", "database"), ("instancias", "instance"), ("servidores", "server"), ("datos", "database"), ("instâncias", "instance"), ("istanze", "instance"),
];

/// Beginnings and endings of compound words that are no names.
#[rustfmt::skip]
const COMPOUNDS: &[&str] = &[
    "on-", "off-", "in-", "non-", "pre-", "post-", "self-", "multi-", "single-", "read-", "write-", "real-", "long-", "short-", "high-", "low-", "near-", "fail-", "third-", "first-", "end-", "open-", "cross-", "re-", "up-", "stand-", "well-", "out-", "built-", "cloud-", "user-", "e-",
    "-based", "-premises", "-premise", "-time", "-party", "-only", "-enabled", "-facing", "-managed", "-hosted", "-level", "-ready", "-critical", "-related", "-specific", "-wide", "-down", "-up", "-in", "-on", "-off", "-out", "-tier", "-to-date", "-term", "-class", "-optimized",
];

const MOST: usize = 200;

pub(super) fn find(view: &LineView<'_>, found: &mut Vec<Found>) {
    let text = view.text;
    if !text.contains([',', '(']) && !ANDS.iter().any(|and| text.contains(and)) {
        return;
    }
    for (start, word) in words(text) {
        let lower = word.to_lowercase();
        let Some((_, sort)) = THINGS.iter().find(|(thing, _)| *thing == lower) else { continue };
        let names = enumeration(text, start + word.len());
        if names.len() >= 2 && names.iter().any(|(_, name)| is_no_word(name)) {
            for (at, name) in names {
                push(view, at, name, sort, "enumerated", found);
            }
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|c: char| !c.is_alphabetic())
        .filter(|word| word.len() >= 3)
        .map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

/// The names behind a thing, each with its place: set apart by commas, the last one by a word for "and", or all in brackets.
fn enumeration(text: &str, from: usize) -> Vec<(usize, &str)> {
    let mut rest = Rest { text, at: from };
    rest.blanks();
    let bracketed = rest.takes("(");
    while rest.word().is_some_and(|word| BETWEEN.contains(&word)) {
        rest.skip_word();
    }
    let mut names = Vec::new();
    let mut whole = false;
    while names.len() < MOST {
        let Some(name) = rest.name() else { break };
        names.push(name);
        if whole {
            return names;
        }
        rest.blanks();
        let comma = rest.takes(",");
        rest.blanks();
        let and = rest.word().is_some_and(|word| ANDS.contains(&word));
        if and {
            rest.skip_word();
            whole = true;
        } else if !comma {
            // Without a word for "and" only a bracket or the sentence's end shows that the names are a list.
            let ends = if bracketed { rest.takes(")") } else { rest.is_sentence_end() };
            return if ends { names } else { Vec::new() };
        }
    }
    Vec::new()
}

struct Rest<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Rest<'t> {
    fn left(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at += self.left().len() - self.left().trim_start().len();
    }

    fn takes(&mut self, mark: &str) -> bool {
        let is_next = self.left().starts_with(mark);
        self.at += if is_next { mark.len() } else { 0 };
        is_next
    }

    fn word(&self) -> Option<&'t str> {
        let word = self.left().split(|c: char| !(c.is_alphanumeric() || c == '&')).next()?;
        (!word.is_empty()).then_some(word)
    }

    fn skip_word(&mut self) {
        self.at += self.word().map_or(0, str::len);
        self.blanks();
    }

    fn is_sentence_end(&self) -> bool {
        let left = self.left();
        left.is_empty() || left == "." || left.starts_with(". ") || left.starts_with(".\n")
    }

    /// One name, in quotation marks or not. Its last dot is the sentence's.
    fn name(&mut self) -> Option<(usize, &'t str)> {
        let quote = ["\"", "'", "`", "“"].into_iter().any(|mark| self.takes(mark));
        let left = self.left();
        let end = left.find(|c: char| !(c.is_ascii_alphanumeric() || "-_./".contains(c))).unwrap_or(left.len());
        let name = left[..end].trim_end_matches(['.', '-', '/']);
        let letters = name.bytes().filter(u8::is_ascii_alphabetic).count();
        let is_name = (2..=80).contains(&name.len())
            && letters >= 1
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && !shape::is_region(name)
            && !ANDS.contains(&name);
        if !is_name {
            return None;
        }
        let found = (self.at, name);
        self.at += name.len();
        if quote {
            ["\"", "'", "`", "”"].into_iter().any(|mark| self.takes(mark));
        }
        Some(found)
    }
}

/// A digit or a mark inside, and no compound word.
fn is_no_word(name: &str) -> bool {
    let lower = name.to_lowercase();
    let compound = COMPOUNDS
        .iter()
        .any(|part| if part.starts_with('-') { lower.ends_with(part) } else { lower.starts_with(part) });
    let has_digit = name.bytes().any(|b| b.is_ascii_digit());
    has_digit || (name.contains(['-', '_', '.']) && !compound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        let (start, word) =
            words(text).find(|(_, word)| THINGS.iter().any(|(t, _)| *t == word.to_lowercase())).unwrap();
        let names = enumeration(text, start + word.len());
        let told = names.len() >= 2 && names.iter().any(|(_, name)| is_no_word(name));
        if told { names.into_iter().map(|(_, name)| name).collect() } else { Vec::new() }
    }

    #[test]
    fn an_enumeration_of_names_is_told_from_prose() {
        for (text, expected) in [
            ("your instances db-a, db-b and db-c in eu-west-1", &["db-a", "db-b", "db-c"][..]),
            ("the databases named orders_7, billing, and ledger restart", &["orders_7", "billing", "ledger"]),
            ("your clusters (blue-1, green-2) restart", &["blue-1", "green-2"]),
            ("it touches the domains a.example, b.example.", &["a.example", "b.example"]),
            ("Ihre Datenbanken kunden-db und lager werden", &["kunden-db", "lager"]),
            ("your servers stop, restart and come back", &[]),
            ("your applications on-premises, cloud-based and mobile", &[]),
            ("your databases are read-only, and slow", &[]),
            ("nodes 1, 2 and 3", &[]),
            ("instances eu-west-1, eu-west-2 and us-east-1", &[]),
            ("your services, however, and your databases", &[]),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }
}
