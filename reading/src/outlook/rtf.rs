//! Outlook's rich text: unpacked (MS-OXRTFCP), and the HTML that is hidden in it (MS-OXRTFEX) or else the text that it shows.

use crate::charset;

use super::properties::charset_of;

/// Rich text is written for machines; what people read of it is far shorter.
const LONGEST: usize = 8 << 20;

/// What a reader sees of rich text.
#[derive(Debug, PartialEq, Eq)]
pub enum Shown {
    Html(String),
    Text(String),
}

/// The rich text; none where it is packed in a way that nobody knows, or damaged.
pub fn unpacked(packed: &[u8]) -> Option<String> {
    // The length that it says it has, before any of it is believed.
    let says = packed.get(4..8).map(|size| u32::from_le_bytes([size[0], size[1], size[2], size[3]]))?;
    if says as usize > LONGEST {
        return None;
    }
    compressed_rtf::decompress_rtf(packed).ok()
}

/// Groups whose content is not shown.
const ASIDE: &[&str] = &[
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "footer",
    "listtable",
    "listoverridetable",
    "generator",
    "themedata",
    "xmlnstbl",
    "datastore",
    "latentstyles",
];

/// What stands in one group, inherited by those inside it.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    /// Not shown.
    aside: bool,
    /// Made for rich text alone, and no part of the HTML.
    rtf_only: bool,
    /// Characters that stand in for each one told by its number.
    skip: usize,
}

/// Undoes rich text.
pub fn shown(rtf: &str) -> Shown {
    let mut reader =
        Reader { rest: rtf, html: false, code_page: None, bytes: Vec::new(), units: Vec::new(), out: String::new() };
    reader.run();
    if reader.html { Shown::Html(reader.out) } else { Shown::Text(reader.out.trim().to_owned()) }
}

struct Reader<'r> {
    rest: &'r str,
    html: bool,
    code_page: Option<String>,
    /// Bytes in the code page that are not characters yet.
    bytes: Vec<u8>,
    /// Units of UTF-16 that are not characters yet: one outside the first plane is told in two halves.
    units: Vec<u16>,
    out: String,
}

impl Reader<'_> {
    fn run(&mut self) {
        let mut groups = vec![Group { skip: 1, ..Group::default() }];
        let mut starred = false;
        let mut skipping = 0_usize;
        while let Some(c) = self.rest.chars().next() {
            let group = *groups.last().unwrap_or(&Group::default());
            match c {
                '{' => {
                    groups.push(group);
                    self.next(1);
                }
                '}' => {
                    self.settle();
                    if groups.len() > 1 {
                        groups.pop();
                    }
                    self.next(1);
                }
                '\\' => {
                    self.next(1);
                    let (word, number) = self.word();
                    let here = groups.last_mut().expect("the outermost group is never closed");
                    match (word.as_str(), number) {
                        ("*", _) => {
                            starred = true;
                            continue;
                        }
                        ("'", Some(byte)) => {
                            if skipping > 0 {
                                skipping -= 1;
                            } else if self.is_shown(*here) {
                                self.settle_units();
                                self.bytes.push(u8::try_from(byte).unwrap_or(b'?'));
                            }
                            continue;
                        }
                        ("u", Some(unit)) => {
                            if self.is_shown(*here) {
                                self.unit(unit);
                            }
                            skipping = here.skip;
                            continue;
                        }
                        ("uc", Some(count)) => here.skip = usize::try_from(count).unwrap_or(1),
                        ("ansicpg", Some(page)) => self.code_page = u32::try_from(page).ok().map(charset_of),
                        ("fromhtml", _) => self.html = true,
                        ("htmltag", _) if starred => here.aside = false,
                        ("htmlrtf", Some(0)) => here.rtf_only = false,
                        ("htmlrtf", _) => here.rtf_only = true,
                        (name, _) if starred || ASIDE.contains(&name) => here.aside = true,
                        (name, _) => {
                            let shown = *here;
                            self.sign(name, shown);
                        }
                    }
                    starred = false;
                }
                '\r' | '\n' => self.next(1),
                other => {
                    self.next(other.len_utf8());
                    if skipping > 0 {
                        skipping -= 1;
                    } else if self.is_shown(group) {
                        self.put(other);
                    }
                }
            }
        }
        self.settle();
    }

    /// In HTML, only what is not for rich text alone; else all that is not put aside.
    const fn is_shown(&self, group: Group) -> bool {
        !(group.aside || self.html && group.rtf_only)
    }

    fn next(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    /// The control word that follows, with its number. A symbol is a word of one character; `'` has its byte as the number.
    fn word(&mut self) -> (String, Option<i32>) {
        let letters = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        if letters == 0 {
            let Some(symbol) = self.rest.chars().next() else { return (String::new(), None) };
            self.next(symbol.len_utf8());
            let hex = self.rest.get(..2).filter(|_| symbol == '\'').and_then(|h| i32::from_str_radix(h, 16).ok());
            if hex.is_some() {
                self.next(2);
            }
            return (symbol.to_string(), hex);
        }
        let word = self.rest[..letters].to_owned();
        self.next(letters);
        let sign = usize::from(self.rest.starts_with('-'));
        let digits = self.rest.bytes().skip(sign).take_while(u8::is_ascii_digit).take(10).count();
        let number = if digits > 0 { self.rest[..sign + digits].parse().ok() } else { None };
        if digits > 0 {
            self.next(sign + digits);
        }
        if self.rest.starts_with(' ') {
            self.next(1);
        }
        (word, number)
    }

    /// A character that has a word of its own.
    fn sign(&mut self, name: &str, group: Group) {
        let text = match name {
            "par" | "line" | "row" | "sect" => "\r\n",
            "tab" | "cell" => "\t",
            "emdash" => "\u{2014}",
            "endash" => "\u{2013}",
            "lquote" => "\u{2018}",
            "rquote" => "\u{2019}",
            "ldblquote" => "\u{201c}",
            "rdblquote" => "\u{201d}",
            "bullet" => "\u{2022}",
            "~" => "\u{a0}",
            "_" => "\u{2011}",
            "\\" | "{" | "}" => name,
            _ => return,
        };
        if self.is_shown(group) {
            text.chars().for_each(|c| self.put(c));
        }
    }

    fn unit(&mut self, unit: i32) {
        self.settle_bytes();
        // Numbers above 32767 are written as negative ones.
        self.units.push(u16::try_from(unit & 0xffff).unwrap_or(0xfffd));
    }

    fn put(&mut self, c: char) {
        self.settle();
        self.out.push(c);
    }

    /// Makes characters of what stood in the code page and as numbers.
    fn settle(&mut self) {
        self.settle_units();
        self.settle_bytes();
    }

    /// Only one of the two has anything: each is settled before the other begins.
    fn settle_units(&mut self) {
        self.out.push_str(&String::from_utf16_lossy(&std::mem::take(&mut self.units)));
    }

    fn settle_bytes(&mut self) {
        if !self.bytes.is_empty() {
            let bytes = std::mem::take(&mut self.bytes);
            self.out.push_str(&charset::decode(&bytes, self.code_page.as_deref().or(Some("windows-1252"))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rich_text_is_what_it_shows() {
        let rtf = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Die Zertifikate laufen am 22.\~August 2024 ab: pr\'fcfen\par Zweite Zeile \u8364?5 \u-10179?\u-8704? \{x\}\tab y}";
        let Shown::Text(text) = shown(rtf) else { panic!("there is no HTML in it") };
        assert_eq!(text, "Die Zertifikate laufen am 22.\u{a0}August 2024 ab: prüfen\r\nZweite Zeile €5 😀 {x}\ty");
    }

    #[test]
    fn html_inside_rich_text_comes_out_as_it_was() {
        let rtf = r"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\f0 \htmlrtf0 Your certificates expire\htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}{\*\htmltag84 <b>}on 22 August{\*\htmltag92 </b>}\htmlrtf \par \htmlrtf0 }";
        let Shown::Html(html) = shown(rtf) else { panic!("it says that it comes from HTML") };
        assert_eq!(html, "<p>Your certificates expire</p><b>on 22 August</b>");
    }

    #[test]
    fn broken_rich_text_ends_all_the_same() {
        for broken in [
            "",
            "{",
            "}}}}",
            r"\",
            r"{\rtf1 \'",
            r"{\rtf1 \u",
            r"{\rtf1 \u-1?x",
            r"{\*\htmltag",
            "\\u999999999999 x",
            "ä\\ß",
        ] {
            let _ = shown(broken);
        }
        assert_eq!(unpacked(b""), None);
        assert_eq!(unpacked(&[0xff; 40]), None, "it says that it is four gigabytes long");
    }
}
