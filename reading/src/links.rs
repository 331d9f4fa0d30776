//! The provider's own instructions: the links of the message that lead there.
//!
//! Owns the choice and the order. It must not open a link, and leaves out what a mail carries for its own sake
//! (unsubscribing, preferences, social networks).

use super::document::{Document, Place};
use super::organisation::{host, registered};
use super::profile::Profile;

/// Parts of an address that tell mail housekeeping, in lower case.
const HOUSEKEEPING: &[&str] = &[
    "unsubscribe",
    "preferences",
    "optout",
    "opt-out",
    "privacy",
    "legal",
    "terms",
    "facebook.com",
    "twitter.com",
    "x.com/",
    "linkedin.com",
    "youtube.com",
    "instagram.com",
    "mailto:",
    "tel:",
    ".png",
    ".gif",
    ".jpg",
    "aws.amazon.com/support",
    "/contact",
    "login",
    "signin",
    "viewinbrowser",
    "w3.org",
];

/// Parts of an address that tell instructions.
const INSTRUCTIONS: &[&str] = &[
    "docs",
    "documentation",
    "guide",
    "learn",
    "knowledge",
    "help",
    "support/",
    "maintenance",
    "migrat",
    "upgrad",
    "retire",
    "deprecat",
    "certificate",
    "advisory",
    "bulletin",
    "faq",
    "kb",
];

const MOST: usize = 6;

/// Links to instructions first, then others of the provider's own, at most six.
#[must_use]
pub fn find(document: &Document, profile: Option<&Profile>) -> Vec<String> {
    let mut ranked: Vec<(u32, usize, String)> = Vec::new();
    for (at, address) in addresses(document).into_iter().enumerate() {
        let lower = address.to_lowercase();
        let known = ranked.iter().any(|(.., a)| *a == address);
        if known || HOUSEKEEPING.iter().any(|h| lower.contains(h)) {
            continue;
        }
        let own = profile
            .is_some_and(|p| host(&lower).is_some_and(|h| p.domains.iter().any(|d| registered(h) == registered(d))));
        let instructs = INSTRUCTIONS.iter().any(|i| lower.contains(i));
        ranked.push((2 * u32::from(instructs) + u32::from(own), at, address));
    }
    ranked.sort_by_key(|(points, at, _)| (std::cmp::Reverse(*points), *at));
    ranked.into_iter().take(MOST).map(|(.., address)| address).collect()
}

/// Linked and bare addresses of live lines, in order.
fn addresses(document: &Document) -> Vec<String> {
    let mut all = Vec::new();
    for (index, part) in document.parts.iter().enumerate() {
        for link in &part.links {
            let is_live = document.line_at(index, link.range.start).is_none_or(|v| v.line.kind.is_live());
            if is_live
                && link.target.starts_with("http")
                && !document.is_struck(&Place { part: index, range: link.range.clone() })
            {
                all.push(link.target.clone());
            }
        }
    }
    for view in document.lines() {
        let mut rest = view.text;
        while let Some(at) = rest.find("http") {
            let address: &str =
                rest[at..].split(|c: char| c.is_whitespace() || "<>()[]\"'".contains(c)).next().unwrap_or_default();
            if address.contains("://") && address.len() > 10 {
                all.push(address.trim_end_matches(['.', ',', ';', ':', '*']).to_owned());
            }
            rest = &rest[at + address.len().max(4)..];
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_come_before_the_rest_and_housekeeping_never() {
        let text =
            "See https://acme.example/news and https://docs.acme.example/rotate.\nLogo: https://acme.example/logo.png";
        let document = Document::from_text(None, text);
        assert_eq!(find(&document, None), ["https://docs.acme.example/rotate", "https://acme.example/news"]);
    }
}
