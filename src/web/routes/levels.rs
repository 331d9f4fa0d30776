//! Levels: the rungs of responsibility.

use crate::web::App;
use crate::web::extract::Json;
use crate::web::problem::Problem;
use crate::web::view::{
    common::Page,
    people::{Level, LevelForm},
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, put))
}

/// All levels, lowest first.
#[utoipa::path(get, path = "/levels", operation_id = "levels_list", tag = "levels",
    responses((status = 200, body = Page<Level>)))]
async fn list() -> Result<Json<Page<Level>>, Problem> {
    Err(Problem::not_signed_in())
}

/// Adds a level, or renames one.
#[utoipa::path(post, path = "/levels", operation_id = "levels_put", tag = "levels",
    responses((status = 200, body = Level)))]
async fn put(Json(_form): Json<LevelForm>) -> Result<Json<Level>, Problem> {
    Err(Problem::not_signed_in())
}
