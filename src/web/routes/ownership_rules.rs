//! Who owns what.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::common::Page;
use crate::web::view::people::{OwnershipRule, OwnershipRuleForm};
use crate::web::who::{Administrator, Reader};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove))
}

/// All rules, in their order; the last that matches wins.
#[utoipa::path(get, path = "/ownership-rules", operation_id = "ownership_rules_list", tag = "ownership-rules",
    responses((status = 200, body = Page<OwnershipRule>)))]
async fn list(State(app): State<App>, _: Reader) -> Result<Json<Page<OwnershipRule>>, Problem> {
    let rules = app.desk.ownership_rules().await?;
    Ok(Json(Page::whole(rules.into_iter().map(OwnershipRule::from).collect())))
}

/// Adds a rule at the end.
#[utoipa::path(post, path = "/ownership-rules", operation_id = "ownership_rules_add", tag = "ownership-rules",
    responses((status = 201, body = OwnershipRule)))]
async fn add(
    State(app): State<App>,
    me: Administrator,
    Json(form): Json<OwnershipRuleForm>,
) -> Result<(StatusCode, Json<OwnershipRule>), Problem> {
    let id = app.desk.add_rule(me.actor(), form.into()).await?;
    let rules = app.desk.ownership_rules().await?;
    let added = rules.into_iter().find(|rule| rule.id == id).ok_or_else(|| Problem::not_found("ownership rule"))?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// Removes a rule.
#[utoipa::path(delete, path = "/ownership-rules/{id}", operation_id = "ownership_rules_remove", tag = "ownership-rules",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn remove(State(app): State<App>, me: Administrator, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    app.desk.remove_rule(me.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
