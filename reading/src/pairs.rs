//! `Label: value` pairs: the form in which most notices state their facts.
//!
//! Owns finding what stands behind a label, in lines and in tables. It must not know any label.

use super::document::{Document, Line, LineKind, PairAt, Part, Row};
use super::text::label_end;

/// Marks of emphasis around labels and values in plain-text renderings.
const EMPHASIS: &[char] = &['*', '_', ' ', '\t', '\n', '\u{3000}'];

/// All pairs of the live lines, in the order of their lines.
#[must_use]
pub(crate) fn pairs(document: &Document) -> Vec<PairAt> {
    let mut found = Vec::new();
    for (index, part) in document.parts.iter().enumerate() {
        let mut header: Option<&Row> = None;
        for (at, line) in part.lines.iter().enumerate() {
            match &line.kind {
                LineKind::Row(row) if row.header => header = Some(row),
                LineKind::Row(row) => in_row(part, index, at, row, header.filter(|h| h.table == row.table), &mut found),
                kind if kind.is_live() => in_line(part, index, at, line, &mut found),
                _ => {}
            }
        }
    }
    found
}

fn in_line(part: &Part, index: usize, at: usize, line: &Line, into: &mut Vec<PairAt>) {
    let start = line.range.start + super::text::list_mark(&part.text[line.range.clone()]);
    for (start, end) in segments(&part.text[start..line.range.end]).into_iter().map(|(s, e)| (start + s, start + e)) {
        let body = &part.text[start..end];
        let Some(colon) = label_end(body) else { continue };
        let value_start = start + colon + body[colon..].chars().next().map_or(1, char::len_utf8);
        let label = start..start + colon;
        if !part.text[value_start..end].trim_matches(EMPHASIS).is_empty() {
            push(part, index, at, label, value_start..end, into);
        } else if let Some(next) = part.lines.get(at + 1).filter(|n| is_plain_value(part, n)) {
            push(part, index, at + 1, label, next.range.clone(), into);
        }
    }
}

/// Several pairs in one line are set apart by wide space: `Start: 10:00    End: 12:00`.
fn segments(body: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut from = 0;
    while let Some(gap) = body[from..].find("  ").map(|i| from + i) {
        let next = gap + (body[gap..].len() - body[gap..].trim_start().len());
        let complete = label_end(&body[start..gap]).is_some_and(|c| start + c + 1 < gap);
        if complete && label_end(&body[next..]).is_some() {
            found.push((start, gap));
            start = next;
        }
        from = next.max(gap + 2);
        if from >= body.len() {
            break;
        }
    }
    found.push((start, body.len()));
    found
}

/// A line that can be the value of the label above it: live, short, and no label itself.
fn is_plain_value(part: &Part, line: &Line) -> bool {
    let body = &part.text[line.range.clone()];
    matches!(line.kind, LineKind::Text | LineKind::Heading | LineKind::ListItem)
        && body.len() <= 200
        && label_end(body).is_none()
}

fn in_row(part: &Part, index: usize, at: usize, row: &Row, header: Option<&Row>, into: &mut Vec<PairAt>) {
    // One cell over a row of several is a title and names no column.
    let header = header.filter(|h| h.cells.len() > 1 || row.cells.len() == 1);
    if let Some(header) = header {
        for (cell, heading) in row.cells.iter().zip(&header.cells) {
            push(part, index, at, heading.clone(), cell.clone(), into);
        }
    } else {
        beside(part, index, at, row, into);
    }
    for cell in &row.cells {
        let mut start = cell.start;
        for piece in part.text[cell.clone()].split('\n') {
            let line = Line { range: start..start + piece.len(), kind: LineKind::Text, gap: false };
            if !piece.trim_end().ends_with(':') {
                in_line(part, index, at, &line, into);
            }
            start += piece.len() + 1;
        }
    }
}

/// In a table without headings a label stands to the left of its value: two cells, or pairs of cells with a colon.
fn beside(part: &Part, index: usize, at: usize, row: &Row, into: &mut Vec<PairAt>) {
    let cells: Vec<_> = row.cells.iter().filter(|c| !part.text[(*c).clone()].trim().is_empty()).collect();
    let labelled = |i: usize| part.text[cells[i].clone()].trim_end_matches(EMPHASIS).ends_with(':');
    let mut i = 0;
    while i + 1 < cells.len() {
        if labelled(i) || cells.len() == 2 {
            push(part, index, at, cells[i].clone(), cells[i + 1].clone(), into);
            i += 1;
        }
        i += 1;
    }
}

fn push(
    part: &Part,
    index: usize,
    line: usize,
    label: std::ops::Range<usize>,
    value: std::ops::Range<usize>,
    into: &mut Vec<PairAt>,
) {
    let label = trim(&part.text, label, &[':', '：', '-', '•']);
    let value = trim(&part.text, value, &[]);
    if label.is_empty() || value.is_empty() || label.len() > 120 {
        return;
    }
    let lower = part.text[label.clone()].to_lowercase();
    into.push(PairAt { part: index, line, label, lower, value });
}

fn trim(text: &str, range: std::ops::Range<usize>, also: &[char]) -> std::ops::Range<usize> {
    let is_edge = |c: char| EMPHASIS.contains(&c) || also.contains(&c);
    let body = &text[range.clone()];
    let start = range.start + (body.len() - body.trim_start_matches(is_edge).len());
    start..start + body.trim_matches(is_edge).len()
}

#[cfg(test)]
mod tests {
    use crate::document::Document;

    #[test]
    fn labels_find_their_values_beside_below_and_in_tables() {
        let text = "*START:* 10-May-2026 22:00 UTC\nEnd Time:\n11-May-2026 04:00 UTC\n\nsee https://acme.example/x\nat 10:30 we begin\nFrom: a   To: b\n\nCircuit   Impact\nAB-1   down for 5 minutes";
        let document = Document::from_text(None, text);
        let pairs: Vec<(&str, &str)> = document.pairs().map(|p| (p.label, p.value)).collect();
        assert_eq!(
            pairs,
            [
                ("START", "10-May-2026 22:00 UTC"),
                ("End Time", "11-May-2026 04:00 UTC"),
                ("From", "a"),
                ("To", "b"),
                ("Circuit", "AB-1"),
                ("Impact", "down for 5 minutes"),
            ]
        );
    }
}
