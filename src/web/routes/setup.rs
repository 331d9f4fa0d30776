//! The first administrator, by a one-time link.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::session::{Session, SetupForm, SetupState};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(state)).routes(routes!(complete))
}

/// Whether the first administrator is still missing.
#[utoipa::path(get, path = "/setup", operation_id = "setup_state", tag = "setup",
    responses((status = 200, body = SetupState)))]
async fn state() -> Result<Json<SetupState>, Problem> {
    Err(Problem::not_signed_in())
}

/// Makes the first administrator and signs them in.
#[utoipa::path(post, path = "/setup/{token}", operation_id = "setup_complete", tag = "setup",
    params(("token" = String, Path)),
    responses((status = 200, body = Session)))]
async fn complete(Path(_token): Path<String>, Json(_form): Json<SetupForm>) -> Result<Json<Session>, Problem> {
    Err(Problem::not_signed_in())
}
