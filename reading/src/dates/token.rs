//! Text to tokens: numbers, words with their senses, single marks. Owns what separates and what is invisible; it must not
//! know any date form.
//!
//! One pass over the bytes, a fixed amount of work for each token. Addresses of the web and of mail are one opaque token,
//! so that the digits in them are never dates.

use super::lexicon::{self, Senses};

/// What stands between a token and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// Nothing: the two are written together.
    None,
    Space,
    /// A line break (with the quoting marks of the next line, if any).
    Line,
    /// An empty line or more, the start of the text, or a break between cells: nothing is joined across it.
    Break,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Decimal digits. `value` is capped at `u32::MAX`.
    Number {
        value: u32,
        digits: u8,
    },
    Word(Senses),
    /// Any other visible character, dashes and quotes folded to their plain forms.
    Mark(char),
    /// An address or another run whose inside is not for reading.
    Opaque,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Token {
    pub start: usize,
    pub end: usize,
    pub gap: Gap,
    pub kind: Kind,
}

/// Characters without width or meaning: emphasis of plain text and joiners.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '*' | '`' | '\u{fe0f}')
}

const fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

const fn plain(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{ff0d}' => '-',
        '\u{2018}' | '\u{2019}' | '\u{2032}' => '\'',
        '\u{301c}' | '\u{ff5e}' | '\u{223c}' => '~',
        '\u{ff1a}' => ':',
        '\u{ff0f}' => '/',
        '\u{ff08}' => '(',
        '\u{ff09}' => ')',
        other => other,
    }
}

/// Cuts a text into tokens.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    Scanner { text, at: 0, gap: Gap::Break, out: Vec::with_capacity(text.len() / 5) }.run()
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    gap: Gap,
    out: Vec<Token>,
}

impl Scanner<'_> {
    fn run(mut self) -> Vec<Token> {
        while let Some(c) = self.peek() {
            if c == '\n' {
                self.gap = if self.gap >= Gap::Line { Gap::Break } else { Gap::Line };
                self.at += 1;
            } else if c.is_whitespace() {
                self.gap = self.gap.max(Gap::Space);
                self.at += c.len_utf8();
            } else if is_invisible(c) || (self.gap >= Gap::Line && c == '>') {
                self.at += c.len_utf8();
            } else if c.is_ascii_digit() {
                self.number();
            } else if c.is_alphabetic() && !is_ideograph(c) {
                self.word();
            } else {
                self.mark(c);
            }
        }
        self.out
    }

    fn peek(&self) -> Option<char> {
        let byte = *self.text.as_bytes().get(self.at)?;
        if byte < 0x80 { Some(char::from(byte)) } else { self.text[self.at..].chars().next() }
    }

    fn push(&mut self, start: usize, kind: Kind) {
        self.out.push(Token { start, end: self.at, gap: self.gap, kind });
        self.gap = Gap::None;
    }

    fn number(&mut self) {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut value: u32 = 0;
        while let Some(digit) = bytes.get(self.at).filter(|b| b.is_ascii_digit()) {
            value = value.saturating_mul(10).saturating_add(u32::from(digit - b'0'));
            self.at += 1;
        }
        let digits = u8::try_from(self.at - start).unwrap_or(u8::MAX);
        self.push(start, Kind::Number { value, digits });
    }

    fn word(&mut self) {
        let start = self.at;
        let mut ascii = true;
        while let Some(c) = self.peek() {
            if !(c.is_alphabetic() || c == '_' || is_combining(c)) || is_ideograph(c) {
                break;
            }
            ascii &= c.is_ascii();
            self.at += c.len_utf8();
        }
        let word = &self.text[start..self.at];
        let senses = lexicon::senses(word, ascii);
        self.push(start, Kind::Word(senses));
    }

    fn mark(&mut self, c: char) {
        let start = self.at;
        let rest = &self.text.as_bytes()[self.at..];
        if rest.starts_with(b"://") || (c == '@' && self.gap == Gap::None) {
            self.skip_address();
            self.push(start, Kind::Opaque);
            return;
        }
        self.at += c.len_utf8();
        self.push(start, Kind::Mark(plain(c)));
    }

    /// To the end of a web or mail address. Its head (`https`, `name`) is a word without any sense.
    fn skip_address(&mut self) {
        while let Some(c) = self.peek() {
            if c.is_whitespace() || matches!(c, '"' | '<' | '>' | ')' | ']' | '}' | '|' | '\\') {
                break;
            }
            self.at += c.len_utf8();
        }
    }
}

const fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(text: &str) -> Vec<String> {
        tokens(text)
            .iter()
            .map(|t| match t.kind {
                Kind::Number { value, digits } => format!("{value}/{digits}"),
                Kind::Word(_) => text[t.start..t.end].to_owned(),
                Kind::Mark(c) => c.to_string(),
                Kind::Opaque => "…".to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_date_and_time_fall_into_numbers_words_and_marks() {
        assert_eq!(
            shapes("05-Mar-2020, 9:00 AM"),
            ["5/2", "-", "Mar", "-", "2020/4", ",", "9/1", ":", "0/2", "AM"],
            "each part of the date is a token of its own"
        );
    }

    #[test]
    fn an_address_hides_its_digits() {
        assert_eq!(shapes("see https://x.example/2024-01-02?a=3) 4"), ["see", "https", "…", ")", "4/1"]);
        assert_eq!(shapes("noc2024@mail-2025.example"), ["noc", "2024/4", "…"]);
    }

    #[test]
    fn quoting_and_emphasis_do_not_come_between() {
        let t = tokens("*2 May\n> 2024*\n\nx");
        assert_eq!(t.iter().map(|t| t.gap).collect::<Vec<_>>(), [Gap::Break, Gap::Space, Gap::Line, Gap::Break]);
    }

    #[test]
    fn long_digit_runs_saturate() {
        let t = tokens("99999999999999999999");
        assert_eq!(t[0].kind, Kind::Number { value: u32::MAX, digits: 20 });
    }
}
