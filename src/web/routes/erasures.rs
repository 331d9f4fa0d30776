//! The right to be forgotten: what an administrator erases for good. That it was erased, by whom and when, stays on record.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::web::App;
use crate::web::extract::Path;
use crate::web::problem::Problem;
use crate::web::seen::Seen;
use crate::web::who::Administrator;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(person)).routes(routes!(message)).routes(routes!(entry))
}

/// Forgets a person's name, address and everything they wrote, and closes their account. Their id stays where they signed.
#[utoipa::path(post, path = "/people/{id}/erasure", operation_id = "people_erase", tag = "people",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn person(State(app): State<App>, me: Administrator, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    app.desk.erase_person(me.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets a message's bytes, what was read in it and who sent it. Its notices keep the facts that people work by.
#[utoipa::path(post, path = "/messages/{id}/erasure", operation_id = "messages_erase", tag = "messages",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn message(State(app): State<App>, me: Administrator, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    app.desk.erase_message(me.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets what was written in one entry of a notice's record: a comment (by its id), a reason, a statement.
#[utoipa::path(post, path = "/notices/{id}/record/{entry}/erasure", operation_id = "record_erase", tag = "record",
    params(("id" = String, Path), ("entry" = u64, Path)), responses((status = 204)))]
async fn entry(
    State(app): State<App>,
    Seen(me, which): Seen<Administrator>,
    Path((_notice, entry)): Path<(String, u64)>,
) -> Result<StatusCode, Problem> {
    app.desk.erase_entry(me.actor(), which.0, entry).await?;
    Ok(StatusCode::NO_CONTENT)
}
