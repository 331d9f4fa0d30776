//! Text that others wrote, as HTML that does nothing: guidance in Markdown, and the HTML of mails.
//!
//! Two lines of defence for each: it is sanitised here by an allow-list, and it is served or shown under a policy that
//! lets nothing run or load.

use std::collections::HashSet;

use ammonia::Builder;
use mail_parser::{Message, MessageParser, PartType};
use pulldown_cmark::{Options, Parser, html};

use crate::reading::outlook;

/// The most HTML that is sanitised for showing. A larger mail can be saved.
const MOST: usize = 2 * 1024 * 1024;

/// Guidance and descriptions: Markdown (CommonMark with tables and task lists) as safe HTML. Links open elsewhere.
#[must_use]
pub fn guidance(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() * 3 / 2);
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    html::push_html(&mut out, Parser::new_ext(markdown, options));
    Builder::default()
        .rm_tags(["img", "map", "area", "figure", "figcaption"])
        .url_schemes(HashSet::from(["https", "http", "mailto"]))
        .link_rel(Some("noopener noreferrer"))
        .set_tag_attribute_value("a", "target", "_blank")
        .clean(&out)
        .to_string()
}

/// A provider's HTML for the tab “Original”: no scripts, forms, frames, styles by name, or anything that loads. Pictures that
/// are inside the mail stay away too: they are attachments, and a tracking pixel looks like any other.
#[must_use]
pub fn original(hostile: &str) -> String {
    Builder::default()
        .rm_tags(["img", "map", "area"])
        .add_tags(["center", "font"])
        .add_generic_attributes(["align", "valign", "bgcolor", "width", "height", "dir", "lang", "title"])
        .add_tag_attributes("table", ["border", "cellpadding", "cellspacing"])
        .add_tag_attributes("td", ["colspan", "rowspan"])
        .add_tag_attributes("th", ["colspan", "rowspan"])
        .add_tag_attributes("font", ["color", "size", "face"])
        // A link in a hostile mail is shown as text: the tab is for reading, the frame is not for going places.
        .rm_tag_attributes("a", ["href", "hreflang"])
        .link_rel(None)
        .url_schemes(HashSet::new())
        .clean(hostile)
        .to_string()
}

/// The HTML that a message holds: a mail's HTML part, that of a mail attached to it, or a bare page. None where it is only
/// text, or too large to be shown.
#[must_use]
pub fn html_of(raw: &[u8]) -> Option<String> {
    let raw = &*outlook::readable(raw);
    let html = match MessageParser::default().parse(raw) {
        Some(mail) if mail.headers().len() > 1 => html_part(&mail, 3)?,
        _ => bare(raw)?,
    };
    (html.len() <= MOST).then_some(html)
}

fn html_part(mail: &Message<'_>, depth: u8) -> Option<String> {
    let own = mail.parts.iter().find_map(|part| match &part.body {
        PartType::Html(html) => Some(html.to_string()),
        _ => None,
    });
    let attached = || {
        mail.parts.iter().find_map(|part| match &part.body {
            PartType::Message(inner) if depth > 0 => html_part(inner, depth - 1),
            _ => None,
        })
    };
    own.or_else(attached)
}

/// A page that was uploaded as such.
fn bare(raw: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(&raw[..raw.len().min(512)]).trim_start().to_ascii_lowercase();
    (start.starts_with("<!doctype html") || start.starts_with("<html"))
        .then(|| String::from_utf8_lossy(raw).into_owned())
}

/// A page around sanitised HTML, for a sandboxed frame.
#[must_use]
pub fn framed(body: &str) -> String {
    format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light\">\
         <style>body{{margin:1rem;font:15px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;overflow-wrap:anywhere}}\
         table{{max-width:100%}}</style></head><body>{body}</body></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guidance_becomes_html_and_nothing_in_it_runs() {
        let html = guidance(
            "## Before\n\n1. Trust **both** bundles\n2. [Read](https://docs.example.com)\n\n<script>alert(1)</script>",
        );
        assert!(html.contains("<h2>Before</h2>") && html.contains("<strong>both</strong>"), "{html}");
        assert!(html.contains("rel=\"noopener noreferrer\"") && html.contains("target=\"_blank\""), "{html}");
        assert!(!html.contains("script"), "{html}");
        assert!(!guidance("[x](javascript:alert(1))").contains("javascript"));
        assert!(!guidance("![x](https://tracker.example/p.gif)").contains("tracker"));
    }

    /// Own samples of the sorts that public collections list.
    #[test]
    fn a_hostile_mail_keeps_its_words_and_loses_everything_that_acts() {
        let samples = [
            "<img src=x onerror=alert(1)>",
            "<svg/onload=alert(1)>",
            "<iframe srcdoc='<script>alert(1)</script>'>",
            "<a href=\"jav&#x09;ascript:alert(1)\">go</a>",
            "<body onload=alert(1)>",
            "<math><mtext><script>alert(1)</script>",
            "<style>@import url(https://t.example/x)</style>",
            "<link rel=stylesheet href=https://t.example/x>",
            "<form action=https://t.example><input name=q>",
            "<div style=\"background:url(https://t.example/x)\">",
            "<meta http-equiv=refresh content='0;url=https://t.example'>",
            "<object data=https://t.example/x>",
            "<table background=https://t.example/x><tr><td>",
            "<video poster=https://t.example/x>",
            "<base href=https://t.example/>",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<a href=\"https://t.example\" ping=\"https://t.example\">",
        ];
        let acts = [
            "<script",
            "onload=",
            "<iframe",
            "<svg",
            "javascript:",
            "<style",
            "<link",
            "<form",
            "url(",
            "<meta",
            "<object",
            "background=",
            "poster=",
            "<base",
            "t.example\"",
            "<img",
            "ping=",
        ];
        for hostile in samples {
            let shown = original(&format!("<p>Your certificate expires.</p>{hostile}")).to_lowercase();
            assert!(shown.starts_with("<p>your certificate expires.</p>"), "{hostile} took the words away: {shown}");
            for act in acts {
                assert!(!shown.contains(act), "{hostile} left {act}: {shown}");
            }
        }
    }
}
