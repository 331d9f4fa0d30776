//! Taking up an invitation.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::session::{Invitation, InvitationForm, Session};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, accept))
}

/// Whom a one-time link was sent to. Looking uses nothing up.
#[utoipa::path(get, path = "/invitations/{token}", operation_id = "invitations_show", tag = "invitations",
    params(("token" = String, Path)),
    responses((status = 200, body = Invitation)))]
async fn show(Path(_token): Path<String>) -> Result<Json<Invitation>, Problem> {
    Err(Problem::not_signed_in())
}

/// Takes up an invitation: sets the password and signs in.
#[utoipa::path(post, path = "/invitations/{token}", operation_id = "invitations_accept", tag = "invitations",
    params(("token" = String, Path)),
    responses((status = 200, body = Session)))]
async fn accept(Path(_token): Path<String>, Json(_form): Json<InvitationForm>) -> Result<Json<Session>, Problem> {
    Err(Problem::not_signed_in())
}
