//! Several announcements in one mail: where one ends and the next begins.
//!
//! Owns the cut. Each announcement is the whole document with the others' lines set aside, so that every span keeps
//! pointing into the one text that is shown. It must not read a date.

use std::borrow::Cow;

use super::document::{Document, LineKind, Pair};

/// Labels whose value names one announcement among several. Compared as whole labels in lower case.
const NAMING: &[&str] = &[
    "maintenance id",
    "maintenance number",
    "maintenance reference",
    "ticket",
    "ticket number",
    "ticket id",
    "ticket no",
    "ticket #",
    "change",
    "change id",
    "change number",
    "change reference",
    "change ticket",
    "work order",
    "work order number",
    "reference",
    "reference number",
    "case number",
    "case",
    "case id",
    "event id",
    "event",
    "notice id",
    "notification id",
    "announcement",
    "wartungsnummer",
    "vorgangsnummer",
    "référence",
    "referencia",
    "riferimento",
    "planned work",
    "planned work reference",
    "pw reference",
];

/// The announcements of a document, one for most mails.
#[must_use]
pub fn split(document: &Document) -> Vec<Cow<'_, Document>> {
    let starts = starts(document);
    if starts.len() < 2 {
        return vec![Cow::Borrowed(document)];
    }
    let part = starts[0].0;
    let lines = document.parts[part].lines.len();
    (0..starts.len())
        .map(|nth| {
            let own = starts[nth].1..starts.get(nth + 1).map_or(lines, |s| s.1);
            let mut section = document.clone();
            for (at, line) in section.parts[part].lines.iter_mut().enumerate() {
                let others = at >= starts[0].1 && !own.contains(&at);
                if others && line.kind.is_live() {
                    line.kind = LineKind::Quote;
                }
            }
            Cow::Owned(section)
        })
        .collect()
}

/// The lines (part, line) at which an announcement begins: the first label of each block that names another one.
fn starts(document: &Document) -> Vec<(usize, usize)> {
    let pairs: Vec<Pair<'_>> = document.pairs().collect();
    let naming: Vec<&Pair<'_>> = pairs.iter().filter(|p| is_naming(p)).collect();
    let Some(first) = naming.first() else { return Vec::new() };
    let same: Vec<&&Pair<'_>> = naming.iter().filter(|p| p.lower == first.lower && p.part == first.part).collect();
    let mut values: Vec<&str> = same.iter().map(|p| p.value).collect();
    values.dedup();
    let distinct = values.iter().collect::<std::collections::HashSet<_>>().len();
    if distinct < 2 || distinct != values.len() || distinct > 20 {
        return Vec::new();
    }
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let mut last = "";
    for pair in same {
        if pair.value != last {
            starts.push((pair.part, block_start(document, pair)));
            last = pair.value;
        }
    }
    starts.dedup();
    // Each announcement states something of its own: a date, in digits.
    let states = |from: usize, to: usize| {
        document.parts[first.part].lines[from..to].iter().any(|l| {
            let text = &document.parts[first.part].text[l.range.clone()];
            text.bytes().filter(u8::is_ascii_digit).count() >= 6 && l.kind.is_live()
        })
    };
    let end = document.parts[first.part].lines.len();
    let whole = (0..starts.len()).all(|i| states(starts[i].1, starts.get(i + 1).map_or(end, |s| s.1)));
    if whole && starts.len() == distinct { starts } else { Vec::new() }
}

fn is_naming(pair: &Pair<'_>) -> bool {
    let may_name = pair.value.len() <= 60 && pair.value.bytes().any(|b| b.is_ascii_digit());
    may_name && NAMING.contains(&pair.lower.trim_end_matches(['.', ' ', '#']))
}

/// The first line of the block (up to a gap) that holds a pair; in a table its row.
fn block_start(document: &Document, pair: &Pair<'_>) -> usize {
    let lines = &document.parts[pair.part].lines;
    if matches!(lines[pair.line].kind, LineKind::Row(_)) {
        return pair.line;
    }
    (0..=pair.line).rev().find(|i| lines[*i].gap).unwrap_or(pair.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tickets_in_one_mail_are_two_announcements_over_one_text() {
        let text = "Dear customer, two works follow. All times are UTC.\n\nTicket: CHG-1\nStart: 2026-05-10 22:00\nCircuit: AB-1\n\nTicket: CHG-2\nStart: 2026-05-11 22:00\nCircuit: AB-2\n";
        let document = Document::from_text(Some("Works"), text);
        let sections = split(&document);
        assert_eq!(sections.len(), 2);
        let said = |d: &Document| d.lines().map(|l| l.text.to_owned()).collect::<Vec<_>>().join("|");
        assert!(said(&sections[0]).contains("AB-1") && !said(&sections[0]).contains("AB-2"), "{}", said(&sections[0]));
        assert!(
            said(&sections[1]).contains("AB-2") && said(&sections[1]).contains("All times are UTC"),
            "{}",
            said(&sections[1])
        );
        assert_eq!(sections[0].parts[1].text, sections[1].parts[1].text);
    }

    #[test]
    fn one_ticket_named_twice_is_one_announcement() {
        let document = Document::from_text(
            None,
            "Ticket: CHG-1\nStart: 2026-05-10 22:00\n\nPlease name it when you write.\nTicket: CHG-1\n",
        );
        assert_eq!(split(&document).len(), 1);
    }
}
