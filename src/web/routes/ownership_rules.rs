//! Who owns what.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::{
    common::Page,
    people::{OwnershipRule, OwnershipRuleForm},
};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove))
}

/// All rules, in their order; the last that matches wins.
#[utoipa::path(get, path = "/ownership-rules", operation_id = "ownership_rules_list", tag = "ownership-rules",
    responses((status = 200, body = Page<OwnershipRule>)))]
async fn list() -> Result<Json<Page<OwnershipRule>>, Problem> {
    Err(Problem::not_signed_in())
}

/// Adds a rule at the end.
#[utoipa::path(post, path = "/ownership-rules", operation_id = "ownership_rules_add", tag = "ownership-rules",
    responses((status = 201, body = OwnershipRule)))]
async fn add(Json(_form): Json<OwnershipRuleForm>) -> Result<Json<OwnershipRule>, Problem> {
    Err(Problem::not_signed_in())
}

/// Removes a rule.
#[utoipa::path(delete, path = "/ownership-rules/{id}", operation_id = "ownership_rules_remove", tag = "ownership-rules",
    params(("id" = Uuid, Path)),
    responses((status = 204)))]
async fn remove(Path(_id): Path<Uuid>) -> Result<StatusCode, Problem> {
    Err(Problem::not_signed_in())
}
