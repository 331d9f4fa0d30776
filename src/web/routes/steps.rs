//! Doing the steps of the procedure.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::notice::{Notice, StepDoneForm};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(done))
}

/// Marks a step as done, with what shows it.
#[utoipa::path(post, path = "/notices/{id}/steps/{step}/done", operation_id = "steps_done", tag = "notices",
    params(("id" = String, Path), ("step" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn done(
    Path((_id, _step)): Path<(String, String)>,
    Json(_form): Json<StepDoneForm>,
) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}
