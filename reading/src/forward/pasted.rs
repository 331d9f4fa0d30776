//! Mails that somebody copied out of a web mailer: sender and date stand above the text, without labels.
//!
//! Owns recognising those two lines in a text that came without any header of its own. It must not cut anything off: the
//! lines stay in the text.

use chrono::{DateTime, FixedOffset, Utc};

use super::block::mailbox;
use super::when;
use crate::document::Mailbox;

/// Such lines stand among the first so many that are not empty, and are at most so long.
const LINES: usize = 8;
const LONGEST: usize = 160;

/// The sender, and the date where it could be understood.
#[must_use]
pub fn find(text: &str, received: Option<DateTime<Utc>>) -> Option<(Mailbox, Option<DateTime<FixedOffset>>)> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).take(LINES).collect();
    let (at, from) = lines.iter().enumerate().filter(|(_, l)| l.len() <= LONGEST).find_map(|(at, line)| {
        let from = mailbox(line);
        let words = line.split_whitespace().count();
        (!from.address.is_empty() && words <= 16).then_some((at, from))
    })?;
    let behind = lines[at].rsplit_once(['>', '\t']).map_or("", |(_, rest)| rest);
    let dated =
        [behind, lines.get(at + 1).copied().unwrap_or("")].into_iter().find(|l| l.len() <= LONGEST && is_stamp(l))?;
    let name = from.name.trim_start_matches(['-', '•', ' ']).to_owned();
    Some((
        Mailbox { name, ..from },
        when::parse(dated.trim_start_matches(['-', '•', ' ']), true, received).map(|(at, _)| at),
    ))
}

/// A date with a time of day and hardly a word beside them.
fn is_stamp(line: &str) -> bool {
    let has_clock = line.as_bytes().windows(3).any(|w| w[0].is_ascii_digit() && w[1] == b':' && w[2].is_ascii_digit());
    has_clock
        && line.split_whitespace().count() <= 10
        && !line.contains('@')
        && line.bytes().filter(u8::is_ascii_digit).count() >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sender_and_date_are_found_above_a_pasted_mail() {
        for text in [
            "Works on AB-1\nAda Example <ada@acme.example>\tTue, May 5, 2026, 2:37 PM\nto ops\nHello",
            "Ada Example ada@acme.example\nTue, May 5, 2026, 2:37 PM (13 hours ago)\nto ops, me\n\nHello",
            "**Works on AB-1**\n\n- Ada Example <ada@acme.example>\n- May 5, 2026, 2:37 PM\n\nHello",
        ] {
            let (from, at) = find(text, None).unwrap_or_else(|| panic!("nothing found in {text:?}"));
            assert_eq!((from.name.as_str(), from.address.as_str()), ("Ada Example", "ada@acme.example"), "in {text:?}");
            assert_eq!(
                at.map(|a| a.format("%Y-%m-%d %H:%M").to_string()).as_deref(),
                Some("2026-05-05 14:37"),
                "in {text:?}"
            );
        }
        assert_eq!(
            find(
                "Write to noc@acme.example.\nThe works begin on 5 May 2026 at 22:00 UTC and last for four hours or so.",
                None
            ),
            None
        );
    }
}
