//! Telling open pages what changed.

use crate::web::App;
use crate::web::problem::Problem;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(stream))
}

/// Server-sent events: `changed` with `{topic, notice}` as data, and `ping`.
#[utoipa::path(get, path = "/events", operation_id = "events_stream", tag = "events",
    responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn stream() -> Result<String, Problem> {
    Err(Problem::not_signed_in())
}
