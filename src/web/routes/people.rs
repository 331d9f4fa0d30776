//! People: who is here, what they may do and sign.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::notice::event::Actor;
use crate::notice::ids::PersonId;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::show;
use crate::web::view::common::Page;
use crate::web::view::forms::DecisionForm;
use crate::web::view::people::{InvitationMade, Person, PersonAdded, PersonChange, PersonForm};
use crate::web::view::person::PersonWork;
use crate::web::who::{Administrator, Eyes as _, FreshAdministrator, Reader, must_be_fresh};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(show, change))
        .routes(routes!(invite))
        .routes(routes!(work))
        .routes(routes!(recover))
        .routes(routes!(answer_levels))
}

/// Everybody, by name.
#[utoipa::path(get, path = "/people", operation_id = "people_list", tag = "people",
    responses((status = 200, body = Page<Person>)))]
async fn list(State(app): State<App>, _: Reader) -> Result<Json<Page<Person>>, Problem> {
    let people = app.desk.people().await?;
    Ok(Json(Page::whole(people.into_iter().map(Person::from).collect())))
}

/// One person.
#[utoipa::path(get, path = "/people/{id}", operation_id = "people_show", tag = "people",
    params(("id" = Uuid, Path)), responses((status = 200, body = Person)))]
async fn show(State(app): State<App>, _: Reader, Path(id): Path<Uuid>) -> Result<Json<Person>, Problem> {
    Ok(Json(app.desk.person(id).await?.into()))
}

/// Adds a person and mails them an invitation.
#[utoipa::path(post, path = "/people", operation_id = "people_add", tag = "people",
    responses((status = 201, body = PersonAdded)))]
async fn add(
    State(app): State<App>,
    me: Administrator,
    Json(form): Json<PersonForm>,
) -> Result<(StatusCode, Json<PersonAdded>), Problem> {
    let person = app.desk.add_person(me.actor(), form.into()).await?;
    let invitation = app.desk.invite(me.actor(), person.id).await?;
    // Asked again: the invitation shows on the person.
    let person = app.desk.person(person.id).await?.into();
    Ok((StatusCode::CREATED, Json(PersonAdded { person, invitation: invitation.into() })))
}

/// What waits for a person, and what they signed or objected to: also once they have left.
#[utoipa::path(get, path = "/people/{id}/work", operation_id = "people_work", tag = "people",
    params(("id" = Uuid, Path)), responses((status = 200, body = PersonWork)))]
async fn work(State(app): State<App>, me: Reader, Path(id): Path<Uuid>) -> Result<Json<PersonWork>, Problem> {
    show::work_of(app.desk.work_of(me.sight(), id).await?, app.desk.clock.now()).map(Json)
}

/// Changes a person. Another role or other levels need a fresh authentication.
#[utoipa::path(patch, path = "/people/{id}", operation_id = "people_change", tag = "people",
    params(("id" = Uuid, Path)), responses((status = 200, body = Person)))]
async fn change(
    State(app): State<App>,
    me: Administrator,
    Path(id): Path<Uuid>,
    Json(form): Json<PersonChange>,
) -> Result<Json<Person>, Problem> {
    if form.role.is_some() || form.levels.is_some() {
        must_be_fresh(&me.0)?;
    }
    Ok(Json(app.desk.change_person(me.actor(), id, form.into()).await?.into()))
}

/// Mails a new invitation; an earlier one no longer works.
#[utoipa::path(post, path = "/people/{id}/invitation", operation_id = "people_invite", tag = "people",
    params(("id" = Uuid, Path)), responses((status = 200, body = InvitationMade)))]
async fn invite(
    State(app): State<App>,
    me: Administrator,
    Path(id): Path<Uuid>,
) -> Result<Json<InvitationMade>, Problem> {
    Ok(Json(app.desk.invite(me.actor(), id).await?.into()))
}

/// Takes every way of signing in from a person who has lost theirs, ends their sessions and tokens, and mails them a link
/// for a new way. The link goes to them alone. Needs a fresh authentication.
#[utoipa::path(post, path = "/people/{id}/recovery", operation_id = "people_recover", tag = "people",
    params(("id" = Uuid, Path)), responses((status = 202)))]
async fn recover(
    State(app): State<App>,
    FreshAdministrator(me): FreshAdministrator,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let actor = Actor::Person { id: PersonId(me.person.id) };
    app.identity.recover(&app.desk, actor, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Agrees to the levels that an administrator asked for themselves, or refuses. Another administrator does; needs a fresh
/// authentication.
#[utoipa::path(post, path = "/people/{id}/level-request", operation_id = "people_answer_levels", tag = "people",
    params(("id" = Uuid, Path)), responses((status = 200, body = Person)))]
async fn answer_levels(
    State(app): State<App>,
    FreshAdministrator(me): FreshAdministrator,
    Path(id): Path<Uuid>,
    Json(form): Json<DecisionForm>,
) -> Result<Json<Person>, Problem> {
    let actor = Actor::Person { id: PersonId(me.person.id) };
    Ok(Json(app.desk.answer_level_request(actor, id, form.accept).await?.into()))
}
