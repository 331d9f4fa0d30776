//! Ways of proving who one is beside a password: mail, providers, passkeys. Each both signs in and proves it again.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use secrecy::SecretString;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::{renewed, welcome};
use crate::identity::provider::{Arrived, Errand, Returned};
use crate::identity::{IdentityError, Presence, Session as Held};
use crate::web::extract::{Json, Path, Query};
use crate::web::problem::{Problem, capitalised};
use crate::web::view::common::Named;
use crate::web::view::proving::{
    CodeForm, DepartureForm, DepartureView, ErrandForm, LinkForm, LogoutForm, PasskeyQuestion, PasskeyUsed,
    ReturnQuery, WaysIn,
};
use crate::web::view::session::Session;
use crate::web::who::{Client, SignedIn, must_be_fresh};
use crate::web::{App, cookie};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ways))
        .routes(routes!(ask_link))
        .routes(routes!(use_link))
        .routes(routes!(ask_code))
        .routes(routes!(use_code))
        .routes(routes!(depart))
        .routes(routes!(arrive))
        .routes(routes!(ended))
        .routes(routes!(ask_passkey))
        .routes(routes!(use_passkey))
        .routes(routes!(ask_passkey_again))
        .routes(routes!(use_passkey_again))
}

/// The ways in which people sign in here.
#[utoipa::path(get, path = "/session/ways", operation_id = "session_ways", tag = "session",
    responses((status = 200, body = WaysIn)))]
async fn ways(State(app): State<App>) -> Json<WaysIn> {
    Json(WaysIn::open(app.identity.ways()))
}

/// Mails a link that signs in, if somebody here has the address. The answer does not tell whether.
#[utoipa::path(post, path = "/session/links", operation_id = "session_ask_link", tag = "session",
    responses((status = 202)))]
async fn ask_link(State(app): State<App>, client: Client, Json(form): Json<LinkForm>) -> Result<StatusCode, Problem> {
    let to = form.to.as_deref().unwrap_or("/");
    app.identity.mail_link(&app.desk, &form.email, to, &client.source).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Signs in with a link that was mailed.
#[utoipa::path(post, path = "/session/links/{token}", operation_id = "session_use_link", tag = "session",
    params(("token" = String, Path)), responses((status = 200, body = Session)))]
async fn use_link(
    State(app): State<App>,
    Path(token): Path<String>,
    client: Client,
) -> Result<(CookieJar, Json<Session>), Problem> {
    let begun = app.identity.sign_in_by_link(&token, client.device.clone()).await?;
    welcome(&app, &client, begun).await
}

/// Mails a code to who is signed in, to prove again who that is.
#[utoipa::path(post, path = "/session/code", operation_id = "session_ask_code", tag = "session",
    responses((status = 202)))]
async fn ask_code(State(app): State<App>, SignedIn(session): SignedIn) -> Result<StatusCode, Problem> {
    app.identity.mail_code(&app.desk, &session).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Proves with a mailed code again who one is.
#[utoipa::path(post, path = "/session/fresh/code", operation_id = "session_fresh_code", tag = "session",
    responses((status = 200, body = Session)))]
async fn use_code(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Json(form): Json<CodeForm>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    renewed(&app, app.identity.refresh_by_code(&session, &form.code).await?).await
}

/// Says where to go to prove at a provider who one is: to sign in, to prove it again, or to link the account there.
#[utoipa::path(post, path = "/session/providers/{provider}", operation_id = "session_depart", tag = "session",
    params(("provider" = String, Path)), responses((status = 200, body = DepartureView)))]
async fn depart(
    State(app): State<App>,
    Path(provider): Path<String>,
    client: Client,
    headers: HeaderMap,
    Json(form): Json<DepartureForm>,
) -> Result<(CookieJar, Json<DepartureView>), Problem> {
    let session = current(&app, &client).await?;
    match (form.errand, &session) {
        (ErrandForm::SignIn, _) => {}
        (_, None) => return Err(Problem::not_signed_in()),
        (ErrandForm::Link, Some(session)) => must_be_fresh(session)?,
        (ErrandForm::Fresh, Some(_)) => {}
    }
    let errand = (Errand::from(form.errand), session.as_ref().filter(|_| form.errand != ErrandForm::SignIn));
    let browser = cookie::away(&headers, app.site.secure);
    let to = form.to.as_deref().unwrap_or("/");
    let departure = app.identity.depart(&provider, errand, to, (browser, &client.source)).await?;
    let jar = cookie::set_away(&departure.browser, app.site.secure);
    Ok((jar, Json(DepartureView { url: departure.url })))
}

/// Where a provider sends people back to. The one GET that signs in: the provider's protocol knows no other. It counts once,
/// and only in the browser that left.
#[utoipa::path(get, path = "/session/providers/{provider}/return", operation_id = "session_arrive", tag = "session",
    params(("provider" = String, Path), ReturnQuery), responses((status = 303)))]
async fn arrive(
    State(app): State<App>,
    Path(provider): Path<String>,
    client: Client,
    headers: HeaderMap,
    Query(query): Query<ReturnQuery>,
) -> Response {
    match came_back(&app, &provider, &client, &headers, query).await {
        Ok(response) => response,
        Err(problem) => back_to("/sign-in", Some(&problem), "/"),
    }
}

/// Ends here what a provider says has ended there (OpenID Connect Back-Channel Logout 1.0). Its signed word alone counts,
/// and once.
#[utoipa::path(post, path = "/session/providers/{provider}/logout", operation_id = "session_ended_elsewhere",
    tag = "session", params(("provider" = String, Path)),
    request_body(content = LogoutForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200)))]
async fn ended(State(app): State<App>, Path(provider): Path<String>, body: Bytes) -> Result<Response, Problem> {
    let form: LogoutForm = serde_urlencoded::from_bytes(&body).map_err(|_| {
        Problem::new(StatusCode::BAD_REQUEST, "invalid_request", "The field `logout_token` is missing.")
    })?;
    match app.identity.ended_elsewhere(&provider, &form.logout_token).await {
        Ok(_) => Ok(([(header::CACHE_CONTROL, "no-store")], StatusCode::OK).into_response()),
        // The specification's own word for every token that does not hold (section 2.8).
        Err(IdentityError::Unproven(told)) => {
            tracing::warn!(provider, told, "a logout token was refused");
            Err(Problem::new(StatusCode::BAD_REQUEST, "invalid_request", capitalised(&told)))
        }
        Err(other) => Err(other.into()),
    }
}

async fn came_back(
    app: &App,
    provider: &str,
    client: &Client,
    headers: &HeaderMap,
    query: ReturnQuery,
) -> Result<Response, Problem> {
    let session = current(app, client).await?;
    let browser = cookie::away(headers, app.site.secure).map(SecretString::from);
    let returned = Returned { state: query.state, code: query.code, error: query.error, issuer: query.iss };
    let here = (browser.as_ref(), session.as_ref());
    let Arrived { errand, to, outcome } =
        app.identity.arrive(&app.desk, provider, returned, here, client.device.clone()).await?;
    let page = match errand {
        Errand::SignIn => "/sign-in",
        Errand::Fresh => "/proven",
        Errand::Link => "/account",
    };
    let begun = match outcome {
        Ok(begun) => begun,
        Err(error) => {
            tracing::info!(provider, %error, "nobody was let in");
            return Ok(back_to(page, Some(&error.into()), &to));
        }
    };
    let jar = match errand {
        Errand::SignIn => welcome(app, client, begun).await?.0,
        Errand::Fresh | Errand::Link => cookie::set(&begun.secret, app.site.secure),
    };
    let next = if errand == Errand::SignIn { Redirect::to(&to).into_response() } else { back_to(page, None, &to) };
    Ok((jar, next).into_response())
}

/// Back to a page of ours, with the code of what went wrong. Never with words: an address is no place to put them.
fn back_to(page: &str, problem: Option<&Problem>, to: &str) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(problem) = problem {
        query.append_pair("problem", &problem.code);
    }
    query.append_pair("to", to);
    Redirect::to(&format!("{page}?{}", query.finish())).into_response()
}

/// Who is signed in in this browser, if anybody.
async fn current(app: &App, client: &Client) -> Result<Option<Held>, IdentityError> {
    match &client.before {
        Some(secret) => app.identity.session(secret, Presence::Used).await,
        None => Ok(None),
    }
}

/// What a browser needs to sign in with a passkey.
#[utoipa::path(post, path = "/session/passkey/question", operation_id = "session_ask_passkey", tag = "session",
    responses((status = 200, body = PasskeyQuestion)))]
async fn ask_passkey(State(app): State<App>, client: Client) -> Result<Json<PasskeyQuestion>, Problem> {
    Ok(Json(app.identity.ask_passkey(None, &client.source).await?.into()))
}

/// Signs in with a passkey.
#[utoipa::path(post, path = "/session/passkey", operation_id = "session_use_passkey", tag = "session",
    responses((status = 200, body = Session)))]
async fn use_passkey(
    State(app): State<App>,
    client: Client,
    Json(form): Json<PasskeyUsed>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    let begun = app.identity.sign_in_by_passkey(&form.into(), client.device.clone()).await?;
    welcome(&app, &client, begun).await
}

/// What a browser needs to prove again with a passkey who one is.
#[utoipa::path(post, path = "/session/fresh/passkey/question", operation_id = "session_ask_fresh_passkey",
    tag = "session", responses((status = 200, body = PasskeyQuestion)))]
async fn ask_passkey_again(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    client: Client,
) -> Result<Json<PasskeyQuestion>, Problem> {
    Ok(Json(app.identity.ask_passkey(Some(&session), &client.source).await?.into()))
}

/// Proves again with a passkey who one is.
#[utoipa::path(post, path = "/session/fresh/passkey", operation_id = "session_fresh_passkey", tag = "session",
    responses((status = 200, body = Session)))]
async fn use_passkey_again(
    State(app): State<App>,
    SignedIn(session): SignedIn,
    Json(form): Json<PasskeyUsed>,
) -> Result<(CookieJar, Json<Session>), Problem> {
    renewed(&app, app.identity.refresh_by_passkey(&session, &form.into()).await?).await
}

/// A provider as a page names it.
pub(super) fn named(app: &App, id: &str) -> Named {
    let known = app.identity.ways().providers().find(|(known, _)| *known == id);
    Named { id: id.to_owned(), name: known.map_or(id, |(_, name)| name).to_owned() }
}
