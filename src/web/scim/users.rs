//! People as SCIM's `User`.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value, json};

use super::resource::{attribute, object, text, truth, values};
use super::{Asked, Scim, ScimError, id, location, patch};
use crate::desk::house::{DirectoryPerson, SaidOfPerson};
use crate::web::App;
use crate::web::who::Directory;

pub(super) const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/Users", get(list).post(add))
        .route("/Users/{id}", get(show).put(replace).patch(change).delete(remove))
}

async fn list(State(app): State<App>, _: Directory, asked: Asked) -> Result<Scim, ScimError> {
    let people = app.desk.directory_people().await?;
    asked.page(people.iter().map(|person| shown(&app, person)).collect())
}

async fn add(State(app): State<App>, me: Directory, Scim(body): Scim) -> Result<Response, ScimError> {
    let said = said(&body)?;
    let person = app.desk.directory_adds(me.actor(), &app.identity.ways().directory, &said).await?;
    let place = [(header::LOCATION, location(&app, "Users", person.id))];
    Ok((StatusCode::CREATED, place, Scim(shown(&app, &person))).into_response())
}

async fn show(State(app): State<App>, _: Directory, Path(written): Path<String>) -> Result<Scim, ScimError> {
    let person = app.desk.directory_person(id(&written)?).await?;
    Ok(Scim(shown(&app, &person)))
}

async fn replace(
    State(app): State<App>,
    me: Directory,
    Path(written): Path<String>,
    Scim(body): Scim,
) -> Result<Scim, ScimError> {
    let person = app.desk.directory_changes(me.actor(), id(&written)?, &said(&body)?).await?;
    Ok(Scim(shown(&app, &person)))
}

async fn change(
    State(app): State<App>,
    me: Directory,
    Path(written): Path<String>,
    Scim(body): Scim,
) -> Result<Scim, ScimError> {
    let id = id(&written)?;
    let person = app.desk.directory_person(id).await?;
    let before = shown(&app, &person);
    let after = patch::patched(before.clone(), &body)?;
    let said = SaidOfPerson { name: renamed(&person, &before, &after)?, ..said(&after)? };
    let person = app.desk.directory_changes(me.actor(), id, &said).await?;
    Ok(Scim(shown(&app, &person)))
}

async fn remove(State(app): State<App>, me: Directory, Path(written): Path<String>) -> Result<StatusCode, ScimError> {
    app.desk.directory_deletes(me.actor(), id(&written)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(app: &App, person: &DirectoryPerson) -> Value {
    let groups: Vec<Value> = person
        .groups
        .iter()
        .map(|(id, name)| json!({"value": id, "display": name, "$ref": location(app, "Groups", *id)}))
        .collect();
    let mut shown = json!({
        "schemas": [SCHEMA],
        "id": person.id,
        "userName": person.user_name,
        "name": {"formatted": person.name},
        "displayName": person.name,
        "emails": [{"value": person.email, "type": "work", "primary": true}],
        "timezone": person.zone,
        "active": person.active,
        "groups": groups,
        "meta": {
            "resourceType": "User",
            "created": person.created_at,
            "lastModified": person.changed_at,
            "location": location(app, "Users", person.id),
        },
    });
    if let Some(external) = &person.external_id {
        shown["externalId"] = json!(external);
    }
    shown
}

/// What a resource says. One without a name is called by its address.
fn said(body: &Value) -> Result<SaidOfPerson, ScimError> {
    let body = object(body)?;
    let missing = || ScimError::wrong("invalidValue", "`userName` is missing");
    let user_name = text(body, "userName")?.ok_or_else(missing)?;
    let name = match text(body, "displayName")? {
        Some(name) => name,
        None => full_name(body)?.unwrap_or_else(|| user_name.clone()),
    };
    Ok(SaidOfPerson {
        external_id: text(body, "externalId")?,
        name,
        emails: values(body, "emails"),
        // Zones that the tz database does not know, such as those of Windows, are no reason to keep somebody out.
        zone: text(body, "timezone")?.filter(|zone| zone.parse::<chrono_tz::Tz>().is_ok()),
        active: truth(body, "active")?.unwrap_or(true),
        user_name,
    })
}

fn full_name(body: &Map<String, Value>) -> Result<Option<String>, ScimError> {
    let Some(name) = attribute(body, "name").and_then(Value::as_object) else { return Ok(None) };
    if let Some(formatted) = text(name, "formatted")? {
        return Ok(Some(formatted));
    }
    let parts = [text(name, "givenName")?, text(name, "familyName")?];
    let whole = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Ok(Some(whole).filter(|whole| !whole.is_empty()))
}

/// A person has one name here, which a directory may change as `displayName` or within `name`: whichever a patch touched.
fn renamed(person: &DirectoryPerson, before: &Value, after: &Value) -> Result<String, ScimError> {
    let after = object(after)?;
    let shown = text(after, "displayName")?.filter(|name| *name != person.name);
    let told = before["name"] != *attribute(after, "name").unwrap_or(&Value::Null);
    let told = if told { full_name(after)?.filter(|name| *name != person.name) } else { None };
    Ok(shown.or(told).unwrap_or_else(|| person.name.clone()))
}
