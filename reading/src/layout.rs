//! Tables in bare text: columns set by bars, tabs or runs of spaces.
//!
//! Owns turning lines that stand in columns into rows with cells. It must not touch the text, nor know what a column
//! means.

use std::ops::Range;

use super::document::{Line, LineKind, Row};

/// The same lines, with those that form tables as rows.
#[must_use]
pub fn rows(text: &str, lines: Vec<Line>) -> Vec<Line> {
    let mut cells: Vec<Option<Vec<Range<usize>>>> = lines.iter().map(|l| cells(text, l)).collect();
    narrow(text, &lines, &mut cells);
    let mut out: Vec<Line> = Vec::with_capacity(lines.len());
    let mut table = 0;
    let mut at = 0;
    while at < lines.len() {
        let end = run(&lines, &cells, at);
        if end - at < 2 {
            out.push(lines[at].clone());
            at += 1;
            continue;
        }
        let header = names_columns(text, &cells[at..end]);
        for (i, line) in lines[at..end].iter().enumerate() {
            let row = Row { table, header: header && i == 0, cells: cells[at + i].clone().unwrap_or_default() };
            out.push(Line { kind: LineKind::Row(row), ..line.clone() });
        }
        table += 1;
        at = end;
    }
    out
}

/// A row below one of three columns and more may have its own set apart by two spaces, where a value is wide.
fn narrow(text: &str, lines: &[Line], cells: &mut [Option<Vec<Range<usize>>>]) {
    for at in 1..lines.len() {
        let wanted = cells[at - 1].as_ref().map_or(0, Vec::len);
        let here = cells[at].as_ref().map_or(1, Vec::len);
        let line = &lines[at];
        if wanted < 3
            || here >= wanted
            || text[line.range.clone()].contains('\n')
            || line.range.len() > LONGEST_ROW
            || !matches!(line.kind, LineKind::Text)
        {
            continue;
        }
        let start = line.range.start;
        let found = columns(&text[line.range.clone()], 2);
        if found.len() == wanted {
            cells[at] = Some(found.into_iter().map(|r| start + r.start..start + r.end).collect());
        }
    }
}

/// Longer lines are no rows.
const LONGEST_ROW: usize = 300;

/// Where the table that begins at `at` ends: lines with as many cells each, without a gap but after the heading.
fn run(lines: &[Line], cells: &[Option<Vec<Range<usize>>>], at: usize) -> usize {
    let Some(first) = &cells[at] else { return at };
    let mut end = at + 1;
    while end < lines.len()
        && cells[end].as_ref().is_some_and(|c| c.len() == first.len())
        && (!lines[end].gap || end == at + 1)
    {
        end += 1;
    }
    end
}

/// Whether the first row names the columns: it holds no digit and a later row does, or none of its cells is empty and it
/// is unlike a row of `label: value`.
fn names_columns(text: &str, rows: &[Option<Vec<Range<usize>>>]) -> bool {
    let cells = |row: &Option<Vec<Range<usize>>>| -> Vec<&str> {
        row.iter().flatten().map(|r| text[r.clone()].trim()).collect()
    };
    let first = cells(&rows[0]);
    let has_digit = |cells: &[&str]| cells.iter().any(|c| c.bytes().any(|b| b.is_ascii_digit()));
    !has_digit(&first)
        && first.iter().all(|c| !c.is_empty() && c.chars().count() <= 40)
        && !first[0].ends_with(':')
        && rows[1..].iter().any(|r| has_digit(&cells(r)))
}

fn cells(text: &str, line: &Line) -> Option<Vec<Range<usize>>> {
    if !matches!(line.kind, LineKind::Text | LineKind::Heading) {
        return None;
    }
    let body = &text[line.range.clone()];
    if body.contains('\n') {
        return None;
    }
    let is_pair = super::text::label_end(body).is_some_and(|colon| {
        let value = &body[colon + body[colon..].chars().next().map_or(0, char::len_utf8)..];
        value.starts_with(' ') && !value.starts_with("   ")
    });
    if is_pair {
        return None;
    }
    let found = if body.bytes().filter(|b| *b == b'|').count() >= 2 || body.contains(" | ") {
        bars(body)
    } else {
        columns(body, 3)
    };
    (found.len() >= 2)
        .then(|| found.into_iter().map(|r| line.range.start + r.start..line.range.start + r.end).collect())
}

fn bars(body: &str) -> Vec<Range<usize>> {
    let inner = body.strip_prefix('|').map_or(0, |_| 1)..body.strip_suffix('|').map_or(body.len(), str::len);
    if inner.start >= inner.end {
        return Vec::new();
    }
    let mut at = inner.start;
    body[inner]
        .split('|')
        .map(|cell| {
            let start = at + (cell.len() - cell.trim_start().len());
            at += cell.len() + 1;
            start..start + cell.trim().len()
        })
        .collect()
}

/// Cells set apart by a tab or by so many spaces and more.
fn columns(body: &str, wide: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let bytes = body.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let spaces = bytes[at..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        if spaces >= wide || bytes[at..at + spaces].contains(&b'\t') {
            found.push(start..at);
            start = at + spaces;
        }
        at += spaces.max(1);
    }
    found.push(start..body.len());
    found.retain(|r| !r.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use crate::document::Document;

    #[test]
    fn bars_tabs_and_wide_spaces_make_tables() {
        for text in [
            "| Circuit | Start |\n|---|---|\n| AB-1 | 10 May |\n| AB-2 | 11 May |",
            "Circuit\tStart\nAB-1\t10 May\nAB-2\t11 May",
            "Circuit      Start\nAB-1         10 May\nAB-2         11 May",
        ] {
            let document = Document::from_text(None, text);
            let rows: Vec<(String, String)> =
                document.rows().map(|r| (r.cell(0).to_owned(), format!("{}={}", r.heading(1), r.cell(1)))).collect();
            let expected =
                [("AB-1".to_owned(), "Start=10 May".to_owned()), ("AB-2".to_owned(), "Start=11 May".to_owned())];
            assert_eq!(rows, expected, "in {text:?}");
        }
    }
}
