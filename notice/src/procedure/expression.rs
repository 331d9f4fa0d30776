//! Small expressions about time, as people write them: "3 business days after opening", "10 business days before act-by".
//!
//! Owns their grammar. What an anchor means for a notice is `deadline`'s.

use std::fmt;
use std::str::FromStr;

/// A length of time as a person counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Distance {
    pub count: u32,
    pub unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    Hours,
    Days,
    BusinessDays,
    Weeks,
}

/// A point in a notice's life that dates are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Anchor {
    Opening,
    ActBy,
    HardDeadline,
    WindowStart,
    WindowEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Before,
    After,
    At,
}

/// "10 business days before act-by".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueTerm {
    pub distance: Distance,
    pub side: Side,
    pub anchor: Anchor,
}

/// One or more terms; the earliest that can be computed counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRule {
    pub terms: Vec<DueTerm>,
}

/// An expression that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{expression}”: {why}")]
pub struct BadExpression {
    pub expression: String,
    pub why: String,
}

const ANCHORS: [(&str, Anchor); 5] = [
    ("opening", Anchor::Opening),
    ("act-by", Anchor::ActBy),
    ("hard deadline", Anchor::HardDeadline),
    ("window start", Anchor::WindowStart),
    ("window end", Anchor::WindowEnd),
];

const UNITS: [(&str, &str, Unit); 4] = [
    ("hour", "hours", Unit::Hours),
    ("day", "days", Unit::Days),
    ("business day", "business days", Unit::BusinessDays),
    ("week", "weeks", Unit::Weeks),
];

fn bad(expression: &str, why: impl Into<String>) -> BadExpression {
    BadExpression { expression: expression.to_owned(), why: why.into() }
}

impl FromStr for Distance {
    type Err = BadExpression;

    fn from_str(s: &str) -> Result<Self, BadExpression> {
        let (count, unit) =
            s.trim().split_once(' ').ok_or_else(|| bad(s, "write a number and a unit, such as “3 business days”"))?;
        let count: u32 = count.parse().map_err(|_| bad(s, format!("“{count}” is not a whole number")))?;
        if count > 3650 {
            return Err(bad(s, "more than 3650 is no lead time"));
        }
        let unit = unit.trim();
        UNITS
            .iter()
            .find(|(one, many, _)| unit == *one || unit == *many)
            .map(|(_, _, unit)| Self { count, unit: *unit })
            .ok_or_else(|| bad(s, format!("“{unit}” is not a unit; known are hours, days, business days and weeks")))
    }
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, many, _) = UNITS.iter().find(|(_, _, unit)| *unit == self.unit).unwrap_or(&UNITS[0]);
        write!(f, "{} {}", self.count, if self.count == 1 { one } else { many })
    }
}

impl FromStr for DueTerm {
    type Err = BadExpression;

    fn from_str(s: &str) -> Result<Self, BadExpression> {
        let text = s.trim();
        if let Some(anchor) = text.strip_prefix("at ") {
            let distance = Distance { count: 0, unit: Unit::Days };
            return Ok(Self { distance, side: Side::At, anchor: parse_anchor(s, anchor)? });
        }
        let (side, (distance, anchor)) = [(Side::Before, " before "), (Side::After, " after ")]
            .into_iter()
            .find_map(|(side, word)| text.split_once(word).map(|halves| (side, halves)))
            .ok_or_else(|| bad(s, "write “<number> <unit> before|after <anchor>” or “at <anchor>”"))?;
        let distance = distance.parse().map_err(|e: BadExpression| bad(s, e.why))?;
        Ok(Self { distance, side, anchor: parse_anchor(s, anchor)? })
    }
}

fn parse_anchor(expression: &str, word: &str) -> Result<Anchor, BadExpression> {
    let word = word.trim();
    ANCHORS.iter().find(|(name, _)| *name == word).map(|(_, anchor)| *anchor).ok_or_else(|| {
        let known = ANCHORS.map(|(name, _)| name).join(", ");
        bad(expression, format!("“{word}” is not something to count from; known are {known}"))
    })
}

impl fmt::Display for DueTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let anchor = ANCHORS.iter().find(|(_, anchor)| *anchor == self.anchor).map_or("", |(name, _)| name);
        match self.side {
            Side::At => write!(f, "at {anchor}"),
            Side::Before => write!(f, "{} before {anchor}", self.distance),
            Side::After => write!(f, "{} after {anchor}", self.distance),
        }
    }
}

impl fmt::Display for DueRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms: Vec<String> = self.terms.iter().map(ToString::to_string).collect();
        f.write_str(&terms.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_printed_as_it_was_written() {
        for text in
            ["3 business days after opening", "1 week before hard deadline", "at act-by", "1 hour after window end"]
        {
            assert_eq!(text.parse::<DueTerm>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn a_wrong_expression_says_what_is_known() {
        let error = |s: &str| s.parse::<DueTerm>().expect_err(s).to_string();
        assert!(error("3 moons after opening").contains("known are hours, days, business days and weeks"));
        assert!(error("3 days after closing").contains("known are opening, act-by, hard deadline"));
        assert!(error("soon").contains("before|after"));
        assert!(error("x days after opening").contains("“x” is not a whole number"));
    }
}
