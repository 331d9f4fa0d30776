//! Bytes to characters where no MIME header told how, and quoted-printable that nobody decoded.
//!
//! Owns guessing the character set of a bare body. It must not fail: bytes that fit nothing become replacement marks.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;

/// The text of bare bytes: by byte-order mark, by the charset told (a media type's parameter), as UTF-8, by an HTML `meta`,
/// else as Windows-1252, which every byte fits.
#[must_use]
pub fn decode<'b>(bytes: &'b [u8], told: Option<&str>) -> Cow<'b, str> {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return String::from_utf8_lossy(rest);
    }
    let (by_mark, bytes) = match bytes {
        [0xff, 0xfe, rest @ ..] => (Some("utf-16le"), rest),
        [0xfe, 0xff, rest @ ..] => (Some("utf-16be"), rest),
        _ => (None, bytes),
    };
    if let Some(decoder) = by_mark.or(told).and_then(|c| charset_decoder(c.as_bytes())) {
        return Cow::Owned(decoder(bytes));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let named = meta_charset(bytes).unwrap_or_else(|| "windows-1252".to_owned());
    match charset_decoder(named.as_bytes()) {
        Some(decoder) => Cow::Owned(decoder(bytes)),
        None => String::from_utf8_lossy(bytes),
    }
}

fn meta_charset(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_ascii_lowercase();
    let rest = head.split_once("charset=")?.1.trim_start_matches(['"', '\'']);
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(rest.len());
    Some(rest[..end].to_owned()).filter(|c| !c.is_empty() && c != "utf-8")
}

/// A body whose quoted-printable was never decoded, decoded; any other as it is. Told by escapes that no prose holds:
/// soft line ends, `=3D`, `=20` at the end of a line.
#[must_use]
pub fn undo_quoted_printable(text: &str) -> Cow<'_, str> {
    let (mut equals, mut blanks, mut soft) = (0, 0, 0);
    for (at, _) in text.match_indices('=') {
        let rest = &text.as_bytes()[at + 1..];
        equals += usize::from(rest.starts_with(b"3D"));
        blanks += usize::from(matches!(rest, [b'2', b'0', b'\n' | b'\r', ..]));
        soft += usize::from(matches!(rest, [b'\n' | b'\r', ..]));
    }
    if equals < 2 && blanks < 2 && soft < 3 {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let hex = rest.get(1..3).filter(|h| h.iter().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(b)));
        match (rest, hex) {
            ([b'=', b'\r', b'\n', ..], _) => at += 3,
            ([b'=', b'\n', ..], _) => at += 2,
            ([b'=', ..], Some(hex)) => {
                out.extend(std::str::from_utf8(hex).ok().and_then(|h| u8::from_str_radix(h, 16).ok()));
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    Cow::Owned(decode(&out, None).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undecoded_quoted_printable_is_decoded_and_other_text_left_alone() {
        assert_eq!(
            undo_quoted_printable("<p class=3D\"a\" id=3Db>f=C3=BCr Ma=\ny</p>"),
            "<p class=\"a\" id=b>für May</p>"
        );
        assert_eq!(
            undo_quoted_printable("see https://acme.example/?a=20&b=3D1"),
            "see https://acme.example/?a=20&b=3D1"
        );
    }

    #[test]
    fn bytes_without_a_charset_become_text() {
        assert_eq!(decode(b"f\xfcr", None), "für");
        assert_eq!(decode(b"\xff\xfea\0", None), "a");
    }
}
