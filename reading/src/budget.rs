//! How much of a message is read: limits in bytes, parts and levels, never in seconds, so that a reading is repeatable.
//!
//! Owns every limit of the reader and what is said when one is met. It must not decide what a message means.

use super::Trouble;

/// Normalised text read for facts, over all parts of one mail: a list of ten thousand rows. Most notices are a thousandth.
pub const LONGEST_TEXT: usize = 1 << 21;
/// MIME parts looked at.
pub const MOST_PARTS: usize = 500;
/// A MIME path so long (`1.1.1.…`) is an attack.
pub const LONGEST_PATH: usize = 64;
/// Mails within mails.
pub const DEEPEST_MAIL: usize = 6;
/// Forwards within a forward's text.
pub const DEEPEST_FORWARD: usize = 6;
/// Header blocks looked for in one text: the forwards and the first of the history.
pub const MOST_BLOCKS: usize = 8;
/// An attachment that an adapter is asked to read.
pub const LARGEST_ATTACHMENT: usize = 4 << 20;
/// The source of one body before it is laid out. A body of more markup than this is cut.
pub const LONGEST_SOURCE: usize = 8 << 20;
/// Rows and columns read of a sheet.
pub const MOST_ROWS: usize = 5_000;
pub const MOST_COLUMNS: usize = 64;
/// What a zipped workbook may unpack to.
pub const LARGEST_UNPACKED: usize = 32 << 20;
/// Announcements taken from one message.
pub const MOST_NOTICES: usize = 100;
/// Attached mails nested deeper than this are not parsed: the MIME crate takes a frame for each.
const MOST_MAILS: usize = 64;

/// The bytes up to where the nesting of attached mails and multiparts becomes absurd, and whether that cut something.
#[must_use]
pub fn shallow(bytes: &[u8]) -> (&[u8], bool) {
    let mut mails = 0;
    let mut parts = 0;
    let mut at = 0;
    while let Some(slash) = bytes[at..].iter().position(|b| *b == b'/').map(|i| at + i) {
        let before = &bytes[slash.saturating_sub(9)..slash];
        let ends_with =
            |word: &[u8]| before.len() >= word.len() && before[before.len() - word.len()..].eq_ignore_ascii_case(word);
        mails += usize::from(ends_with(b"message"));
        parts += usize::from(ends_with(b"multipart"));
        if mails > MOST_MAILS || parts > MOST_PARTS {
            return (&bytes[..slash], true);
        }
        at = slash + 1;
    }
    (bytes, false)
}

/// A text cut to the budget at a character's edge.
#[must_use]
pub fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[must_use]
pub fn too_deep() -> Trouble {
    Trouble {
        code: "too_deep".to_owned(),
        message: "The mail is nested deeper than any mail program makes it; what lies deeper was not read. Look at the original.".to_owned(),
        span: None,
    }
}

#[must_use]
pub fn too_long() -> Trouble {
    Trouble {
        code: "too_long".to_owned(),
        message: "The message is longer than is read for facts; its end was left out. Look at the original for what stands there.".to_owned(),
        span: None,
    }
}
