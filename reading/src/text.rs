//! Plain text to lines: characters normalised, wrapped paragraphs joined, lists, headings, tables and quotes told.
//!
//! Owns how bare text is laid out by mail programs, and where sentences end. It must not know what the words mean;
//! signatures and small print are `small_print`'s.

use std::ops::Range;

use super::document::{Line, LineKind, Part, Row};
use super::{layout, small_print, wrapped};

/// Lines shorter than this are not taken for wrapped: prose is wrapped at 60 columns and wider.
const SHORTEST_WRAPPED: usize = 45;
/// Lines longer than this were not wrapped by the program that wrote them.
const LONGEST_WRAPPED: usize = 100;
/// The longest quote shown as evidence, in characters.
const LONGEST_QUOTE: usize = 400;

/// A part from bare text.
#[must_use]
pub fn part(id: &str, source: &str) -> Part {
    let (text, map) = normalise(source);
    lay_out(Part { id: id.to_owned(), text, source: map, ..Part::default() })
}

/// Gives a part that has only its normalised text its lines and links.
#[must_use]
pub fn lay_out(mut part: Part) -> Part {
    part.lines = layout::rows(&part.text, logical_lines(&part.text));
    wrapped::add_bare(&mut part);
    small_print::set_apart(&mut part);
    part
}

/// A part of one line, such as a subject: line breaks become spaces.
#[must_use]
pub fn single_line(id: &str, source: &str) -> Part {
    let (text, map) = normalise(source);
    let text: String = text.replace(['\n', '\t'], " ");
    let end = text.trim_end().len();
    let start = end - text[..end].trim_start().len();
    let line = Line { range: start..end, kind: LineKind::Heading, gap: true };
    Part { id: id.to_owned(), text, lines: vec![line], source: map, ..Part::default() }
}

/// Normalised text and the map of its offsets to those of the source: no control characters, one kind of space, one
/// kind of line end, nothing invisible. The map has an entry wherever the distance changes.
#[must_use]
pub fn normalise(source: &str) -> (String, Vec<(usize, usize)>) {
    let mut text = String::with_capacity(source.len());
    let mut map = vec![(0, 0)];
    let mut distance = 0_usize;
    let mut chars = source.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let c = match c {
            '\r' if chars.peek().is_some_and(|(_, n)| *n == '\n') => continue,
            '\r' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => '\n',
            '\n' | '\t' => c,
            c if is_invisible(c) => continue,
            c if c.is_whitespace() => ' ',
            c => c,
        };
        if at.wrapping_sub(text.len()) != distance {
            distance = at.wrapping_sub(text.len());
            map.push((text.len(), at));
        }
        text.push(c);
    }
    (text, map)
}

/// Characters that show nothing: controls, zero-width and direction marks, the soft hyphen, fillers of mail previews.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{ad}' | '\u{34f}'
        | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Physical lines, trimmed, joined where they were only wrapped.
fn logical_lines(text: &str) -> Vec<Line> {
    let width = wrap_width(text);
    let mut lines: Vec<Line> = Vec::new();
    let mut gap = true;
    let mut last_physical = 0..0;
    for physical in physical_lines(text) {
        let body = &text[physical.clone()];
        if body.is_empty() || is_rule(body) {
            underline(text, body, lines.last_mut().filter(|_| !gap));
            gap = true;
            continue;
        }
        let kind = kind_of(body);
        match lines.last_mut() {
            Some(last) if !gap && joins(last, &text[last_physical.clone()], body, &kind, width) => {
                last.range.end = physical.end;
            }
            _ => lines.push(Line { range: physical.clone(), kind, gap }),
        }
        last_physical = physical;
        gap = false;
    }
    lines
}

/// A line under a line makes that one a heading (`====`, `----`).
fn underline(text: &str, body: &str, above: Option<&mut Line>) {
    if let Some(above) = above
        && body.len() > 2
        && above.kind == LineKind::Text
        && above.range.len() <= 80
        && !text[above.range.clone()].contains(':')
    {
        above.kind = LineKind::Heading;
    }
}

fn physical_lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split('\n').map(move |line| {
        let start = at + (line.len() - line.trim_start().len());
        let end = start + line.trim().len();
        at += line.len() + 1;
        start.min(end)..end
    })
}

/// A line that only separates: dashes, stars, equal signs.
#[must_use]
pub fn is_rule(line: &str) -> bool {
    line.len() >= 3
        && line != "-- "
        && line.chars().all(|c| matches!(c, '-' | '=' | '*' | '_' | '~' | '#' | '—' | '─' | '+' | '|' | ':' | ' '))
}

/// The column at which the writer's program wraps, or none where it does not: told by lines that another line follows.
fn wrap_width(text: &str) -> Option<usize> {
    let (mut widest, mut long, mut wrapped) = (0, 0, 0);
    let mut lines = text.split('\n').map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let chars = line.chars().count();
        if chars > LONGEST_WRAPPED && line.contains(' ') {
            long += 1;
        } else if chars >= SHORTEST_WRAPPED && line.contains(' ') && lines.peek().is_some_and(|next| !next.is_empty()) {
            wrapped += 1;
            widest = widest.max(chars);
        }
    }
    (wrapped > 0 && long * 3 <= wrapped).then_some(widest)
}

/// Whether `next` goes on with the words of the physical line before it, which is the end of the logical line `last`.
fn joins(last: &Line, previous: &str, next: &str, next_kind: &LineKind, width: Option<usize>) -> bool {
    let both_quoted = (last.kind == LineKind::Quote) == (*next_kind == LineKind::Quote);
    if !both_quoted
        || !matches!(last.kind, LineKind::Text | LineKind::ListItem | LineKind::Quote)
        || !matches!(next_kind, LineKind::Text | LineKind::Quote)
        || previous.ends_with([':', '|'])
        || label_end(next).is_some()
    {
        return false;
    }
    let chars = previous.chars().count();
    if chars >= SHORTEST_WRAPPED && expects_more(previous) {
        return true;
    }
    let word = next.split(' ').next().map_or(0, |w| w.chars().count());
    let full = |width: usize| chars >= SHORTEST_WRAPPED && chars + 1 + word > width.saturating_sub(4);
    width.is_some_and(full) && !same_shape(previous, next)
}

/// Words after which no sentence and no entry of a list ends.
const EXPECTING: &[&str] = &[
    "a", "an", "and", "as", "at", "before", "between", "by", "for", "from", "in", "is", "of", "on", "or", "our",
    "that", "the", "this", "to", "until", "will", "with", "your", "und", "am", "ab", "bis", "der", "die", "das", "dem",
    "den", "im", "in", "mit", "oder", "von", "vom", "zum", "zur", "et", "le", "la", "les", "de", "du", "des", "au",
    "à", "y", "el", "los", "del", "e", "il", "di", "da", "o", "em", "do", "en", "het", "een", "op", "van",
];

fn expects_more(line: &str) -> bool {
    let last = line.rsplit(' ').next().unwrap_or("");
    last.ends_with(',') || EXPECTING.contains(&last.to_lowercase().as_str())
}

/// Two lines that begin alike are entries of a list: `2018-01-17 …` above `2018-01-18 …`.
fn same_shape(a: &str, b: &str) -> bool {
    let shape = |s: &str| -> Vec<u8> {
        let word = s.split(' ').next().unwrap_or("");
        word.bytes().map(|b| if b.is_ascii_digit() { b'0' } else { b }).collect()
    };
    let (a, b) = (shape(a), shape(b));
    a == b && a.contains(&b'0')
}

fn kind_of(line: &str) -> LineKind {
    if line.starts_with('>') {
        LineKind::Quote
    } else if list_mark(line) > 0 {
        LineKind::ListItem
    } else if is_heading(line) {
        LineKind::Heading
    } else {
        LineKind::Text
    }
}

/// The length in bytes of a list item's mark (`- `, `• `, `3) `), or 0.
#[must_use]
pub fn list_mark(line: &str) -> usize {
    let mut chars = line.char_indices();
    match chars.next() {
        Some((_, '-' | '*' | '+' | 'o')) if line[1..].starts_with(' ') => 2,
        Some((_, '–' | '—' | '•' | '·' | '◦' | '▪' | '■' | '●' | '○' | '‣' | '▶' | '➢' | '✓')) => {
            chars.next().map_or(0, |(at, _)| at)
        }
        Some((_, c)) if c.is_ascii_digit() || c.is_ascii_alphabetic() => {
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            let mark = if digits > 0 { digits } else { 1 };
            let rest = &line[mark..];
            if mark <= 2 && (rest.starts_with(") ") || (digits > 0 && rest.starts_with(". ") && !is_ordinal_date(rest)))
            {
                mark + 2
            } else {
                0
            }
        }
        _ => 0,
    }
}

/// `22. August` is a date and no second item of a list.
fn is_ordinal_date(after_digits: &str) -> bool {
    let word = after_digits.trim_start_matches(['.', ' ']);
    starts_with_month(word) && word.len() > 3
}

fn is_heading(line: &str) -> bool {
    if line.starts_with('#') && line.trim_start_matches('#').starts_with(' ') {
        return true;
    }
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    line.len() <= 80
        && letters >= 4
        && letters * 2 > line.chars().count()
        && !line.contains(':')
        && !line.chars().any(char::is_lowercase)
        && line.chars().any(char::is_uppercase)
        && !line.chars().any(|c| c.is_ascii_digit())
}

/// Where the label of `Label: value` ends (the offset of its colon), if the line begins with one.
#[must_use]
pub fn label_end(line: &str) -> Option<usize> {
    let head_end = line.char_indices().take(64).map(|(i, c)| i + c.len_utf8()).last()?;
    let head = &line[..head_end];
    let colon = head.find([':', '：'])?;
    let label = head[..colon].trim().trim_matches(['*', '_', '-', '•', '·', ' ']);
    let after = line[colon..].trim_start_matches([':', '：']);
    let tight =
        || label.starts_with(char::is_uppercase) && !after.starts_with(|c: char| c == '/' || c.is_ascii_digit());
    let spaced = head[colon..].starts_with('：')
        || after.is_empty()
        || after.starts_with([' ', '*', '_', '\t', '\n'])
        || tight();
    let words = label.split(' ').filter(|w| !w.is_empty()).count();
    let sentence = label.contains(". ") || label.contains(", ") && words > 5;
    (spaced && (1..=8).contains(&words) && !sentence && label.chars().any(char::is_alphabetic)).then_some(colon)
}

/// Whether a word begins with a month's name in one of the languages that write `22. August`.
fn starts_with_month(word: &str) -> bool {
    const MONTHS: &[&str] = &[
        "jan", "feb", "mär", "mar", "apr", "mai", "maj", "may", "jun", "jul", "aug", "sep", "okt", "oct", "nov", "dez",
        "dec", "pro", "led", "úno", "bře", "dub", "kvě", "čer", "srp", "zář", "říj", "lis", "tam", "hel", "maa", "huh",
        "tou", "kes", "hei", "elo", "syy", "lok", "mar", "jou", "sty", "lut", "kwi", "cze", "lip", "sie", "wrz", "paź",
        "gru", "des",
    ];
    let head: String = word.chars().take(3).flat_map(char::to_lowercase).collect();
    MONTHS.contains(&head.as_str())
}

/// The sentences of a line. A full stop ends one only before a space and a capital, a digit or an opening mark, and not
/// after an abbreviation, an initial or the day of a date (`22. August`).
#[must_use]
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut from = 0;
    while let Some(at) = text[from..].find(['.', '!', '?', '。', '！', '？']).map(|i| from + i) {
        let mark = text[at..].chars().next().map_or(1, char::len_utf8);
        let mut end = at + mark;
        end += text[end..].bytes().take_while(|b| matches!(b, b'.' | b'!' | b'?' | b')' | b'"' | b'\'' | b'*')).count();
        from = end;
        if mark > 1 || ends_sentence(&text[start..at], text[at..].starts_with('.'), &text[end..]) {
            push_trimmed(text, start..end, &mut found);
            start = end;
        }
    }
    push_trimmed(text, start..text.len(), &mut found);
    found
}

fn push_trimmed(text: &str, range: Range<usize>, into: &mut Vec<Range<usize>>) {
    let body = &text[range.clone()];
    let start = range.start + (body.len() - body.trim_start().len());
    let end = start + body.trim().len();
    if start < end {
        into.push(start..end);
    }
}

fn ends_sentence(before: &str, is_stop: bool, after: &str) -> bool {
    const ABBREVIATIONS: &[&str] = &[
        "a.m", "p.m", "am", "pm", "e.g", "i.e", "etc", "vs", "approx", "inc", "ltd", "corp", "co", "no", "nr", "mr",
        "mrs", "ms", "dr", "st", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
        "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "u.s", "u.k", "z.b", "ca", "bzw",
        "inkl", "min", "hrs",
    ];
    let Some(space) = after.chars().next() else { return true };
    if !space.is_whitespace() {
        return false;
    }
    let next = after.trim_start();
    if next.chars().next().is_some_and(char::is_lowercase) {
        return false;
    }
    if !is_stop {
        return true;
    }
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or("");
    if !word.is_empty() && word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit()) {
        return !(starts_with_month(next) || next.starts_with(|c: char| c.is_ascii_digit()));
    }
    let lower = word.to_lowercase();
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let month_before_day = starts_with_month(word) && next.starts_with(|c: char| c.is_ascii_digit());
    !initial && !month_before_day && !ABBREVIATIONS.contains(&lower.as_str())
}

/// Words for people: white space as single spaces, cut at a word where very long.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST_QUOTE * 4));
    let mut count = 0;
    for word in text.split_whitespace() {
        let chars = word.chars().count();
        if count + chars > LONGEST_QUOTE {
            out.extend(word.chars().take(LONGEST_QUOTE.saturating_sub(count)));
            out.push('…');
            return out;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        count += chars + 1;
    }
    out
}

/// A table from rows of cells, such as a CSV file or a sheet; the first row names the columns.
#[must_use]
pub fn table<R, C>(id: &str, rows: R) -> Part
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item = String>,
{
    let mut part = Part { id: id.to_owned(), ..Part::default() };
    for cells in rows {
        let start = part.text.len();
        let mut ranges = Vec::new();
        for cell in cells {
            if !ranges.is_empty() {
                part.text.push('\t');
            }
            let from = part.text.len();
            part.text.push_str(normalise(&cell).0.replace('\t', " ").trim());
            ranges.push(from..part.text.len());
        }
        if ranges.iter().all(Range::is_empty) {
            part.text.truncate(start);
            continue;
        }
        let row = Row { table: 0, header: part.lines.is_empty(), cells: ranges };
        part.lines.push(Line { range: start..part.text.len(), kind: LineKind::Row(row), gap: part.lines.is_empty() });
        part.text.push('\n');
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn a_sentence_ends_at_a_full_stop_and_not_at_an_abbreviation() {
        assert_eq!(
            split("It starts at 5 p.m. Eastern on Oct. 3. Nothing else changes."),
            ["It starts at 5 p.m. Eastern on Oct. 3.", "Nothing else changes."]
        );
        assert_eq!(
            split("Am 22. August 2024 endet der Support. Bitte handeln!"),
            ["Am 22. August 2024 endet der Support.", "Bitte handeln!"]
        );
        assert_eq!(split("version 3.4 of acme.example is out"), ["version 3.4 of acme.example is out"]);
    }

    #[test]
    fn wrapped_lines_are_one_and_short_lines_stay_apart() {
        let text = "The certificate authority of your databases expires, and every client that\ntrusts only the old one stops connecting on\n22 August 2024.\n\nalpha-one\nalpha-two\nStart: today\n";
        let part = part("1", text);
        let lines: Vec<&str> = part.lines.iter().map(|l| &part.text[l.range.clone()]).collect();
        assert_eq!(lines.len(), 5, "{lines:?}");
        assert!(lines[0].starts_with("The certificate"));
        assert_eq!(&lines[2..], ["alpha-one", "alpha-two", "Start: today"]);
    }

    #[test]
    fn the_map_leads_back_to_the_source() {
        let source = "a\u{200b}b\r\nc\u{a0}d";
        let (text, map) = normalise(source);
        assert_eq!(text, "ab\nc d");
        let part = Part { text, source: map, ..Part::default() };
        for (here, c) in part.text.char_indices().filter(|(_, c)| c.is_alphabetic()) {
            let there = part.source_offset(here);
            assert!(source[there..].starts_with(c), "offset {here} ({c}) leads to {there}");
        }
    }
}
