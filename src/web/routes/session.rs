//! Signing in and out, and proving again who one is.

use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::cookie::CookieJar;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::identity;
use crate::web::extract::Json;
use crate::web::problem::Problem;
use crate::web::view::session::{Fresh, Session, SignIn};
use crate::web::who::{Client, SignedIn};
use crate::web::{App, cookie};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, sign_in, sign_out)).routes(routes!(fresh))
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", operation_id = "session_show", tag = "session",
    responses((status = 200, body = Session)))]
async fn show(State(app): State<App>, SignedIn(session): SignedIn) -> Result<Json<Session>, Problem> {
    Session::of(&app, &session).await.map(Json)
}

/// Signs in with a password.
#[utoipa::path(post, path = "/session", operation_id = "session_sign_in", tag = "session",
    responses((status = 200, body = Session)))]
async fn sign_in(
    State(app): State<App>,
    client: Client,
    Json(form): Json<SignIn>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    let begun = app.identity.sign_in(&form.email, &form.password, &client.source, client.agent).await?;
    welcome(&app, begun).await
}

/// Signs out.
#[utoipa::path(delete, path = "/session", operation_id = "session_sign_out", tag = "session",
    responses((status = 204)))]
async fn sign_out(State(app): State<App>, SignedIn(session): SignedIn) -> Result<(CookieJar, StatusCode), Problem> {
    app.identity.end(&session).await?;
    Ok((cookie::clear(app.site.secure), StatusCode::NO_CONTENT))
}

/// Proves again who one is, for a signature.
#[utoipa::path(post, path = "/session/fresh", operation_id = "session_fresh", tag = "session",
    responses((status = 200, body = Session)))]
async fn fresh(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    client: Client,
    Json(form): Json<Fresh>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    let begun = app.identity.refresh(&session, &form.password, &client.source).await?;
    welcome(&app, begun).await
}

/// Hands the browser its secret and says who is signed in: how every way of signing in ends.
pub(super) async fn welcome(app: &App, begun: identity::Begun) -> Result<(CookieJar, Json<Session>), Problem> {
    let jar = cookie::set(&begun.secret, app.site.secure);
    Ok((jar, Json(Session::of(app, &begun.session).await?)))
}
