//! A directory's groups as SCIM's `Group`. What belonging to one gives is `[sign_in.scim.groups]`'s.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::resource::{object, text, values};
use super::{Asked, Scim, ScimError, id, location, patch};
use crate::desk::house::{DirectoryGroup, SaidOfGroup};
use crate::web::App;
use crate::web::who::Directory;

pub(super) const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/Groups", get(list).post(add))
        .route("/Groups/{id}", get(show).put(replace).patch(change).delete(remove))
}

async fn list(State(app): State<App>, _: Directory, asked: Asked) -> Result<Scim, ScimError> {
    let groups = app.desk.directory_groups().await?;
    let mut page = asked.page(groups.iter().map(|group| shown(&app, group)).collect())?;
    if asked.leaves_out("members")
        && let Some(some) = page.0["Resources"].as_array_mut()
    {
        some.iter_mut().filter_map(Value::as_object_mut).for_each(|group| {
            group.remove("members");
        });
    }
    Ok(page)
}

async fn add(State(app): State<App>, me: Directory, Scim(body): Scim) -> Result<Response, ScimError> {
    let group = app.desk.directory_adds_group(me.actor(), &app.identity.ways().directory, &said(&body)?).await?;
    let place = [(header::LOCATION, location(&app, "Groups", group.id))];
    Ok((StatusCode::CREATED, place, Scim(shown(&app, &group))).into_response())
}

async fn show(
    State(app): State<App>,
    _: Directory,
    Path(written): Path<String>,
    asked: Asked,
) -> Result<Scim, ScimError> {
    let mut shown = shown(&app, &app.desk.directory_group(id(&written)?).await?);
    if let Some(group) = shown.as_object_mut().filter(|_| asked.leaves_out("members")) {
        group.remove("members");
    }
    Ok(Scim(shown))
}

async fn replace(
    State(app): State<App>,
    me: Directory,
    Path(written): Path<String>,
    Scim(body): Scim,
) -> Result<Scim, ScimError> {
    let (id, said) = (id(&written)?, said(&body)?);
    let group = app.desk.directory_changes_group(me.actor(), &app.identity.ways().directory, id, &said).await?;
    Ok(Scim(shown(&app, &group)))
}

async fn change(
    State(app): State<App>,
    me: Directory,
    Path(written): Path<String>,
    Scim(body): Scim,
) -> Result<Scim, ScimError> {
    let id = id(&written)?;
    let before = shown(&app, &app.desk.directory_group(id).await?);
    let said = said(&patch::patched(before, &body)?)?;
    let group = app.desk.directory_changes_group(me.actor(), &app.identity.ways().directory, id, &said).await?;
    Ok(Scim(shown(&app, &group)))
}

async fn remove(State(app): State<App>, me: Directory, Path(written): Path<String>) -> Result<StatusCode, ScimError> {
    app.desk.directory_removes_group(me.actor(), &app.identity.ways().directory, id(&written)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(app: &App, group: &DirectoryGroup) -> Value {
    let members: Vec<Value> = group
        .members
        .iter()
        .map(|(id, name)| json!({"value": id, "display": name, "type": "User", "$ref": location(app, "Users", *id)}))
        .collect();
    let mut shown = json!({
        "schemas": [SCHEMA],
        "id": group.id,
        "displayName": group.name,
        "members": members,
        "meta": {
            "resourceType": "Group",
            "created": group.created_at,
            "lastModified": group.changed_at,
            "location": location(app, "Groups", group.id),
        },
    });
    if let Some(external) = &group.external_id {
        shown["externalId"] = json!(external);
    }
    shown
}

fn said(body: &Value) -> Result<SaidOfGroup, ScimError> {
    let body = object(body)?;
    let missing = || ScimError::wrong("invalidValue", "`displayName` is missing");
    let members = values(body, "members").into_iter().map(|member| {
        let told = || format!("there is no user with the id {member:.80}; groups hold users only");
        member.parse().map_err(|_| ScimError::wrong("invalidValue", told()))
    });
    Ok(SaidOfGroup {
        name: text(body, "displayName")?.ok_or_else(missing)?,
        external_id: text(body, "externalId")?,
        members: members.collect::<Result<_, _>>()?,
    })
}
