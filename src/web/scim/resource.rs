//! Reading a JSON resource as SCIM does: attribute names in any case, values where a directory puts them.

use serde_json::{Map, Value};

use super::ScimError;

/// An attribute, whatever case its name is written in.
pub(super) fn attribute<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The name under which an object has an attribute already, else as it was asked for.
pub(super) fn key(object: &Map<String, Value>, name: &str) -> String {
    object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.to_owned())
}

/// The body of a resource, which is an object.
pub(super) fn object(body: &Value) -> Result<&Map<String, Value>, ScimError> {
    body.as_object().ok_or_else(|| ScimError::wrong("invalidSyntax", "the body must be one resource, a JSON object"))
}

/// A text; none where it is missing or empty.
pub(super) fn text(object: &Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match attribute(object, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Some(other) => Err(ScimError::wrong("invalidValue", format!("`{name}` must be a text and is {other:.80}"))),
    }
}

/// A truth value. Entra sends the words “True” and “False”.
pub(super) fn truth(object: &Map<String, Value>, name: &str) -> Result<Option<bool>, ScimError> {
    match attribute(object, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(Value::String(word)) if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(Value::String(word)) if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(other) => {
            Err(ScimError::wrong("invalidValue", format!("`{name}` must be true or false and is {other:.80}")))
        }
    }
}

/// The `value` of each entry of an attribute with several: entries that are primary first.
pub(super) fn values(object: &Map<String, Value>, name: &str) -> Vec<String> {
    let some = match attribute(object, name) {
        Some(Value::Array(some)) => some.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let primary = |entry: &&Value| {
        let entry = entry.as_object().and_then(|entry| attribute(entry, "primary"));
        !entry.is_some_and(|primary| primary == &Value::Bool(true) || primary.as_str().is_some_and(|p| p == "True"))
    };
    let mut some: Vec<&Value> = some.iter().collect();
    some.sort_by_key(primary);
    some.into_iter().filter_map(value).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
}

/// What an entry of an attribute with several stands for.
pub(super) fn value(entry: &Value) -> Option<&str> {
    match entry {
        Value::String(text) => Some(text),
        Value::Object(entry) => attribute(entry, "value")?.as_str(),
        _ => None,
    }
}
