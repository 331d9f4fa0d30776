//! The timeline on a terminal: when, what sort of thing, and what happened, wrapped and coloured for reading.
//!
//! Owns how it looks. Colours are never the only sign, and there are none where nobody looks or `NO_COLOR` asks for none.

use std::io::IsTerminal as _;

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};

/// Where the words of a line begin, and where they end at the latest.
const MARGIN: usize = 30;
const WIDTH: usize = 100;

/// What sort of thing a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Mail,
    Notice,
    Asks,
    Reminds,
    Overdue,
    Escalates,
    Rises,
    Refused,
    Proposed,
    Done,
    Signs,
    Passes,
    Tells,
    Expires,
    Calm,
}

impl Mark {
    const fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail in",
            Self::Notice => "notice",
            Self::Asks => "asks",
            Self::Reminds => "reminds",
            Self::Overdue => "overdue",
            Self::Escalates => "ESCALATES",
            Self::Rises => "RISES",
            Self::Refused => "REFUSED",
            Self::Proposed => "proposed",
            Self::Done => "done",
            Self::Signs => "signs",
            Self::Passes => "PASSES",
            Self::Tells => "tells",
            Self::Expires => "EXPIRES",
            Self::Calm => "calm",
        }
    }

    /// The colour as the parameters of an SGR sequence (ECMA-48).
    const fn colour(self) -> &'static str {
        match self {
            Self::Mail => "36",
            Self::Notice | Self::Asks | Self::Proposed => "1",
            Self::Reminds | Self::Tells => "2",
            Self::Overdue => "33",
            Self::Escalates | Self::Rises => "1;33",
            Self::Refused => "1;31",
            Self::Done | Self::Signs => "32",
            Self::Passes | Self::Calm => "1;32",
            Self::Expires => "1;7;31",
        }
    }
}

/// Writes the timeline to standard output.
pub struct Teller {
    colour: bool,
    day: Option<NaiveDate>,
}

impl Teller {
    pub fn to_stdout() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { colour: wanted && std::io::stdout().is_terminal(), day: None }
    }

    /// A heading with a line below it.
    pub fn heading(&mut self, title: &str) {
        self.day = None;
        println!("\n{}\n{}", self.painted("1", title), self.painted("2", &"─".repeat(title.chars().count())));
    }

    /// A paragraph.
    pub fn paragraph(&self, text: &str) {
        for line in wrapped(text, WIDTH) {
            println!("{line}");
        }
    }

    /// One line of a list below a paragraph.
    pub fn item(&self, text: &str) {
        for (n, line) in wrapped(text, WIDTH - 4).iter().enumerate() {
            println!("  {} {line}", if n == 0 { "·" } else { " " });
        }
    }

    /// Something that happened at a moment.
    pub fn at(&mut self, at: DateTime<Utc>, mark: Mark, text: &str) {
        let date = self.date(at.date_naive());
        let time = if at.second() == 0 { at.format("%H:%M") } else { at.format("%H:%M:%S") }.to_string();
        self.line(&format!("{date} {time:<8}"), mark, text);
    }

    /// Something that went on for some days.
    pub fn over(&mut self, from: NaiveDate, to: NaiveDate, mark: Mark, text: &str) {
        let date = self.date(from);
        let date = if date.trim().is_empty() { format!("{:>6}", from.format("%-d %b").to_string()) } else { date };
        self.day = Some(to);
        self.line(&format!("{date} – {:<6}", to.format("%-d %b").to_string()), mark, text);
    }

    /// The day, unless the line before was of the same one; a new year gets a line of its own.
    fn date(&mut self, day: NaiveDate) -> String {
        if self.day.is_none_or(|last| last.year() != day.year()) {
            println!("\n  {}", self.painted("1", &day.year().to_string()));
        }
        let known = self.day.replace(day) == Some(day);
        if known { " ".repeat(6) } else { format!("{:>6}", day.format("%-d %b").to_string()) }
    }

    fn line(&self, when: &str, mark: Mark, text: &str) {
        let mut lines = wrapped(text, WIDTH - MARGIN).into_iter();
        let word = self.painted(mark.colour(), mark.word());
        let gap = " ".repeat(10_usize.saturating_sub(mark.word().chars().count()));
        println!("  {}  {word}{gap} {}", self.painted("2", when), lines.next().unwrap_or_default());
        for line in lines {
            println!("{}{line}", " ".repeat(MARGIN));
        }
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Breaks a text at spaces into lines of at most so many characters; a longer word stands alone.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is always one");
        let taken = last.chars().count();
        if taken > 0 && taken + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if taken > 0 {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_asked_and_no_word_is_lost() {
        let text = "the certificate authority rds-ca-2019 expires on 22 August 2024 at 17:08:50 UTC";
        let lines = wrapped(text, 20);
        assert!(lines.iter().all(|line| line.chars().count() <= 20), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrapped("a-word-that-is-longer-than-that", 8), ["a-word-that-is-longer-than-that"]);
    }
}
