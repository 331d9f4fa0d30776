//! Hooks to other programs, to Slack and to Teams.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::common::Page;
use crate::web::view::mailing::{Hook, HookForm, HookSwitch, NewHook, Planned};
use crate::web::who::Administrator;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove, switch)).routes(routes!(test))
}

/// All hooks, oldest first.
#[utoipa::path(get, path = "/hooks", operation_id = "hooks_list", tag = "hooks",
    responses((status = 200, body = Page<Hook>)))]
async fn list(State(app): State<App>, _: Administrator) -> Result<Json<Page<Hook>>, Problem> {
    let hooks = app.desk.hooks().await?;
    Ok(Json(Page::whole(hooks.into_iter().map(Hook::from).collect())))
}

/// Sets up a hook. Its secret is shown this once.
#[utoipa::path(post, path = "/hooks", operation_id = "hooks_add", tag = "hooks",
    responses((status = 201, body = NewHook)))]
async fn add(
    State(app): State<App>,
    me: Administrator,
    Json(form): Json<HookForm>,
) -> Result<(StatusCode, Json<NewHook>), Problem> {
    let url = form.url.trim();
    app.site
        .hooks
        .check(url)
        .await
        .map_err(|why| Problem::field("url", format!("This address cannot be used: {why}.")))?;
    let (hook, secret) = app.desk.add_hook(me.id(), form.into()).await?;
    Ok((StatusCode::CREATED, Json(NewHook { hook: hook.into(), secret })))
}

/// Takes a hook away.
#[utoipa::path(delete, path = "/hooks/{id}", operation_id = "hooks_remove", tag = "hooks",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn remove(State(app): State<App>, _: Administrator, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    app.desk.remove_hook(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches a hook on or off. One whose receiver answers 410 Gone is switched off by itself.
#[utoipa::path(patch, path = "/hooks/{id}", operation_id = "hooks_switch", tag = "hooks",
    params(("id" = Uuid, Path)), responses((status = 200, body = Hook)))]
async fn switch(
    State(app): State<App>,
    _: Administrator,
    Path(id): Path<Uuid>,
    Json(form): Json<HookSwitch>,
) -> Result<Json<Hook>, Problem> {
    Ok(Json(app.desk.switch_hook(id, form.on).await?.into()))
}

/// Sends a hook a test event; the delivery shows what became of it.
#[utoipa::path(post, path = "/hooks/{id}/test", operation_id = "hooks_test", tag = "hooks",
    params(("id" = Uuid, Path)), responses((status = 202, body = Planned)))]
async fn test(
    State(app): State<App>,
    _: Administrator,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<Planned>), Problem> {
    let delivery = app.desk.test_hook(id).await?;
    Ok((StatusCode::ACCEPTED, Json(Planned { delivery })))
}
