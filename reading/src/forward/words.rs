//! The header words of mail programs, by language: `words.toml`, loaded once.
//!
//! Owns looking a word up. The words themselves are data; a new language is a table there and nothing here.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// What a header line names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    From,
    Date,
    Subject,
    To,
    Cc,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    from: Vec<String>,
    date: Vec<String>,
    subject: Vec<String>,
    to: Vec<String>,
    cc: Vec<String>,
    forwarded: Vec<String>,
    wrote: Vec<String>,
    #[serde(default)]
    sent_from: Vec<String>,
    forward: Vec<String>,
    reply: Vec<String>,
    #[serde(default)]
    month_first: bool,
}

/// All languages' words in one place each.
pub struct Words {
    labels: HashMap<String, (Field, bool)>,
    /// By their first letter: most lines begin with another.
    forwarded: HashMap<char, Vec<String>>,
    wrote: Vec<String>,
    sent_from: Vec<String>,
    prefixes: HashMap<String, bool>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let languages: HashMap<String, Language> =
        toml::from_str(include_str!("words.toml")).expect("words.toml is checked by a test");
    Words::of(languages)
});

/// The words of all languages.
#[must_use]
pub fn words() -> &'static Words {
    &WORDS
}

impl Words {
    fn of(languages: HashMap<String, Language>) -> Self {
        let mut words = Self {
            labels: HashMap::new(),
            forwarded: HashMap::new(),
            wrote: Vec::new(),
            sent_from: Vec::new(),
            prefixes: HashMap::new(),
        };
        for language in languages.into_values() {
            let labels = [
                (Field::From, &language.from),
                (Field::Date, &language.date),
                (Field::Subject, &language.subject),
                (Field::To, &language.to),
                (Field::Cc, &language.cc),
            ];
            for (field, names) in labels {
                for name in names {
                    words.labels.entry(name.clone()).or_insert((field, false)).1 |= language.month_first;
                }
            }
            for phrase in language.forwarded {
                let first = phrase.chars().next().expect("a phrase has letters");
                words.forwarded.entry(first).or_default().push(phrase);
            }
            words.wrote.extend(language.wrote);
            words.sent_from.extend(language.sent_from);
            words.prefixes.extend(language.reply.into_iter().map(|p| (p, false)));
            words.prefixes.extend(language.forward.into_iter().map(|p| (p, true)));
        }
        words
    }

    /// Whether a telephone wrote this line below what its owner wrote.
    #[must_use]
    pub fn is_sent_from(&self, line: &str) -> bool {
        let line = lower(line.trim());
        line.chars().count() <= 60 && self.sent_from.iter().any(|begins| line.starts_with(begins.as_str()))
    }

    /// What a label names, and whether a language with that label may write the month first.
    #[must_use]
    pub fn label(&self, label: &str) -> Option<(Field, bool)> {
        self.labels.get(&lower(label.trim())).copied()
    }

    /// The last label of a subject in a text that lacks its colon: where it begins and where it ends.
    #[must_use]
    pub fn bare_subject(&self, text: &str) -> Option<(usize, usize)> {
        let subjects = self.labels.iter().filter(|(_, (field, _))| *field == Field::Subject).map(|(label, _)| label);
        let found = subjects.filter_map(|label| {
            let mut letters = label.chars();
            let capital: String = letters.next()?.to_uppercase().chain(letters).chain([' ']).collect();
            text.rfind(&capital).map(|at| (at, at + capital.len()))
        });
        found.max()
    }

    /// Whether a line is the one above forwarded headers, and what stands behind its words on the same line.
    #[must_use]
    pub fn forwarded<'l>(&self, line: &'l str) -> Option<&'l str> {
        let is_frame = |c: char| matches!(c, '-' | '_' | '=' | '*' | '—' | '─' | '~' | '>' | ' ' | '#');
        let inner = line.trim_start_matches(is_frame);
        let first = inner.chars().next().and_then(|c| folded(c).next())?;
        let phrases = self.forwarded.get(&first)?;
        let framed = inner.len() + 2 < line.len() && line.contains("--");
        phrases.iter().find_map(|phrase| {
            let rest = strip_prefix_lower(inner, phrase)?;
            let rest = rest.trim_start_matches(|c| is_frame(c) || c == ':' || c == '：');
            (rest.is_empty() || framed).then_some(rest)
        })
    }

    /// Where the verb of a line such as `On <date>, <name> wrote:` stands.
    #[must_use]
    pub fn verb(&self, line: &str) -> Option<usize> {
        self.wrote.iter().filter_map(|w| line.find(w.as_str())).min()
    }

    /// A subject without its prefixes, and whether one of them says forwarded.
    #[must_use]
    pub fn strip_prefixes<'s>(&self, subject: &'s str) -> (&'s str, bool) {
        let (mut rest, mut forwarded) = (subject.trim(), false);
        while let Some((head, tail)) = rest.split_once([':', '：']) {
            let word = lower(head.trim().trim_end_matches('.'));
            let word = word.split(['[', '(']).next().unwrap_or("").trim();
            let Some(forward) = self.prefixes.get(word).filter(|_| head.len() <= 20) else { break };
            forwarded |= forward;
            rest = tail.trim_start();
        }
        (rest, forwarded)
    }
}

/// In lower case, the dot that lower-casing leaves over a Turkish capital I left out.
fn lower(text: &str) -> String {
    text.chars().flat_map(folded).collect()
}

fn folded(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().filter(|l| *l != '\u{307}')
}

/// Like `strip_prefix` with a prefix in lower case, whatever the case of the text.
fn strip_prefix_lower<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let mut wanted = prefix.chars().peekable();
    for (at, c) in text.char_indices() {
        if wanted.peek().is_none() {
            return Some(&text[at..]);
        }
        if !folded(c).all(|l| wanted.next() == Some(l)) {
            return None;
        }
    }
    wanted.peek().is_none().then_some("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_loads_and_each_language_is_whole() {
        let languages: HashMap<String, Language> =
            toml::from_str(include_str!("words.toml")).expect("the table is well formed");
        assert!(languages.len() >= 20, "only {} languages", languages.len());
        for (code, language) in &languages {
            let lists =
                [&language.from, &language.date, &language.subject, &language.to, &language.forwarded, &language.wrote];
            assert!(lists.iter().all(|l| !l.is_empty()), "{code} lacks words");
            assert!(lists.iter().copied().flatten().all(|w| *w == w.to_lowercase()), "{code} has a word in capitals");
        }
    }

    #[test]
    fn prefixes_fall_off_in_every_language() {
        for subject in
            ["Fwd: Re: AB-1", "WG: AB-1", "İLT: AB-1", "Redir.: AB-1", "TR : AB-1", "FW[2]: AB-1", "转发：AB-1"]
        {
            assert_eq!(words().strip_prefixes(subject), ("AB-1", true), "from {subject}");
        }
        assert_eq!(words().strip_prefixes("Emergency: AB-1"), ("Emergency: AB-1", false));
    }

    #[test]
    fn the_line_above_a_forward_is_known() {
        assert_eq!(words().forwarded("---------- Forwarded message ---------"), Some(""));
        assert_eq!(words().forwarded("Anfang der weitergeleiteten Nachricht:"), Some(""));
        assert_eq!(words().forwarded("----- Forwarded Message ----- From: A"), Some("From: A"));
        assert_eq!(words().forwarded("Forwarded messages are welcome"), None);
    }
}
