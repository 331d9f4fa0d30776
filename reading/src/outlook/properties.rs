//! The properties of a message, a recipient or an attachment as they stand in their storage (MS-OXMSG, 2.1 to 2.4).

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use cfb::CompoundFile;
use chrono::{DateTime, Utc};

use super::{BadMsg, MOST_ATTACHMENTS, is_too_deep};
use crate::charset;

type File<'b> = CompoundFile<Cursor<&'b [u8]>>;

/// The stream of fixed-size properties of the outermost message.
pub const ROOT: &str = "/__properties_version1.0";

/// Property ids (MS-OXPROPS).
pub mod id {
    pub const SUBJECT: u16 = 0x0037;
    pub const SUBMITTED: u16 = 0x0039;
    pub const REPRESENTING_NAME: u16 = 0x0042;
    pub const REPRESENTING_ADDRESS: u16 = 0x0065;
    pub const HEADERS: u16 = 0x007d;
    pub const RECIPIENT_TYPE: u16 = 0x0c15;
    pub const SENDER_NAME: u16 = 0x0c1a;
    pub const SENDER_ADDRESS: u16 = 0x0c1f;
    pub const DELIVERED: u16 = 0x0e06;
    pub const BODY: u16 = 0x1000;
    pub const RTF: u16 = 0x1009;
    pub const HTML: u16 = 0x1013;
    pub const MESSAGE_ID: u16 = 0x1035;
    pub const REFERENCES: u16 = 0x1039;
    pub const IN_REPLY_TO: u16 = 0x1042;
    pub const NAME: u16 = 0x3001;
    pub const ADDRESS: u16 = 0x3003;
    pub const DATA: u16 = 0x3701;
    pub const SHORT_FILE_NAME: u16 = 0x3704;
    pub const FILE_NAME: u16 = 0x3707;
    pub const MIME: u16 = 0x370e;
    pub const SMTP_ADDRESS: u16 = 0x39fe;
    pub const INTERNET_CODE_PAGE: u16 = 0x3fde;
    pub const CODE_PAGE: u16 = 0x3ffd;
    pub const SENDER_SMTP: u16 = 0x5d01;
    pub const REPRESENTING_SMTP: u16 = 0x5d02;
}

/// Property types (MS-OXCDATA, 2.11.1).
mod sort {
    pub const LONG: u16 = 0x0003;
    pub const TIME: u16 = 0x0040;
    pub const OBJECT: u16 = 0x000d;
    pub const ANSI: u16 = 0x001e;
    pub const UNICODE: u16 = 0x001f;
    pub const BINARY: u16 = 0x0102;
}

/// One storage with what hangs below it.
#[derive(Debug, Default)]
pub struct Storage {
    /// Streams, by property id: their type and bytes.
    streams: BTreeMap<u16, (u16, Vec<u8>)>,
    /// Properties that fit into eight bytes.
    fixed: BTreeMap<u16, (u16, [u8; 8])>,
    pub recipients: Vec<Self>,
    pub attachments: Vec<Self>,
    /// The mail that an attachment is.
    pub message: Option<Box<Self>>,
    /// Something was left out of it for want of room.
    pub cut: bool,
}

/// Bytes before the first property: of the outermost message, of one inside it, and of a recipient or attachment.
#[derive(Debug, Clone, Copy)]
enum Prelude {
    Outermost = 32,
    Inner = 24,
    Small = 8,
}

impl Storage {
    /// Reads the outermost message. `left` is what may still be taken out of the file.
    pub fn message(file: &mut File<'_>, path: &str, left: &mut usize) -> Result<Self, BadMsg> {
        Self::read(file, path, Prelude::Outermost, 0, left)
    }

    fn read(file: &mut File<'_>, path: &str, prelude: Prelude, depth: usize, left: &mut usize) -> Result<Self, BadMsg> {
        let mut storage = Self::default();
        let entries: Vec<(String, bool)> = file
            .read_storage(path)
            .map_err(|error| BadMsg::Damaged(error.to_string()))?
            .map(|entry| (entry.name().to_owned(), entry.is_stream()))
            .collect();
        let below = path.trim_end_matches('/');
        for (name, is_stream) in entries {
            let at = format!("{below}/{name}");
            if is_stream && name == "__properties_version1.0" {
                storage.fixed = fixed(&bytes(file, &at, left)?, prelude);
            } else if let Some((property, sort)) = tag(&name) {
                if is_stream {
                    let bytes = bytes(file, &at, left)?;
                    storage.streams.insert(property, (sort, bytes));
                } else if property == id::DATA && sort == sort::OBJECT && !is_too_deep(depth + 1) {
                    let inner = Self::read(file, &at, Prelude::Inner, depth + 1, left)?;
                    storage.message = Some(Box::new(inner));
                }
            } else if !is_stream && name.starts_with("__recip_version1.0_") {
                storage.recipients.push(Self::read(file, &at, Prelude::Small, depth, left)?);
            } else if !is_stream && name.starts_with("__attach_version1.0_") {
                if storage.attachments.len() < MOST_ATTACHMENTS {
                    storage.attachments.push(Self::read(file, &at, Prelude::Small, depth, left)?);
                } else {
                    storage.cut = true;
                }
            }
        }
        Ok(storage)
    }

    /// A text; none where it is missing or empty.
    pub fn text(&self, property: u16) -> Option<String> {
        let (sort, bytes) = self.streams.get(&property)?;
        let text = match *sort {
            sort::UNICODE => {
                let units: Vec<u16> = bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
                String::from_utf16_lossy(&units)
            }
            sort::ANSI | sort::BINARY => charset::decode(bytes, self.code_page().as_deref()).into_owned(),
            _ => return None,
        };
        let text = text.trim_end_matches('\0');
        (!text.trim().is_empty()).then(|| text.to_owned())
    }

    /// The bytes of a property; none where it is missing.
    pub fn bytes(&self, property: u16) -> Option<&[u8]> {
        self.streams.get(&property).map(|(_, bytes)| bytes.as_slice())
    }

    pub fn number(&self, property: u16) -> Option<u32> {
        let (sort, bytes) = self.fixed.get(&property)?;
        (*sort == sort::LONG).then(|| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A time, which stands as tenths of microseconds since 1601.
    pub fn time(&self, property: u16) -> Option<DateTime<Utc>> {
        let (sort, bytes) = self.fixed.get(&property)?;
        let ticks = i64::try_from(u64::from_le_bytes(*bytes)).ok()?;
        let at = DateTime::from_timestamp_micros(ticks / 10 - 11_644_473_600_000_000)?;
        (*sort == sort::TIME && ticks > 0).then_some(at)
    }

    /// The character set of texts that are no Unicode.
    fn code_page(&self) -> Option<String> {
        let number = self.number(id::INTERNET_CODE_PAGE).or_else(|| self.number(id::CODE_PAGE))?;
        Some(charset_of(number))
    }
}

/// A Windows code page as MIME names it.
pub fn charset_of(code_page: u32) -> String {
    match code_page {
        65001 => "utf-8".to_owned(),
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        20127 => "us-ascii".to_owned(),
        20866 => "koi8-r".to_owned(),
        28591..=28606 => format!("iso-8859-{}", code_page - 28590),
        50220..=50222 => "iso-2022-jp".to_owned(),
        51932 => "euc-jp".to_owned(),
        other => format!("windows-{other}"),
    }
}

/// Property id and type out of a name such as `__substg1.0_0037001F`.
fn tag(name: &str) -> Option<(u16, u16)> {
    let tag = name.strip_prefix("__substg1.0_")?;
    let half = |digits: Option<&str>| u16::from_str_radix(digits?, 16).ok();
    // More than eight digits name one value of several.
    let (property, sort) = (half(tag.get(..4))?, half(tag.get(4..8))?);
    (tag.len() == 8).then_some((property, sort))
}

fn fixed(bytes: &[u8], prelude: Prelude) -> BTreeMap<u16, (u16, [u8; 8])> {
    let rows = bytes.get(prelude as usize..).unwrap_or_default().chunks_exact(16);
    rows.map(|row| {
        let sort = u16::from_le_bytes([row[0], row[1]]);
        let property = u16::from_le_bytes([row[2], row[3]]);
        let mut value = [0; 8];
        value.copy_from_slice(&row[8..]);
        (property, (sort, value))
    })
    .collect()
}

fn bytes(file: &mut File<'_>, path: &str, left: &mut usize) -> Result<Vec<u8>, BadMsg> {
    let damaged = |error: std::io::Error| BadMsg::Damaged(error.to_string());
    let stream = file.open_stream(path).map_err(damaged)?;
    let mut bytes = Vec::new();
    let most = u64::try_from(*left).unwrap_or(u64::MAX);
    stream.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(damaged)?;
    *left = left.checked_sub(bytes.len()).ok_or(BadMsg::TooLarge)?;
    Ok(bytes)
}
