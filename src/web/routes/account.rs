//! One's own account: sessions, passkeys, accounts at providers, the password. What adds or takes a way of proving who one
//! is needs a fresh authentication.

use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::cookie::CookieJar;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::proving::named;
use super::session::renewed;
use crate::store::At;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::account::{Account, Ended, LinkedView, PasskeyView, PasswordForm, SessionView};
use crate::web::view::common::within;
use crate::web::view::proving::{PasskeyMade, PasskeyOrder};
use crate::web::view::session::Session;
use crate::web::who::{Fresh, SignedIn};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(end_others))
        .routes(routes!(end_one))
        .routes(routes!(set_password))
        .routes(routes!(order_passkey))
        .routes(routes!(keep_passkey))
        .routes(routes!(remove_passkey))
        .routes(routes!(unlink))
}

/// One's own account.
#[utoipa::path(get, path = "/account", operation_id = "account_show", tag = "account",
    responses((status = 200, body = Account)))]
async fn show(State(app): State<App>, SignedIn(me): SignedIn) -> Result<Json<Account>, Problem> {
    let sessions = app.identity.sessions(me.person.id).await?;
    let linked = app.identity.linked_accounts(me.person.id).await?.into_iter().map(|row| LinkedView {
        provider: named(&app, &row.provider),
        email: row.email,
        linked_at: row.linked_at.utc(),
        used_at: row.used_at.map(At::utc),
    });
    Ok(Json(Account {
        sessions: sessions.into_iter().map(|row| SessionView::of(row, me.id)).collect::<Result<_, _>>()?,
        passkeys: app.identity.passkeys(me.person.id).await?.into_iter().map(PasskeyView::from).collect(),
        linked: linked.collect(),
        has_password: me.person.password_hash.is_some(),
    }))
}

/// Ends every session of one's own but the one that asks.
#[utoipa::path(delete, path = "/account/sessions", operation_id = "account_end_others", tag = "account",
    responses((status = 200, body = Ended)))]
async fn end_others(State(app): State<App>, SignedIn(me): SignedIn) -> Result<Json<Ended>, Problem> {
    Ok(Json(Ended { count: app.identity.end_others(&me).await? }))
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/account/sessions/{id}", operation_id = "account_end_session", tag = "account",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn end_one(State(app): State<App>, SignedIn(me): SignedIn, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    gone(app.identity.end_one(me.person.id, id).await?, "session of yours")
}

/// Sets one's own password. Every other session ends.
#[utoipa::path(put, path = "/account/password", operation_id = "account_set_password", tag = "account",
    responses((status = 200, body = Session)))]
async fn set_password(
    State(app): State<App>,
    Fresh(me): Fresh,
    Json(form): Json<PasswordForm>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    let begun = app.identity.set_own_password(&app.desk, &me, &form.password).await?;
    renewed(&app, begun).await
}

/// What a browser needs to make a passkey.
#[utoipa::path(post, path = "/account/passkeys/order", operation_id = "account_order_passkey", tag = "account",
    responses((status = 200, body = PasskeyOrder)))]
async fn order_passkey(State(app): State<App>, Fresh(me): Fresh) -> Result<Json<PasskeyOrder>, Problem> {
    let challenge = app.identity.begin_passkey(&me).await?;
    Ok(Json(PasskeyOrder::of(challenge, &me)))
}

/// Keeps a passkey that a browser has made.
#[utoipa::path(post, path = "/account/passkeys", operation_id = "account_keep_passkey", tag = "account",
    responses((status = 201, body = PasskeyView)))]
async fn keep_passkey(
    State(app): State<App>,
    Fresh(me): Fresh,
    Json(form): Json<PasskeyMade>,
) -> Result<(StatusCode, Json<PasskeyView>), Problem> {
    within("name", &form.name, 1, 100)?;
    let row = app.identity.keep_passkey(&app.desk, &me, form.into()).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Forgets a passkey of one's own.
#[utoipa::path(delete, path = "/account/passkeys/{id}", operation_id = "account_remove_passkey", tag = "account",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn remove_passkey(State(app): State<App>, Fresh(me): Fresh, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    gone(app.identity.remove_passkey(&app.desk, me.person.id, id).await?, "passkey of yours")
}

/// Unlinks one's account at a provider.
#[utoipa::path(delete, path = "/account/providers/{provider}", operation_id = "account_unlink", tag = "account",
    params(("provider" = String, Path)), responses((status = 204)))]
async fn unlink(State(app): State<App>, Fresh(me): Fresh, Path(provider): Path<String>) -> Result<StatusCode, Problem> {
    gone(app.identity.unlink(&app.desk, me.person.id, &provider).await?, "account of yours at this provider")
}

fn gone(done: bool, what: &str) -> Result<StatusCode, Problem> {
    if done { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found(what)) }
}
