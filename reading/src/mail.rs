//! MIME to the pieces of one mail: headers, bodies, attachments, attached mails.
//!
//! Owns which parts of a multipart are read and how their bytes become characters. It must not unwrap forwards (that is
//! `forward`'s) nor lay out text.

use chrono::{DateTime, FixedOffset, TimeZone};
use mail_parser::{
    Address, Header, HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};

use super::Trouble;
use super::document::{Attachment, Headers, Mailbox, Part};
use super::{budget, charset, outlook, sheet};

/// One mail, taken apart.
#[derive(Debug, Default)]
pub struct Mail {
    pub headers: Headers,
    pub subject: Option<String>,
    pub bodies: Vec<Body>,
    pub attachments: Vec<Attachment>,
    /// Attached mails, in order.
    pub messages: Vec<Self>,
    /// Whether the mail is a `multipart/report` (RFC 6522), as bounces are.
    pub is_report: bool,
    pub trouble: Vec<Trouble>,
}

/// One text of a mail, in the forms that the sender offers.
#[derive(Debug)]
pub enum Body {
    Text {
        id: String,
        text: String,
    },
    Html {
        id: String,
        html: String,
        plain: Option<(String, String)>,
    },
    /// A spreadsheet or CSV file.
    Table(Part),
}

/// Takes a mail apart. None where the bytes hold no header at all.
#[must_use]
pub fn parse(bytes: &[u8]) -> Option<Mail> {
    let (bytes, cut) = budget::shallow(bytes);
    let message = MessageParser::default().parse(bytes)?;
    let mut mail = of_message(&message, "", 0);
    if cut {
        mail.trouble.push(budget::too_deep());
    }
    Some(mail)
}

fn of_message(message: &Message<'_>, prefix: &str, depth: usize) -> Mail {
    let mut mail = Mail { headers: headers(message), subject: message.subject().map(str::to_owned), ..Mail::default() };
    let Some(root) = message.parts.first() else { return mail };
    mail.is_report = root.content_type().is_some_and(|c| c.subtype() == Some("report"));
    let first = if matches!(root.body, PartType::Multipart(_)) { prefix.to_owned() } else { format!("{prefix}1") };
    let mut pieces = Pieces { message, depth, mail: &mut mail };
    pieces.walk(0, first);
    mail
}

struct Pieces<'m, 'x> {
    message: &'m Message<'x>,
    depth: usize,
    mail: &'m mut Mail,
}

impl Pieces<'_, '_> {
    /// Visits the parts in order, without recursion: the nesting is the sender's.
    fn walk(&mut self, root: u32, path: String) {
        let mut waiting = vec![(root, path)];
        let mut seen = 0;
        while let Some((id, path)) = waiting.pop() {
            seen += 1;
            if seen > budget::MOST_PARTS || path.len() > budget::LONGEST_PATH {
                self.mail.trouble.push(budget::too_deep());
                return;
            }
            let Some(part) = self.message.parts.get(id as usize) else { continue };
            let PartType::Multipart(children) = &part.body else {
                self.leaf(part, &path);
                continue;
            };
            let prefix = if path.is_empty() || path.ends_with('.') { path } else { path + "." };
            let children: Vec<(u32, String)> =
                children.iter().enumerate().map(|(i, c)| (*c, format!("{prefix}{}", i + 1))).collect();
            if part.content_type().is_some_and(|c| c.subtype() == Some("alternative")) {
                waiting.extend(self.alternative(&children).into_iter().rev());
            } else {
                waiting.extend(children.into_iter().rev());
            }
        }
    }

    /// Takes the HTML of the alternatives with the plain text beside it; gives back what else there is.
    fn alternative(&mut self, children: &[(u32, String)]) -> Vec<(u32, String)> {
        let (mut plain, mut html, mut rest) = (None, None, Vec::new());
        for (id, path) in children {
            match self.message.parts.get(*id as usize).map(|p| &p.body) {
                Some(PartType::Text(text)) if plain.is_none() && !self.is_calendar(*id) => {
                    plain = Some((path.clone(), text.to_string()))
                }
                Some(PartType::Html(text)) if html.is_none() => html = Some((path.clone(), text.to_string())),
                Some(PartType::Multipart(inner)) if html.is_none() => {
                    for (nth, child) in inner.iter().enumerate() {
                        let inner_path = format!("{path}.{}", nth + 1);
                        match self.message.parts.get(*child as usize).map(|p| &p.body) {
                            Some(PartType::Html(text)) if html.is_none() => html = Some((inner_path, text.to_string())),
                            _ => rest.push((*child, inner_path)),
                        }
                    }
                }
                _ => rest.push((*id, path.clone())),
            }
        }
        match (html, plain) {
            (Some((id, html)), plain) => self.mail.bodies.push(Body::Html { id, html, plain }),
            (None, Some((id, text))) => self.mail.bodies.push(Body::Text { id, text }),
            (None, None) => {}
        }
        rest
    }

    fn is_calendar(&self, id: u32) -> bool {
        self.message.parts.get(id as usize).is_some_and(|p| media(p) == "text/calendar")
    }

    fn leaf(&mut self, part: &MessagePart<'_>, path: &str) {
        let media = media(part);
        let name = part.attachment_name().map(str::to_owned);
        let extension =
            name.as_deref().and_then(|n| n.rsplit_once('.')).map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
        match &part.body {
            PartType::Message(inner) => self.nested(inner, path),
            PartType::Html(html) => {
                self.mail.bodies.push(Body::Html { id: path.to_owned(), html: html.to_string(), plain: None })
            }
            PartType::Text(text) if media == "text/csv" || extension == "csv" => {
                self.mail.bodies.push(Body::Table(sheet::csv(path, text)))
            }
            PartType::Text(text) if media == "text/plain" && !matches!(extension.as_str(), "ics" | "json") => {
                self.mail.bodies.push(Body::Text { id: path.to_owned(), text: text.to_string() });
            }
            PartType::Text(text) => self.attach(path, name, &media, text.as_bytes()),
            PartType::Binary(bytes) if extension == "eml" => {
                match MessageParser::default().parse(budget::shallow(bytes).0) {
                    Some(inner) => self.nested(&inner, path),
                    None => self.attach(path, name, &media, bytes),
                }
            }
            PartType::Binary(bytes) if extension == "msg" => self.outlook(path, name, &media, bytes),
            PartType::Binary(bytes) if matches!(extension.as_str(), "xlsx" | "xls" | "ods") => {
                match sheet::workbook(path, bytes) {
                    Ok(tables) => self.mail.bodies.extend(tables.into_iter().map(Body::Table)),
                    Err(trouble) => self.mail.trouble.push(trouble),
                }
            }
            PartType::Binary(bytes) if extension == "csv" => {
                self.mail.bodies.push(Body::Table(sheet::csv(path, &charset::decode(bytes, None))))
            }
            PartType::Binary(bytes) => self.attach(path, name, &media, bytes),
            PartType::InlineBinary(_) | PartType::Multipart(_) => {}
        }
    }

    /// A mail attached as Outlook's record of it.
    fn outlook(&mut self, path: &str, name: Option<String>, media: &str, bytes: &[u8]) {
        match outlook::mail(bytes) {
            Ok(made) => {
                if let Some(inner) = MessageParser::default().parse(budget::shallow(&made).0) {
                    self.nested(&inner, path);
                }
            }
            Err(bad) => {
                let message = format!("{}: {bad}", name.as_deref().unwrap_or("An attachment"));
                self.mail.trouble.push(Trouble { code: "bad_msg".to_owned(), message, span: None });
                self.attach(path, name, media, bytes);
            }
        }
    }

    fn nested(&mut self, inner: &Message<'_>, path: &str) {
        if self.depth >= budget::DEEPEST_MAIL {
            self.mail.trouble.push(budget::too_deep());
            return;
        }
        self.mail.messages.push(of_message(inner, &format!("{path}."), self.depth + 1));
    }

    fn attach(&mut self, path: &str, name: Option<String>, media: &str, bytes: &[u8]) {
        if bytes.len() <= budget::LARGEST_ATTACHMENT {
            self.mail.attachments.push(Attachment {
                part: path.to_owned(),
                name,
                media: media.to_owned(),
                bytes: bytes.to_vec(),
            });
        }
    }
}

fn media(part: &MessagePart<'_>) -> String {
    part.content_type().map_or_else(
        || "text/plain".to_owned(),
        |c| format!("{}/{}", c.ctype(), c.subtype().unwrap_or("plain")).to_ascii_lowercase(),
    )
}

fn headers(message: &Message<'_>) -> Headers {
    let mut out = Headers::default();
    for header in message.headers() {
        field(header, &mut out);
    }
    out
}

fn field(header: &Header<'_>, out: &mut Headers) {
    match &header.name {
        HeaderName::From => out.from = out.from.take().or_else(|| mailbox(&header.value)),
        HeaderName::Sender => out.sender = out.sender.take().or_else(|| mailbox(&header.value)),
        HeaderName::ReplyTo => out.reply_to = out.reply_to.take().or_else(|| mailbox(&header.value)),
        HeaderName::To | HeaderName::Cc => out.to.extend(addresses(&header.value)),
        HeaderName::Date => out.date = out.date.or_else(|| header.value.as_datetime().and_then(datetime)),
        HeaderName::MessageId => out.message_id = out.message_id.take().or_else(|| ids(&header.value).pop()),
        HeaderName::InReplyTo => out.in_reply_to = ids(&header.value),
        HeaderName::References => out.references = ids(&header.value),
        HeaderName::ListId => out.list_id = words(&header.value),
        HeaderName::DkimSignature => {
            let tag = words(&header.value).and_then(|v| dkim_domain(&v));
            out.dkim.extend(tag);
        }
        HeaderName::Subject | HeaderName::Received => {}
        name => {
            let value = words(&header.value).or_else(|| mailbox(&header.value).map(|m| written(&m)));
            // An empty return path is the null sender, which means something.
            let value = value.or_else(|| matches!(name, HeaderName::ReturnPath).then(String::new));
            out.fields.extend(value.map(|v| (name.as_str().to_ascii_lowercase(), v)));
        }
    }
}

/// `d=` of a DKIM signature.
fn dkim_domain(value: &str) -> Option<String> {
    value
        .split(';')
        .filter_map(|t| t.split_once('='))
        .find(|(k, _)| k.trim() == "d")
        .map(|(_, d)| d.trim().to_ascii_lowercase())
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => vec![id.to_string()],
        HeaderValue::TextList(ids) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

fn words(value: &HeaderValue<'_>) -> Option<String> {
    match value {
        HeaderValue::Text(text) => Some(text.trim().to_owned()),
        HeaderValue::TextList(list) => Some(list.join(" ")),
        HeaderValue::ContentType(c) => {
            Some(c.subtype().map_or_else(|| c.ctype().to_owned(), |s| format!("{}/{s}", c.ctype())))
        }
        HeaderValue::Address(_) | HeaderValue::DateTime(_) | HeaderValue::Received(_) | HeaderValue::Empty => None,
    }
}

fn mailbox(value: &HeaderValue<'_>) -> Option<Mailbox> {
    let first = value.as_address().and_then(Address::first)?;
    let address = first.address().unwrap_or("").trim().to_ascii_lowercase();
    let mailbox = Mailbox { name: first.name().unwrap_or("").trim().to_owned(), address };
    (!mailbox.name.is_empty() || !mailbox.address.is_empty()).then_some(mailbox)
}

fn addresses(value: &HeaderValue<'_>) -> Vec<String> {
    value
        .as_address()
        .map(|a| a.iter().filter_map(|a| a.address().map(str::to_ascii_lowercase)).collect())
        .unwrap_or_default()
}

/// `Name <address>` or whichever of the two there is.
#[must_use]
pub fn written(mailbox: &Mailbox) -> String {
    match (mailbox.name.as_str(), mailbox.address.as_str()) {
        ("", address) => address.to_owned(),
        (name, "") => name.to_owned(),
        (name, address) => format!("{name} <{address}>"),
    }
}

fn datetime(d: &mail_parser::DateTime) -> Option<DateTime<FixedOffset>> {
    let seconds = (i32::from(d.tz_hour) * 60 + i32::from(d.tz_minute)) * 60 * if d.tz_before_gmt { -1 } else { 1 };
    FixedOffset::east_opt(seconds)?
        .with_ymd_and_hms(
            i32::from(d.year),
            u32::from(d.month),
            u32::from(d.day),
            u32::from(d.hour),
            u32::from(d.minute),
            u32::from(d.second.min(59)),
        )
        .single()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: Acme NOC <NOC@acme.example>\r\nTo: ops@example.org\r\nDate: Tue, 5 May 2026 10:00:00 +0200\r\nSubject: =?utf-8?q?Wartung_f=C3=BCr_AB-1?=\r\nMessage-ID: <a@acme.example>\r\nReferences: <x@acme.example> <y@acme.example>\r\nDKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=x;\r\n b=abc\r\nX-Acme-Ticket: 77\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\nContent-Type: text/plain\r\n\r\nplain\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>rich</p>\r\n--i--\r\n--o\r\nContent-Type: text/calendar; name=m.ics\r\nContent-Disposition: attachment; filename=m.ics\r\n\r\nBEGIN:VCALENDAR\r\n--o\r\nContent-Type: message/rfc822\r\n\r\nFrom: inner@acme.example\r\nSubject: inner\r\n\r\ninner text\r\n--o--\r\n";

    #[test]
    fn a_mail_comes_apart_into_headers_bodies_calendars_and_mails() {
        let mail = parse(MAIL.as_bytes()).expect("it has headers");
        assert_eq!(mail.subject.as_deref(), Some("Wartung für AB-1"));
        assert_eq!(mail.headers.from.as_ref().map(|f| f.address.as_str()), Some("noc@acme.example"));
        assert_eq!(mail.headers.date.map(|d| d.to_rfc3339()).as_deref(), Some("2026-05-05T10:00:00+02:00"));
        assert_eq!(mail.headers.dkim, ["acme.example"]);
        assert_eq!(mail.headers.references, ["x@acme.example", "y@acme.example"]);
        assert_eq!(mail.headers.get("x-acme-ticket"), Some("77"));
        assert!(
            matches!(&mail.bodies[..], [Body::Html { id, plain: Some((p, _)), .. }] if id == "1.2" && p == "1.1"),
            "{:?}",
            mail.bodies
        );
        assert_eq!(mail.attachments[0].media, "text/calendar");
        assert!(matches!(&mail.messages[0].bodies[..], [Body::Text { id, .. }] if id == "3.1"), "{:?}", mail.messages);
    }
}
