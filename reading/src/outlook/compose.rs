//! A message's properties as a mail: the headers that it came with where Outlook kept them, else headers made from its
//! properties; its texts; its attachments, attached mails included.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::properties::{Storage, id};
use super::{BadMsg, rtf};

/// What describes how the original was packed, and not this.
const PACKING: &[&str] = &["content-", "mime-version", "lines", "content-length"];
/// Bytes of base64 on one line (RFC 2045, 6.8).
const LINE: usize = 76;

/// The mail. `depth` tells how many mails it lies in.
pub fn compose(message: &Storage, depth: usize) -> Result<Vec<u8>, BadMsg> {
    let mut mail = headers(message);
    let parts = parts(message, depth)?;
    if parts.is_empty() && mail.is_empty() {
        return Err(BadMsg::NoMessage("it has neither headers nor text"));
    }
    // Cannot stand in any of the parts: it depends on all of them.
    let digest = parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize();
    let boundary = format!("outlook-{depth}-{}", &hex::encode(digest)[..32]);
    let _ = write!(mail, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n");
    let mut out = mail.into_bytes();
    for part in parts {
        out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        out.extend_from_slice(&part);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(out)
}

fn headers(message: &Storage) -> String {
    let mut head = message.text(id::HEADERS).map(|kept| as_they_came(&kept)).unwrap_or_default();
    let has = |head: &str, name: &str| {
        head.lines().any(|line| {
            line.len() > name.len()
                && line.as_bytes()[name.len()] == b':'
                && line[..name.len()].eq_ignore_ascii_case(name)
        })
    };
    let from = sender(message);
    let dated = message.time(id::SUBMITTED).or_else(|| message.time(id::DELIVERED));
    let made = [
        ("From", from),
        ("To", recipients(message, 1)),
        ("Cc", recipients(message, 2)),
        ("Subject", message.text(id::SUBJECT)),
        ("Date", dated.map(|at| at.to_rfc2822())),
        ("Message-ID", message.text(id::MESSAGE_ID)),
        ("In-Reply-To", message.text(id::IN_REPLY_TO)),
        ("References", message.text(id::REFERENCES)),
    ];
    for (name, value) in made {
        if let Some(value) = value.filter(|_| !has(&head, name)) {
            let _ = write!(head, "{name}: {}\r\n", one_line(&value));
        }
    }
    head
}

/// The headers that Outlook kept, without those about the original's packing, each line ended as in a mail.
fn as_they_came(kept: &str) -> String {
    let mut out = String::with_capacity(kept.len());
    let mut keeps = false;
    for line in kept.lines().map(|line| line.trim_end_matches('\r')) {
        if line.trim().is_empty() {
            continue;
        }
        if !line.starts_with([' ', '\t']) {
            // The first line may be Outlook's own remark about the version of the headers.
            let name = line.split_once(':').map(|(name, _)| name.to_ascii_lowercase());
            let is_name = |name: &String| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
            keeps = name.as_ref().is_some_and(|name| is_name(name) && !PACKING.iter().any(|p| name.starts_with(p)));
        }
        if keeps {
            out.push_str(&line.replace('\0', " "));
            out.push_str("\r\n");
        }
    }
    out
}

/// Who wrote it: whoever it was sent for, before whoever sent it.
fn sender(message: &Storage) -> Option<String> {
    let one = |name: u16, addresses: [u16; 2]| {
        let address = addresses.into_iter().filter_map(|p| message.text(p)).find(|address| address.contains('@'));
        mailbox(message.text(name), address)
    };
    one(id::REPRESENTING_NAME, [id::REPRESENTING_SMTP, id::REPRESENTING_ADDRESS])
        .or_else(|| one(id::SENDER_NAME, [id::SENDER_SMTP, id::SENDER_ADDRESS]))
}

fn recipients(message: &Storage, sort: u32) -> Option<String> {
    let of_sort = message.recipients.iter().filter(|one| one.number(id::RECIPIENT_TYPE).unwrap_or(1) == sort);
    let written: Vec<String> = of_sort
        .filter_map(|one| {
            let addresses = [id::SMTP_ADDRESS, id::ADDRESS].into_iter().filter_map(|p| one.text(p));
            mailbox(one.text(id::NAME), addresses.into_iter().find(|address| address.contains('@')))
        })
        .collect();
    (!written.is_empty()).then(|| written.join(", "))
}

fn mailbox(name: Option<String>, address: Option<String>) -> Option<String> {
    // A name in quotes may hold anything but quotes and backslashes.
    let name = name.map(|name| name.replace(['"', '\\'], "'").trim().to_owned());
    match (name, address) {
        (Some(name), Some(address)) if name != address => Some(format!("\"{name}\" <{}>", address.trim())),
        (_, Some(address)) => Some(format!("<{}>", address.trim())),
        (Some(name), None) => Some(format!("\"{name}\" <>")),
        (None, None) => None,
    }
}

fn parts(message: &Storage, depth: usize) -> Result<Vec<Vec<u8>>, BadMsg> {
    let mut parts: Vec<Vec<u8>> = texts(message).into_iter().collect();
    for attachment in &message.attachments {
        let name = [id::FILE_NAME, id::SHORT_FILE_NAME, id::NAME].into_iter().find_map(|p| attachment.text(p));
        if let Some(inner) = &attachment.message {
            let mut part = b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n".to_vec();
            part.extend(compose(inner, depth + 1)?);
            parts.push(part);
        } else if let Some(bytes) = attachment.bytes(id::DATA) {
            let media = attachment.text(id::MIME).filter(|media| is_media(media));
            let media = media.unwrap_or_else(|| media_of(name.as_deref()).to_owned());
            parts.push(packed(&media, name.as_deref(), bytes));
        }
    }
    Ok(parts)
}

/// The text in the forms that there are. Where Outlook kept it as rich text alone, what that shows.
fn texts(message: &Storage) -> Option<Vec<u8>> {
    let rich = || message.bytes(id::RTF).and_then(rtf::unpacked);
    let (mut plain, mut html) = (message.text(id::BODY), message.text(id::HTML));
    if html.is_none()
        && let Some(rich) = rich()
    {
        match rtf::shown(&rich) {
            rtf::Shown::Html(found) => html = Some(found),
            rtf::Shown::Text(found) => plain = plain.or(Some(found)),
        }
    }
    let plain = plain.map(|text| packed("text/plain; charset=utf-8", None, text.as_bytes()));
    let html = html.map(|text| packed("text/html; charset=utf-8", None, text.as_bytes()));
    match (plain, html) {
        (Some(plain), Some(html)) => {
            let boundary = format!(
                "text-{}",
                &hex::encode(Sha256::new().chain_update(&plain).chain_update(&html).finalize())[..32]
            );
            let mut part = format!("Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n").into_bytes();
            for one in [plain, html] {
                part.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
                part.extend(one);
                part.extend_from_slice(b"\r\n");
            }
            part.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
            Some(part)
        }
        (plain, html) => plain.or(html),
    }
}

fn packed(media: &str, name: Option<&str>, bytes: &[u8]) -> Vec<u8> {
    let mut part = format!("Content-Type: {media}\r\nContent-Transfer-Encoding: base64\r\n");
    if let Some(name) = name {
        let name = one_line(name).replace(['"', '\\'], "'");
        let _ = write!(part, "Content-Disposition: attachment; filename=\"{name}\"\r\n");
    }
    part.push_str("\r\n");
    let encoded = STANDARD.encode(bytes);
    let mut out = part.into_bytes();
    for line in encoded.as_bytes().chunks(LINE) {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn one_line(value: &str) -> String {
    value.split(char::is_control).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn is_media(media: &str) -> bool {
    let token =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+._".contains(&b));
    media
        .split_once('/')
        .is_some_and(|(sort, rest)| token(sort) && token(rest) && sort != "multipart" && sort != "message")
}

fn media_of(name: Option<&str>) -> &'static str {
    let extension = name.and_then(|name| name.rsplit_once('.')).map(|(_, end)| end.to_ascii_lowercase());
    match extension.as_deref() {
        Some("ics") => "text/calendar; charset=utf-8",
        Some("csv") => "text/csv",
        Some("txt") => "text/plain",
        Some("json") => "application/json",
        Some("htm" | "html") => "text/html",
        _ => "application/octet-stream",
    }
}
