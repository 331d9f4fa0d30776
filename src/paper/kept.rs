//! What is kept of a mail that was sent.
//!
//! Its words as they were, and what its HTML is made from again: ten kilobytes of markup for each mail, most of it the same
//! in all, would be most of what the database holds.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::render::{Seal, render_sealed};
use crate::notice::letter::Letter;

/// A mail that was sent, as the outbox keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub to: String,
    pub subject: String,
    pub text: String,
    /// Where its letter is not kept, and in rows that an older version wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// As of when it was rendered, in business time; none where it cannot be made again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// The checkpoint in its footer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
}

impl Kept {
    /// Whether its HTML can be shown: the letter behind it has not been forgotten.
    #[must_use]
    pub fn has_html(&self, letter: &str) -> bool {
        self.html.is_some() || (self.at.is_some() && letter != "{}")
    }

    /// The HTML, made again from the letter; none where that has been forgotten.
    #[must_use]
    pub fn html(self, letter: &str) -> Option<String> {
        let (Some(at), None) = (self.at, &self.html) else { return self.html };
        let letter: Letter = serde_json::from_str(letter).ok()?;
        render_sealed(&letter, self.seal.as_ref(), at).ok().map(|rendered| rendered.html)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::samples::letters;

    #[test]
    fn the_html_of_a_mail_that_was_sent_is_made_again_as_it_was() {
        let at = "2024-06-16T10:00:00Z".parse().unwrap();
        let seal = Some(Seal { number: 31, digest: "4c1d9a".to_owned(), key_id: "c0ffee".to_owned() });
        for letter in letters() {
            let sent = render_sealed(&letter, seal.as_ref(), at).unwrap();
            let (subject, text, seal) = (sent.subject, sent.text, seal.clone());
            let kept = Kept { from: String::new(), to: String::new(), subject, text, html: None, at: Some(at), seal };
            let read: Kept = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
            assert_eq!(read, kept);
            assert_eq!(read.clone().html(&serde_json::to_string(&letter).unwrap()), Some(sent.html));
            assert!(!read.has_html("{}") && read.html("{}").is_none(), "what was forgotten is shown");
        }
    }

    #[test]
    fn what_an_older_version_kept_is_shown_as_it_was_kept() {
        let kept: Kept = serde_json::from_str(r#"{"subject": "s", "text": "t", "html": "<p>h</p>"}"#).unwrap();
        assert!(kept.has_html("{}"));
        assert_eq!(kept.html("{}").as_deref(), Some("<p>h</p>"));
    }
}
