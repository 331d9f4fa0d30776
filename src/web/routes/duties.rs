//! Rotas: who of a team is on duty when.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::desk::house::HandOver;
use crate::identity::Role;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::agenda::{Duty, HandOverForm, RotaForm};
use crate::web::view::common::Page;
use crate::web::who::{Administrator, Member, Reader};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(add)).routes(routes!(remove)).routes(routes!(hand_over))
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

/// Hands one's own turn over to a colleague of the team, or swaps it for one of theirs. Administrators hand over anybody's.
/// Answers with the turns that the team has ahead of it.
#[utoipa::path(post, path = "/duties/{id}/handover", operation_id = "duties_hand_over", tag = "teams",
    params(("id" = Uuid, Path)), responses((status = 200, body = Page<Duty>)))]
async fn hand_over(
    State(app): State<App>,
    me: Member,
    Path(id): Path<Uuid>,
    Json(form): Json<HandOverForm>,
) -> Result<Json<Page<Duty>>, Problem> {
    let HandOverForm { to, in_return } = form;
    let for_others = me.0.person.role == Role::Administrator.word();
    app.desk.hand_over(me.actor(), id, HandOver { to, in_return, for_others }).await?;
    let all = app.desk.duties().await?;
    let team = all.iter().find(|duty| duty.id == id).map(|duty| duty.team.0);
    let ahead = all.into_iter().filter(|duty| Some(duty.team.0) == team);
    Ok(Json(Page::whole(ahead.map(Duty::from).collect())))
}

/// Takes a turn off a rota.
#[utoipa::path(delete, path = "/duties/{id}", operation_id = "duties_remove", tag = "teams",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn remove(State(app): State<App>, me: Administrator, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    app.desk.remove_duty(me.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
