//! The established ways of handling.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::{
    common::Page,
    procedure::{Procedure, ProcedureRow},
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

/// All procedures in their newest version.
#[utoipa::path(get, path = "/procedures", operation_id = "procedures_list", tag = "procedures",
    responses((status = 200, body = Page<ProcedureRow>)))]
async fn list() -> Result<Json<Page<ProcedureRow>>, Problem> {
    Err(Problem::not_signed_in())
}

/// One procedure with its gates, steps and reminder ladder.
#[utoipa::path(get, path = "/procedures/{id}", operation_id = "procedures_show", tag = "procedures",
    params(("id" = String, Path)),
    responses((status = 200, body = Procedure)))]
async fn show(Path(_id): Path<String>) -> Result<Json<Procedure>, Problem> {
    Err(Problem::not_signed_in())
}
