//! Tables: which rows hold data, which name their columns, and which are only layout.
//!
//! Owns that judgement. A row is data when at least two of its cells hold something short and none holds a table of its
//! own; else its cells are laid out one under the other as ordinary lines.

use std::ops::Range;

use html5ever::tokenizer::Tag;

use super::{State, attribute};
use crate::document::{Line, LineKind, Row};

/// A cell of data is at most so long, in bytes and in lines; longer ones are layout.
const LONGEST_CELL: usize = 1200;
const TALLEST_CELL: usize = 24;
/// More columns than any table of a notice has.
const MOST_COLUMNS: usize = 64;
/// A nested table of at most so many lines may be only there for its padding.
const PADDING_LINES: usize = 3;

#[derive(Debug, Default)]
pub struct Table {
    /// Its number among the part's tables of data, once it has a row.
    id: Option<usize>,
    rows: Vec<DataRow>,
    row: Option<OpenRow>,
    in_head: bool,
}

#[derive(Debug)]
struct DataRow {
    line: usize,
    all_th: bool,
    all_bold: bool,
}

#[derive(Debug, Default)]
struct OpenRow {
    first_line: usize,
    cells: Vec<Cell>,
    open: bool,
}

#[derive(Debug, Default)]
pub struct Cell {
    lines: Range<usize>,
    range: Range<usize>,
    th: bool,
    nested: bool,
    span: usize,
    /// Bytes of bold letters and of all letters.
    pub bold: (usize, usize),
}

impl Table {
    /// The cell that is open.
    pub fn cell(&mut self) -> Option<&mut Cell> {
        self.row.as_mut().filter(|r| r.open)?.cells.last_mut()
    }
}

impl State {
    pub fn start_row(&mut self) {
        self.end_row();
        self.close_inside_table(&["thead", "tbody", "tfoot"]);
        self.block(false);
        let (first_line, in_head) = (self.lines.len(), self.stack.last().is_some_and(|e| &*e.name == "thead"));
        if let Some(table) = self.tables.last_mut() {
            table.in_head = in_head;
            table.row = Some(OpenRow { first_line, ..OpenRow::default() });
        }
    }

    pub fn start_cell(&mut self, th: bool, tag: &Tag) {
        self.end_cell();
        self.block(false);
        if self.tables.last().is_some_and(|t| t.row.is_none()) {
            self.start_row();
        }
        self.close_inside_table(&["thead", "tbody", "tfoot", "tr"]);
        let line = self.lines.len();
        let span =
            attribute(tag, "colspan").and_then(|s| s.trim().parse().ok()).unwrap_or(1_usize).clamp(1, MOST_COLUMNS);
        if let Some(row) = self.tables.last_mut().and_then(|t| t.row.as_mut()) {
            row.cells.push(Cell { lines: line..line, th, span, ..Cell::default() });
            row.open = true;
        }
    }

    /// Closes what was left open inside the innermost table, down to the given parts of it.
    fn close_inside_table(&mut self, keep: &[&str]) {
        if self.tables.is_empty() {
            return;
        }
        if let Some(table) = self.stack.iter().rposition(|e| &*e.name == "table") {
            let kept = self.stack[table + 1..].iter().take_while(|e| keep.contains(&&*e.name)).count();
            self.close_to(table + 1 + kept);
        }
    }

    pub fn end_cell(&mut self) {
        self.block(false);
        let (end, here) = (self.lines.len(), self.out.len());
        let Some(row) = self.tables.last_mut().and_then(|t| t.row.as_mut()).filter(|r| r.open) else { return };
        row.open = false;
        if let Some(cell) = row.cells.last_mut() {
            cell.lines.end = end;
            let lines = self.lines.get(cell.lines.clone()).unwrap_or_default();
            cell.range = match (lines.first(), lines.last()) {
                (Some(first), Some(last)) => first.range.start..last.range.end,
                _ => here..here,
            };
        }
    }

    pub fn end_row(&mut self) {
        self.end_cell();
        let Some(table) = self.tables.last_mut() else { return };
        let Some(row) = table.row.take() else { return };
        let filled: Vec<&Cell> = row.cells.iter().filter(|c| !c.lines.is_empty()).collect();
        let columned = table.rows.len() > 1
            || filled.len() >= 2
            || (filled.len() == 1 && row.cells.len() >= 2 && table.id.is_some());
        let is_data = columned
            && !filled.is_empty()
            && filled.iter().all(|c| !c.nested && c.lines.len() <= TALLEST_CELL && c.range.len() <= LONGEST_CELL)
            && row.cells.len() >= 2;
        let single_header = row.cells.len() == 1 && filled.len() == 1 && filled[0].th && !filled[0].nested;
        let single_data = row.cells.len() == 1
            && filled.len() == 1
            && !filled[0].nested
            && filled[0].lines.len() == 1
            && table.rows.len() == 1
            && table.rows[0].all_th;
        if !is_data && !single_header && !single_data {
            return;
        }
        let range = filled[0].range.start..filled[filled.len() - 1].range.end;
        self.tabs.extend(filled[1..].iter().map(|c| c.range.start - 1));
        let id = *table.id.get_or_insert_with(|| {
            self.tables_seen += 1;
            self.tables_seen - 1
        });
        let cells: Vec<Range<usize>> =
            row.cells.iter().flat_map(|c| std::iter::repeat_n(c.range.clone(), c.span)).take(MOST_COLUMNS).collect();
        table.rows.push(DataRow {
            line: row.first_line,
            all_th: table.in_head || filled.iter().all(|c| c.th),
            all_bold: filled.iter().all(|c| c.bold.0 == c.bold.1 && c.bold.1 > 0),
        });
        let gap = self.lines.get(row.first_line).is_some_and(|l| l.gap);
        self.lines.truncate(row.first_line);
        self.lines.push(Line { range, kind: LineKind::Row(Row { table: id, header: false, cells }), gap });
    }

    pub fn end_table(&mut self) {
        self.end_row();
        self.block(true);
        let Some(table) = self.tables.pop() else { return };
        for line in self.headers(&table) {
            if let Some(Line { kind: LineKind::Row(row), .. }) = self.lines.get_mut(line) {
                row.header = true;
            }
        }
        let lines = self.lines.len();
        if let Some(cell) = self.tables.last_mut().and_then(Table::cell) {
            cell.nested |= !table.rows.is_empty() || lines - cell.lines.start > PADDING_LINES;
        }
    }

    /// The rows of a finished table that name its columns.
    fn headers(&self, table: &Table) -> Vec<usize> {
        let Some(first) = table.rows.first().filter(|_| table.rows.len() > 1) else { return Vec::new() };
        let mut found: Vec<usize> = Vec::new();
        let every_th = table.rows.iter().all(|r| r.all_th);
        if !every_th {
            found.extend(table.rows.iter().filter(|r| r.all_th).map(|r| r.line));
        }
        let bold_only_above = first.all_bold && table.rows[1..].iter().any(|r| !r.all_bold);
        if found.is_empty() && (bold_only_above || self.names_columns(table)) {
            found.push(first.line);
        }
        found
    }

    /// Where nothing in the markup tells: no digit in the first row, and digits in the first column under it.
    fn names_columns(&self, table: &Table) -> bool {
        let cells = |line: usize| -> Vec<&str> {
            match self.lines.get(line).map(|l| &l.kind) {
                Some(LineKind::Row(row)) => row.cells.iter().map(|c| self.out[c.clone()].trim()).collect(),
                _ => Vec::new(),
            }
        };
        let has_digit = |s: &str| s.bytes().any(|b| b.is_ascii_digit());
        let first = cells(table.rows[0].line);
        let tidy = first.iter().all(|c| !c.is_empty() && c.len() <= 60 && !has_digit(c) && !c.ends_with(':'));
        let below =
            |column: usize| table.rows[1..].iter().any(|r| cells(r.line).get(column).is_some_and(|c| has_digit(c)));
        tidy && first.len() >= 2 && (below(0) || (first.len() >= 3 && (1..first.len()).any(below)))
    }
}
