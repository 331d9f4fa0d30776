//! Every text of every letter, one at a time, in the words of somebody who wants it to be more than a text: a header, an
//! element, a line of a calendar, a template, the end of the mail.
//!
//! Each mail is held against the same mail with tame words of the same length and the same lines, so that only what the
//! words *do* can make a difference.

use std::sync::LazyLock;

use lettre::message::Mailbox;
use mail_parser::{Message, MessageParser, MimeHeaders as _};
use regex::Regex;
use serde_json::Value;

use super::compose::{Desktop, Ticket, compose};
use crate::notice::letter::{Body, Letter};
use crate::paper::render;
use crate::paper::samples::{every_look, letters};

const HOSTILE: &str = concat!(
    "x\r\nBcc: evil@evil.example\r\n\r\n<script>alert(1)</script><img src=x onerror=alert(1)> \" onmouseover=\"alert(2)\" ' ",
    "{{ 7 * 191 }}{% for x in y %}{# c #}{%\nEND:VEVENT\nATTENDEE:mailto:evil@evil.example\rX-EVIL:1\u{2028}X-EVIL:2\u{85}",
    "X-EVIL:3\0--> ]]> </style></title></a>\r\n.\r\nMAIL FROM:<evil@evil.example>\r\n.\n.\r",
);

/// What the program makes itself, of the configuration and of ids: nobody else's words come into it.
const OURS: [&str; 3] = ["/public_url", "/unsubscribe", "/body/uid"];

/// The same length and the same lines, in words that do nothing anywhere.
fn tame() -> String {
    HOSTILE.chars().map(|c| if c.is_control() || c.is_whitespace() || c.is_alphanumeric() { c } else { 'x' }).collect()
}

/// One more than the samples: a mail of ours to ourselves.
fn samples() -> Vec<(String, Letter)> {
    let mut samples = every_look();
    let alarm = letters().into_iter().find(|letter| letter.template() == "alarm").expect("an alarm among the samples");
    if let Body::Alarm(what) = alarm.body.clone() {
        samples.push(("canary".to_owned(), Letter { body: Body::Canary(what), ..alarm }));
    }
    samples
}

/// Where the texts of a letter stand, as JSON pointers. Closed words, dates and ids refuse other words, and are no texts.
fn texts(letter: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::String(_) => found.push(at.to_owned()),
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    walk(item, &format!("{at}/{n}"), found);
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields {
                    walk(field, &format!("{at}/{name}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(letter, "", &mut found);
    found.retain(|at| !OURS.contains(&at.as_str()) && with(letter, at, HOSTILE).is_some());
    found
}

fn with(letter: &Value, at: &str, text: &str) -> Option<Letter> {
    let mut changed = letter.clone();
    *changed.pointer_mut(at)? = Value::String(text.to_owned());
    serde_json::from_value(changed).ok()
}

/// What a mail is made of, without its words.
#[derive(Debug, PartialEq, Eq)]
struct Bones {
    headers: Vec<String>,
    recipients: Vec<String>,
    parts: Vec<String>,
    tags: Vec<String>,
    calendar: Vec<String>,
}

fn bones(letter: &Letter, what: &str) -> (Bones, String) {
    let now = "2024-06-16T10:00:00Z".parse().unwrap();
    let from: Mailbox = "Countersign <countersign@example.com>".parse().unwrap();
    let rendered = render(letter, now).unwrap_or_else(|e| panic!("{what} cannot be rendered: {e}"));
    let ticket = Ticket { delivery: uuid::Uuid::nil(), key: "k", address: "grace@example.com" };
    let made = compose(&Desktop::plain(from), letter, &rendered, ticket, now);
    let made = made.unwrap_or_else(|e| panic!("{what} cannot be put together: {e}"));
    let sent = made.envelope.to().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(sent, ["grace@example.com"], "{what} goes to somebody else");
    whole_lines(&made.bytes, what);
    let read = MessageParser::default().parse(&made.bytes).unwrap_or_else(|| panic!("{what} cannot be read back"));
    let mut calendar = Vec::new();
    let mut parts = Vec::new();
    for part in &read.parts {
        let sort = part.content_type().map(|c| format!("{}/{}", c.ctype(), c.subtype().unwrap_or_default()));
        let sort = sort.unwrap_or_default();
        if sort == "text/calendar" {
            calendar = names_of_lines(part.text_contents().unwrap_or_default());
        }
        parts.push(sort);
    }
    let bones = Bones {
        headers: names_of_headers(&read),
        recipients: recipients(&read),
        parts,
        tags: tags(&rendered.html),
        calendar,
    };
    (bones, rendered.subject + &rendered.text + &rendered.html)
}

/// No line ends by half: a server behind ours could take one for the end of the mail.
fn whole_lines(bytes: &[u8], what: &str) {
    for (at, byte) in bytes.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        let half = match byte {
            b'\n' => before != Some(b'\r'),
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            0 => true,
            _ => false,
        };
        assert!(!half, "{what} travels with half a line end, or a NUL, at byte {at}");
    }
}

fn names_of_headers(mail: &Message<'_>) -> Vec<String> {
    mail.headers_raw().map(|(name, _)| name.to_ascii_lowercase()).collect()
}

fn recipients(mail: &Message<'_>) -> Vec<String> {
    let all = [mail.to(), mail.cc(), mail.bcc(), mail.from(), mail.reply_to()];
    let all = all.into_iter().flatten().flat_map(|addresses| addresses.iter());
    all.map(|address| address.address().unwrap_or_default().to_owned()).collect()
}

/// Each tag with its attributes' names, without their values.
fn tags(html: &str) -> Vec<String> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"<[a-zA-Z/!](?:[^">]|"[^"]*")*>"#).unwrap());
    static VALUE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""[^"]*""#).unwrap());
    TAG.find_iter(html).map(|tag| VALUE.replace_all(tag.as_str(), "\"\"").into_owned()).collect()
}

/// What each unfolded line of a calendar begins with (RFC 5545, 3.1).
fn names_of_lines(calendar: &str) -> Vec<String> {
    let whole = calendar.replace("\r\n ", "").replace("\r\n\t", "");
    whole
        .split(['\r', '\n'])
        .filter(|line| !line.is_empty())
        .map(|line| line.split([':', ';']).next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn no_text_of_any_letter_becomes_a_header_markup_a_line_of_a_calendar_or_a_template() {
    let tame = tame();
    let mut tried = 0;
    for (name, letter) in samples() {
        let kept = serde_json::to_value(&letter).unwrap();
        let found = texts(&kept);
        assert!(found.len() >= 3, "{name} has hardly any text: {found:?}");
        for at in found {
            let what = format!("the letter {name} with hostile words in {at}");
            let (hostile, told) = bones(&with(&kept, &at, HOSTILE).expect("it was taken above"), &what);
            let (harmless, _) = bones(&with(&kept, &at, &tame).expect("a text takes any words"), &what);
            assert_eq!(hostile, harmless, "{what} is made of something else than with tame words");
            assert!(!told.contains("1337"), "{what} was taken for a template");
            tried += 1;
        }
    }
    assert!(tried > 150, "only {tried} texts were tried; the samples have lost some");
}

/// A text that is plain ASCII may travel as it is, without an encoding that would hide what is wrong with its lines.
#[test]
fn every_letter_travels_in_whole_lines_also_unencoded() {
    let ascii: String = HOSTILE.chars().filter(char::is_ascii).collect();
    for (name, letter) in samples() {
        let kept = serde_json::to_value(&letter).unwrap();
        let all = texts(&kept).iter().fold(letter, |letter, at| {
            let now = serde_json::to_value(&letter).unwrap();
            with(&now, at, &ascii).expect("a text takes any words")
        });
        bones(&all, &format!("the letter {name} in hostile ASCII"));
    }
}
