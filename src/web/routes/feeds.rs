//! Calendar feeds: made and revoked here, read by calendar programs at `/calendar/<secret>.ics` without signing in.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::identity::Role;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::ics;
use crate::web::problem::Problem;
use crate::web::show;
use crate::web::view::agenda::{Feed, FeedForm, NewFeed};
use crate::web::view::common::Page;
use crate::web::who::SignedIn;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(revoke))
}

/// What lies outside the API: calendar programs sign in nowhere, the secret in the address is their proof.
pub fn feeds() -> Router<App> {
    Router::new().route("/calendar/{file}", get(read))
}

/// One's feeds that work.
#[utoipa::path(get, path = "/feeds", operation_id = "feeds_list", tag = "calendar",
    responses((status = 200, body = Page<Feed>)))]
async fn list(State(app): State<App>, me: SignedIn) -> Result<Json<Page<Feed>>, Problem> {
    Ok(Json(Page::whole(app.desk.feeds_by(me.id()).await?.into_iter().map(Feed::from).collect())))
}

/// Makes a feed of one's own dates, or of a team that one is in. Its address is shown this once.
#[utoipa::path(post, path = "/feeds", operation_id = "feeds_make", tag = "calendar",
    responses((status = 201, body = NewFeed)))]
async fn make(
    State(app): State<App>,
    me: SignedIn,
    Json(form): Json<FeedForm>,
) -> Result<(StatusCode, Json<NewFeed>), Problem> {
    let made = app.desk.make_feed(me.id(), me.actor(), form.team).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Revokes a feed: one's own, or as an administrator anybody's. Its address answers no more.
#[utoipa::path(delete, path = "/feeds/{id}", operation_id = "feeds_revoke", tag = "calendar",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn revoke(State(app): State<App>, me: SignedIn, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    let maker = (me.0.role != Role::Administrator).then(|| me.id());
    app.desk.revoke_feed(me.actor(), id, maker).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read(State(app): State<App>, Path(file): Path<String>) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("calendar");
    let secret = file.strip_suffix(".ics").ok_or_else(unknown)?;
    let (agenda, span) = app.desk.feed(secret).await?.ok_or_else(unknown)?;
    let settings = &app.desk.settings;
    let text =
        ics::calendar(&settings.installation, &settings.public_url, &show::agenda(agenda, span), app.desk.clock.now());
    let head = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CACHE_CONTROL, "private, max-age=300"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"countersign.ics\""),
    ];
    Ok((head, text).into_response())
}
