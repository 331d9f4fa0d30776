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

/// How auto-responders begin a subject that set no field at all, in the languages of the mail programs that do so.
const RESPONDER_SUBJECTS: &[&str] = &[
    "automatic reply:",
    "auto reply:",
    "auto-reply:",
    "autoreply:",
    "auto response:",
    "out of office:",
    "out of the office:",
    "out of office autoreply:",
    "vacation reply:",
    "on vacation:",
    "automatische antwort:",
    "abwesenheitsnotiz:",
    "abwesend:",
    "réponse automatique",
    "absence du bureau",
    "respuesta automática:",
    "fuera de la oficina:",
    "risposta automatica:",
    "fuori sede:",
    "resposta automática:",
    "automatisch antwoord:",
    "afwezigheidsbericht:",
    "autosvar:",
    "automatisk svar:",
    "automatiskt svar:",
    "automaattinen vastaus:",
    "automatyczna odpowiedź:",
    "automatická odpověď:",
    "automatikus válasz:",
    "otomatik yanıt:",
    "自動応答:",
    "自动答复:",
];

/// What stands below each mail of ours about a notice, and below those with a checkpoint; 64 hexadecimal digits follow. The
/// templates of `dispatch` write it.
const OWN_ENDINGS: &[(&str, &str)] =
    &[("Record of N-", ", newest entry:"), ("Checkpoint ", " of the whole record, signed with the key")];

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
        || headers.get("precedence").is_some_and(|p| p.eq_ignore_ascii_case("auto_reply"))
        || mail.subject.as_deref().is_some_and(is_responders);
    (answers || responder || (null_sender && headers.list_id.is_none())).then_some(Automatic::AutoReply)
}

/// Whether an auto-responder wrote this subject.
fn is_responders(subject: &str) -> bool {
    let subject = subject.trim_start().to_lowercase();
    RESPONDER_SUBJECTS.iter().any(|begins| subject.starts_with(begins))
}

/// Whether a text ends as our mails do. An inline forward keeps nothing else of them for certain.
#[must_use]
pub fn is_own_text(text: &str) -> bool {
    OWN_ENDINGS
        .iter()
        .any(|(before, after)| text.match_indices(before).any(|(at, _)| goes_on(&text[at + before.len()..], after)))
}

/// Whether a number, these words and a digest follow. Whoever forwards breaks lines anew and puts marks before them.
fn goes_on(text: &str, after: &str) -> bool {
    let text: Vec<&str> = text.split_whitespace().filter(|word| *word != ">").take(16).collect();
    let text = text.join(" ");
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_digest = |word: &str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    rest.strip_prefix(after).is_some_and(|rest| rest.split(' ').take(4).any(is_digest))
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
    fn an_auto_responder_that_sets_no_field_is_told_by_its_subject() {
        for (subject, expected) in [
            ("Automatic reply: [N-12] sign-off asked", Some(Automatic::AutoReply)),
            ("Abwesenheitsnotiz: Zertifikate", Some(Automatic::AutoReply)),
            ("=?utf-8?q?R=C3=A9ponse_automatique_=3A_N-12?=", Some(Automatic::AutoReply)),
            ("Automatic replacement of your host", None),
            ("Automatic minor version upgrade: action required", None),
        ] {
            let mail =
                parse(format!("From: a@b.example\r\nSubject: {subject}\r\n\r\nb").as_bytes()).expect("it has headers");
            assert_eq!(tell(&mail), expected, "for {subject}");
        }
    }

    #[test]
    fn our_own_last_lines_are_known_wherever_lines_were_broken() {
        let digest = "9f2c4b1e77a0d3c58e6f1b2a4c9d0e7f9f2c4b1e77a0d3c58e6f1b2a4c9d0e7f";
        for own in [
            format!("Record of N-12, newest entry:\n{digest}"),
            format!("> Record of N-12, newest entry: {digest}"),
            format!("> Checkpoint 7 of the whole record, signed\n> with the key\n> 3f9a:\n> {digest}"),
        ] {
            assert!(is_own_text(&own), "{own}");
        }
        for other in ["Record of N-12, newest entry: none", "Record of N-12", "Checkpoint 7 of the whole", digest] {
            assert!(!is_own_text(other), "{other}");
        }
    }

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
            ("Precedence: auto_reply", Some(Automatic::AutoReply)),
            ("Precedence: bulk", None),
            ("Precedence: list\r\nList-Id: <notices.provider.example>", None),
        ] {
            let mail = parse(format!("Subject: a\r\n{head}\r\n\r\nb").as_bytes()).expect("it has headers");
            assert_eq!(tell(&mail), expected, "for {head}");
        }
    }
}
