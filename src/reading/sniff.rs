//! What a message's bytes are: a mail, HTML or bare text. (JSON and calendars are the adapters' to know.)
//!
//! Owns telling them apart from the bytes, with the door's word as a hint. It must not read further than it needs.

/// The outer form of a message that no adapter knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Mail,
    Html,
    Text,
    /// No words at all: an image, a program, an archive.
    Binary,
}

/// Fields of which a mail's first lines hold at least two.
const FIELDS: &[&str] = &[
    "from", "to", "date", "subject", "received", "return-path", "delivered-to", "message-id", "mime-version", "content-type",
    "content-transfer-encoding", "dkim-signature", "reply-to", "sender", "cc", "in-reply-to", "references", "x-received", "arc-seal", "authentication-results",
    "resent-from", "x-original-to", "list-id", "auto-submitted", "arc-message-signature", "received-spf",
];

/// Tags that bare HTML begins with or holds early.
const TAGS: &[&str] = &["<!doctype html", "<html", "<head", "<body", "<div", "<table", "<p>", "<p ", "<span", "<br", "<style", "<font", "<h1", "<h2", "<meta", "<center", "<td"];

#[must_use]
pub fn form(bytes: &[u8], media: Option<&str>) -> Form {
    let hint = media.map(str::to_ascii_lowercase).unwrap_or_default();
    let is_mail = begins_like_mail(bytes);
    if is_mail || ((hint.starts_with("message/") || hint == "eml") && !bytes.is_empty()) {
        return Form::Mail;
    }
    let sample = &bytes[..bytes.len().min(8192)];
    let wide = sample.starts_with(b"\xff\xfe") || sample.starts_with(b"\xfe\xff");
    if !wide && sample.iter().filter(|b| matches!(b, 0..=8 | 14..=26 | 28..=31)).count() * 20 > sample.len() {
        return Form::Binary;
    }
    let lower = String::from_utf8_lossy(sample).to_ascii_lowercase();
    if hint.contains("html") || hint == "htm" || (TAGS.iter().any(|t| lower.contains(t)) && lower.matches("</").count() + lower.matches("<br").count() >= 1) {
        return Form::Html;
    }
    Form::Text
}

/// The first lines are header fields, at least two of them well known.
fn begins_like_mail(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let mut known = 0;
    for (nth, line) in head.lines().enumerate().take(40) {
        if line.starts_with([' ', '\t']) && nth > 0 {
            continue;
        }
        if line.is_empty() || (nth == 0 && line.starts_with("From ")) {
            if line.is_empty() {
                break;
            }
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { break };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
            break;
        }
        known += usize::from(FIELDS.contains(&name.to_ascii_lowercase().as_str()));
    }
    known >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_told_from_the_bytes() {
        assert_eq!(form(b"Subject: a\r\nFrom: b@acme.example\r\n\r\nc", None), Form::Mail);
        assert_eq!(form(b"Subject: a maintenance\n\nStart: 10 May", None), Form::Text);
        assert_eq!(form(b"<div>a<br>b</div>", None), Form::Html);
        assert_eq!(form(b"latency < 5 ms", None), Form::Text);
        assert_eq!(form(b"\x89PNG\0\0\0\0\0\0", None), Form::Binary);
    }
}
