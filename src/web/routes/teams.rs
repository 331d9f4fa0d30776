//! Teams that own resources.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::common::Page;
use crate::web::view::people::{Team, TeamForm};
use crate::web::who::{Administrator, Reader};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(change, remove))
}

/// All teams, by name.
#[utoipa::path(get, path = "/teams", operation_id = "teams_list", tag = "teams",
    responses((status = 200, body = Page<Team>)))]
async fn list(State(app): State<App>, _: Reader) -> Result<Json<Page<Team>>, Problem> {
    let teams = app.desk.teams().await?;
    Ok(Json(Page::whole(teams.into_iter().map(Team::from).collect())))
}

/// Adds a team.
#[utoipa::path(post, path = "/teams", operation_id = "teams_add", tag = "teams",
    responses((status = 201, body = Team)))]
async fn add(
    State(app): State<App>,
    me: Administrator,
    Json(form): Json<TeamForm>,
) -> Result<(StatusCode, Json<Team>), Problem> {
    let id = app.desk.add_team(me.actor(), form.into()).await?;
    Ok((StatusCode::CREATED, Json(one(&app, id).await?)))
}

/// Renames a team and says who is in it.
#[utoipa::path(put, path = "/teams/{id}", operation_id = "teams_change", tag = "teams",
    params(("id" = Uuid, Path)), responses((status = 200, body = Team)))]
async fn change(
    State(app): State<App>,
    me: Administrator,
    Path(id): Path<Uuid>,
    Json(form): Json<TeamForm>,
) -> Result<Json<Team>, Problem> {
    app.desk.change_team(me.actor(), id, form.into()).await?;
    Ok(Json(one(&app, id).await?))
}

/// Removes a team that owns nothing any more.
#[utoipa::path(delete, path = "/teams/{id}", operation_id = "teams_remove", tag = "teams",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn remove(State(app): State<App>, me: Administrator, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    app.desk.remove_team(me.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn one(app: &App, id: Uuid) -> Result<Team, Problem> {
    let teams = app.desk.teams().await?;
    teams.into_iter().find(|team| team.id == id).map(Team::from).ok_or_else(|| Problem::not_found("team"))
}
