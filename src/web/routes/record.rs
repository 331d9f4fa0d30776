//! The record across notices.

use crate::web::App;
use crate::web::extract::{Json, Query};
use crate::web::problem::Problem;
use crate::web::view::{
    common::Page,
    record::{RecordCheck, RecordEntry, RecordQuery},
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(check))
}

/// Events, newest first.
#[utoipa::path(get, path = "/record", operation_id = "record_list", tag = "record",
    params(RecordQuery),
    responses((status = 200, body = Page<RecordEntry>)))]
async fn list(Query(_query): Query<RecordQuery>) -> Result<Json<Page<RecordEntry>>, Problem> {
    Err(Problem::not_signed_in())
}

/// Recomputes every hash of the record.
#[utoipa::path(get, path = "/record/check", operation_id = "record_check", tag = "record",
    responses((status = 200, body = RecordCheck)))]
async fn check() -> Result<Json<RecordCheck>, Problem> {
    Err(Problem::not_signed_in())
}
