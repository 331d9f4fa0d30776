//! Who is away, and who signs meanwhile.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::{
    common::Page,
    people::{Absence, AbsenceForm},
};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove))
}

/// Absences that have not ended.
#[utoipa::path(get, path = "/absences", operation_id = "absences_list", tag = "absences",
    responses((status = 200, body = Page<Absence>)))]
async fn list() -> Result<Json<Page<Absence>>, Problem> {
    Err(Problem::not_signed_in())
}

/// Enters an absence.
#[utoipa::path(post, path = "/absences", operation_id = "absences_add", tag = "absences",
    responses((status = 201, body = Absence)))]
async fn add(Json(_form): Json<AbsenceForm>) -> Result<Json<Absence>, Problem> {
    Err(Problem::not_signed_in())
}

/// Removes an absence.
#[utoipa::path(delete, path = "/absences/{id}", operation_id = "absences_remove", tag = "absences",
    params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn remove(Path(_id): Path<Uuid>) -> Result<StatusCode, Problem> {
    Err(Problem::not_signed_in())
}
