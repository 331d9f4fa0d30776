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
    "from",
    "to",
    "date",
    "subject",
    "received",
    "return-path",
    "delivered-to",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "dkim-signature",
    "reply-to",
    "sender",
    "cc",
    "in-reply-to",
    "references",
    "x-received",
    "arc-seal",
    "authentication-results",
    "resent-from",
    "x-original-to",
    "list-id",
    "auto-submitted",
    "arc-message-signature",
    "received-spf",
];

/// Those of them that no person types.
const MACHINE_FIELDS: &[&str] = &[
    "received",
    "return-path",
    "delivered-to",
    "message-id",
    "mime-version",
    "content-type",
    "dkim-signature",
    "x-received",
    "arc-seal",
    "authentication-results",
    "auto-submitted",
    "list-id",
    "content-transfer-encoding",
    "arc-message-signature",
    "received-spf",
    "resent-from",
];

/// Tags that bare HTML begins with or holds early.
const TAGS: &[&str] = &[
    "<!doctype html",
    "<html",
    "<head",
    "<body",
    "<div",
    "<table",
    "<p>",
    "<p ",
    "<span",
    "<br",
    "<style",
    "<font",
    "<h1",
    "<h2",
    "<meta",
    "<center",
    "<td",
];

#[must_use]
pub fn form(bytes: &[u8], media: Option<&str>) -> Form {
    let hint = media.map(str::to_ascii_lowercase).unwrap_or_default();
    if begins_like_mail(bytes, matches!(hint.as_str(), "txt" | "text" | "text/plain"))
        || ((hint.starts_with("message/") || hint == "eml") && !bytes.is_empty())
    {
        return Form::Mail;
    }
    let sample = &bytes[..bytes.len().min(8192)];
    let wide = sample.starts_with(b"\xff\xfe") || sample.starts_with(b"\xfe\xff");
    if !wide && sample.iter().filter(|b| matches!(b, 0..=8 | 14..=26 | 28..=31)).count() * 20 > sample.len() {
        return Form::Binary;
    }
    let lower = String::from_utf8_lossy(sample).to_ascii_lowercase();
    if hint.contains("html")
        || hint == "htm"
        || (TAGS.iter().any(|t| lower.contains(t)) && lower.matches("</").count() + lower.matches("<br").count() >= 1)
    {
        return Form::Html;
    }
    Form::Text
}

/// The first lines are header fields, at least two of them well known. Where all of them could have been typed or pasted
/// by a person, the bytes are a mail only if nobody says that they are text and a date among them is a mail's.
fn begins_like_mail(bytes: &[u8], said_to_be_text: bool) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(8192)]);
    let (mut known, mut machine, mut odd_date) = (0, 0, false);
    for (nth, line) in head.lines().enumerate().take(80) {
        if (nth > 0 && line.starts_with([' ', '\t'])) || (nth == 0 && line.starts_with("From ")) {
            continue;
        }
        let Some((name, value)) =
            line.split_once(':').filter(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_graphic()))
        else {
            break;
        };
        let name = name.to_ascii_lowercase();
        known += usize::from(FIELDS.contains(&name.as_str()));
        machine += usize::from(MACHINE_FIELDS.contains(&name.as_str()));
        odd_date |= name == "date" && chrono::DateTime::parse_from_rfc2822(value.trim()).is_err();
    }
    known >= 2 && (machine > 0 || !(said_to_be_text || odd_date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_told_from_the_bytes() {
        assert_eq!(form(b"Subject: a\r\nFrom: b@acme.example\r\n\r\nc", None), Form::Mail);
        assert_eq!(
            form(b"From: b@acme.example\nDate: Thursday, 28 May 2026 at 12:46\nSubject: a\nc", None),
            Form::Text,
            "pasted"
        );
        assert_eq!(form(b"Subject: a maintenance\n\nStart: 10 May", None), Form::Text);
        assert_eq!(form(b"<div>a<br>b</div>", None), Form::Html);
        assert_eq!(form(b"latency < 5 ms", None), Form::Text);
        assert_eq!(form(b"\x89PNG\0\0\0\0\0\0", None), Form::Binary);
    }
}
