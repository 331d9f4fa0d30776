//! Reading along tokens: the small questions that every rule of the grammar asks. It must not know any rule.

use super::lexicon::{Senses, Unit, fold};
use super::token::{Gap, Kind, Token};

/// A text and its tokens. Positions are indices of tokens; one past the end answers every question with no.
#[derive(Clone, Copy)]
pub struct Tokens<'a> {
    pub text: &'a str,
    pub tokens: &'a [Token],
}

impl<'a> Tokens<'a> {
    #[must_use]
    pub fn get(&self, i: usize) -> Option<&'a Token> {
        self.tokens.get(i)
    }

    /// The number at `i`: value and count of digits.
    #[must_use]
    pub fn number(&self, i: usize) -> Option<(u32, u8)> {
        match self.get(i)?.kind {
            Kind::Number { value, digits } => Some((value, digits)),
            _ => None,
        }
    }

    /// A number of one or two digits.
    #[must_use]
    pub fn short(&self, i: usize) -> Option<u8> {
        self.number(i).filter(|(_, digits)| *digits <= 2).and_then(|(value, _)| u8::try_from(value).ok())
    }

    /// A year of four digits that a notice can speak of.
    #[must_use]
    pub fn year(&self, i: usize) -> Option<i32> {
        let (value, digits) = self.number(i)?;
        (digits == 4 && (1990..2100).contains(&value)).then(|| i32::try_from(value).ok()).flatten()
    }

    #[must_use]
    pub fn senses(&self, i: usize) -> Senses {
        match self.get(i).map(|t| t.kind) {
            Some(Kind::Word(senses)) => senses,
            _ => Senses::default(),
        }
    }

    #[must_use]
    pub fn has(&self, i: usize, part: u32) -> bool {
        self.senses(i).has(part)
    }

    #[must_use]
    pub fn month(&self, i: usize) -> Option<u8> {
        Some(self.senses(i).month).filter(|m| *m > 0)
    }

    #[must_use]
    pub fn weekday(&self, i: usize) -> Option<u8> {
        Some(self.senses(i).weekday).filter(|d| *d > 0)
    }

    #[must_use]
    pub fn unit(&self, i: usize) -> Option<Unit> {
        self.senses(i).unit
    }

    #[must_use]
    pub fn is_word(&self, i: usize) -> bool {
        matches!(self.get(i).map(|t| t.kind), Some(Kind::Word(_)))
    }

    #[must_use]
    pub fn mark(&self, i: usize) -> Option<char> {
        match self.get(i)?.kind {
            Kind::Mark(c) => Some(c),
            _ => None,
        }
    }

    #[must_use]
    pub fn is(&self, i: usize, mark: char) -> bool {
        self.mark(i) == Some(mark)
    }

    /// The gap before the token at `i`; the end of the text is a break.
    #[must_use]
    pub fn gap(&self, i: usize) -> Gap {
        self.get(i).map_or(Gap::Break, |t| t.gap)
    }

    /// Whether the token at `i` is written together with the one before it.
    #[must_use]
    pub fn glued(&self, i: usize) -> bool {
        self.gap(i) == Gap::None
    }

    /// Whether the token at `i` belongs to the same run of text as the one before it.
    #[must_use]
    pub fn joined(&self, i: usize) -> bool {
        self.gap(i) < Gap::Break
    }

    #[must_use]
    pub fn slice(&self, i: usize) -> &'a str {
        self.get(i).map_or("", |t| &self.text[t.start..t.end])
    }

    /// Whether the word at `i` is one of these, given folded.
    #[must_use]
    pub fn is_one_of(&self, i: usize, words: &[&str]) -> bool {
        let word = self.slice(i);
        if word.is_ascii() {
            words.iter().any(|w| w.eq_ignore_ascii_case(word))
        } else {
            let folded = fold(word);
            words.contains(&folded.as_str())
        }
    }

    /// Whether a word begins with a capital letter.
    #[must_use]
    pub fn capital(&self, i: usize) -> bool {
        self.slice(i).starts_with(char::is_uppercase)
    }

    /// The bytes from the token at `first` up to the one before `end`.
    #[must_use]
    pub fn bytes(&self, first: usize, end: usize) -> std::ops::Range<usize> {
        let start = self.get(first).map_or(self.text.len(), |t| t.start);
        let stop = end.checked_sub(1).and_then(|i| self.get(i)).map_or(start, |t| t.end);
        start..stop.max(start)
    }

    /// Past an optional mark.
    #[must_use]
    pub fn past(&self, i: usize, mark: char) -> usize {
        if self.is(i, mark) && self.joined(i) { i + 1 } else { i }
    }

    /// Past an optional word of a part.
    #[must_use]
    pub fn past_word(&self, i: usize, part: u32) -> usize {
        if self.has(i, part) && self.joined(i) { i + 1 } else { i }
    }

    /// Whether a numeric form may begin at `i`: not inside a version, an identifier, a path or a sum of money.
    #[must_use]
    pub fn may_begin(&self, i: usize) -> bool {
        if i == 0 || !self.glued(i) {
            return true;
        }
        match self.get(i - 1).map(|t| t.kind) {
            // The second half of an ISO 8601 interval.
            Some(Kind::Mark('/')) if self.year(i).is_some() && i > 1 && matches!(self.slice(i - 2), "Z" | "z") => true,
            Some(Kind::Mark(c)) => !matches!(c, '-' | '.' | '_' | '/' | '#' | '$' | '€' | '£' | '%' | '+' | '&' | '\''),
            // `Date2024-01-02` is rare, `beginningWed,16Aug` and `T12:00` are handled where they stand.
            _ => false,
        }
    }

    /// Whether a numeric form may end before `i`: no digit, letter, or mark with a digit follows without a gap.
    #[must_use]
    pub fn may_end(&self, i: usize) -> bool {
        if !self.glued(i) {
            return true;
        }
        match self.get(i).map(|t| t.kind) {
            Some(Kind::Number { .. } | Kind::Opaque) => false,
            Some(Kind::Mark('-' | '.' | '/' | ':' | '_' | ',')) => !(self.glued(i + 1) && self.number(i + 1).is_some()),
            Some(Kind::Mark('%' | '$' | '€')) => false,
            Some(Kind::Word(senses)) => senses != Senses::default(),
            _ => true,
        }
    }
}
