//! What operators and their machines ask: is it alive, is it ready, what does it count.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::App;
use super::who::Reader;
use crate::telemetry;

pub fn router() -> Router<App> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready)).route("/metrics", get(numbers))
}

/// The process answers. Says nothing about what it needs: a database that is away is no reason to kill it.
async fn alive() -> &'static str {
    "alive\n"
}

/// The database answers and has the shape that this program knows.
async fn ready(State(app): State<App>) -> Response {
    if app.site.closing.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    match app.desk.store.pending_migrations().await {
        Ok(pending) if pending.is_empty() => "ready\n".into_response(),
        Ok(pending) => {
            let told = format!("the database waits for {} migrations; run `countersign migrate`\n", pending.len());
            (StatusCode::SERVICE_UNAVAILABLE, told).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer; the log says more\n").into_response()
        }
    }
}

/// Prometheus' text format. Counts tell of the business, so it takes a session or a token with the scope `read`
/// (`authorization` in Prometheus' scrape configuration).
async fn numbers(_: Reader) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry::metrics().render())
        .into_response()
}
