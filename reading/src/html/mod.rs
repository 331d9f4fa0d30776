//! HTML to a part: html5ever's tokens laid out as lines, tables kept as rows of cells, struck text and links marked,
//! what a reader of the mail would not see left out.
//!
//! Owns what shows and what stands in one line. It builds no tree, so that neither depth nor a missing end tag costs
//! more than its own bytes. It must not judge what a text means.

mod style;
mod table;

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use html5ever::LocalName;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use self::style::Look;
use self::table::Table;
use super::document::{Line, LineKind, Link, Part};
use super::text::is_invisible;
use super::{small_print, wrapped};

/// Elements open at once; deeper ones lay out as their parent does.
const DEEPEST: usize = 256;

/// A rendered HTML text.
#[derive(Debug, Default)]
pub struct Rendered {
    pub part: Part,
    /// The ranges of `<blockquote type="cite">` and what mail programs use like it.
    pub quoted: Vec<Range<usize>>,
    /// The page's `<title>`, which stands in for a subject where there is none.
    pub title: Option<String>,
}

/// A part from HTML, small print set apart.
#[must_use]
pub fn part(id: &str, source: &str) -> Part {
    let mut rendered = render(id, source);
    small_print::set_apart(&mut rendered.part);
    rendered.part
}

/// A part from HTML with nothing set apart yet.
#[must_use]
pub fn render(id: &str, source: &str) -> Rendered {
    let queue = Rc::new(BufferQueue::default());
    queue.push_back(StrTendril::from_slice(source));
    let state = State { total: source.len(), queue: Rc::clone(&queue), gap: true, ..State::default() };
    let tokenizer = Tokenizer::new(Sink(RefCell::new(state)), TokenizerOpts::default());
    // The tokenizer hands control back at each `</script>`; there is nothing to run.
    while !queue.is_empty() {
        let _ = tokenizer.feed(&queue);
    }
    tokenizer.end();
    tokenizer.sink.0.into_inner().finish(id)
}

struct Sink(RefCell<State>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => state.text(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return state.start(&tag),
            Token::TagToken(tag) => state.end(&tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// An open element with what it and its ancestors say about the look.
#[derive(Debug, Clone, Default)]
struct Element {
    name: LocalName,
    look: Look,
    /// Where struck text, a quotation or a link began, for elements that begin one.
    struck_from: Option<usize>,
    quoted_from: Option<usize>,
    link: Option<(usize, String)>,
}

#[derive(Default)]
struct State {
    out: String,
    lines: Vec<Line>,
    struck: Vec<Range<usize>>,
    quoted: Vec<Range<usize>>,
    links: Vec<Link>,
    source: Vec<(usize, usize)>,
    title: String,
    in_title: bool,
    stack: Vec<Element>,
    tables: Vec<Table>,
    tables_seen: usize,
    /// Separators between the cells of a row, to become tabs.
    tabs: Vec<usize>,
    /// Where the current line began.
    line_start: Option<usize>,
    /// Bytes of bold letters and of all letters of the current line.
    bold: (usize, usize),
    kind: Option<LineKind>,
    gap: bool,
    space: bool,
    queue: Rc<BufferQueue>,
    total: usize,
}

impl State {
    fn look(&self) -> Look {
        self.stack.last().map_or_else(Look::default, |e| e.look)
    }

    fn text(&mut self, text: &str) {
        if self.in_title {
            self.title.push_str(text);
            return;
        }
        let look = self.look();
        if look.hidden {
            return;
        }
        let mut from = self.position().saturating_sub(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            // Most of a text is words of plain letters and marks: they are taken whole.
            let plain = rest.bytes().take_while(u8::is_ascii_graphic).count();
            let width = if plain > 0 { plain } else { c.len_utf8() };
            let (piece, after) = rest.split_at(width);
            if plain > 0 || !(c.is_whitespace() || is_invisible(c)) {
                self.letters(piece, from, look);
            } else if look.pre && c == '\n' {
                self.line_break();
            } else if c.is_whitespace() {
                self.space = true;
            }
            from += width;
            rest = after;
        }
    }

    fn letters(&mut self, letters: &str, source: usize, look: Look) {
        if self.line_start.is_none() {
            self.line_start = Some(self.out.len());
            self.bold = (0, 0);
            self.map(source);
        } else if self.space {
            self.out.push(' ');
            self.map(source);
        }
        self.space = false;
        self.out.push_str(letters);
        self.bold.1 += letters.len();
        self.bold.0 += usize::from(look.bold) * letters.len();
    }

    fn map(&mut self, source: usize) {
        let here = self.out.len();
        if self.source.last().is_none_or(|(h, s)| source.wrapping_sub(*s) != here - h) {
            self.source.push((here, source));
        }
    }

    /// How far the tokenizer has read.
    fn position(&self) -> usize {
        // As a rule there is one buffer: what is left of the source.
        let Some(first) = self.queue.pop_front() else { return self.total };
        let mut left = first.len();
        let mut rest = vec![];
        while let Some(buffer) = self.queue.pop_front() {
            left += buffer.len();
            rest.push(buffer);
        }
        for buffer in rest.into_iter().rev() {
            self.queue.push_front(buffer);
        }
        self.queue.push_front(first);
        self.total.saturating_sub(left)
    }

    /// `<br>`: ends the line, or where there is none, leaves a gap.
    fn line_break(&mut self) {
        if self.line_start.is_none() {
            self.gap = true;
        }
        self.end_line();
    }

    fn end_line(&mut self) {
        self.space = false;
        let Some(start) = self.line_start.take() else { return };
        let all_bold = self.bold.0 == self.bold.1;
        let body = &self.out[start..];
        let heading = all_bold && body.len() <= 80 && !body.contains(':') && !body.bytes().any(|b| b.is_ascii_digit());
        let kind = self.kind.take().unwrap_or(if heading { LineKind::Heading } else { LineKind::Text });
        self.lines.push(Line { range: start..self.out.len(), kind, gap: self.gap });
        if let Some(cell) = self.tables.last_mut().and_then(Table::cell) {
            cell.bold.0 += self.bold.0;
            cell.bold.1 += self.bold.1;
        }
        self.out.push('\n');
        self.gap = false;
    }

    /// The edge of a block; paragraphs and the like leave a gap.
    fn block(&mut self, gap: bool) {
        self.end_line();
        self.gap |= gap;
    }

    fn start(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        self.close_implied(name);
        match name {
            "br" => {
                self.line_break();
                return TokenSinkResult::Continue;
            }
            "hr" => self.block(true),
            "script" | "style" | "iframe" | "noembed" | "noframes" | "xmp" => {
                self.open(tag);
                return TokenSinkResult::RawData(RawKind::Rawtext);
            }
            "title" => {
                self.in_title = self.title.is_empty() && !tag.self_closing;
                self.open(tag);
                return TokenSinkResult::RawData(RawKind::Rcdata);
            }
            "table" => {
                self.block(true);
                self.tables.push(Table::default());
            }
            "tr" => self.start_row(),
            "td" | "th" => self.start_cell(name == "th", tag),
            "li" => {
                self.block(false);
                self.kind = Some(LineKind::ListItem);
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.block(true);
                self.kind = Some(LineKind::Heading);
            }
            _ if is_block(name) => self.block(leaves_gap(name)),
            _ => {}
        }
        if !is_void(name) && !tag.self_closing {
            self.open(tag);
        }
        TokenSinkResult::Continue
    }

    /// A block ends the paragraph before it, an item the item before it: their end tags are optional.
    fn close_implied(&mut self, name: &str) {
        let ended = match name {
            _ if self.stack.last().is_some_and(|e| &*e.name == "head") && !belongs_in_head(name) => "head",
            "li" => "li",
            _ if is_block(name) || matches!(name, "table" | "hr") => "p",
            _ => return,
        };
        let barrier = |e: &Element| matches!(&*e.name, "td" | "th" | "table" | "ul" | "ol") || &*e.name == ended;
        if let Some(at) = self.stack.iter().rposition(barrier).filter(|at| &*self.stack[*at].name == ended) {
            self.close_to(at);
        }
    }

    fn open(&mut self, tag: &Tag) {
        if self.stack.len() >= DEEPEST {
            return;
        }
        let before = self.look();
        let look = before.with(tag);
        let here = self.out.len();
        let link = attribute(tag, "href")
            .filter(|h| &*tag.name == "a" && !h.starts_with('#'))
            .map(|h| (here, wrapped::unwrap(h)));
        self.stack.push(Element {
            name: tag.name.clone(),
            look,
            struck_from: (look.struck && !before.struck).then_some(here),
            quoted_from: (look.quoted && !before.quoted).then_some(here),
            link,
        });
    }

    fn end(&mut self, name: &str) {
        match name {
            "title" => self.in_title = false,
            "table" => self.end_table(),
            "tr" => self.end_row(),
            "td" | "th" => self.end_cell(),
            "p" if !self.stack.iter().any(|e| &*e.name == "p") => self.block(true),
            _ if is_block(name) => self.block(leaves_gap(name)),
            _ => {}
        }
        self.close(name);
    }

    /// Closes the innermost element of that name; an inline or block end tag does not reach out of its cell.
    fn close(&mut self, name: &str) {
        let of_table = matches!(name, "table" | "tr" | "td" | "th" | "tbody" | "thead" | "tfoot" | "body" | "html");
        let barrier = |e: &Element| !of_table && matches!(&*e.name, "td" | "th" | "table");
        let found = self.stack.iter().rposition(|e| &*e.name == name || barrier(e));
        if let Some(at) = found.filter(|at| &*self.stack[*at].name == name) {
            self.close_to(at);
        }
    }

    fn close_to(&mut self, depth: usize) {
        while self.stack.len() > depth {
            let Some(element) = self.stack.pop() else { return };
            let end = self.out.len();
            if let Some(start) = element.struck_from.filter(|s| *s < end) {
                self.struck.push(start..end);
            }
            if let Some(start) = element.quoted_from.filter(|s| *s < end) {
                self.quoted.push(start..end);
            }
            if let Some((start, target)) = element.link.filter(|(s, _)| *s < end) {
                self.links.push(Link { range: start..end, target });
            }
        }
    }

    fn finish(mut self, id: &str) -> Rendered {
        while !self.tables.is_empty() {
            self.end_table();
        }
        self.end_line();
        self.close_to(0);
        let mut bytes = self.out.into_bytes();
        for tab in &self.tabs {
            bytes[*tab] = b'\t';
        }
        let text = String::from_utf8(bytes).unwrap_or_default();
        let title = Some(self.title.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|t| !t.is_empty());
        self.struck.sort_by_key(|r| r.start);
        self.links.sort_by_key(|l| l.range.start);
        let mut part = Part {
            id: id.to_owned(),
            text,
            lines: self.lines,
            struck: self.struck,
            links: self.links,
            source: self.source,
        };
        wrapped::add_bare(&mut part);
        Rendered { part, quoted: self.quoted, title }
    }
}

fn attribute<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| &*a.value)
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area" | "base" | "col" | "embed" | "hr" | "img" | "input" | "link" | "meta" | "source" | "track" | "wbr"
    )
}

/// Anything else ends a head whose end tag was left out.
fn belongs_in_head(name: &str) -> bool {
    matches!(name, "title" | "meta" | "style" | "script" | "link" | "base" | "noscript" | "template" | "object")
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "ul"
            | "ol"
            | "dl"
            | "dt"
            | "dd"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "main"
            | "aside"
            | "nav"
            | "center"
            | "pre"
            | "blockquote"
            | "address"
            | "form"
            | "fieldset"
            | "figure"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "li"
            | "body"
            | "html"
            | "caption"
            | "thead"
            | "tbody"
            | "tfoot"
            | "option"
            | "details"
            | "summary"
    )
}

fn leaves_gap(name: &str) -> bool {
    matches!(
        name,
        "p" | "ul"
            | "ol"
            | "dl"
            | "pre"
            | "blockquote"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "section"
            | "article"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn document(html: &str) -> Document {
        Document { parts: vec![part("1", html)], ..Document::default() }
    }

    fn lines(html: &str) -> Vec<String> {
        document(html).all_lines().map(|v| v.text.to_owned()).collect()
    }

    #[test]
    fn what_a_person_would_not_see_is_left_out() {
        let html = "<html><head><title>T</title><style>p{}</style></head><body><div style='display:none'>preview 1 May</div>\
                    <p>Shown&nbsp;text<!-- 2 May --></p><span style='font-size:0px'>x<b style='font-size: 12px'>y</b></span><script>var a='<p>3 May</p>'</script></body>";
        assert_eq!(lines(html), ["Shown text", "y"]);
        assert_eq!(lines("<html><head><meta x=y><title>T</title><div>Shown</div>"), ["Shown"], "a head without an end");
    }

    #[test]
    fn tables_stay_tables_and_layout_tables_do_not() {
        let html = "<table><tr><td><table><tr><th>Circuit</th><th>Start</th></tr><tr><td>AB-1</td><td>10 May<br>22:00</td></tr>\
                    <tr><td>AB-2</td><td></td></tr></table></td></tr></table>";
        let document = document(html);
        let rows: Vec<_> = document.rows().map(|r| (r.cell(0), r.heading(1), r.cell(1))).collect();
        assert_eq!(rows, [("AB-1", "Start", "10 May\n22:00"), ("AB-2", "Start", "")]);
        assert_eq!(document.parts[0].text, "Circuit\tStart\nAB-1\t10 May\n22:00\nAB-2\n");
    }

    #[test]
    fn struck_text_is_known_and_links_lead_to_their_true_target() {
        let html = "<p>ends on <s>1 May</s> 3 June, see <a href='https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Facme.example%2Fa&amp;data=05'>this</a></p>";
        let document = document(html);
        let part = &document.parts[0];
        assert_eq!(part.text[part.struck[0].clone()].trim(), "1 May");
        assert_eq!(part.links[0].target, "https://acme.example/a");
        let at = part.text.find("June").expect("the live date is in the text");
        assert!(html[part.source_offset(at)..].starts_with("June"));
    }

    #[test]
    fn unclosed_and_deep_markup_costs_no_stack() {
        let deep = "<div><table><tr><td>".repeat(20_000) + "end";
        assert_eq!(lines(&deep), ["end"]);
    }
}
