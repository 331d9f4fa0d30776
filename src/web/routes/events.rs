//! Telling open pages what changed.

use axum::extract::State;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::who::{Eyes as _, Reader};
use crate::web::{App, stream};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(follow))
}

/// Server-sent events: `changed` with `{"topic", "notice"}` as data whenever something should be asked for again. A notice
/// that is closed to who asks is not named.
#[utoipa::path(get, path = "/events", operation_id = "events_stream", tag = "events",
    responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn follow(State(app): State<App>, me: Reader) -> impl IntoResponse {
    stream::changes(&app, me.sight())
}
