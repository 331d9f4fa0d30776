//! The established ways of handling.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::notice::ids::ProcedureId;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::common::Page;
use crate::web::view::procedure::{Procedure, ProcedureRow};
use crate::web::who::Reader;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
}

/// All procedures in their newest version.
#[utoipa::path(get, path = "/procedures", operation_id = "procedures_list", tag = "procedures",
    responses((status = 200, body = Page<ProcedureRow>)))]
async fn list(State(app): State<App>, _: Reader) -> Result<Json<Page<ProcedureRow>>, Problem> {
    let world = app.desk.world(app.desk.store.reader()).await?;
    Ok(Json(Page::whole(world.procedures.current().map(ProcedureRow::from).collect())))
}

/// One procedure in its newest version, with its gates, steps and reminder ladder.
#[utoipa::path(get, path = "/procedures/{id}", operation_id = "procedures_show", tag = "procedures",
    params(("id" = String, Path)), responses((status = 200, body = Procedure)))]
async fn one(State(app): State<App>, _: Reader, Path(id): Path<String>) -> Result<Json<Procedure>, Problem> {
    let world = app.desk.world(app.desk.store.reader()).await?;
    let found = world.procedures.latest(&ProcedureId(id)).ok_or_else(|| Problem::not_found("procedure"))?;
    Ok(Json(Procedure::of(found, world.procedures.size, &world.directory)))
}
