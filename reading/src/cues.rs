//! Finds many phrases in one pass, whole words only.
//!
//! Owns the matching and nothing else: what a phrase means is its table's business.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// A table of phrases in lower case. A phrase that ends in `*` also begins longer words (`cancel*`: cancelled).
#[derive(Debug)]
pub(super) struct Cues {
    finder: Option<AhoCorasick>,
    open_ended: Vec<bool>,
    phrases: Vec<&'static str>,
}

impl Cues {
    pub(super) fn new(phrases: impl IntoIterator<Item = &'static str>) -> Self {
        let phrases: Vec<&'static str> = phrases.into_iter().collect();
        let finder = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::DFA))
            .build(phrases.iter().map(|p| p.trim_end_matches('*')))
            .ok();
        Self { finder, open_ended: phrases.iter().map(|p| p.ends_with('*')).collect(), phrases }
    }

    /// The index of each phrase that stands in the text, and where. Line breaks inside a text count as blanks.
    pub(super) fn find<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (usize, Range<usize>)> + 't {
        self.finder.iter().flat_map(move |f| f.find_iter(text)).filter_map(move |found| {
            let at = found.pattern().as_usize();
            let before = text[..found.start()].chars().next_back();
            let after = text[found.end()..].chars().next();
            let is_wordless = self.phrases[at].chars().next().is_some_and(is_wordless_script);
            let whole = is_wordless
                || !before.is_some_and(char::is_alphanumeric)
                    && (self.open_ended[at] || !after.is_some_and(char::is_alphanumeric));
            whole.then(|| (at, found.range()))
        })
    }

    pub(super) fn phrase(&self, at: usize) -> &'static str {
        self.phrases[at].trim_end_matches('*')
    }
}

/// Scripts that set no blanks between words.
fn is_wordless_script(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{0e00}'..='\u{0e7f}')
}

/// The text with wrapped lines joined, so that a phrase is found across them. Offsets stay.
pub(super) fn unwrapped(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\n') { text.replace('\n', " ").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_whole_words_unless_they_say_otherwise() {
        let cues = Cues::new(["cancel*", "end of life", "メンテナンス"]);
        let found = |text: &str| cues.find(text).map(|(at, _)| cues.phrase(at)).collect::<Vec<_>>();
        assert_eq!(found("It was Cancelled."), ["cancel"]);
        assert_eq!(found("END OF LIFE is near"), ["end of life"]);
        assert!(found("the end of lifetimes").is_empty());
        assert_eq!(found("定期メンテナンスのお知らせ"), ["メンテナンス"]);
    }
}
