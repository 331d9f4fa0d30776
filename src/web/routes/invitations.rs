//! Taking up an invitation.

use axum::extract::State;
use axum_extra::extract::cookie::CookieJar;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::welcome;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::session::{Invitation, InvitationForm, Session};
use crate::web::who::Client;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, accept))
}

/// Whom a one-time link was sent to. Looking uses nothing up.
#[utoipa::path(get, path = "/invitations/{token}", operation_id = "invitations_show", tag = "invitations",
    params(("token" = String, Path)), responses((status = 200, body = Invitation)))]
async fn show(State(app): State<App>, Path(token): Path<String>) -> Result<Json<Invitation>, Problem> {
    let person = app.identity.invited(&token).await?;
    Ok(Json(Invitation { name: person.name, email: person.email }))
}

/// Takes up an invitation: sets the password and signs in.
#[utoipa::path(post, path = "/invitations/{token}", operation_id = "invitations_accept", tag = "invitations",
    params(("token" = String, Path)), responses((status = 200, body = Session)))]
async fn accept(
    State(app): State<App>,
    Path(token): Path<String>,
    client: Client,
    Json(form): Json<InvitationForm>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    let chosen = (form.name, form.zone);
    let begun = app.identity.accept(&app.desk, &token, chosen, &form.password, client.device.clone()).await?;
    welcome(&app, &client, begun).await
}
