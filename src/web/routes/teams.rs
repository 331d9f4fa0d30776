//! Teams that own resources.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::{
    common::Page,
    people::{Team, TeamForm},
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(change))
}

/// All teams, by name.
#[utoipa::path(get, path = "/teams", operation_id = "teams_list", tag = "teams",
    responses((status = 200, body = Page<Team>)))]
async fn list() -> Result<Json<Page<Team>>, Problem> {
    Err(Problem::not_signed_in())
}

/// Adds a team.
#[utoipa::path(post, path = "/teams", operation_id = "teams_add", tag = "teams",
    responses((status = 201, body = Team)))]
async fn add(Json(_form): Json<TeamForm>) -> Result<Json<Team>, Problem> {
    Err(Problem::not_signed_in())
}

/// Renames a team and says who is in it.
#[utoipa::path(put, path = "/teams/{id}", operation_id = "teams_change", tag = "teams",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = Team)))]
async fn change(Path(_id): Path<Uuid>, Json(_form): Json<TeamForm>) -> Result<Json<Team>, Problem> {
    Err(Problem::not_signed_in())
}
