//! Signing in and out, and proving again who one is.

use crate::web::App;
use crate::web::extract::Json;
use crate::web::problem::Problem;
use crate::web::view::session::{Fresh, Session, SignIn};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, sign_in, sign_out)).routes(routes!(fresh))
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", operation_id = "session_show", tag = "session",
    responses((status = 200, body = Session)))]
async fn show() -> Result<Json<Session>, Problem> {
    Err(Problem::not_signed_in())
}

/// Signs in with a password.
#[utoipa::path(post, path = "/session", operation_id = "session_sign_in", tag = "session",
    responses((status = 200, body = Session)))]
async fn sign_in(Json(_form): Json<SignIn>) -> Result<Json<Session>, Problem> {
    Err(Problem::not_signed_in())
}

/// Signs out.
#[utoipa::path(delete, path = "/session", operation_id = "session_sign_out", tag = "session",
    responses((status = 204)))]
async fn sign_out() -> Result<StatusCode, Problem> {
    Err(Problem::not_signed_in())
}

/// Proves again who one is, for a signature.
#[utoipa::path(post, path = "/session/fresh", operation_id = "session_fresh", tag = "session",
    responses((status = 200, body = Session)))]
async fn fresh(Json(_form): Json<Fresh>) -> Result<Json<Session>, Problem> {
    Err(Problem::not_signed_in())
}
