//! Mails that machines send in answer to mails: bounces, auto-replies, our own coming back.
//!
//! Owns telling them from the outermost headers (RFC 3834, RFC 3464, RFC 5321's null sender). A provider's notice is sent
//! by a machine too, but not in answer: `Auto-Submitted: auto-generated` alone means nothing here.

use super::Automatic;
use super::document::Headers;
use super::mail::Mail;

/// The header that each mail of ours carries.
pub const OWN_HEADER: &str = "x-countersign";

/// Fields that only auto-responders set.
const RESPONDER_FIELDS: &[&str] =
    &["x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "x-mail-autoreply"];

/// Why the mail must never open a notice, if it must not.
#[must_use]
pub fn tell(mail: &Mail) -> Option<Automatic> {
    let headers = &mail.headers;
    if headers.get(OWN_HEADER).is_some() || headers.message_id.as_deref().is_some_and(is_own_id) {
        return Some(Automatic::OwnMail);
    }
    let null_sender = headers.get("return-path").is_some_and(|p| p.trim_matches(['<', '>', ' ']).is_empty());
    if mail.is_report || (null_sender && is_postmaster(headers)) {
        return Some(Automatic::Bounce);
    }
    let answers =
        headers.get("auto-submitted").is_some_and(|v| v.trim().to_ascii_lowercase().starts_with("auto-replied"));
    let responder = RESPONDER_FIELDS.iter().any(|f| headers.get(f).is_some())
        || headers.get("precedence").is_some_and(|p| p.eq_ignore_ascii_case("auto_reply"));
    (answers || responder || (null_sender && headers.list_id.is_none())).then_some(Automatic::AutoReply)
}

/// Whether a Message-ID is one that Countersign gives its mails. A mailing list that sends ours back to us may drop a header
/// that it does not know, but keeps this.
#[must_use]
pub fn is_own_id(id: &str) -> bool {
    let id = id.trim_matches(['<', '>', ' ']);
    id.starts_with("cs.") && id.contains("@countersign.")
}

fn is_postmaster(headers: &Headers) -> bool {
    let local = headers.from.as_ref().and_then(|f| f.address.split('@').next()).unwrap_or("");
    ["mailer-daemon", "postmaster", "mail-daemon"].contains(&local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parse;

    #[test]
    fn answers_of_machines_are_told_from_notices_of_machines() {
        for (head, expected) in [
            ("Auto-Submitted: auto-generated", None),
            ("Auto-Submitted: auto-replied (vacation)", Some(Automatic::AutoReply)),
            ("Return-Path: <>", Some(Automatic::AutoReply)),
            ("Return-Path: <>\r\nFrom: Mailer-Daemon@acme.example", Some(Automatic::Bounce)),
            ("Return-Path: <bounce-1@acme.example>", None),
            ("Content-Type: multipart/report; report-type=delivery-status; boundary=x", Some(Automatic::Bounce)),
            ("X-Countersign: 0197", Some(Automatic::OwnMail)),
            (
                "Message-ID: <cs.0a1b@countersign.house.example>\r\nList-Id: <ops.house.example>",
                Some(Automatic::OwnMail),
            ),
            ("In-Reply-To: <cs.0a1b@countersign.house.example>", None),
            ("Message-ID: <cs.0a1b@mail.acme.example>", None),
            ("X-Autoreply: yes", Some(Automatic::AutoReply)),
        ] {
            let mail = parse(format!("Subject: a\r\n{head}\r\n\r\nb").as_bytes()).expect("it has headers");
            assert_eq!(tell(&mail), expected, "for {head}");
        }
    }
}
