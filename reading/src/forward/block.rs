//! The headers that a mail program writes into the text when it forwards or answers: where they stand in a text, and
//! what they say.
//!
//! Owns finding them, in all the shapes of `words.toml`'s languages. It must not decide whether the mail was forwarded
//! or only answered (that is the parent's).

use std::ops::Range;

use super::words::{Field, words};
use crate::document::Mailbox;

/// Headers found in a text. Offsets are the text's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    /// From the line above the headers ("Forwarded message") to the last header line.
    pub range: Range<usize>,
    /// Where the mail's own text begins.
    pub body: usize,
    pub from: Option<Mailbox>,
    pub to: Vec<String>,
    pub date: Option<String>,
    pub subject: Option<String>,
    /// Whether a line above says in words that it is forwarded.
    pub announced: bool,
    /// `On <date>, <name> wrote:`, which knows no subject.
    pub is_reply_line: bool,
    /// Whether the labels' languages may write the month first.
    pub month_first: bool,
}

/// One physical line: its range, and that of its text without quote marks.
#[derive(Debug, Clone)]
struct Physical {
    whole: Range<usize>,
    text: Range<usize>,
}

/// Lines looked at for one header block: longer ones are no headers.
const LONGEST_BLOCK: usize = 24;
/// A header line, or a reply line over three physical lines, is at most this long.
const LONGEST_LINE: usize = 2_000;
const LONGEST_REPLY_LINE: usize = 400;
/// A reply line that lacks the verb.
const LONGEST_BARE_REPLY_LINE: usize = 160;

/// Every block of headers in a text, in order.
#[must_use]
pub fn find(text: &str, most: usize) -> Vec<Block> {
    let lines: Vec<Physical> = physical(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() && found.len() < most {
        match block_at(text, &lines, at) {
            Some((block, next)) => {
                at = next;
                found.push(block);
            }
            None => at += 1,
        }
    }
    found
}

fn physical(text: &str) -> Vec<Physical> {
    let mut at = 0;
    text.split('\n')
        .map(|line| {
            let whole = at..at + line.len();
            at += line.len() + 1;
            let inner = line.trim_start_matches(['>', ' ', '\t', '|']);
            let start = whole.end - inner.len();
            Physical { text: start..start + inner.trim_end().len(), whole }
        })
        .collect()
}

fn block_at(text: &str, lines: &[Physical], at: usize) -> Option<(Block, usize)> {
    let line = &text[lines[at].text.clone()];
    if line.is_empty() || line.len() > LONGEST_LINE {
        return None;
    }
    let start = lines[at].whole.start;
    if let Some(rest) = words().forwarded(line) {
        if !rest.is_empty() {
            return one_line(text, lines, at, rest);
        }
        let first = (at + 1..lines.len().min(at + 6)).find(|i| !lines[*i].text.is_empty())?;
        let (mut block, next) = headers(text, lines, first, true)?;
        block.range.start = start;
        block.announced = true;
        return Some((block, next));
    }
    headers(text, lines, at, false).or_else(|| reply_line(text, lines, at))
}

/// A run of header lines from line `at` on.
fn headers(text: &str, lines: &[Physical], at: usize, announced: bool) -> Option<(Block, usize)> {
    let (first, ..) = label(&text[lines[at].text.clone()])?;
    if !announced && !matches!(first, Field::From | Field::Date | Field::Subject) {
        return None;
    }
    let mut fields: Vec<(Field, String)> = Vec::new();
    let mut month_first = true;
    let mut end = at;
    let mut i = at;
    while i < lines.len().min(at + LONGEST_BLOCK) {
        let line = &text[lines[i].text.clone()];
        if let Some((field, may, value)) = label(line) {
            month_first &= may;
            fields.push((field, value.to_owned()));
            end = i;
        } else if line.is_empty() {
            let again = lines.get(i + 1).is_some_and(|l| label(&text[l.text.clone()]).is_some());
            if !again || is_complete(&fields) {
                break;
            }
        } else if let Some((_, value)) =
            fields.last_mut().filter(|(field, value)| goes_on(text, lines, i, *field, value))
        {
            value.push(' ');
            value.push_str(line);
            end = i;
        } else {
            break;
        }
        i += 1;
    }
    let block = assemble(&fields, announced, month_first)?;
    let body = lines.get(end + 1).map_or(text.len(), |l| l.whole.start);
    Some((Block { range: lines[at].whole.start..lines[end].whole.end, body, ..block }, end + 1))
}

fn is_complete(fields: &[(Field, String)]) -> bool {
    [Field::From, Field::Date, Field::Subject, Field::To]
        .iter()
        .all(|f| fields.iter().any(|(g, v)| g == f && !v.is_empty()))
}

/// Whether line `i` is the wrapped rest of a header: more headers follow soon, or it is a list of addresses that was not
/// at its end.
fn goes_on(text: &str, lines: &[Physical], i: usize, field: Field, value: &str) -> bool {
    let line = &text[lines[i].text.clone()];
    if value.is_empty() && line.len() <= 300 && field != Field::Cc {
        return true;
    }
    if matches!(field, Field::To | Field::Cc)
        && (value.ends_with([',', ';'])
            || line.starts_with('<')
            || (line.contains('@') && line.ends_with([',', ';', '>'])))
    {
        return true;
    }
    value.len() >= 40 && lines[i + 1..].iter().take(2).any(|l| label(&text[l.text.clone()]).is_some())
}

/// A header line's field, whether its label's language may write the month first, and its value.
fn label(line: &str) -> Option<(Field, bool, &str)> {
    let line = line.trim_start_matches(['*', '_', ' ', '\u{2022}', '-']);
    let colon = line.char_indices().take(40).find(|(_, c)| matches!(c, ':' | '：')).map(|(i, _)| i)?;
    let (field, month_first) = words().label(line[..colon].trim().trim_end_matches(['*', '_', ' ']))?;
    let value = line[colon..].trim_start_matches([':', '：']).trim_matches(['*', '_', ' ', '\t']);
    Some((field, month_first, value))
}

/// Headers make a block where they name a sender and at least one thing more; without words above them they must name a
/// mail address or be three.
fn assemble(fields: &[(Field, String)], announced: bool, month_first: bool) -> Option<Block> {
    let first = |field: Field| fields.iter().find(|(f, v)| *f == field && !v.is_empty()).map(|(_, v)| v.as_str());
    let from = first(Field::From)?;
    let kinds = [Field::Date, Field::Subject, Field::To].iter().filter(|f| first(**f).is_some()).count();
    let from = mailbox(from);
    let enough = if announced { kinds >= 1 } else { kinds >= 2 && (!from.address.is_empty() || kinds == 3) };
    if !enough
        || (from.address.is_empty() && !first(Field::Date).is_some_and(|d| d.bytes().any(|b| b.is_ascii_digit())))
    {
        return None;
    }
    Some(Block {
        from: Some(from),
        to: first(Field::To).map(addresses).unwrap_or_default(),
        date: first(Field::Date).map(str::to_owned),
        subject: first(Field::Subject).map(str::to_owned),
        announced,
        month_first,
        ..Block::default()
    })
}

/// All headers on the line of the announcement, one label after the other without a break.
fn one_line(text: &str, lines: &[Physical], at: usize, rest: &str) -> Option<(Block, usize)> {
    let mut marks: Vec<(Field, bool, Range<usize>)> = Vec::new();
    for (colon, _) in rest.match_indices([':', '：']) {
        if let Some((start, field, month_first)) = label_before(rest, colon) {
            marks.push((field, month_first, start..colon + rest[colon..].chars().next().map_or(1, char::len_utf8)));
        }
    }
    if !marks.iter().any(|(f, ..)| *f == Field::Subject) {
        let after = marks.last().map_or(0, |(.., mark)| mark.end);
        marks.extend(
            words().bare_subject(&rest[after..]).map(|(start, end)| (Field::Subject, true, after + start..after + end)),
        );
    }
    let subject = marks.iter().position(|(f, ..)| *f == Field::Subject).map_or(marks.len(), |i| i + 1);
    marks.truncate(subject);
    let fields: Vec<(Field, String)> = marks
        .iter()
        .enumerate()
        .map(|(i, (field, _, mark))| {
            let end = marks.get(i + 1).map_or(rest.len(), |(_, _, next)| next.start);
            (*field, rest[mark.end..end.max(mark.end)].trim().to_owned())
        })
        .collect();
    let month_first = marks.iter().all(|(_, may, _)| *may);
    let block = assemble(&fields, true, month_first)?;
    let body = lines.get(at + 1).map_or(text.len(), |l| l.whole.start);
    Some((Block { range: lines[at].whole.clone(), body, ..block }, at + 1))
}

/// The longest label that ends at a colon and begins a word or with a capital.
fn label_before(text: &str, colon: usize) -> Option<(usize, Field, bool)> {
    let mut found = None;
    let mut chars = 0;
    for (start, c) in text[..colon].char_indices().rev() {
        chars += 1;
        if chars > 24 {
            break;
        }
        let begins = c.is_uppercase() || text[..start].chars().next_back().is_none_or(|b| !b.is_alphanumeric());
        if begins && let Some((field, month_first)) = words().label(&text[start..colon]) {
            found = Some((start, field, month_first));
        }
    }
    found
}

/// `On <date>, <name> <address> wrote:` in its many orders, over up to three physical lines.
fn reply_line(text: &str, lines: &[Physical], at: usize) -> Option<(Block, usize)> {
    let may_end = lines[at..].iter().take(3).any(|l| text[l.text.clone()].ends_with([':', '：']));
    if !may_end {
        return None;
    }
    let mut joined = String::new();
    for (i, line) in lines.iter().enumerate().skip(at).take(3) {
        let piece = &text[line.text.clone()];
        if piece.is_empty() || joined.len() + piece.len() > LONGEST_REPLY_LINE {
            return None;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(piece);
        if !piece.ends_with([':', '：']) {
            continue;
        }
        let box_ = mailbox_within(&joined);
        let bare = box_
            .as_ref()
            .is_some_and(|(r, _)| joined[r.clone()].starts_with('<') && joined.len() <= LONGEST_BARE_REPLY_LINE);
        if !(has_date(&joined) && (words().verb(&joined).is_some() || bare)) {
            return None;
        }
        let month_first = joined.starts_with("On ");
        let date = box_.as_ref().map_or(joined.as_str(), |(r, _)| {
            if r.start > joined.len() / 2 { &joined[..r.start] } else { &joined[r.end..] }
        });
        let date = if date.bytes().any(|b| b.is_ascii_digit()) { date } else { &joined };
        let from = match &box_ {
            Some((r, address)) => Mailbox { name: name_before(&joined, r.start), address: address.clone() },
            None => Mailbox {
                name: name_before(&joined, words().verb(&joined).unwrap_or(joined.len())),
                ..Mailbox::default()
            },
        };
        let body = lines.get(i + 1).map_or(text.len(), |l| l.whole.start);
        let block = Block {
            range: lines[at].whole.start..line.whole.end,
            body,
            from: Some(from).filter(|f| !f.name.is_empty() || !f.address.is_empty()),
            date: Some(date.trim_matches([':', ',', ' ']).to_owned()),
            is_reply_line: true,
            month_first,
            ..Block::default()
        };
        return Some((block, i + 1));
    }
    None
}

/// A year, or two numbers with a slash or full stop between them.
fn has_date(text: &str) -> bool {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty());
    let pair = |w: &[u8]| w[0].is_ascii_digit() && matches!(w[1], b'/' | b'.') && w[2].is_ascii_digit();
    numbers.any(|n| n.len() == 4 && (n.starts_with("19") || n.starts_with("20")))
        || text.as_bytes().windows(3).any(pair)
}

/// `<address>` in a text: its range with the brackets, and the address.
fn mailbox_within(text: &str) -> Option<(Range<usize>, String)> {
    let at = text.find('@')?;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '=' | '/' | '\'');
    let start = text[..at].char_indices().rev().take_while(|(_, c)| is_part(*c)).last()?.0;
    let end = at + 1 + text[at + 1..].find(|c| !is_part(c)).unwrap_or(text.len() - at - 1);
    let address = text[start..end].trim_matches(['.', '\'']).to_lowercase();
    let open = text[..start].ends_with(['<', '(', '[']);
    let close = text[end..].starts_with(['>', ')', ']']);
    let range = start - usize::from(open)..end + usize::from(open && close);
    (address.len() > 3 && text[at + 1..end].contains('.') || address.ends_with("localhost")).then_some((range, address))
}

/// The display name that ends before an address in a reply line: what stands in quotation marks, else the words since
/// the last comma, time or verb.
fn name_before(text: &str, end: usize) -> String {
    let head = text[..end].trim_end_matches([' ', '<', '(']);
    if let Some(inner) = head.strip_suffix(['"', '”', '“', '\'']) {
        return inner.rsplit(['"', '„', '“', '\'']).next().unwrap_or("").trim().to_owned();
    }
    let words: Vec<&str> = head.split(' ').collect();
    let first = words
        .iter()
        .rposition(|w| {
            w.ends_with([',', ':'])
                || w.bytes().any(|b| b.is_ascii_digit())
                || w.chars().next().is_some_and(char::is_lowercase)
                || matches!(*w, "AM" | "PM")
        })
        .map_or(0, |i| i + 1);
    words[first..].join(" ")
}

/// A mailbox as mail programs write it into text: `Name <a@b>`, `"Name" <a@b<mailto:a@b>>`, `a@b`, `Name [mailto:a@b]`.
#[must_use]
pub fn mailbox(text: &str) -> Mailbox {
    match mailbox_within(text) {
        Some((range, address)) => {
            let name = text[..range.start]
                .split("<mailto")
                .next()
                .unwrap_or("")
                .trim()
                .trim_matches(['"', '\'', '*', ' ', '<', '[', ',']);
            Mailbox { name: name.to_owned(), address }
        }
        None => Mailbox { name: text.trim_matches(['"', '\'', '*', ' ']).to_owned(), address: String::new() },
    }
}

fn addresses(text: &str) -> Vec<String> {
    text.split([',', ';']).filter_map(mailbox_within).map(|(_, a)| a).take(50).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Block {
        let mut found = find(text, 5);
        assert_eq!(found.len(), 1, "in {text:?}: {found:?}");
        found.remove(0)
    }

    #[test]
    fn headers_are_found_in_the_shapes_of_many_programs() {
        for (text, body) in [
            (
                "fyi\n\n---------- Forwarded message ---------\nFrom: Ada <ada@acme.example>\nDate: Tue, 5 May 2026 at 10:00\nSubject: Works on AB-1\nTo: <ops@example.org>,\n <noc@example.org>\n\nHello",
                "\nHello",
            ),
            (
                "> Anfang der weitergeleiteten Nachricht:\n>\n> Von: Ada <ada@acme.example>\n> Betreff: Works on AB-1\n> Datum: 5. Mai 2026 um 10:00:00 MESZ\n> An: ops@example.org\n>\n> Hello",
                ">\n> Hello",
            ),
            (
                "________________________________\nDe : Ada <ada@acme.example>\nEnvoyé : mardi 5 mai 2026 10:00\nÀ : ops@example.org\nObjet : Works on AB-1\nHello",
                "Hello",
            ),
            (
                "  ----- Forwarded Message ----- From: Ada <ada@acme.example>To: ops@example.org <ops@example.org>Sent: Tuesday, May 5, 2026, 10:00:00 AM GMT+2Subject: Works on AB-1\n Hello",
                " Hello",
            ),
            (
                "*From:* Ada<mailto:ada@acme.example> <ada@acme.example>\n*Sent:* Tuesday, May 5, 2026 10:00\n*Subject:* Works on AB-1\n\nHello",
                "\nHello",
            ),
        ] {
            let block = one(text);
            assert_eq!(
                block.from.as_ref().map(|f| (f.name.as_str(), f.address.as_str())),
                Some(("Ada", "ada@acme.example")),
                "in {text:?}"
            );
            assert_eq!(block.subject.as_deref(), Some("Works on AB-1"), "in {text:?}");
            assert!(block.date.as_ref().is_some_and(|d| d.contains("2026")), "in {text:?}");
            assert_eq!(&text[block.body..], body);
        }
    }

    #[test]
    fn reply_lines_are_found_in_their_many_orders() {
        for text in [
            "On Tue, May 5, 2026 at 10:00 AM Ada Example <ada@acme.example>\nwrote:\n> Hello",
            "Am 05.05.2026, 10:00 schrieb \"Ada Example\" <ada@acme.example>:\n\n    Hello",
            "Ada Example <ada@acme.example> kirjoitti 5.5.2026 10.00:\n\n    Hello",
            "\"Ada Example\" <ada@acme.example>, 05/05/2026 10:00 tarihinde şunu yazdı:\nHello",
        ] {
            let block = one(text);
            assert!(block.is_reply_line);
            assert_eq!(
                block.from.as_ref().map(|f| (f.name.as_str(), f.address.as_str())),
                Some(("Ada Example", "ada@acme.example")),
                "in {text:?}"
            );
            assert!(block.date.as_ref().is_some_and(|d| d.contains("2026")), "in {text:?}: {block:?}");
        }
    }

    #[test]
    fn a_timetable_is_no_forward() {
        for text in [
            "Email us at noc@acme.example or call +44 20 7946 0000 for help with:\nbilling",
            "From: 10 May 2026\nTo: 11 May 2026\nSubject: works",
            "Date: 5 May 2026\nSubject: works",
            "From: Berlin\nTo: Paris",
        ] {
            assert_eq!(find(text, 5), [], "in {text:?}");
        }
    }
}
