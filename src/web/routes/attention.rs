//! Comments, watching, and what one has seen of a notice.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::acting::{STATEMENT, act, text};
use crate::desk::Asked;
use crate::notice::command::Command;
use crate::notice::ids::PersonId;
use crate::web::App;
use crate::web::extract::Json;
use crate::web::problem::Problem;
use crate::web::seen::Seen;
use crate::web::view::forms::{AcknowledgeForm, CommentForm, WatchForm};
use crate::web::view::notice::Notice;
use crate::web::who::Member;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(comment))
        .routes(routes!(acknowledge))
        .routes(routes!(activate))
        .routes(routes!(watch))
        .routes(routes!(seen))
}

/// Adds a comment.
#[utoipa::path(post, path = "/notices/{id}/comments", operation_id = "attention_comment", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn comment(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<CommentForm>,
) -> Result<Json<Notice>, Problem> {
    let comment = text(&app, "text", &form.text, STATEMENT)?;
    let mentions = form.mentions.into_iter().map(PersonId).collect();
    act(&app, &me, which, Asked::with(Command::Comment { text: comment.reference, mentions }, [comment])).await
}

/// Says “I have this until …”: quiets one's own reminders once.
#[utoipa::path(post, path = "/notices/{id}/acknowledge", operation_id = "attention_acknowledge", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn acknowledge(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<AcknowledgeForm>,
) -> Result<Json<Notice>, Problem> {
    act(&app, &me, which, Command::Acknowledge { until: form.until }).await
}

/// Puts a historic notice to work.
#[utoipa::path(post, path = "/notices/{id}/activate", operation_id = "attention_activate", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn activate(State(app): State<App>, Seen(me, which): Seen<Member>) -> Result<Json<Notice>, Problem> {
    act(&app, &me, which, Command::Activate).await
}

/// Follows a notice, or no longer.
#[utoipa::path(post, path = "/notices/{id}/watch", operation_id = "attention_watch", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn watch(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<WatchForm>,
) -> Result<Json<Notice>, Problem> {
    act(&app, &me, which, if form.watching { Command::Watch } else { Command::Unwatch }).await
}

/// Puts on record that one has opened the notice; the first time counts.
#[utoipa::path(post, path = "/notices/{id}/seen", operation_id = "attention_seen", tag = "notices",
    params(("id" = String, Path)), responses((status = 204)))]
async fn seen(State(app): State<App>, Seen(me, which): Seen<Member>) -> Result<StatusCode, Problem> {
    app.desk.act(which.0, me.actor(), Command::See).await?;
    Ok(StatusCode::NO_CONTENT)
}
