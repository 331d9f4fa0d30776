//! A title for people: the subject without what mail programs, gateways and ticket systems put around it.
//!
//! It must not shorten what the provider says, nor translate.

use super::document::{Document, LineKind};

/// Marks that mail programs put before a subject, in lower case.
const REPLY_MARKS: &[&str] = &[
    "re",
    "fw",
    "fwd",
    "aw",
    "wg",
    "tr",
    "rv",
    "i",
    "enc",
    "sv",
    "vs",
    "vb",
    "doorst",
    "antw",
    "ref",
    "res",
    "odp",
    "pd",
    "továbbítás",
    "ynt",
    "ilt",
    "fs",
    "ответ",
    "转发",
    "回复",
    "転送",
];

/// Longer titles are cut at a word.
const MAX_CHARS: usize = 160;

/// The title of a message: its subject, else the first words that say something.
#[must_use]
pub fn tell(document: &Document) -> String {
    let subject = document.subject().map(clean).filter(|t| !t.is_empty());
    subject.or_else(|| first_words(document)).unwrap_or_else(|| "Notice without a subject".to_owned())
}

/// A subject without reply marks, list and gateway tags, ticket numbers at its ends and runs of separators.
#[must_use]
pub fn clean(subject: &str) -> String {
    let mut title = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    loop {
        let shorter =
            without_leading_mark(&title).or_else(|| without_leading_tag(&title)).or_else(|| without_ticket(&title));
        match shorter {
            Some(rest) => title = rest,
            None => break,
        }
    }
    let title = title.replace("***", " · ").trim_matches(|c: char| c.is_whitespace() || "·*-–|".contains(c)).to_owned();
    without_trailing_tags(&shortened(&title.split_whitespace().collect::<Vec<_>>().join(" ")))
}

fn without_leading_mark(title: &str) -> Option<String> {
    let (mark, rest) = title.split_once([':', '：'])?;
    let bare = mark.trim().trim_end_matches(|c: char| c.is_ascii_digit() || "[]()".contains(c)).to_lowercase();
    (REPLY_MARKS.contains(&bare.as_str()) && !rest.trim().is_empty()).then(|| rest.trim().to_owned())
}

/// `[EXTERNAL]`, `[maint-list]`, `[Action Required]`: everything in brackets before a subject that stands without it.
fn without_leading_tag(title: &str) -> Option<String> {
    let inner = title.strip_prefix('[')?;
    let (tag, rest) = inner.split_once(']')?;
    (tag.len() <= 60 && rest.trim().chars().count() >= 8).then(|| rest.trim().to_owned())
}

/// A ticket number before a colon or a bar: `CHG0012345: …`, `PW-77 | …`.
fn without_ticket(title: &str) -> Option<String> {
    let (first, rest) = title.split_once(' ')?;
    let (number, rest) = match rest.strip_prefix("| ").or_else(|| rest.strip_prefix("- ")) {
        Some(rest) => (first, rest),
        None => (first.strip_suffix(':')?, rest),
    };
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let is_ticket =
        digits >= 4 && number.chars().all(|c| c.is_ascii_alphanumeric() || "-_.#/".contains(c)) && !is_date(number);
    (is_ticket && rest.chars().count() >= 8).then(|| rest.trim().to_owned())
}

fn is_date(text: &str) -> bool {
    text.len() <= 10 && text.chars().all(|c| c.is_ascii_digit() || "-/.".contains(c))
}

/// `[AWS Account: 1234] [US-EAST-1]` and `[CHG0012345]` at the end: account, region and reference are facts of their own.
fn without_trailing_tags(title: &str) -> String {
    let mut rest = title;
    while let Some((before, tag)) = rest.strip_suffix(']').and_then(|t| t.rsplit_once('[')) {
        let is_fact = tag.bytes().any(|b| b.is_ascii_digit()) && tag.len() <= 60;
        if !is_fact || before.trim().chars().count() < 8 {
            break;
        }
        rest = before.trim_end().trim_end_matches(['-', '–']).trim_end();
    }
    rest.to_owned()
}

fn shortened(title: &str) -> String {
    if title.chars().count() <= MAX_CHARS {
        return title.to_owned();
    }
    let cut: String = title.chars().take(MAX_CHARS).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

/// The first heading, else the first sentence that is no greeting.
fn first_words(document: &Document) -> Option<String> {
    let heading = document.lines().find(|v| v.line.kind == LineKind::Heading && v.text.chars().count() >= 8);
    if let Some(view) = heading.filter(|v| v.index < 12) {
        return Some(clean(view.text.trim_matches(['#', '*', ' '])));
    }
    document.sentences().map(|s| s.text.trim()).find(|t| t.chars().count() >= 15 && !is_greeting(t)).map(clean)
}

fn is_greeting(text: &str) -> bool {
    const GREETINGS: &[&str] = &[
        "hello",
        "hi ",
        "dear ",
        "hallo",
        "guten ",
        "sehr geehrte",
        "bonjour",
        "hola",
        "estimad",
        "olá",
        "prezad",
        "gentile",
        "beste ",
        "geachte",
        "kära",
        "[aws health may",
    ];
    let lower = text.to_lowercase();
    GREETINGS.iter().any(|g| lower.starts_with(g)) && text.chars().count() < 60 || lower.starts_with("[aws health may")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_lose_what_is_not_theirs() {
        for (subject, title) in [
            ("Fwd: RE: [EXTERNAL] Planned works in Oslo", "Planned works in Oslo"),
            ("WG: [maint-list] [Action Required] Rotate your CA", "Rotate your CA"),
            ("CHG0012345: Core upgrade in Lyon", "Core upgrade in Lyon"),
            ("Kubernetes 1.40 ends [AWS Account: 123456789012] [EU-WEST-1]", "Kubernetes 1.40 ends"),
            ("START***Acme***TT-001 Planned", "START · Acme · TT-001 Planned"),
            ("11/3/2022 Fibre works", "11/3/2022 Fibre works"),
            ("[New]", "[New]"),
        ] {
            assert_eq!(clean(subject), title);
        }
    }

    #[test]
    fn a_text_without_a_subject_is_named_by_its_first_words() {
        let document = Document::from_text(None, "Dear customer,\n\nWe will replace the router in Lyon. More below.");
        assert_eq!(tell(&document), "We will replace the router in Lyon.");
    }
}
