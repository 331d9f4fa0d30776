//! The first administrator, by a one-time link.

use axum::extract::State;
use axum_extra::extract::cookie::CookieJar;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::welcome;
use crate::identity::Founder;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::session::{Session, SetupForm, SetupState};
use crate::web::who::Client;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(state)).routes(routes!(complete))
}

/// Whether the first administrator is still missing.
#[utoipa::path(get, path = "/setup", operation_id = "setup_state", tag = "setup",
    responses((status = 200, body = SetupState)))]
async fn state(State(app): State<App>) -> Result<Json<SetupState>, Problem> {
    let needed = app.identity.needs_setup().await?;
    Ok(Json(SetupState { needed, local_mode: app.desk.settings.local_mode }))
}

/// Makes the first administrator and signs them in.
#[utoipa::path(post, path = "/setup/{token}", operation_id = "setup_complete", tag = "setup",
    params(("token" = String, Path)), responses((status = 200, body = Session)))]
async fn complete(
    State(app): State<App>,
    Path(token): Path<String>,
    client: Client,
    Json(form): Json<SetupForm>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    let founder =
        Founder { name: form.name, email: form.email, password: form.password, zone: form.zone, size: form.people };
    let begun = app.identity.found(&app.desk, &token, &founder, client.device.clone()).await?;
    welcome(&app, &client, begun).await
}
