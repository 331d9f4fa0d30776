//! Setting right what the reader found.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::notice::{FactForm, MappingForm, Notice};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(correct)).routes(routes!(map))
}

/// Corrects a fact. A later date becomes a proposal that a second person countersigns.
#[utoipa::path(post, path = "/notices/{id}/facts/{fact}", operation_id = "facts_correct", tag = "notices",
    params(("id" = String, Path), ("fact" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn correct(
    Path((_id, _fact)): Path<(String, String)>,
    Json(_form): Json<FactForm>,
) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Says where a resource belongs.
#[utoipa::path(put, path = "/notices/{id}/resources/{resource}", operation_id = "facts_map", tag = "notices",
    params(("id" = String, Path), ("resource" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn map(
    Path((_id, _resource)): Path<(String, String)>,
    Json(_form): Json<MappingForm>,
) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}
