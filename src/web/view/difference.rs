//! What differs between two texts, line by line.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use utoipa::ToSchema;

use crate::notice::fact::words;

/// Lines that stay, shown around each change.
const AROUND: usize = 3;

words! {
    /// What became of a line.
    LineFate { Same = "same", Added = "added", Removed = "removed" }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DocumentLine {
    pub fate: LineFate,
    pub text: String,
}

/// Changes that lie near each other, with a few lines around them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hunk {
    pub lines: Vec<DocumentLine>,
}

/// What differs between two texts; nothing where they are the same.
#[must_use]
pub fn hunks(before: &str, after: &str) -> Vec<Hunk> {
    let diff = TextDiff::from_lines(before, after);
    let groups = diff.grouped_ops(AROUND);
    let hunk = |ops: &Vec<similar::DiffOp>| Hunk {
        lines: ops
            .iter()
            .flat_map(|op| diff.iter_changes(op))
            .map(|change| DocumentLine {
                fate: match change.tag() {
                    ChangeTag::Equal => LineFate::Same,
                    ChangeTag::Insert => LineFate::Added,
                    ChangeTag::Delete => LineFate::Removed,
                },
                text: change.value().trim_end_matches(['\r', '\n']).to_owned(),
            })
            .collect(),
    };
    groups.iter().map(hunk).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_shown_with_a_few_lines_around_it() {
        let before: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let after = before.replace("line 10\n", "line ten\n");
        let found = hunks(&before, &after);
        assert_eq!(found.len(), 1);
        let told: Vec<String> = found[0].lines.iter().map(|line| format!("{} {}", line.fate, line.text)).collect();
        assert_eq!(told.len(), 8, "{told:?}");
        assert_eq!(told[3..5], ["removed line 10", "added line ten"], "{told:?}");
        assert_eq!(hunks(&before, &before), []);
    }
}
