//! Links: the true target behind the wrappers of security gateways, and links that stand bare in a text.
//!
//! Owns the wrappers known, which are data below. It must not fetch anything, nor judge whether a target is safe.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::document::{Link, Part};

/// Hosts (or ends of hosts) that wrap, and the query parameter that holds the target.
const WRAPPERS: &[(&str, &[&str])] = &[
    ("safelinks.protection.outlook.com", &["url"]),
    ("statics.teams.cdn.office.net", &["url"]),
    ("www.google.com", &["q", "url"]),
    ("linkprotect.cudasvc.com", &["a"]),
    ("clicktime.symantec.com", &["u"]),
    ("protect2.fireeye.com", &["u"]),
    ("protect-us.mimecast.com", &["domain"]),
    ("imsva.trendmicro.com", &["url"]),
    ("trendmicro.com", &["url"]),
    ("urlsand.esvalabs.com", &["u"]),
    ("l.facebook.com", &["u"]),
    ("www.linkedin.com", &["url"]),
    ("slack-redir.net", &["url"]),
];

/// Wrappers may be wrapped; this deep at most.
const DEEPEST: usize = 4;

/// The true target of a link, or the link as it is.
#[must_use]
pub fn unwrap(link: &str) -> String {
    let mut target = link.trim().to_owned();
    for _ in 0..DEEPEST {
        match once(&target) {
            Some(inner) if inner != target => target = inner,
            _ => break,
        }
    }
    target
}

fn once(link: &str) -> Option<String> {
    let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"))?;
    let host_end = rest.find(['/', '?', ':']).unwrap_or(rest.len());
    let (host, tail) = (rest[..host_end].to_ascii_lowercase(), &rest[host_end..]);
    match host.as_str() {
        "urldefense.proofpoint.com" | "urldefense.com" | "urldefense.us" => proofpoint(tail),
        "secure-web.cisco.com" => tail.rsplit('/').next().map(percent_decode).filter(|t| t.starts_with("http")),
        _ => {
            let (_, parameters) =
                WRAPPERS.iter().find(|(h, _)| host == *h || host.strip_suffix(h).is_some_and(|p| p.ends_with('.')))?;
            parameters.iter().find_map(|p| parameter(tail, p)).map(percent_decode).filter(|t| t.starts_with("http"))
        }
    }
}

fn parameter<'l>(tail: &'l str, name: &str) -> Option<&'l str> {
    let query = tail.split_once('?')?.1;
    query
        .split(['&', ';'])
        .map(|p| p.strip_prefix("amp;").unwrap_or(p))
        .find_map(|p| p.strip_prefix(name)?.strip_prefix('='))
}

/// Proofpoint: version 1 percent-encodes, 2 writes `-3A_` for `:/`, 3 replaces odd characters by `*` and appends them.
fn proofpoint(tail: &str) -> Option<String> {
    if let Some(inner) = tail.strip_prefix("/v3/__") {
        let (target, odd) = inner.split_once("__;")?;
        let odd = odd.split(['!', '$']).next().unwrap_or("");
        let odd = URL_SAFE_NO_PAD.decode(odd).or_else(|_| STANDARD_NO_PAD.decode(odd)).unwrap_or_default();
        let mut odd = odd.into_iter().map(char::from);
        return Some(target.chars().map(|c| if c == '*' { odd.next().unwrap_or('*') } else { c }).collect());
    }
    let target = parameter(tail, "u")?;
    if tail.starts_with("/v2/") {
        return Some(percent_decode(&target.replace('-', "%").replace('_', "/")));
    }
    Some(percent_decode(target))
}

/// `%41` to `A`; faulty escapes stay.
#[must_use]
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        match escaped.and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Adds the links that stand as text, where no marked link stands already.
pub fn add_bare(part: &mut Part) {
    let mut found: Vec<Link> = Vec::new();
    for range in bare(&part.text) {
        let before = part.links.partition_point(|l| l.range.start <= range.start);
        let covered = before.checked_sub(1).is_some_and(|i| range.end <= part.links[i].range.end);
        if !covered {
            found.push(Link { target: unwrap(&part.text[range.clone()]), range });
        }
        if part.links.len() + found.len() > 2000 {
            break;
        }
    }
    part.links.extend(found);
    part.links.sort_by_key(|l| l.range.start);
}

fn bare(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + text[from..].find("http")?;
            let rest = &text[start..];
            let end = start
                + rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '|' | '\u{300c}'))
                    .unwrap_or(rest.len());
            let end =
                start + text[start..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '*']).len();
            from = end.max(start + 4);
            if rest.starts_with("http://") || rest.starts_with("https://") {
                return Some(start..end);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::unwrap;

    #[test]
    fn wrapped_links_show_where_they_lead() {
        for (wrapped, target) in [
            (
                "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Facme.example%2Fm%3Fid%3D7&data=05%7C01",
                "https://acme.example/m?id=7",
            ),
            (
                "https://urldefense.proofpoint.com/v2/url?u=https-3A__acme.example_m-3Fid-3D7&d=DwM&c=x",
                "https://acme.example/m?id=7",
            ),
            ("https://urldefense.com/v3/__https://acme.example/m?id=7__;!!Ab1c$", "https://acme.example/m?id=7"),
            ("https://acme.example/plain", "https://acme.example/plain"),
        ] {
            assert_eq!(unwrap(wrapped), target, "from {wrapped}");
        }
    }
}
