//! Attached tables: CSV files and spreadsheets as parts whose lines are rows.
//!
//! Owns reading them within the budget. It must not know what a column means.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, open_workbook_auto_from_rs};
use flate2::read::DeflateDecoder;

use super::document::Part;
use super::{Trouble, budget, text};

/// A CSV file as a table; its separator is the one that the first line holds most of.
#[must_use]
pub fn csv(id: &str, source: &str) -> Part {
    let source = budget::cut(source, budget::LONGEST_TEXT);
    let head = source.lines().next().unwrap_or("");
    let separator =
        [b',', b';', b'\t', b'|'].into_iter().max_by_key(|s| head.bytes().filter(|b| b == s).count()).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(source.as_bytes());
    let rows = reader.records().take(budget::MOST_ROWS).filter_map(Result::ok);
    text::table(id, rows.map(|r| r.iter().take(budget::MOST_COLUMNS).map(str::to_owned).collect::<Vec<_>>()))
}

/// The sheets of a workbook as tables, the part ids those of the attachment with the sheet's number.
///
/// # Errors
/// A trouble that names the part where the workbook is broken, locked with a password or unpacks to too much.
pub fn workbook(id: &str, bytes: &[u8]) -> Result<Vec<Part>, Trouble> {
    if unpacked_size(bytes, budget::LARGEST_UNPACKED).is_none() {
        return Err(unreadable(id, "it is broken, or unpacks to more than a notice holds"));
    }
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|e| unreadable(id, &e.to_string()))?;
    let mut parts = Vec::new();
    for (nth, name) in book.sheet_names().into_iter().enumerate().take(16) {
        let Ok(range) = book.worksheet_range(&name) else { continue };
        let rows = range
            .rows()
            .take(budget::MOST_ROWS)
            .map(|r| r.iter().take(budget::MOST_COLUMNS).map(cell).collect::<Vec<_>>());
        let part = text::table(&format!("{id}.{}", nth + 1), rows);
        if !part.lines.is_empty() {
            parts.push(part);
        }
    }
    Ok(parts)
}

fn cell(data: &Data) -> String {
    match data {
        Data::DateTime(at) => {
            let (year, month, day, hour, minute, _, _) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
        }
        other => other.to_string(),
    }
}

fn unreadable(id: &str, why: &str) -> Trouble {
    Trouble {
        code: "unreadable_attachment".to_owned(),
        message: format!("The spreadsheet in part {id} could not be read: {why}. Open it from the original mail."),
        span: None,
    }
}

/// What the entries of a zip file unpack to, up to a limit; the file's own size where it is no zip. Found by unpacking, since
/// a directory may lie. None where it is broken, packed in a way that no workbook is, or unpacks to more.
fn unpacked_size(bytes: &[u8], limit: usize) -> Option<usize> {
    if !bytes.starts_with(b"PK") {
        return Some(bytes.len());
    }
    let word = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let half = |at: usize| bytes.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]) as usize);
    let tail = bytes.len().saturating_sub(66_000);
    let end = bytes[tail..].windows(4).rposition(|w| w == b"PK\x05\x06")? + tail;
    let (entries, mut at) = (half(end + 10)?, word(end + 16)?);
    let mut total = 0_usize;
    for _ in 0..entries {
        if bytes.get(at..at + 4)? != b"PK\x01\x02" {
            return None;
        }
        let (method, packed, header) = (half(at + 10)?, word(at + 20)?, word(at + 42)?);
        let data = header + 30 + half(header + 26)? + half(header + 28)?;
        let data = bytes.get(data..data.checked_add(packed)?)?;
        total = total.checked_add(match method {
            STORED => packed,
            DEFLATED => inflated(data, limit - total)?,
            _ => return None,
        })?;
        if total > limit {
            return None;
        }
        at += 46 + half(at + 28)? + half(at + 30)? + half(at + 32)?;
    }
    Some(total)
}

const STORED: usize = 0;
const DEFLATED: usize = 8;

/// How much deflated data gives; None where it is broken or gives more than the limit.
fn inflated(data: &[u8], limit: usize) -> Option<usize> {
    let mut within = DeflateDecoder::new(data).take(limit as u64 + 1);
    let size = usize::try_from(std::io::copy(&mut within, &mut std::io::sink()).ok()?).ok()?;
    (size <= limit).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_rows_stand_under_their_headings() {
        let part = csv("2", "Circuit;Start\nAB-1;10 May 2026\n;\n");
        assert_eq!(part.text, "Circuit\tStart\nAB-1\t10 May 2026\n");
    }

    #[test]
    fn a_zip_that_cannot_be_trusted_is_refused() {
        assert_eq!(unpacked_size(b"PK\x03\x04broken", 100), None);
        assert!(workbook("2", b"PK\x03\x04broken").is_err());
    }
}
