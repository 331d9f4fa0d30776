//! Tokens for programs.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::{
    common::Page,
    token::{NewToken, TokenForm, TokenView},
};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(revoke))
}

/// One's own tokens, without their secrets.
#[utoipa::path(get, path = "/tokens", operation_id = "tokens_list", tag = "tokens",
    responses((status = 200, body = Page<TokenView>)))]
async fn list() -> Result<Json<Page<TokenView>>, Problem> {
    Err(Problem::not_signed_in())
}

/// Makes a token; its secret is shown this once.
#[utoipa::path(post, path = "/tokens", operation_id = "tokens_make", tag = "tokens",
    responses((status = 201, body = NewToken)))]
async fn make(Json(_form): Json<TokenForm>) -> Result<Json<NewToken>, Problem> {
    Err(Problem::not_signed_in())
}

/// Ends a token at once.
#[utoipa::path(delete, path = "/tokens/{id}", operation_id = "tokens_revoke", tag = "tokens",
    params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn revoke(Path(_id): Path<Uuid>) -> Result<StatusCode, Problem> {
    Err(Problem::not_signed_in())
}
