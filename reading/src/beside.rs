//! What stands beside a date and speaks of it as far as windows care: the words before it in its line, the line above.
//!
//! Owns how near such words must stand. It must not decide what is a beginning or an end of a window (that is `windows`).

use super::dates::{Mention, Value};
use super::document::{Document, LineKind, Place};
use super::words::{self, Cue, Hit, Label};

/// What the prose around a date says, as far as windows care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prose {
    /// Work is announced, or the date stands at the head of its line as in a schedule.
    Work,
    /// `has been moved from … to …`: of a range the second is meant.
    Move,
    /// The value has been replaced, or something else is promised or told.
    Other,
}

/// The cues of the line last looked at: many dates share one.
#[derive(Default)]
pub struct LineCues {
    at: Option<(usize, usize)>,
    /// In order of their ends.
    hits: Vec<Hit>,
    /// Whether anywhere in the line work is announced.
    works: bool,
}

impl LineCues {
    fn read(&mut self, place: (usize, usize), text: &str) {
        if self.at != Some(place) {
            self.at = Some(place);
            self.hits = words::cues(text);
            self.works = self.hits.iter().any(|h| matches!(h.cue, Cue::Begins | Cue::Moved));
        }
    }

    /// Whether a cue stands directly before an offset of the line, or overlaps its first letters (`from`, `until`).
    fn directly_before(&self, at: usize, cue: Cue) -> bool {
        let end = self.hits.partition_point(|h| h.end <= at + OVERLAP);
        self.hits[..end]
            .iter()
            .rev()
            .take_while(|h| h.end + DIRECTLY >= at)
            .any(|h| h.cue == cue && h.start + DIRECTLY >= at)
    }
}

/// How far before a date a word that replaces or moves it stands, in bytes.
const DIRECTLY: usize = 40;
/// How many bytes of a mention may belong to the words before it.
const OVERLAP: usize = 6;

pub fn prose(document: &Document, mention: &Mention, cues: &mut LineCues) -> Prose {
    let Some(line) = document.line_at(mention.place.part, mention.place.range.start) else { return Prose::Other };
    let at = mention.place.range.start - line.line.range.start;
    let leads = !line.text[..at].chars().any(char::is_alphanumeric) || matches!(line.line.kind, LineKind::Row(_));
    cues.read((mention.place.part, mention.line), line.text);
    if [Cue::Superseded, Cue::NextWord, Cue::OptOut].into_iter().any(|cue| cues.directly_before(at, cue)) {
        return Prose::Other;
    }
    if cues.directly_before(at, Cue::Moved) && matches!(mention.value, Value::Span { .. }) {
        return Prose::Move;
    }
    if leads || cues.works { Prose::Work } else { Prose::Other }
}

/// A short line without a date directly above a line that a date begins is its label, with or without a colon.
pub fn line_above(document: &Document, mention: &Mention) -> Option<Label> {
    let part = &document.parts[mention.place.part];
    let line = part.lines.get(mention.line)?;
    let lead = &part.text[line.range.start..mention.place.range.start.max(line.range.start)];
    if matches!(line.kind, LineKind::Row(_)) || lead.chars().any(char::is_alphanumeric) {
        return None;
    }
    let above = &part.text[part.lines.get(mention.line.checked_sub(1)?)?.range.clone()];
    let short = above.len() <= 40 && !above.bytes().any(|b| b.is_ascii_digit()) && !above.ends_with(['.', ',', ';']);
    if short { words::label(above) } else { None }
}

/// A word for start or end directly before a mention in its line: `Start 10:00`, `ends on 5 May`.
pub fn word_before(document: &Document, mention: &Mention, before: Option<&Place>) -> Option<Label> {
    let line = document.line_at(mention.place.part, mention.place.range.start)?;
    let from = before
        .filter(|p| p.part == mention.place.part)
        .map_or(line.line.range.start, |p| p.range.end.max(line.line.range.start))
        .min(mention.place.range.start);
    let text = &document.parts[mention.place.part].text;
    let lead = &text[from..mention.place.range.start];
    let tail: Vec<&str> = lead.split_whitespace().rev().take(4).collect();
    tail.iter().find_map(|word| words::label(word).filter(|l| matches!(l, Label::Start | Label::End | Label::Aside)))
}
