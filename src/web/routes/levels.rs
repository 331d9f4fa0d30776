//! Levels: the rungs of responsibility.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::common::Page;
use crate::web::view::people::{Level, LevelForm};
use crate::web::who::{Administrator, Reader};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, put)).routes(routes!(remove))
}

/// All levels, lowest first.
#[utoipa::path(get, path = "/levels", operation_id = "levels_list", tag = "levels",
    responses((status = 200, body = Page<Level>)))]
async fn list(State(app): State<App>, _: Reader) -> Result<Json<Page<Level>>, Problem> {
    let levels = app.desk.levels().await?;
    Ok(Json(Page::whole(levels.into_iter().map(Level::from).collect())))
}

/// Adds a level, or renames one and moves its rank.
#[utoipa::path(post, path = "/levels", operation_id = "levels_put", tag = "levels",
    responses((status = 200, body = Level)))]
async fn put(State(app): State<App>, me: Administrator, Json(form): Json<LevelForm>) -> Result<Json<Level>, Problem> {
    app.desk.set_level(me.actor(), &form.id, &form.name, form.rank).await?;
    let levels = app.desk.levels().await?;
    let saved = levels.into_iter().find(|level| level.id == form.id).ok_or_else(|| Problem::not_found("level"))?;
    Ok(Json(saved.into()))
}

/// Removes a level that nobody holds.
#[utoipa::path(delete, path = "/levels/{id}", operation_id = "levels_remove", tag = "levels",
    params(("id" = String, Path)), responses((status = 204)))]
async fn remove(State(app): State<App>, me: Administrator, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    app.desk.remove_level(me.actor(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
