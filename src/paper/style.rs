//! Styles, written beside the classes that they belong to: mail programs drop style sheets, and keep what stands in a tag.
//!
//! Done once for each template and not for each mail. `templates/style.css` has one class a line; each element names one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

static RULES: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let rule = |line: &'static str| {
        let (class, declarations) = line.strip_prefix('.')?.strip_suffix(" }")?.split_once(" { ")?;
        Some((class, declarations))
    };
    let lines = include_str!("templates/style.css").lines();
    lines
        .map(|line| rule(line).expect("style.css: each line is a class with its declarations; a test reads all"))
        .collect()
});

/// A template with the declarations of each class that it names.
pub(super) fn styled(template: &str) -> String {
    const CLASS: &str = "class=\"";
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once(CLASS) {
        let (class, tail) = after.split_once('"').unwrap_or((after, ""));
        out.extend([before, CLASS, class, "\""]);
        if let Some(declarations) = RULES.get(class) {
            out.extend([" style=\"", declarations, "\""]);
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_brings_its_declarations_and_what_has_none_stays() {
        let got = styled("<p class=\"para\">x</p><b class=\"no_such\">y</b><i>z</i>");
        let para = RULES["para"];
        assert_eq!(got, format!("<p class=\"para\" style=\"{para}\">x</p><b class=\"no_such\">y</b><i>z</i>"));
    }

    #[test]
    fn no_declaration_ends_the_attribute_that_it_stands_in() {
        assert!(RULES.len() > 20, "style.css was not read");
        for (class, declarations) in &*RULES {
            assert!(!declarations.contains(['"', '<', '{']), "{class}: {declarations}");
        }
    }
}
