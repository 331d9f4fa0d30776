//! Comments, watching, and what one has seen of a notice.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::notice::{Notice, TextForm, WatchForm};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(comment))
        .routes(routes!(acknowledge))
        .routes(routes!(activate))
        .routes(routes!(watch))
        .routes(routes!(seen))
}

/// Adds a comment.
#[utoipa::path(post, path = "/notices/{id}/comments", operation_id = "attention_comment", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn comment(Path(_id): Path<String>, Json(_form): Json<TextForm>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Says “I have this”; the ladder asks nobody higher for a day.
#[utoipa::path(post, path = "/notices/{id}/acknowledge", operation_id = "attention_acknowledge", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn acknowledge(Path(_id): Path<String>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Puts a historic notice to work.
#[utoipa::path(post, path = "/notices/{id}/activate", operation_id = "attention_activate", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn activate(Path(_id): Path<String>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Follows a notice, or no longer.
#[utoipa::path(post, path = "/notices/{id}/watch", operation_id = "attention_watch", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn watch(Path(_id): Path<String>, Json(_form): Json<WatchForm>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Remembers that one has looked at it.
#[utoipa::path(post, path = "/notices/{id}/seen", operation_id = "attention_seen", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 204)))]
async fn seen(Path(_id): Path<String>) -> Result<StatusCode, Problem> {
    Err(Problem::not_signed_in())
}
