//! How an element looks as far as it matters for reading: hidden, struck out, bold, preformatted, quoted.
//!
//! Owns the few CSS properties and attributes that decide it. Style sheets are not applied: what mail programs keep is
//! inline.

use html5ever::tokenizer::Tag;

use super::attribute;

/// What an element and its ancestors say together.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "five independent properties of a look")]
pub struct Look {
    pub hidden: bool,
    pub struck: bool,
    pub bold: bool,
    pub pre: bool,
    pub quoted: bool,
    /// `font-size: 0`, which a descendant may undo.
    tiny: bool,
    /// Hidden by something that no descendant undoes.
    gone: bool,
}

impl Look {
    /// The look of an element inside this one.
    #[must_use]
    pub fn with(mut self, tag: &Tag) -> Self {
        match &*tag.name {
            "script" | "style" | "head" | "template" | "title" | "noembed" | "noframes" | "iframe" | "object"
            | "svg" | "select" => self.gone = true,
            "s" | "strike" | "del" => self.struck = true,
            "b" | "strong" | "th" | "h1" | "h2" | "h3" | "h4" => self.bold = true,
            "pre" | "textarea" => self.pre = true,
            "body" => self.gone = false,
            "blockquote" => self.quoted |= is_citation(tag),
            _ => {}
        }
        if attribute(tag, "hidden").is_some() {
            self.gone = true;
        }
        if let Some(style) = attribute(tag, "style") {
            self.inline(style);
        }
        self.hidden = self.gone || self.tiny;
        self
    }

    fn inline(&mut self, style: &str) {
        let (mut flat, mut clipped) = (false, false);
        for (property, value) in style.split(';').filter_map(|d| d.split_once(':')) {
            let value = value.trim();
            match property.trim().to_ascii_lowercase().as_str() {
                "display" => self.gone |= value.to_ascii_lowercase().starts_with("none"),
                "visibility" => self.gone |= value.eq_ignore_ascii_case("hidden"),
                "mso-hide" => self.gone |= value.to_ascii_lowercase().starts_with("all"),
                "font-size" => self.tiny = is_zero(value),
                "max-height" | "height" => flat |= is_zero(value),
                "overflow" => clipped = value.to_ascii_lowercase().starts_with("hidden"),
                "text-decoration" | "text-decoration-line" => {
                    let value = value.to_ascii_lowercase();
                    self.struck = value.contains("line-through") || (self.struck && !value.contains("none"));
                }
                "font-weight" => {
                    self.bold = value.to_ascii_lowercase().starts_with("bold")
                        || matches!(value.as_bytes().first(), Some(b'6'..=b'9'))
                }
                "white-space" => self.pre = value.to_ascii_lowercase().starts_with("pre"),
                _ => {}
            }
        }
        self.gone |= flat && clipped;
    }
}

/// `0`, `0px`, `0.0em` and the like.
fn is_zero(value: &str) -> bool {
    let digits = value.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    digits > 0 && value[..digits].bytes().all(|b| matches!(b, b'0' | b'.'))
}

fn is_citation(tag: &Tag) -> bool {
    attribute(tag, "type").is_some_and(|t| t.eq_ignore_ascii_case("cite"))
        || attribute(tag, "cite").is_some()
        || attribute(tag, "class").is_some_and(|c| c.contains("gmail_quote") || c.contains("quote"))
}
