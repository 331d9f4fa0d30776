//! What stands above or beside a date and speaks of it: the label of its value, the heading of its section, the words with
//! a colon that open its list. Owns how far such words reach; it must not know what they mean.

use super::dates::Mention;
use super::document::{Document, LineKind, Pair};

/// The labels of a document's values, walked along with its mentions.
pub struct Labels<'d> {
    pairs: Vec<Pair<'d>>,
    next: usize,
}

impl<'d> Labels<'d> {
    #[must_use]
    pub fn of_document(document: &'d Document) -> Self {
        let mut pairs: Vec<Pair<'_>> = document.pairs().collect();
        pairs.sort_by_key(|p| (p.part, p.value_range.start));
        Self { pairs, next: 0 }
    }

    /// The label nearest before a mention whose value holds it. Mentions must come in order.
    pub fn of(&mut self, mention: &Mention) -> Option<&'d str> {
        let at = (mention.place.part, mention.place.range.start);
        while self.pairs.get(self.next).is_some_and(|p| (p.part, p.value_range.start) <= at) {
            self.next += 1;
        }
        let holds = |p: &&Pair<'_>| p.part == mention.place.part && mention.place.range.end <= p.value_range.end;
        self.pairs[..self.next].iter().rev().take(NESTED).find(holds).map(|p| p.label)
    }
}

/// How many values at most lie around one another, and beside each other in a row.
const NESTED: usize = 8;

/// The nearest heading above a line, or the words with a colon that open the list or table in which it stands.
#[must_use]
pub fn heading_above(document: &Document, part: usize, line: usize) -> Option<&str> {
    let part = document.parts.get(part)?;
    let first = line.saturating_sub(HEADED);
    let listed = matches!(part.lines.get(line)?.kind, LineKind::ListItem | LineKind::Row(_));
    let above = part.lines.get(first..line)?.iter().rev();
    let found = above.clone().find(|l| l.kind == LineKind::Heading);
    let opened = above
        .take_while(|l| listed || matches!(l.kind, LineKind::ListItem))
        .find(|l| l.kind == LineKind::Text && part.text[l.range.clone()].ends_with(':'));
    opened.or(found).map(|l| &part.text[l.range.clone()])
}

/// How many lines below a heading still belong to it.
const HEADED: usize = 8;
