//! Parses JSON, and JSON with the one fault that documentation samples and hand-made hooks have: a comma too many.
//!
//! It must not guess at anything else; half-read data is worse than none.

use serde_json::Value;

/// The value, and whether it had to be repaired.
pub(super) fn parse(text: &str) -> (Option<Value>, bool) {
    if !text.starts_with(['{', '[']) {
        return (None, false);
    }
    match serde_json::from_str(text) {
        Ok(value) => (Some(value), false),
        Err(_) => {
            let value = serde_json::from_str(&without_trailing_commas(text)).ok();
            let repaired = value.is_some();
            (value, repaired)
        }
    }
}

/// Drops each comma outside of a string that only blanks part from a closing bracket.
fn without_trailing_commas(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    let mut comma: Option<usize> = None;
    for c in text.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else {
            match c {
                ']' | '}' => {
                    if let Some(at) = comma.take() {
                        out.remove(at);
                    }
                }
                ',' => comma = Some(out.len()),
                c if c.is_whitespace() => {}
                c => {
                    in_string = c == '"';
                    comma = None;
                }
            }
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_before_a_bracket_is_forgiven_and_told() {
        let (value, repaired) = parse(r#"{"a": [1, 2, ], "b": "x,}", }"#);
        assert_eq!(value, Some(serde_json::json!({"a": [1, 2], "b": "x,}"})));
        assert!(repaired, "a person must hear that the payload was faulty");
    }

    #[test]
    fn anything_else_that_is_broken_stays_unread() {
        assert_eq!(parse(r#"{"a": 1"#), (None, false));
        assert_eq!(parse("plain words"), (None, false));
    }
}
