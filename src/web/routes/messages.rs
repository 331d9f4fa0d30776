//! What arrived.

use crate::web::App;
use crate::web::extract::{Json, Path, Query};
use crate::web::problem::Problem;
use crate::web::view::{
    common::Page,
    message::{Message, MessageQuery, MessageRow, Uploaded},
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, upload))
        .routes(routes!(show))
        .routes(routes!(raw))
        .routes(routes!(html))
        .routes(routes!(dismiss))
}

/// Every message that arrived and what became of it, newest first.
#[utoipa::path(get, path = "/messages", operation_id = "messages_list", tag = "messages",
    params(MessageQuery),
    responses((status = 200, body = Page<MessageRow>)))]
async fn list(Query(_query): Query<MessageQuery>) -> Result<Json<Page<MessageRow>>, Problem> {
    Err(Problem::not_signed_in())
}

/// One message with its text and what was read in it.
#[utoipa::path(get, path = "/messages/{id}", operation_id = "messages_show", tag = "messages",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = Message)))]
async fn show(Path(_id): Path<Uuid>) -> Result<Json<Message>, Problem> {
    Err(Problem::not_signed_in())
}

/// The bytes as they arrived, to save.
#[utoipa::path(get, path = "/messages/{id}/raw", operation_id = "messages_raw", tag = "messages",
    params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "message/rfc822", body = String)))]
async fn raw(Path(_id): Path<Uuid>) -> Result<String, Problem> {
    Err(Problem::not_signed_in())
}

/// The original's HTML, sanitised, for a sandboxed frame.
#[utoipa::path(get, path = "/messages/{id}/html", operation_id = "messages_html", tag = "messages",
    params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "text/html", body = String)))]
async fn html(Path(_id): Path<Uuid>) -> Result<String, Problem> {
    Err(Problem::not_signed_in())
}

/// Brings a message in: a raw .eml or any format that the reader knows.
#[utoipa::path(post, path = "/messages", operation_id = "messages_upload", tag = "messages",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Uploaded)))]
async fn upload() -> Result<Json<Uploaded>, Problem> {
    Err(Problem::not_signed_in())
}

/// Puts a message aside that needs a person.
#[utoipa::path(post, path = "/messages/{id}/dismissal", operation_id = "messages_dismiss", tag = "messages",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = Message)))]
async fn dismiss(Path(_id): Path<Uuid>) -> Result<Json<Message>, Problem> {
    Err(Problem::not_signed_in())
}
