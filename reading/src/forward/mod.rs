//! Forwards undone: the mail that the provider wrote out of redirects, attached mails, inline forwards and rewrites by
//! groups, with what the forwarder wrote kept apart.
//!
//! Owns deciding which of several mails in one is the provider's. What it finds is a claim, never proof: who may be
//! believed is decided by `Authenticity`, which the door computed for the outermost mail.

mod block;
mod body;
mod headers;
mod pasted;
mod when;
mod words;

use chrono::{DateTime, SecondsFormat, Utc};

use self::block::Block;
pub use self::words::words;
use super::document::{Document, Headers, Mailbox};
use super::mail::{Mail, written};
use super::{Original, Trouble, budget};

/// What a message holds once it is unwrapped.
#[derive(Debug, Default)]
pub struct Unwrapped {
    /// The mails that a provider wrote; more than one where several were attached.
    pub documents: Vec<Document>,
    /// The sender of the outermost mail.
    pub from: Option<String>,
    pub forwarded_by: Option<String>,
    pub original: Original,
    /// What the forwarders wrote above, outermost first.
    pub remark: Option<String>,
    /// Ids of the mails that only carried the original.
    pub carriers: Vec<String>,
    pub trouble: Vec<Trouble>,
}

/// Unwraps a mail. `received` helps where a forwarded date lacks its year.
#[must_use]
pub fn unwrap(mail: Mail, received: Option<DateTime<Utc>>) -> Unwrapped {
    let mut out = Unwrapped { from: mail.headers.from.as_ref().map(written), ..Unwrapped::default() };
    layer(mail, received, &mut out, 0);
    if out.from.is_none() {
        out.from = out.original.from.clone().filter(|_| out.forwarded_by.is_none() && out.carriers.is_empty());
    }
    out.remark = out.remark.take().filter(|r| !r.trim().is_empty());
    out
}

fn layer(mut mail: Mail, received: Option<DateTime<Utc>>, out: &mut Unwrapped, depth: usize) {
    out.trouble.append(&mut mail.trouble);
    if mail.messages.is_empty() || mail.is_report || depth > budget::DEEPEST_MAIL {
        return text_layer(mail, received, out);
    }
    carried(&mail.headers, out);
    remember(remark_of(&mail), out);
    let mut messages = std::mem::take(&mut mail.messages).into_iter();
    if let Some(first) = messages.next() {
        layer(first, received, out, depth + 1);
    }
    for other in messages {
        let mut aside = Unwrapped::default();
        layer(other, received, &mut aside, depth + 1);
        out.documents.append(&mut aside.documents);
        out.trouble.append(&mut aside.trouble);
    }
}

/// Notes a mail that only carried another one.
fn carried(headers: &Headers, out: &mut Unwrapped) {
    if out.forwarded_by.is_none() {
        out.forwarded_by = headers.from.as_ref().map(written);
    }
    out.carriers.extend(headers.message_id.clone());
}

fn remember(remark: String, out: &mut Unwrapped) {
    let said: Vec<&str> = remark.lines().filter(|line| !words().is_sent_from(line)).collect();
    let remark = said.join("\n");
    if !remark.trim().is_empty() {
        let all = out.remark.get_or_insert_default();
        if !all.is_empty() {
            all.push_str("\n\n");
        }
        all.push_str(remark.trim());
    }
}

fn remark_of(mail: &Mail) -> String {
    mail.bodies.first().map(|b| body::live_text(&body::lay_out(b).finish())).unwrap_or_default()
}

/// The innermost MIME mail: its texts may still hold an inline forward.
fn text_layer(mut mail: Mail, received: Option<DateTime<Utc>>, out: &mut Unwrapped) {
    if let Some(forwarder) = headers::undo_rewrites(&mut mail.headers) {
        out.forwarded_by.get_or_insert(forwarder);
    }
    let (outer_subject, says_forwarded) = words().strip_prefixes(mail.subject.as_deref().unwrap_or(""));
    let outer_subject = outer_subject.to_owned();
    let mut laid: Vec<body::Laid> = mail.bodies.iter().map(body::lay_out).collect();
    out.trouble.extend(laid.iter().any(|l| l.was_cut).then(budget::too_long));
    let found = laid.iter().enumerate().find_map(|(i, l)| {
        let blocks = block::find(&l.part.text, budget::MOST_BLOCKS);
        (!blocks.is_empty()).then_some((i, blocks))
    });
    let mut document = Document { attachments: std::mem::take(&mut mail.attachments), ..Document::default() };
    let Some((at, blocks)) = found else {
        if mail.headers.from.is_none()
            && let Some((from, date)) = laid.first().and_then(|l| pasted::find(&l.part.text, received))
        {
            mail.headers.from = Some(from);
            mail.headers.date = mail.headers.date.or(date);
        }
        return as_it_came(mail, laid, document, out);
    };
    if !is_forward(&mail.headers, says_forwarded, &blocks[0]) {
        laid[at].quote_from(blocks[0].range.start);
        return as_it_came(mail, laid, document, out);
    }
    for above in laid.drain(..at) {
        remember(body::live_text(&above.finish()), out);
    }
    let mut holder = laid.remove(0);
    let chosen = choose(&holder.part.text, &blocks, &mail.headers);
    remember(holder.remark(&blocks[..=chosen]), out);
    let block = &blocks[chosen];
    let end = blocks.get(chosen + 1).map(|b| b.range.start);
    document.parts.push(holder.take(block, end));
    document.parts.extend(laid.into_iter().map(body::Laid::finish));
    carried(&mail.headers, out);
    let subject = block.subject.as_deref().map_or(outer_subject.as_str(), |s| words().strip_prefixes(s).0).to_owned();
    let date = block.date.as_deref();
    let parsed =
        date.and_then(|d| when::parse(d, block.month_first, mail.headers.date.map(|d| d.to_utc()).or(received)));
    out.original = Original {
        from: block.from.as_ref().map(written),
        subject: Some(subject.clone()).filter(|s| !s.is_empty()),
        date: parsed.map_or_else(
            || date.map(str::to_owned),
            |(at, zoned)| {
                Some(if zoned {
                    at.to_rfc3339_opts(SecondsFormat::Secs, true)
                } else {
                    at.format("%Y-%m-%d").to_string()
                })
            },
        ),
        message_id: None,
    };
    document.headers = Headers {
        from: block.from.clone(),
        to: block.to.clone(),
        date: parsed.map(|(at, _)| at),
        references: mail.headers.references,
        in_reply_to: mail.headers.in_reply_to,
        ..Headers::default()
    };
    if !subject.is_empty() {
        document.set_subject(&subject);
    }
    out.documents.push(document);
}

fn as_it_came(mail: Mail, laid: Vec<body::Laid>, mut document: Document, out: &mut Unwrapped) {
    let title = laid.iter().find_map(|l| l.title.clone());
    for body in laid {
        let part = match body.quoted_whole() {
            Some((remark, part)) => {
                remember(remark, out);
                part
            }
            None => body.finish(),
        };
        document.parts.push(part);
    }
    let forwarded = !out.carriers.is_empty();
    let subject = mail.subject.or(title).map(|s| if forwarded { words().strip_prefixes(&s).0.to_owned() } else { s });
    out.original = Original {
        from: mail.headers.from.as_ref().map(written),
        subject: subject.clone(),
        date: mail.headers.date.map(|d| d.to_rfc3339_opts(SecondsFormat::Secs, true)),
        message_id: mail.headers.message_id.clone(),
    };
    document.headers = mail.headers;
    if let Some(subject) = subject.filter(|s| !s.trim().is_empty()) {
        document.set_subject(words().strip_prefixes(&subject).0);
    }
    out.documents.push(document);
}

/// Whether headers in the text mean that this mail forwards, and not that it only answers or carries its own history.
fn is_forward(outer: &Headers, says_forwarded: bool, first: &Block) -> bool {
    let Some(outer_from) = &outer.from else { return true };
    if says_forwarded || (first.announced && !first.is_reply_line) {
        return true;
    }
    let inner = first.from.as_ref().map_or("", Mailbox::domain);
    let quotes_us = outer.to.iter().any(|to| to.rsplit_once('@').is_some_and(|(_, d)| d == inner));
    !inner.is_empty() && inner != outer_from.domain() && !quotes_us
}

/// Which of the nested headers are the provider's: one goes on inward past mails that only forward (their subject says so,
/// or nothing stands between their headers and the next), and past a colleague's answer to the provider.
fn choose(text: &str, blocks: &[Block], outer: &Headers) -> usize {
    let home = outer.from.as_ref().map_or("", Mailbox::domain);
    let domain = |b: &Block| b.from.as_ref().map_or(String::new(), |f| f.domain().to_owned());
    let mut at = 0;
    while at + 1 < blocks.len().min(budget::DEEPEST_FORWARD) {
        let (here, next) = (&blocks[at], &blocks[at + 1]);
        let between = &text[here.body.min(next.range.start)..next.range.start];
        let says_forwarded = here.subject.as_deref().is_some_and(|s| words().strip_prefixes(s).1);
        let silent = !between.chars().any(char::is_alphanumeric);
        let colleague = !home.is_empty() && domain(here) == home && !domain(next).is_empty() && domain(next) != home;
        if !(says_forwarded || silent || colleague) {
            break;
        }
        at += 1;
    }
    at
}
