//! The document: one mail's words after MIME, HTML, quoting and forwarding are undone, with the shape that carries
//! meaning kept: lines that were wrapped are whole again, tables are rows of cells, struck-out text is told from live.
//!
//! Owns the type that every rule of the reader works upon, and how to walk it: lines, sentences, rows, `label: value`
//! pairs. It must not know what the words mean, nor what bytes they came from (that is `mail`, `html`, `text`).
//!
//! A part's text is made of lines separated by `\n`. A *line* is a logical one: a paragraph that a mail program wrapped
//! is one line whose text still holds the `\n` of the wrapping, so treat `\n` inside a line as a space. The cells of a
//! row are separated by `\t`.

use std::ops::Range;
use std::sync::OnceLock;

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::Span;

/// The part id of the subject line.
pub const SUBJECT: &str = "subject";

/// The mail that a provider wrote: its headers as far as they are known, its texts, its attachments.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The subject first (part id `subject`, where there is one), then the body, then readable attachments.
    pub parts: Vec<Part>,
    pub headers: Headers,
    /// Attachments that a format adapter may understand, such as a calendar.
    pub attachments: Vec<Attachment>,
    /// What every rule asks for again. The parts stay as they are from the first question on; a copy may be changed.
    pub(crate) asked: Asked,
}

/// Answers about a document that are worked out once.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pairs: OnceLock<Vec<PairAt>>,
    sentences: OnceLock<Vec<SentenceAt>>,
}

/// A copy is made to be changed, so it knows no answers yet.
impl Clone for Asked {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Where a pair stands: part, line of the value, ranges in the part's text.
#[derive(Debug)]
pub(crate) struct PairAt {
    pub part: usize,
    pub line: usize,
    pub label: Range<usize>,
    pub lower: String,
    pub value: Range<usize>,
}

/// Where a sentence of a live line stands.
#[derive(Debug)]
struct SentenceAt {
    part: usize,
    line: usize,
    range: Range<usize>,
}

/// What the headers say; from the text of a forward, only what that kept.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    pub from: Option<Mailbox>,
    pub sender: Option<Mailbox>,
    pub reply_to: Option<Mailbox>,
    pub to: Vec<String>,
    /// With the offset as written, which is evidence for the zone that the sender thinks in.
    pub date: Option<DateTime<FixedOffset>>,
    pub message_id: Option<String>,
    pub in_reply_to: Vec<String>,
    pub references: Vec<String>,
    pub list_id: Option<String>,
    /// The domains (`d=`) of the DKIM signatures that the mail carries, in order. Claims: the door verifies.
    pub dkim: Vec<String>,
    /// Every other field, name in lower case, in order.
    pub fields: Vec<(String, String)>,
}

impl Headers {
    /// The first field of that name among those that have no place of their own above; name in lower case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// A display name and an address in lower case. Either may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailbox {
    pub name: String,
    pub address: String,
}

impl Mailbox {
    /// The domain of the address, or an empty string.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, d)| d)
    }
}

/// A part that is not words: a calendar, a JSON file.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// The MIME part's path such as `1.2`.
    pub part: String,
    pub name: Option<String>,
    /// The media type in lower case, such as `text/calendar`.
    pub media: String,
    pub bytes: Vec<u8>,
}

/// One normalised text.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// `subject`, the MIME part's path such as `1.2`, or a JSON pointer.
    pub id: String,
    /// UTF-8 without control characters but `\n` and `\t`; no-break and odd spaces are spaces.
    pub text: String,
    pub lines: Vec<Line>,
    /// Struck-out ranges, in order.
    pub struck: Vec<Range<usize>>,
    /// In order. Wrappers of security gateways are undone.
    pub links: Vec<Link>,
    /// Pairs of (offset in `text`, offset in the decoded source of the part), in order.
    pub source: Vec<(usize, usize)>,
}

/// A linked text and where it truly leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub range: Range<usize>,
    pub target: String,
}

/// A paragraph, a heading, an item of a list or a row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// In the part's text, without the `\n` that ends it.
    pub range: Range<usize>,
    pub kind: LineKind,
    /// Whether something separates it from the line before: an empty line, a rule, the edge of a block.
    pub gap: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineKind {
    Text,
    Heading,
    ListItem,
    Row(Row),
    /// Quoted from an earlier mail.
    Quote,
    Signature,
    /// Legal and mailing-list small print.
    Footer,
    /// Put there by a mail gateway ("external sender").
    Banner,
}

impl LineKind {
    /// Whether the provider says it here and now, and not a quotation, signature, footer or gateway.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Text | Self::Heading | Self::ListItem | Self::Row(_))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Counts the tables of a part from 0.
    pub table: usize,
    /// Whether this row names the columns of the rows after it.
    pub header: bool,
    /// In the part's text. A cell that spans columns stands in each of them.
    pub cells: Vec<Range<usize>>,
}

/// A place in a document: the part by its index, the range in its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    pub part: usize,
    pub range: Range<usize>,
}

/// A line with where it stands.
#[derive(Debug, Clone, Copy)]
pub struct LineView<'d> {
    pub part: usize,
    pub index: usize,
    pub line: &'d Line,
    pub text: &'d str,
}

/// A sentence, or a whole line where it is no prose (a heading, a row, a list item without a full stop).
#[derive(Debug, Clone)]
pub struct Sentence<'d> {
    pub place: Place,
    /// The index of the line it stands in.
    pub line: usize,
    pub text: &'d str,
}

/// `Start: 10 May 22:00`, or a cell with the heading of its column or the label in the cell to its left.
#[derive(Debug, Clone)]
pub struct Pair<'d> {
    pub part: usize,
    /// The index of the line that holds the value.
    pub line: usize,
    /// Without the colon and without marks of emphasis.
    pub label: &'d str,
    /// The label in lower case.
    pub lower: &'d str,
    pub label_range: Range<usize>,
    pub value: &'d str,
    pub value_range: Range<usize>,
}

/// A row of a table with the headings of its columns, where the table names them.
#[derive(Debug, Clone)]
pub struct RowView<'d> {
    pub part: usize,
    pub line: usize,
    pub row: &'d Row,
    pub header: Option<&'d Row>,
    text: &'d str,
}

impl<'d> RowView<'d> {
    #[must_use]
    pub fn cell(&self, column: usize) -> &'d str {
        self.row.cells.get(column).map_or("", |r| self.text[r.clone()].trim())
    }

    /// The heading of a column, or an empty string.
    #[must_use]
    pub fn heading(&self, column: usize) -> &'d str {
        self.header.and_then(|h| h.cells.get(column)).map_or("", |r| self.text[r.clone()].trim())
    }
}

impl Document {
    /// A document from bare text, wrapped lines joined, lists, tables, quotes and signatures told.
    #[must_use]
    pub fn from_text(subject: Option<&str>, text: &str) -> Self {
        let mut document = Self::default();
        if let Some(subject) = subject {
            document.set_subject(subject);
        }
        document.parts.push(super::text::part("1", text));
        document
    }

    /// Puts the subject first, in place of the one that stood there.
    pub fn set_subject(&mut self, subject: &str) {
        self.asked = Asked::default();
        self.parts.retain(|p| p.id != SUBJECT);
        self.parts.insert(0, super::text::single_line(SUBJECT, subject));
    }

    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.parts.first().filter(|p| p.id == SUBJECT).map(|p| p.text.as_str())
    }

    /// The day on which the mail was sent, in the sender's own zone.
    #[must_use]
    pub fn sent_on(&self) -> Option<NaiveDate> {
        self.headers.date.map(|d| d.date_naive())
    }

    /// The text at a place; empty where the place is not one of this document.
    #[must_use]
    pub fn text(&self, place: &Place) -> &str {
        self.parts.get(place.part).and_then(|p| p.text.get(place.range.clone())).unwrap_or("")
    }

    /// Every live line, subject first.
    pub fn lines(&self) -> impl Iterator<Item = LineView<'_>> {
        self.all_lines().filter(|v| v.line.kind.is_live())
    }

    /// Every line, with quotations, signatures, footers and banners.
    pub fn all_lines(&self) -> impl Iterator<Item = LineView<'_>> {
        self.parts.iter().enumerate().flat_map(|(part, p)| {
            p.lines.iter().enumerate().map(move |(index, line)| LineView {
                part,
                index,
                line,
                text: &p.text[line.range.clone()],
            })
        })
    }

    /// Every sentence of the live lines, in order. A row of a table is one.
    pub fn sentences(&self) -> impl Iterator<Item = Sentence<'_>> {
        self.sentences_at().iter().map(|s| Sentence {
            place: Place { part: s.part, range: s.range.clone() },
            line: s.line,
            text: &self.parts[s.part].text[s.range.clone()],
        })
    }

    fn sentences_at(&self) -> &[SentenceAt] {
        self.asked.sentences.get_or_init(|| {
            let mut all = Vec::new();
            for view in self.lines() {
                let (part, line, base) = (view.part, view.index, view.line.range.start);
                let mut push =
                    |r: Range<usize>| all.push(SentenceAt { part, line, range: base + r.start..base + r.end });
                match view.line.kind {
                    LineKind::Row(_) => push(0..view.text.len()),
                    _ => super::text::sentences(view.text).into_iter().for_each(push),
                }
            }
            all
        })
    }

    /// The rows of tables, header rows left out, each with its header row.
    pub fn rows(&self) -> impl Iterator<Item = RowView<'_>> {
        self.parts.iter().enumerate().flat_map(|(part, p)| {
            let mut header: Option<&Row> = None;
            p.lines.iter().enumerate().filter_map(move |(line, l)| {
                let LineKind::Row(row) = &l.kind else { return None };
                if row.header {
                    header = Some(row);
                    return None;
                }
                let header = header.filter(|h| h.table == row.table);
                Some(RowView { part, line, row, header, text: &p.text })
            })
        })
    }

    /// What stands behind a label: `Label: value` in a line or a cell, a value on the line after its label, a cell
    /// beside its label, a cell under the heading of its column. In the order of the lines.
    pub fn pairs(&self) -> impl Iterator<Item = Pair<'_>> {
        self.asked.pairs.get_or_init(|| super::pairs::pairs(self)).iter().map(|p| {
            let text = &self.parts[p.part].text;
            Pair {
                part: p.part,
                line: p.line,
                label: &text[p.label.clone()],
                lower: &p.lower,
                label_range: p.label.clone(),
                value: &text[p.value.clone()],
                value_range: p.value.clone(),
            }
        })
    }

    /// Whether a place is struck out, wholly or in part.
    #[must_use]
    pub fn is_struck(&self, place: &Place) -> bool {
        self.parts.get(place.part).is_some_and(|p| {
            let first = p.struck.partition_point(|s| s.end <= place.range.start);
            p.struck.get(first).is_some_and(|s| s.start < place.range.end)
        })
    }

    /// The line that holds an offset.
    #[must_use]
    pub fn line_at(&self, part: usize, offset: usize) -> Option<LineView<'_>> {
        let p = self.parts.get(part)?;
        let index = p.lines.partition_point(|l| l.range.end < offset);
        let line = p.lines.get(index).filter(|l| l.range.start <= offset)?;
        Some(LineView { part, index, line, text: &p.text[line.range.clone()] })
    }

    /// The evidence for a value at a place: its offsets, and the sentence or row around it.
    #[must_use]
    pub fn span(&self, place: &Place) -> Span {
        let part = self.parts.get(place.part).map_or_else(String::new, |p| p.id.clone());
        let quote = self.line_at(place.part, place.range.start).map_or_else(String::new, |view| {
            super::text::quote(self.sentence_around(&view, place).unwrap_or(view.text))
        });
        Span { part, start: place.range.start, end: place.range.end, quote }
    }

    /// The sentence of a line that holds a place; none where a row holds it.
    fn sentence_around(&self, view: &LineView<'_>, place: &Place) -> Option<&str> {
        let text = &self.parts[view.part].text;
        if matches!(view.line.kind, LineKind::Row(_)) {
            return None;
        }
        if !view.line.kind.is_live() {
            let base = view.line.range.start;
            let around = super::text::sentences(view.text).into_iter().find(|r| base + r.end >= place.range.end);
            return around.map(|r| &text[base + r.start..base + r.end]);
        }
        let all = self.sentences_at();
        let first = all.partition_point(|s| {
            let (here, wanted) = ((s.part, s.line), (view.part, view.index));
            here < wanted || (here == wanted && s.range.end < place.range.end)
        });
        let around = all.get(first).filter(|s| (s.part, s.line) == (view.part, view.index));
        around.map(|s| &text[s.range.clone()])
    }
}

impl Part {
    /// Drops what lies beyond a length in bytes; whether anything did.
    pub fn cut(&mut self, limit: usize) -> bool {
        if self.text.len() <= limit {
            return false;
        }
        let mut limit = limit;
        while !self.text.is_char_boundary(limit) {
            limit -= 1;
        }
        self.lines.retain(|l| l.range.end <= limit || (l.range.start < limit && !matches!(l.kind, LineKind::Row(_))));
        let end = self.lines.last_mut().map_or(0, |last| {
            last.range.end = last.range.end.min(limit);
            last.range.end
        });
        self.text.truncate(end);
        self.struck.retain(|r| r.end <= end);
        self.links.retain(|l| l.range.end <= end);
        true
    }

    /// Where in the decoded source of the part an offset of the normalised text came from.
    #[must_use]
    pub fn source_offset(&self, offset: usize) -> usize {
        let next = self.source.partition_point(|(here, _)| *here <= offset);
        match next.checked_sub(1).map(|i| self.source[i]) {
            Some((here, there)) => there + (offset - here),
            None => offset,
        }
    }
}
