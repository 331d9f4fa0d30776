//! Signing in by password, signing out, and proving again by password who one is.

use axum::extract::State;
use axum_extra::extract::cookie::CookieJar;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::identity;
use crate::web::extract::Json;
use crate::web::problem::Problem;
use crate::web::view::proving::SignedOut;
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
    let device = client.device.clone();
    let begun = app.identity.sign_in(&form.email, &form.password, &client.source, device).await?;
    welcome(&app, &client, begun).await
}

/// Signs out here, and says where to go to be signed out at the provider too.
#[utoipa::path(delete, path = "/session", operation_id = "session_sign_out", tag = "session",
    responses((status = 200, body = SignedOut)))]
async fn sign_out(
    State(app): State<App>,
    SignedIn(session): SignedIn,
) -> Result<(CookieJar, Json<SignedOut>), Problem> {
    let back = format!("{}/sign-in", app.desk.settings.public_url);
    let go_to = app.identity.sign_out(&session, &back).await?;
    Ok((cookie::clear(app.site.secure), Json(SignedOut { go_to })))
}

/// Proves again by password who one is, for a signature.
#[utoipa::path(post, path = "/session/fresh", operation_id = "session_fresh", tag = "session",
    responses((status = 200, body = Session)))]
async fn fresh(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    client: Client,
    Json(form): Json<Fresh>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    let begun = app.identity.refresh(&session, &form.password, &client.source).await?;
    renewed(&app, begun).await
}

/// How every way of signing in ends: the browser gets its secret, and the one that it carried before is worth nothing.
pub(super) async fn welcome(
    app: &App,
    client: &Client,
    begun: identity::Begun,
) -> Result<(CookieJar, Json<Session>), Problem> {
    if let Some(before) = &client.before {
        app.identity.end_secret(before).await?;
    }
    renewed(app, begun).await
}

/// How every way of proving it again ends: the browser gets the session's new secret.
pub(super) async fn renewed(app: &App, begun: identity::Begun) -> Result<(CookieJar, Json<Session>), Problem> {
    let jar = cookie::set(&begun.secret, app.site.secure);
    Ok((jar, Json(Session::of(app, &begun.session).await?)))
}
