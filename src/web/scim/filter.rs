//! Filters of lists, as far as directories use them to find one resource (RFC 7644 section 3.4.2.2): attributes that equal a
//! value, joined by `and`.

use serde_json::Value;

use super::ScimError;
use super::resource::{attribute, value};

/// The longest filter that is read.
const LONGEST: usize = 2000;

/// Every term must fit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Filter(Vec<Term>);

/// `path eq value`, the path in parts: `emails[type eq "work"].value` is the attribute `emails`, of it the entries whose type
/// is `work`, and of those the `value`.
#[derive(Debug, PartialEq, Eq)]
struct Term {
    path: Path,
    wanted: Wanted,
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Text(String),
    Truth(bool),
}

/// A place within a resource, which filters and patches both name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub attribute: String,
    /// Of an attribute with several entries, those whose sub-attribute has this value.
    pub of: Option<(String, String)>,
    pub sub: Option<String>,
}

impl Path {
    /// # Errors
    /// `invalidPath`.
    pub(super) fn parse(written: &str) -> Result<Self, ScimError> {
        let wrong = || ScimError::wrong("invalidPath", format!("the path {written:.200?} is not understood here"));
        let written = plain(written.trim());
        let named = |name: &str| {
            let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "$-_".contains(c));
            good.then(|| name.to_owned())
        };
        if let Some((attribute, rest)) = written.split_once('[') {
            let (inner, after) = rest.split_once(']').ok_or_else(wrong)?;
            let (sub, wanted) = equals(inner).ok_or_else(wrong)?;
            let Wanted::Text(wanted) = wanted else { return Err(wrong()) };
            let after = match after.strip_prefix('.') {
                Some(sub) => Some(named(sub).ok_or_else(wrong)?),
                None if after.is_empty() => None,
                None => return Err(wrong()),
            };
            let of = Some((named(sub).ok_or_else(wrong)?, wanted));
            return Ok(Self { attribute: named(attribute).ok_or_else(wrong)?, of, sub: after });
        }
        let (attribute, sub) = match written.split_once('.') {
            Some((attribute, sub)) => (attribute, Some(named(sub).ok_or_else(wrong)?)),
            None => (written, None),
        };
        Ok(Self { attribute: named(attribute).ok_or_else(wrong)?, of: None, sub })
    }
}

/// The path without the name of the schema, which may stand before it.
fn plain(written: &str) -> &str {
    ["user:", "group:"]
        .iter()
        .find_map(|sort| {
            let prefix = format!("urn:ietf:params:scim:schemas:core:2.0:{sort}");
            let head = written.get(..prefix.len())?;
            head.eq_ignore_ascii_case(&prefix).then(|| &written[prefix.len()..])
        })
        .unwrap_or(written)
}

/// `path eq value`, where the value is a JSON text or truth value and ends what is read.
fn equals(written: &str) -> Option<(&str, Wanted)> {
    let (path, rest) = written.trim().split_once(' ')?;
    let (operator, value) = rest.trim_start().split_once(' ')?;
    if !operator.eq_ignore_ascii_case("eq") {
        return None;
    }
    let value = value.trim();
    let wanted = match serde_json::from_str(value).ok() {
        Some(Value::String(text)) => Wanted::Text(text),
        Some(Value::Bool(truth)) => Wanted::Truth(truth),
        _ if value.eq_ignore_ascii_case("true") => Wanted::Truth(true),
        _ if value.eq_ignore_ascii_case("false") => Wanted::Truth(false),
        _ => return None,
    };
    Some((path, wanted))
}

impl Filter {
    /// # Errors
    /// `invalidFilter`.
    pub(super) fn parse(written: &str) -> Result<Self, ScimError> {
        let wrong = |part: &str| {
            let told = format!(
                "the filter {part:.200?} is not understood; here it is `attribute eq \"value\"`, joined by `and`"
            );
            ScimError::wrong("invalidFilter", told)
        };
        if written.len() > LONGEST {
            return Err(wrong("(too long)"));
        }
        let terms = terms(written).into_iter().map(|part| {
            let (path, wanted) = part_of(part).ok_or_else(|| wrong(part))?;
            Ok(Term { path: Path::parse(path).map_err(|_| wrong(part))?, wanted })
        });
        Ok(Self(terms.collect::<Result<_, ScimError>>()?))
    }

    /// Whether a resource is one of those that are asked for.
    pub(super) fn fits(&self, resource: &Value) -> bool {
        self.0.iter().all(|term| term.fits(resource))
    }
}

/// As [`equals`], where the path may hold a filter of its own with spaces in it.
fn part_of(part: &str) -> Option<(&str, Wanted)> {
    let Some(end) = part.find(']').filter(|end| part[..*end].contains('[')) else { return equals(part) };
    let space = end + part[end..].find(' ')?;
    let (_, wanted) = equals(&format!("x{}", &part[space..])).map(|(_, wanted)| ((), wanted))?;
    Some((part[..space].trim(), wanted))
}

/// The terms between the `and`s that stand outside of quotes and brackets.
fn terms(written: &str) -> Vec<&str> {
    let (mut found, mut from, mut quoted, mut depth) = (Vec::new(), 0, false, 0_i32);
    let bytes = written.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'[' if !quoted => depth += 1,
            b']' if !quoted => depth -= 1,
            b' ' if !quoted && depth == 0 && joins(written, at) => {
                found.push(&written[from..at]);
                from = at + 5;
                at += 4;
            }
            _ => {}
        }
        at += 1;
    }
    found.push(&written[from..]);
    found
}

fn joins(written: &str, at: usize) -> bool {
    written.get(at..at + 5).is_some_and(|word| word.eq_ignore_ascii_case(" and "))
}

impl Term {
    fn fits(&self, resource: &Value) -> bool {
        let Some(found) = resource.as_object().and_then(|object| attribute(object, &self.path.attribute)) else {
            return false;
        };
        let entries = found.as_array().map_or(std::slice::from_ref(found), Vec::as_slice);
        // RFC 7643: ids are compared as they are, everything else without regard to case.
        let exact = matches!(self.path.attribute.to_lowercase().as_str(), "id" | "externalid" | "members");
        entries.iter().filter(|entry| self.path.of.as_ref().is_none_or(|of| has(entry, of))).any(|entry| {
            let at = match &self.path.sub {
                Some(sub) => entry.as_object().and_then(|entry| attribute(entry, sub)),
                None => Some(entry),
            };
            at.is_some_and(|at| self.wanted.is(at, exact))
        })
    }
}

/// Whether an entry's sub-attribute has this value.
pub(super) fn has(entry: &Value, (sub, wanted): &(String, String)) -> bool {
    let found = match entry {
        Value::Object(entry) => attribute(entry, sub).and_then(Value::as_str),
        Value::String(text) if sub.eq_ignore_ascii_case("value") => Some(text.as_str()),
        _ => None,
    };
    found.is_some_and(|found| found.eq_ignore_ascii_case(wanted))
}

impl Wanted {
    fn is(&self, found: &Value, exact: bool) -> bool {
        match self {
            Self::Truth(truth) => found.as_bool() == Some(*truth),
            Self::Text(text) => value(found)
                .is_some_and(|found| if exact { found == text } else { found.to_lowercase() == text.to_lowercase() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ada() -> Value {
        json!({
            "id": "1", "externalId": "Ext-7", "userName": "Ada@House.example", "active": true,
            "emails": [{"type": "work", "value": "ada@house.example"}, {"type": "home", "value": "a@b.example"}],
            "members": [{"value": "018f"}],
        })
    }

    #[track_caller]
    fn fits(filter: &str) -> bool {
        Filter::parse(filter).unwrap_or_else(|e| panic!("{filter}: {e:?}")).fits(&ada())
    }

    #[test]
    fn what_directories_ask_for_is_found() {
        for filter in [
            "userName eq \"ada@house.example\"",
            "USERNAME EQ \"ADA@house.example\"",
            "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"ada@house.example\"",
            "externalId eq \"Ext-7\"",
            "emails eq \"ada@house.example\"",
            "emails.value eq \"a@b.example\"",
            "emails[type eq \"work\"].value eq \"ada@house.example\"",
            "active eq true",
            "active eq True",
            "id eq \"1\" and members eq \"018f\"",
            "id eq \"1\" And members.value eq \"018f\"",
        ] {
            assert!(fits(filter), "{filter} did not find her");
        }
    }

    #[test]
    fn what_does_not_fit_is_not_found() {
        for filter in [
            "userName eq \"bob@house.example\"",
            "externalId eq \"ext-7\"",
            "emails[type eq \"work\"].value eq \"a@b.example\"",
            "active eq false",
            "userName eq \"x\\\" and active eq true\"",
            "manager eq \"1\"",
            "id eq \"1\" and active eq false",
        ] {
            assert!(!fits(filter), "{filter} found her");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_and_never_taken_for_everybody() {
        for filter in
            ["", "userName", "userName eq", "userName eq ada", "userName co \"a\"", "not (id eq \"1\")", "id pr", "a[b"]
        {
            assert!(Filter::parse(filter).is_err(), "{filter:?} was taken");
        }
        assert!(Filter::parse(&"a eq \"b\" and ".repeat(1000)).is_err(), "a filter without end was read");
    }

    #[test]
    fn no_filter_and_no_path_makes_it_panic() {
        let pieces =
            ["a", "[", "]", "\"", " ", " eq ", ".", "\\", "é", " and ", "urn:ietf:params:scim:schemas:core:2.0:User:"];
        let mut texts = vec![String::new()];
        for _ in 0..4 {
            texts = texts.iter().flat_map(|text| pieces.iter().map(move |piece| format!("{text}{piece}"))).collect();
            for text in &texts {
                if let Ok(filter) = Filter::parse(text) {
                    filter.fits(&ada());
                }
                // What it says of a path is another test's matter; here it only has to come back.
                drop(Path::parse(text));
            }
        }
    }
}
