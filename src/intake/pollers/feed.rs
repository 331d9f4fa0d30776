//! RSS and Atom: each entry as a mail from the feed's host, again when it was updated.
//! Source: RSS 2.0, RFC 4287.

use feed_rs::model::{Entry, Feed};
use ring::digest::{SHA256, digest};

use super::{Found, PollError, Round, by_https};

pub async fn read(round: &mut Round<'_>) -> Result<(), PollError> {
    let url = round.source.url.as_str();
    let Some(host) = host(url) else {
        return Err(PollError::Setting(format!("“{}” lacks url", round.source.name)));
    };
    let Some(fetched) = round.changed(url).await? else { return Ok(()) };
    let feed = feed_rs::parser::parse(fetched.body.as_slice()).map_err(|error| PollError::answer(url, error))?;
    let told = feed.entries.iter().rev().map(|entry| (entry.updated.or(entry.published), entry)).collect();
    for entry in round.wanted(told).await? {
        let words = words(entry);
        let found = Found {
            raw: mail(&feed, host, entry, &words),
            media: "message/rfc822",
            // Many feeds change an entry without saying so.
            key: format!("{}/{}", entry.id, hex::encode(&digest(&SHA256, words.as_bytes()).as_ref()[..16])),
            authenticity: by_https(url),
            reason: format!("Read from the feed itself, {url}."),
        };
        round.keep(found).await?;
    }
    round.cursor.note(url, &fetched);
    Ok(())
}

fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    authority.split(':').next().filter(|host| !host.is_empty())
}

/// What the entry says: its text in full where the feed has it, else its summary.
fn words(entry: &Entry) -> String {
    let content = entry.content.as_ref().and_then(|content| content.body.clone());
    content.or_else(|| entry.summary.as_ref().map(|text| text.content.clone())).unwrap_or_default()
}

fn mail(feed: &Feed, host: &str, entry: &Entry, words: &str) -> Vec<u8> {
    let line = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let title = entry.title.as_ref().map(|title| line(&title.content)).unwrap_or_default();
    let name = feed.title.as_ref().map(|title| line(&title.content).replace('"', "'")).unwrap_or_default();
    let mut head = format!("From: \"{name}\" <feed@{host}>\r\nSubject: {title}\r\n");
    if let Some(at) = entry.updated.or(entry.published) {
        head.push_str(&format!("Date: {}\r\n", at.to_rfc2822()));
    }
    let id = hex::encode(&digest(&SHA256, entry.id.as_bytes()).as_ref()[..16]);
    head.push_str(&format!(
        "Message-ID: <{id}@{host}>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n<h1>{title}</h1>\r\n"
    ));
    let link = entry.links.first().map(|link| format!("\r\n<p>{}</p>\r\n", line(&link.href))).unwrap_or_default();
    [head.as_bytes(), words.as_bytes(), link.as_bytes()].concat()
}
