//! Verdicts at gates: signing, taking back, answering an objection, closing, bypassing in an emergency.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::{
    gate::{OverrideForm, ReasonForm, SignOffForm},
    notice::{DecisionForm, Notice},
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign))
        .routes(routes!(withdraw))
        .routes(routes!(answer))
        .routes(routes!(close))
        .routes(routes!(bypass))
        .routes(routes!(confirm_bypass))
}

/// Approves or objects at a gate, on exactly the subject that was shown. Needs a fresh authentication; a token cannot.
#[utoipa::path(post, path = "/notices/{id}/sign-offs", operation_id = "sign_offs_sign", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn sign(Path(_id): Path<String>, Json(_form): Json<SignOffForm>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Takes one's own signature back.
#[utoipa::path(post, path = "/notices/{id}/sign-offs/{entry}/withdrawal", operation_id = "sign_offs_withdraw", tag = "notices",
    params(("id" = String, Path), ("entry" = u64, Path)),
    responses((status = 200, body = Notice)))]
async fn withdraw(
    Path((_id, _entry)): Path<(String, u64)>,
    Json(_form): Json<ReasonForm>,
) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Answers somebody's objection with a reason, from a higher level.
#[utoipa::path(post, path = "/notices/{id}/sign-offs/{entry}/answer", operation_id = "sign_offs_answer", tag = "notices",
    params(("id" = String, Path), ("entry" = u64, Path)),
    responses((status = 200, body = Notice)))]
async fn answer(
    Path((_id, _entry)): Path<(String, u64)>,
    Json(_form): Json<ReasonForm>,
) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Closes a notice once nothing stands in the way; else 409 with the same blockers that the notice shows.
#[utoipa::path(post, path = "/notices/{id}/close", operation_id = "sign_offs_close", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn close(Path(_id): Path<String>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Asks to bypass one requirement in an emergency; a second person confirms it.
#[utoipa::path(post, path = "/notices/{id}/overrides", operation_id = "sign_offs_bypass", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn bypass(Path(_id): Path<String>, Json(_form): Json<OverrideForm>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Confirms an override that somebody else asked for, or turns it down.
#[utoipa::path(post, path = "/notices/{id}/overrides/{entry}", operation_id = "sign_offs_confirm_bypass", tag = "notices",
    params(("id" = String, Path), ("entry" = u64, Path)),
    responses((status = 200, body = Notice)))]
async fn confirm_bypass(
    Path((_id, _entry)): Path<(String, u64)>,
    Json(_form): Json<DecisionForm>,
) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}
