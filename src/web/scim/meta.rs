//! What this service says of itself (RFC 7643 sections 5 to 7): what it can do, and which attributes it keeps.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde_json::{Value, json};

use super::{Asked, BASE, MOST, Scim, ScimError, groups, users};
use crate::web::App;
use crate::web::problem::Problem;
use crate::web::who::Directory;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/ServiceProviderConfig", get(service))
        .route("/ResourceTypes", get(types))
        .route("/ResourceTypes/{name}", get(one_type))
        .route("/Schemas", get(schemas))
        .route("/Schemas/{name}", get(one_schema))
}

async fn service(State(app): State<App>, _: Directory) -> Scim {
    let no = json!({"supported": false});
    Scim(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": MOST},
        "changePassword": no, "sort": no, "etag": no,
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Token",
            "description": "A token with the scope `scim`, made by an administrator on the page “Your account”",
            "primary": true,
        }],
        "meta": about(&app, "ServiceProviderConfig", "ServiceProviderConfig"),
    }))
}

async fn types(State(app): State<App>, _: Directory) -> Result<Scim, ScimError> {
    Asked::default().page(all_types(&app))
}

async fn one_type(State(app): State<App>, _: Directory, Path(name): Path<String>) -> Result<Scim, ScimError> {
    found(all_types(&app), &name)
}

async fn schemas(State(app): State<App>, _: Directory) -> Result<Scim, ScimError> {
    Asked::default().page(all_schemas(&app))
}

async fn one_schema(State(app): State<App>, _: Directory, Path(name): Path<String>) -> Result<Scim, ScimError> {
    found(all_schemas(&app), &name)
}

fn found(all: Vec<Value>, id: &str) -> Result<Scim, ScimError> {
    let one = all.into_iter().find(|one| one["id"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(id)));
    one.map(Scim).ok_or_else(|| Problem::not_found("resource").into())
}

fn all_types(app: &App) -> Vec<Value> {
    [("User", "/Users", users::SCHEMA), ("Group", "/Groups", groups::SCHEMA)]
        .into_iter()
        .map(|(name, endpoint, schema)| {
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
                "id": name, "name": name, "endpoint": endpoint, "schema": schema,
                "meta": about(app, "ResourceType", &format!("ResourceTypes/{name}")),
            })
        })
        .collect()
}

fn all_schemas(app: &App) -> Vec<Value> {
    let value = || attribute("value", "string", "readWrite", Extra::default());
    let users = vec![
        attribute("userName", "string", "readWrite", Extra { required: true, unique: true, ..Extra::default() }),
        attribute(
            "name",
            "complex",
            "readWrite",
            Extra {
                subs: ["formatted", "givenName", "familyName"]
                    .map(|name| attribute(name, "string", "readWrite", Extra::default()))
                    .to_vec(),
                ..Extra::default()
            },
        ),
        attribute("displayName", "string", "readWrite", Extra::default()),
        // Kept from when somebody is added.
        attribute("emails", "complex", "immutable", Extra { several: true, subs: vec![value()], ..Extra::default() }),
        attribute("timezone", "string", "readWrite", Extra::default()),
        attribute("active", "boolean", "readWrite", Extra::default()),
        attribute("groups", "complex", "readOnly", Extra { several: true, subs: vec![value()], ..Extra::default() }),
    ];
    let groups = vec![
        attribute("displayName", "string", "readWrite", Extra { required: true, unique: true, ..Extra::default() }),
        attribute("members", "complex", "readWrite", Extra { several: true, subs: vec![value()], ..Extra::default() }),
    ];
    [(users::SCHEMA, "User", users), (groups::SCHEMA, "Group", groups)]
        .into_iter()
        .map(|(id, name, attributes)| {
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
                "id": id, "name": name, "description": name, "attributes": attributes,
                "meta": about(app, "Schema", &format!("Schemas/{id}")),
            })
        })
        .collect()
}

#[derive(Default)]
struct Extra {
    required: bool,
    unique: bool,
    several: bool,
    subs: Vec<Value>,
}

fn attribute(name: &str, sort: &str, mutability: &str, extra: Extra) -> Value {
    let mut made = json!({
        "name": name, "type": sort, "description": name, "multiValued": extra.several, "required": extra.required,
        "caseExact": false, "mutability": mutability, "returned": "default",
        "uniqueness": if extra.unique { "server" } else { "none" },
    });
    if !extra.subs.is_empty() {
        made["subAttributes"] = extra.subs.into();
    }
    made
}

fn about(app: &App, sort: &str, path: &str) -> Value {
    json!({"resourceType": sort, "location": format!("{}{BASE}/{path}", app.desk.settings.public_url)})
}
