//! Changing a resource by operations (RFC 7644 section 3.5.2), in the shapes that Entra and Okta send: the first writes `Add`,
//! names paths with filters and sends truth as words, the second sends one object without a path.

use serde_json::{Map, Value, json};

use super::ScimError;
use super::filter::{Path, has};
use super::resource::{attribute, key, object, value};

/// More than any directory sends in one request.
const MOST: usize = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Add,
    Replace,
    Remove,
}

/// The resource as it is after all operations of a patch.
///
/// # Errors
/// `invalidSyntax`, `invalidPath`, `noTarget`.
pub(super) fn patched(resource: Value, patch: &Value) -> Result<Value, ScimError> {
    let mut resource = resource;
    let operations = attribute(object(patch)?, "Operations")
        .and_then(Value::as_array)
        .filter(|some| (1..=MOST).contains(&some.len()))
        .ok_or_else(|| ScimError::wrong("invalidSyntax", "a patch has 1 to 1000 `Operations`"))?;
    for operation in operations {
        let operation = object(operation)?;
        let word = attribute(operation, "op").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let op = match word.as_str() {
            "add" => Op::Add,
            "replace" => Op::Replace,
            "remove" => Op::Remove,
            _ => return Err(ScimError::wrong("invalidSyntax", "`op` is add, replace or remove")),
        };
        let path = attribute(operation, "path").and_then(Value::as_str);
        apply(&mut resource, op, path, attribute(operation, "value"))?;
    }
    Ok(resource)
}

fn apply(resource: &mut Value, op: Op, path: Option<&str>, given: Option<&Value>) -> Result<(), ScimError> {
    let Some(path) = path else {
        if op == Op::Remove {
            return Err(ScimError::wrong("noTarget", "`remove` needs a path"));
        }
        let given = given.and_then(Value::as_object);
        let given = given.ok_or_else(|| ScimError::wrong("invalidSyntax", "without a path the value is an object"))?;
        return given.iter().try_for_each(|(path, value)| match value {
            // The names of extensions, which are not kept here, hold an object of their own.
            _ if path.to_lowercase().starts_with("urn:") && value.is_object() => Ok(()),
            _ => apply(resource, op, Some(path), Some(value)),
        });
    };
    if foreign(path) {
        return Ok(());
    }
    let path = Path::parse(path)?;
    let Some(resource) = resource.as_object_mut() else { return Ok(()) };
    match op {
        Op::Remove => remove(resource, &path, given),
        Op::Add | Op::Replace => {
            let given = given.ok_or_else(|| ScimError::wrong("invalidSyntax", "add and replace need a value"))?;
            set(resource, op, &path, given);
        }
    }
    Ok(())
}

/// An attribute of a schema that is not kept here, such as the department of the enterprise extension.
fn foreign(path: &str) -> bool {
    let path = path.to_lowercase();
    path.starts_with("urn:") && !path.starts_with("urn:ietf:params:scim:schemas:core:2.0:")
}

fn set(resource: &mut Map<String, Value>, op: Op, path: &Path, given: &Value) {
    let name = key(resource, &path.attribute);
    if let Some(of) = &path.of {
        return set_entries(resource, &name, of, path.sub.as_deref(), given);
    }
    if let Some(sub) = &path.sub {
        let whole = resource.entry(name).or_insert_with(|| json!({}));
        if !whole.is_object() {
            *whole = json!({});
        }
        if let Some(whole) = whole.as_object_mut() {
            let sub = key(whole, sub);
            whole.insert(sub, given.clone());
        }
        return;
    }
    let is_many = matches!(name.to_lowercase().as_str(), "emails" | "members");
    match resource.get_mut(&name) {
        Some(Value::Array(there)) if op == Op::Add => {
            let given = given.as_array().map_or(std::slice::from_ref(given), Vec::as_slice);
            let new =
                given.iter().filter(|new| !there.iter().any(|old| value(old).is_some() && value(old) == value(new)));
            let new: Vec<Value> = new.cloned().collect();
            there.extend(new);
        }
        Some(Value::Object(there)) if given.is_object() => {
            for (sub, given) in given.as_object().into_iter().flatten() {
                let sub = key(there, sub);
                there.insert(sub, given.clone());
            }
        }
        _ => {
            let given = if is_many && !given.is_array() { json!([given]) } else { given.clone() };
            resource.insert(name, given);
        }
    }
}

/// Sets what the path names of the entries that it picks, or of a new one where it picks none: Entra sets a work address in
/// this way whether there is one or not.
fn set_entries(resource: &mut Map<String, Value>, name: &str, of: &(String, String), sub: Option<&str>, given: &Value) {
    let entries = resource.entry(name.to_owned()).or_insert_with(|| json!([]));
    if !entries.is_array() {
        *entries = json!([entries.take()]);
    }
    let Some(entries) = entries.as_array_mut() else { return };
    if !entries.iter().any(|entry| has(entry, of)) {
        entries.push(json!({(of.0.as_str()): of.1}));
    }
    for entry in entries.iter_mut().filter(|entry| has(entry, of)) {
        match (sub, entry.as_object_mut()) {
            (Some(sub), Some(entry)) => {
                let sub = key(entry, sub);
                entry.insert(sub, given.clone());
            }
            _ => *entry = given.clone(),
        }
    }
}

fn remove(resource: &mut Map<String, Value>, path: &Path, given: Option<&Value>) {
    let name = key(resource, &path.attribute);
    let Some(there) = resource.get_mut(&name) else { return };
    match (there, &path.of, &path.sub) {
        (Value::Array(entries), Some(of), None) => entries.retain(|entry| !has(entry, of)),
        (Value::Array(entries), Some(of), Some(sub)) => {
            for entry in entries.iter_mut().filter(|entry| has(entry, of)).filter_map(Value::as_object_mut) {
                let sub = key(entry, sub);
                entry.remove(&sub);
            }
        }
        // Entra names the members to take out as the value of a removal.
        (Value::Array(entries), None, None) if given.is_some_and(|given| !given.is_null()) => {
            let out =
                given.map_or(&[][..], |given| given.as_array().map_or(std::slice::from_ref(given), Vec::as_slice));
            entries.retain(|entry| !out.iter().any(|out| value(out) == value(entry)));
        }
        (Value::Object(whole), None, Some(sub)) => {
            let sub = key(whole, sub);
            whole.remove(&sub);
        }
        _ => {
            resource.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(resource: Value, operations: Value) -> Value {
        patched(resource, &json!({"Operations": operations})).unwrap_or_else(|e| panic!("{e:?}"))
    }

    fn ada() -> Value {
        json!({"userName": "ada", "active": true, "displayName": "Ada",
               "emails": [{"type": "work", "value": "ada@house.example"}]})
    }

    #[test]
    fn entra_and_okta_each_deactivate_in_their_own_way() {
        let entra = patch(ada(), json!([{"op": "Replace", "path": "active", "value": "False"}]));
        assert_eq!(entra["active"], "False", "the words are read where the resource is");
        let okta = patch(ada(), json!([{"op": "replace", "value": {"active": false}}]));
        assert_eq!(okta["active"], false);
    }

    #[test]
    fn entra_names_paths_with_filters_and_sub_attributes() {
        let got = patch(
            ada(),
            json!([
                {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "ada@new.example"},
                {"op": "Add", "path": "emails[type eq \"home\"].value", "value": "ada@home.example"},
                {"op": "Add", "path": "name.familyName", "value": "Lovelace"},
                {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "x"},
                {"op": "Replace", "value": {"DisplayName": "Ada L.", "name.givenName": "Ada"}},
            ]),
        );
        assert_eq!(got["emails"][0]["value"], "ada@new.example");
        assert_eq!(got["emails"][1], json!({"type": "home", "value": "ada@home.example"}));
        assert_eq!(got["name"], json!({"familyName": "Lovelace", "givenName": "Ada"}));
        assert_eq!(got["displayName"], "Ada L.", "a name in another case made a second attribute");
    }

    #[test]
    fn members_come_and_go_in_both_shapes() {
        let team = || json!({"displayName": "oncall", "members": [{"value": "a"}, {"value": "b"}]});
        let got = patch(team(), json!([{"op": "Add", "path": "members", "value": [{"value": "b"}, {"value": "c"}]}]));
        assert_eq!(got["members"], json!([{"value": "a"}, {"value": "b"}, {"value": "c"}]));
        let got = patch(team(), json!([{"op": "Remove", "path": "members", "value": [{"value": "a"}]}]));
        assert_eq!(got["members"], json!([{"value": "b"}]));
        let got = patch(team(), json!([{"op": "remove", "path": "members[value eq \"b\"]"}]));
        assert_eq!(got["members"], json!([{"value": "a"}]));
        let got = patch(team(), json!([{"op": "remove", "path": "members"}]));
        assert_eq!(got.get("members"), None);
        let got = patch(team(), json!([{"op": "replace", "path": "members", "value": [{"value": "z"}]}]));
        assert_eq!(got["members"], json!([{"value": "z"}]));
        let got =
            patch(json!({"displayName": "new"}), json!([{"op": "add", "path": "members", "value": {"value": "z"}}]));
        assert_eq!(got["members"], json!([{"value": "z"}]));
    }

    #[test]
    fn what_is_no_patch_is_refused() {
        for operations in [
            json!([]),
            json!("x"),
            json!([{"op": "move", "path": "active"}]),
            json!([{"op": "remove"}]),
            json!([{"op": "replace", "path": "active"}]),
            json!([{"op": "replace", "path": "a[b", "value": 1}]),
            json!([{"op": "replace", "value": "x"}]),
        ] {
            let patch = json!({"Operations": operations});
            assert!(patched(ada(), &patch).is_err(), "{patch} was taken");
        }
    }
}
