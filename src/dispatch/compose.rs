//! A rendered letter as an Internet message: its headers, its threading, its bytes.
//!
//! RFC 5322; `Auto-Submitted` by RFC 3834, so that no other machine answers; `List-Id` by RFC 2919, so that people can
//! file our mails by rule.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::address::{Address, Envelope};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use ring::digest::{SHA256, digest};
use uuid::Uuid;

use super::calendar;
use super::dkim::Signer;
use crate::notice::letter::{Body, Letter};
use crate::paper::Rendered;
use crate::paper::words::one_line;

/// A mail ready to travel.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub delivery: Uuid,
    pub envelope: Envelope,
    /// With its angle brackets.
    pub message_id: String,
    pub bytes: Vec<u8>,
}

/// Who sends, and how it shows: the same for every mail.
#[derive(Debug, Clone)]
pub struct Desktop {
    pub from: Mailbox,
    /// Where answers go, and as the envelope's sender bounces too.
    pub reply_to: Option<Address>,
    pub signer: Option<Signer>,
}

impl Desktop {
    /// A sender who signs nothing and takes answers at their own address.
    #[must_use]
    pub const fn plain(from: Mailbox) -> Self {
        Self { from, reply_to: None, signer: None }
    }
}

/// What of a delivery the message needs beside its letter.
#[derive(Debug, Clone, Copy)]
pub struct Ticket<'a> {
    pub delivery: Uuid,
    /// The unique key that the delivery was planned under: the Message-ID is made from it, so that a mailbox can tell a
    /// repeat from a new mail.
    pub key: &'a str,
    pub address: &'a str,
}

/// A message that cannot be made, whatever is tried: its recipient's address is none.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    #[error("“{address}” is no mail address: {source}")]
    Address { address: String, source: lettre::address::AddressError },
    #[error("the mail cannot be put together: {0}")]
    Message(#[from] lettre::error::Error),
    #[error("the entry for the calendar cannot be put together: {0}")]
    Part(#[from] lettre::message::header::ContentTypeErr),
    #[error("{0}")]
    Signature(String),
}

/// Puts a mail together. The same delivery gives the same Message-ID, however often it is sent.
///
/// # Errors
/// Where the recipient's address is none.
pub fn compose(
    desktop: &Desktop,
    letter: &Letter,
    rendered: &Rendered,
    ticket: Ticket<'_>,
    now: DateTime<Utc>,
) -> Result<Outgoing, ComposeError> {
    let address: Address = ticket
        .address
        .parse()
        .map_err(|source| ComposeError::Address { address: ticket.address.to_owned(), source })?;
    let domain = desktop.from.email.domain();
    let id = message_id(ticket.key, domain);
    let bounces = desktop.reply_to.clone().unwrap_or_else(|| desktop.from.email.clone());
    let to = Mailbox::new(Some(one_line(&letter.to.name, 80)), address.clone());
    let mut builder = Message::builder()
        .from(desktop.from.clone())
        .to(to)
        .envelope(Envelope::new(Some(bounces), vec![address])?)
        .subject(rendered.subject.clone())
        .date(SystemTime::from(now))
        .message_id(Some(id.clone()))
        .raw_header(header("Auto-Submitted", automatic(&letter.body)))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .raw_header(header("X-Countersign", ticket.delivery.to_string()))
        .raw_header(header("List-Id", list_id(&letter.installation, domain)));
    if let Some(reply_to) = &desktop.reply_to {
        builder = builder.reply_to(Mailbox::new(desktop.from.name.clone(), reply_to.clone()));
    }
    if let Some(parent) = parent(letter, domain) {
        builder = builder.in_reply_to(parent.clone()).references(parent);
    }
    if let Some(link) = &letter.unsubscribe {
        // RFC 8058: one POST, without a question, by the reader's mail program.
        builder = builder
            .raw_header(header("List-Unsubscribe", format!("<{link}>")))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let mut parts = MultiPart::alternative_plain_html(rendered.text.clone(), rendered.html.clone());
    if let Body::Appointment(appointment) = &letter.body {
        let people = (desktop.from.email.as_ref(), ticket.address);
        let object = calendar::object(letter, appointment, people, now);
        let sort = format!("text/calendar; charset=utf-8; method={}", object.method);
        parts = parts.singlepart(SinglePart::builder().header(ContentType::parse(&sort)?).body(object.text));
    }
    let message = builder.multipart(parts)?;
    let bytes = message.formatted();
    let bytes = match &desktop.signer {
        Some(signer) => signer.signed(&bytes).map_err(ComposeError::Signature)?,
        None => bytes,
    };
    Ok(Outgoing { delivery: ticket.delivery, envelope: message.envelope().clone(), message_id: id, bytes })
}

fn header(name: &'static str, value: impl Into<String>) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.into())
}

fn message_id(key: &str, domain: &str) -> String {
    let hash = hex::encode(digest(&SHA256, key.as_bytes()));
    format!("<cs.{}@countersign.{domain}>", &hash[..32])
}

/// All mails about one notice answer the same first mail, which was never sent: mail programs show them as one thread.
fn parent(letter: &Letter, domain: &str) -> Option<String> {
    match &letter.body {
        Body::Receipt(receipt) => receipt.in_reply_to.as_ref().map(|id| one_line(id, 900)),
        _ => letter.notice().map(|notice| format!("<cs.notice.{}@countersign.{domain}>", notice.id)),
    }
}

/// A receipt answers a mail; all else is sent of our own accord (RFC 3834, 5).
const fn automatic(body: &Body) -> &'static str {
    if matches!(body, Body::Receipt(_)) { "auto-replied" } else { "auto-generated" }
}

fn list_id(installation: &str, domain: &str) -> String {
    let name: String =
        installation.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '.')).collect();
    format!("{} <notices.countersign.{domain}>", name.trim())
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders as _};

    use super::*;
    use crate::paper::render;
    use crate::paper::samples::letters;

    fn sent(letter: &Letter, key: &str, address: &str) -> Result<Outgoing, ComposeError> {
        let now = "2024-06-16T10:00:00Z".parse().unwrap();
        let from: Mailbox = "Countersign <countersign@example.com>".parse().unwrap();
        let ticket = Ticket { delivery: Uuid::from_u128(7), key, address };
        compose(&Desktop::plain(from), letter, &render(letter, now).unwrap(), ticket, now)
    }

    #[test]
    fn every_letter_makes_a_mail_that_others_can_read_and_no_machine_answers() {
        for letter in letters() {
            let kind = letter.template();
            let mail = sent(&letter, kind, "grace@example.com").unwrap();
            let read = MessageParser::default().parse(&mail.bytes).expect("a mail");
            assert_eq!(
                read.subject(),
                Some(render(&letter, "2024-06-16T10:00:00Z".parse().unwrap()).unwrap().subject.as_str())
            );
            let submitted = read.header_raw("Auto-Submitted").unwrap_or_default().trim();
            assert!(submitted.starts_with("auto-"), "{kind}: {submitted:?}");
            assert!(read.header_raw("List-Id").unwrap().contains("<notices.countersign.example.com>"), "{kind}");
            assert_eq!(read.header_raw("X-Countersign").map(str::trim), Some(Uuid::from_u128(7).to_string().as_str()));
            assert!(read.body_html(0).unwrap().contains("Countersign") && read.body_text(0).unwrap().contains("http"));
            assert!(mail.bytes.split(|b| *b == b'\n').all(|line| line.len() <= 999), "{kind}: a line is too long");
            assert!(mail.bytes.is_ascii(), "{kind}: the mail needs 8BITMIME, which an old relay may lack");
        }
    }

    #[test]
    fn a_delivery_keeps_its_message_id_and_mails_about_one_notice_share_a_thread() {
        let (first, second) = (&letters()[0], &letters()[1]);
        let ids: Vec<String> =
            ["a", "a", "b"].iter().map(|key| sent(first, key, "grace@example.com").unwrap().message_id).collect();
        assert!(ids[0] == ids[1] && ids[0] != ids[2], "{ids:?}");
        let thread = |letter: &Letter| {
            let mail = sent(letter, "k", "grace@example.com").unwrap();
            let read = MessageParser::default().parse(&mail.bytes).unwrap();
            read.header_raw("References").map(str::to_owned)
        };
        assert_eq!(thread(first), thread(second));
        assert!(thread(first).is_some());
    }

    #[test]
    fn only_voluntary_mail_can_be_unsubscribed_from_and_that_by_one_post() {
        for letter in letters() {
            let voluntary = matches!(letter.template(), "digest" | "report" | "appointment");
            let mail = sent(&letter, "k", "grace@example.com").unwrap();
            let read = MessageParser::default().parse(&mail.bytes).unwrap();
            assert_eq!(read.header_raw("List-Unsubscribe").is_some(), voluntary, "{}", letter.template());
            let one_click = read.header_raw("List-Unsubscribe-Post").map(str::trim);
            assert_eq!(one_click, voluntary.then_some("List-Unsubscribe=One-Click"), "{}", letter.template());
        }
    }

    #[test]
    fn an_appointment_is_an_invitation_that_calendars_take_and_its_end_takes_it_away() {
        let mut letter = letters().into_iter().find(|letter| letter.template() == "appointment").unwrap();
        let object = |letter: &Letter| {
            let mail = sent(letter, "k", "grace@example.com").unwrap();
            let read = MessageParser::default().parse(&mail.bytes).unwrap();
            let part =
                read.parts.iter().find(|part| part.content_type().is_some_and(|c| c.subtype() == Some("calendar")));
            let part = part.expect("a part for calendars");
            let method = part.content_type().and_then(|c| c.attribute("method")).unwrap_or_default().to_owned();
            (method, part.text_contents().unwrap().replace("\r\n ", ""))
        };
        let (method, text) = object(&letter);
        assert_eq!(method, "REQUEST");
        for line in ["METHOD:REQUEST", "UID:window.", "SEQUENCE:9", "DTSTART:20240620T200000Z", "STATUS:CONFIRMED"] {
            assert!(text.contains(line), "{line} is missing:\n{text}");
        }
        assert!(text.contains("mailto:grace@example.com") && text.contains("mailto:countersign@example.com"), "{text}");
        let Body::Appointment(appointment) = &mut letter.body else { panic!("an appointment") };
        (appointment.cancelled, appointment.sequence) = (true, 10);
        let (method, text) = object(&letter);
        assert_eq!(method, "CANCEL");
        assert!(text.contains("STATUS:CANCELLED") && text.contains("SEQUENCE:10"), "{text}");
    }

    #[test]
    fn what_is_no_address_is_told() {
        let said = sent(&letters()[0], "k", "grace at example").unwrap_err().to_string();
        assert!(said.contains("grace at example"), "{said}");
    }

    #[test]
    fn names_cannot_add_headers() {
        let mut letter = letters().remove(0);
        letter.to.name = "Grace\r\nBcc: everybody@example.com".to_owned();
        letter.installation = "Counter\r\nX-Evil: yes".to_owned();
        let bytes = sent(&letter, "k", "grace@example.com").unwrap().bytes;
        let read = MessageParser::default().parse(&bytes).unwrap();
        assert!(read.header_raw("Bcc").is_none() && read.header_raw("X-Evil").is_none());
    }
}
