//! Rotas: who of a team is on duty when.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::agenda::{Duty, RotaForm};
use crate::web::view::common::Page;
use crate::web::who::{Administrator, Reader};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(add)).routes(routes!(remove))
}

/// Turns that are not over, of all teams, by when they begin.
#[utoipa::path(get, path = "/duties", operation_id = "duties_list", tag = "teams",
    responses((status = 200, body = Page<Duty>)))]
async fn list(State(app): State<App>, _: Reader) -> Result<Json<Page<Duty>>, Problem> {
    Ok(Json(Page::whole(app.desk.duties().await?.into_iter().map(Duty::from).collect())))
}

/// Adds turns to a team's rota. Answers with the turns that the team has ahead of it.
#[utoipa::path(post, path = "/teams/{id}/duties", operation_id = "duties_add", tag = "teams",
    params(("id" = Uuid, Path)), responses((status = 201, body = Page<Duty>)))]
async fn add(
    State(app): State<App>,
    me: Administrator,
    Path(team): Path<Uuid>,
    Json(form): Json<RotaForm>,
) -> Result<(StatusCode, Json<Page<Duty>>), Problem> {
    app.desk.add_rota(me.actor(), team, form.into()).await?;
    let ahead = app.desk.duties().await?.into_iter().filter(|duty| duty.team.0 == team);
    Ok((StatusCode::CREATED, Json(Page::whole(ahead.map(Duty::from).collect()))))
}

/// Takes a turn off a rota.
#[utoipa::path(delete, path = "/duties/{id}", operation_id = "duties_remove", tag = "teams",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn remove(State(app): State<App>, me: Administrator, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    app.desk.remove_duty(me.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
