//! What people decide about a notice besides signing: impact, plan, priority, dismissal, proposals.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::notice::{DecisionForm, DismissForm, Notice, PlanForm, PriorityForm, TextForm};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(impact))
        .routes(routes!(plan))
        .routes(routes!(priority))
        .routes(routes!(dismiss))
        .routes(routes!(decide))
}

/// Writes the impact statement, which every signature covers.
#[utoipa::path(post, path = "/notices/{id}/impact", operation_id = "decisions_impact", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn impact(Path(_id): Path<String>, Json(_form): Json<TextForm>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Plans the window in which the work is done.
#[utoipa::path(post, path = "/notices/{id}/window", operation_id = "decisions_plan", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn plan(Path(_id): Path<String>, Json(_form): Json<PlanForm>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Assigns a priority. Lowering it becomes a proposal that a second person countersigns.
#[utoipa::path(post, path = "/notices/{id}/priority", operation_id = "decisions_priority", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn priority(Path(_id): Path<String>, Json(_form): Json<PriorityForm>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Asks to dismiss the notice, with the consequence in writing; the gate `dismiss` then takes its signatures.
#[utoipa::path(post, path = "/notices/{id}/dismiss", operation_id = "decisions_dismiss", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn dismiss(Path(_id): Path<String>, Json(_form): Json<DismissForm>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// Countersigns a proposal, or turns it down.
#[utoipa::path(post, path = "/notices/{id}/proposals/{entry}", operation_id = "decisions_decide", tag = "notices",
    params(("id" = String, Path), ("entry" = u64, Path)),
    responses((status = 200, body = Notice)))]
async fn decide(
    Path((_id, _entry)): Path<(String, u64)>,
    Json(_form): Json<DecisionForm>,
) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}
