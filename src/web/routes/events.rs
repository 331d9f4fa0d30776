//! Telling open pages what changed.

use axum::extract::State;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::who::Reader;
use crate::web::{App, stream};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(follow))
}

/// Server-sent events: `changed` with `{"topic", "notice"}` as data whenever something should be asked for again.
#[utoipa::path(get, path = "/events", operation_id = "events_stream", tag = "events",
    responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn follow(State(app): State<App>, _: Reader) -> impl IntoResponse {
    stream::changes(&app)
}
