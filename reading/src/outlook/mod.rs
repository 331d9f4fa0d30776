//! Outlook's `.msg` files (MS-OXMSG): a record of a mail in Outlook's own properties, turned into a mail.
//!
//! Owns what becomes which header and part. The bytes of the original are not in such a file, so no signature can be checked
//! in what is made of it. It must not read what the mail says.

mod compose;
mod properties;
mod rtf;

use std::borrow::Cow;
use std::io::Cursor;

use cfb::CompoundFile;

use self::properties::Storage;
use super::budget;

/// What every compound file begins with (MS-CFB, 2.2).
const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// Attachments and attached mails together, at most.
const MOST_ATTACHMENTS: usize = 200;
/// Bytes of all that is taken out of one file: its streams may share their place, so the file's own length is no limit.
const MOST_BYTES: usize = 96 << 20;

/// A `.msg` file that cannot be read, said so that somebody can do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMsg {
    #[error("This is no Outlook message: {0}. Open it in Outlook and save it as .eml, or forward it as an attachment.")]
    NoMessage(&'static str),
    #[error(
        "This Outlook file is damaged ({0}). Open it in Outlook and save it as .eml, or forward it as an attachment."
    )]
    Damaged(String),
    #[error("What is in this Outlook file is larger than a mail may be. Forward it without its attachments.")]
    TooLarge,
}

/// Whether the bytes may be a `.msg` file: they are a compound file, as old Word and Excel files are too.
#[must_use]
pub fn is_compound(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The mail that a `.msg` file is a record of.
///
/// # Errors
/// Where the file is damaged, or another kind of compound file.
pub fn mail(bytes: &[u8]) -> Result<Vec<u8>, BadMsg> {
    let damaged = |error: std::io::Error| BadMsg::Damaged(error.to_string());
    let mut file = CompoundFile::open(Cursor::new(bytes)).map_err(damaged)?;
    if !file.exists(properties::ROOT) {
        return Err(BadMsg::NoMessage("it holds no properties of a mail"));
    }
    let mut left = MOST_BYTES;
    let root = Storage::message(&mut file, "/", &mut left)?;
    compose::compose(&root, 0)
}

/// Looks whether a file is Outlook's and damaged, so that whoever brings it is told at once. Anything else passes.
///
/// # Errors
/// As [`mail`].
pub fn check(bytes: &[u8]) -> Result<(), BadMsg> {
    if is_compound(bytes) { mail(bytes).map(drop) } else { Ok(()) }
}

/// What is to be read and shown of a message's bytes: the mail inside a `.msg` file, and anything else as it is.
#[must_use]
pub fn readable(raw: &[u8]) -> Cow<'_, [u8]> {
    let made = is_compound(raw).then(|| mail(raw).ok()).flatten();
    made.map_or(Cow::Borrowed(raw), Cow::Owned)
}

/// How deep attached mails may lie in each other.
const fn is_too_deep(depth: usize) -> bool {
    depth > budget::DEEPEST_MAIL
}

#[cfg(test)]
mod tests;
