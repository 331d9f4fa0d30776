//! A body laid out, and the piece of it that is the forwarded mail.
//!
//! Owns cutting: quote marks taken off, history marked as quoted, the forwarder's words given back. It must not decide
//! where to cut.

use std::borrow::Cow;
use std::ops::Range;

use super::block::Block;
use crate::document::{Line, LineKind, Part, Row};
use crate::mail::Body;
use crate::{budget, charset, html, small_print, text};

/// HTML is taken over the plain text beside it unless it holds fewer than this share of its words, in percent.
const LEAST_SHARE: usize = 60;

/// What somebody writes above a mail that they quote whole: at most so many lines and bytes.
const LONGEST_REMARK: (usize, usize) = (6, 400);

/// A body laid out, its small print not yet set apart.
#[derive(Debug)]
pub struct Laid {
    pub part: Part,
    pub title: Option<String>,
    /// Its end was left out.
    pub was_cut: bool,
    quoted: Vec<Range<usize>>,
    /// Bare text is laid out only once it is known which piece of it is needed.
    is_plain: bool,
}

#[must_use]
pub fn lay_out(body: &Body) -> Laid {
    match body {
        Body::Text { id, text } => plain(id, text),
        Body::Table(part) => {
            Laid { part: part.clone(), title: None, was_cut: false, quoted: Vec::new(), is_plain: false }
        }
        Body::Html { id, html, plain: beside } => {
            let source = charset::undo_quoted_printable(budget::cut(html, budget::LONGEST_SOURCE));
            let rendered = html::render(id, &source);
            if let Some((plain_id, text)) = beside {
                let have = words(&rendered.part.text);
                let offered = words(text);
                if have * 100 < offered * LEAST_SHARE {
                    return plain(plain_id, text);
                }
            }
            Laid {
                part: rendered.part,
                title: rendered.title,
                was_cut: html.len() > budget::LONGEST_SOURCE,
                quoted: rendered.quoted,
                is_plain: false,
            }
        }
    }
}

fn plain(id: &str, source: &str) -> Laid {
    let undone = charset::undo_quoted_printable(budget::cut(source, budget::LONGEST_SOURCE));
    let (text, map) = text::normalise(budget::cut(&undone, budget::LONGEST_TEXT));
    Laid {
        was_cut: source.len() > budget::LONGEST_SOURCE || undone.len() > budget::LONGEST_TEXT,
        part: Part { id: id.to_owned(), text, source: map, ..Part::default() },
        title: None,
        quoted: Vec::new(),
        is_plain: true,
    }
}

/// Words that are no links.
fn words(text: &str) -> usize {
    text.split_whitespace()
        .filter(|w| w.bytes().any(|b| b.is_ascii_alphanumeric() || b >= 0x80))
        .filter(|w| !w.as_bytes().contains(&b':') || !w.contains("://"))
        .count()
}

impl Laid {
    /// The whole body as a part.
    #[must_use]
    pub fn finish(mut self) -> Part {
        if self.is_plain {
            return text::lay_out(self.part);
        }
        let whole = self.part.text.len();
        for range in self.quoted.iter().filter(|r| r.len() * 2 < whole) {
            quote(&mut self.part, range.clone());
        }
        small_print::set_apart(&mut self.part);
        self.part
    }

    /// The mail that somebody quoted whole without any header above it, and what they wrote above.
    #[must_use]
    pub fn quoted_whole(&self) -> Option<(String, Part)> {
        let text = Some(self.part.text.as_str()).filter(|_| self.is_plain)?;
        let is_written = |l: &&str| !l.trim().is_empty();
        let before = text.lines().filter(is_written).take_while(|l| marks(l) == 0).count();
        let (all, marked) = text
            .lines()
            .filter(is_written)
            .skip(before)
            .fold((0, 0), |(a, m), l| (a + 1, m + usize::from(marks(l) > 0)));
        let start = text.find('>')?;
        if before > LONGEST_REMARK.0 || start > LONGEST_REMARK.1 || marked * 10 < all * 7 {
            return None;
        }
        let block = Block { range: 0..start, body: start, ..Block::default() };
        Some((live_text(&text::part("", &text[..start])), self.take_plain(&block, None)))
    }

    /// Marks all from an offset on as quoted.
    pub fn quote_from(&mut self, offset: usize) {
        if self.is_plain {
            self.part = text::lay_out(std::mem::take(&mut self.part));
            self.is_plain = false;
        }
        let end = self.part.text.len();
        quote(&mut self.part, offset..end);
    }

    /// What stands above the chosen block: before the first and between the blocks passed over.
    #[must_use]
    pub fn remark(&self, blocks: &[Block]) -> String {
        let mut start = 0;
        let mut words = Vec::new();
        for block in blocks {
            let piece = self.part.text.get(start..block.range.start).unwrap_or("");
            let said = live_text(&text::part("", &dequote(piece, depth(piece)).0));
            if !said.is_empty() {
                words.push(said);
            }
            start = block.body;
        }
        words.join("\n\n")
    }

    /// The mail under a block of headers, its history from `end` on marked as quoted.
    #[must_use]
    pub fn take(&mut self, block: &Block, end: Option<usize>) -> Part {
        let mut part = if self.is_plain { self.take_plain(block, end) } else { self.take_laid(block, end) };
        if part.lines.first().is_some_and(|l| !l.gap) {
            part.lines[0].gap = true;
        }
        part
    }

    fn take_plain(&self, block: &Block, end: Option<usize>) -> Part {
        let body = &self.part.text[block.body..];
        let live_end = end.map_or(body.len(), |e| e.saturating_sub(block.body).min(body.len()));
        let quoted = depth(&self.part.text[block.range.clone()]).max(depth(&body[..live_end]));
        let (text, map) = dequote(body, quoted);
        let source = map.iter().map(|(here, there)| (*here, self.part.source_offset(block.body + there))).collect();
        let history = map.iter().find(|(_, there)| *there >= live_end).map_or(text.len(), |(here, _)| *here);
        let mut part =
            text::lay_out(Part { id: self.part.id.clone(), text: text.into_owned(), source, ..Part::default() });
        let whole = part.text.len();
        quote(&mut part, history..whole);
        part
    }

    fn take_laid(&self, block: &Block, end: Option<usize>) -> Part {
        let mut part = slice(&self.part, block.body);
        let whole = part.text.len();
        let live = end.map_or(whole, |e| e.saturating_sub(block.body).min(whole));
        small_print::set_apart(&mut part);
        quote(&mut part, live..whole);
        for range in self.quoted.iter().filter(|r| r.start > block.body) {
            let range = range.start - block.body..range.end - block.body;
            if range.len() * 2 < live {
                quote(&mut part, range);
            }
        }
        part
    }
}

/// Marks the live lines of a range as quoted.
fn quote(part: &mut Part, range: Range<usize>) {
    for line in &mut part.lines {
        if line.range.start >= range.start && line.range.end <= range.end {
            line.kind = LineKind::Quote;
        }
    }
}

/// A part from an offset on.
fn slice(part: &Part, from: usize) -> Part {
    let back = |r: &Range<usize>| r.start - from..r.end - from;
    let lines = part.lines.iter().filter(|l| l.range.start >= from).map(|l| Line {
        range: back(&l.range),
        gap: l.gap,
        kind: match &l.kind {
            LineKind::Row(row) => LineKind::Row(Row {
                table: row.table,
                header: row.header,
                cells: row.cells.iter().map(|c| c.start.saturating_sub(from)..c.end.saturating_sub(from)).collect(),
            }),
            other => other.clone(),
        },
    });
    let here = part.source_offset(from);
    Part {
        id: part.id.clone(),
        text: part.text[from..].to_owned(),
        lines: lines.collect(),
        struck: part.struck.iter().filter(|r| r.start >= from).map(back).collect(),
        links: part
            .links
            .iter()
            .filter(|l| l.range.start >= from)
            .map(|l| crate::document::Link { range: back(&l.range), target: l.target.clone() })
            .collect(),
        source: std::iter::once((0, here))
            .chain(part.source.iter().filter(|(h, _)| *h > from).map(|(h, s)| (h - from, *s)))
            .collect(),
    }
}

/// How many quote marks the first written line begins with.
fn depth(text: &str) -> usize {
    text.lines().find(|l| l.chars().any(char::is_alphanumeric)).map_or(0, marks)
}

fn marks(line: &str) -> usize {
    line.chars().take_while(|c| matches!(c, '>' | ' ')).filter(|c| *c == '>').count()
}

/// A text without its outer quote marks, and where each of its lines came from.
fn dequote(text: &str, levels: usize) -> (Cow<'_, str>, Vec<(usize, usize)>) {
    if levels == 0 {
        return (
            Cow::Borrowed(text),
            text.match_indices('\n')
                .map(|(i, _)| (i + 1, i + 1))
                .chain([(0, 0)])
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect(),
        );
    }
    let mut out = String::with_capacity(text.len());
    let mut map = Vec::new();
    let mut at = 0;
    for line in text.split('\n') {
        let mut rest = line;
        for _ in 0..levels {
            let Some(inner) = rest.trim_start_matches(' ').strip_prefix('>') else { break };
            rest = inner.strip_prefix(' ').unwrap_or(inner);
        }
        map.push((out.len(), at + line.len() - rest.len()));
        out.push_str(rest);
        out.push('\n');
        at += line.len() + 1;
    }
    out.pop();
    (Cow::Owned(out), map)
}

/// The live lines of a part, one under the other.
#[must_use]
pub fn live_text(part: &Part) -> String {
    let lines = part.lines.iter().filter(|l| l.kind.is_live());
    lines.map(|l| part.text[l.range.clone()].replace('\n', " ")).collect::<Vec<_>>().join("\n")
}
