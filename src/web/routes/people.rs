//! People: who is here, what they may do and sign.

use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::{
    common::Page,
    people::{InvitationMade, Person, PersonAdded, PersonChange, PersonForm},
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(show, change)).routes(routes!(invite))
}

/// Everybody, by name.
#[utoipa::path(get, path = "/people", operation_id = "people_list", tag = "people",
    responses((status = 200, body = Page<Person>)))]
async fn list() -> Result<Json<Page<Person>>, Problem> {
    Err(Problem::not_signed_in())
}

/// One person.
#[utoipa::path(get, path = "/people/{id}", operation_id = "people_show", tag = "people",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = Person)))]
async fn show(Path(_id): Path<Uuid>) -> Result<Json<Person>, Problem> {
    Err(Problem::not_signed_in())
}

/// Adds a person and mails them an invitation.
#[utoipa::path(post, path = "/people", operation_id = "people_add", tag = "people",
    responses((status = 201, body = PersonAdded)))]
async fn add(Json(_form): Json<PersonForm>) -> Result<Json<PersonAdded>, Problem> {
    Err(Problem::not_signed_in())
}

/// Changes a person.
#[utoipa::path(patch, path = "/people/{id}", operation_id = "people_change", tag = "people",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = Person)))]
async fn change(Path(_id): Path<Uuid>, Json(_form): Json<PersonChange>) -> Result<Json<Person>, Problem> {
    Err(Problem::not_signed_in())
}

/// Mails a new invitation; an earlier one no longer works.
#[utoipa::path(post, path = "/people/{id}/invitation", operation_id = "people_invite", tag = "people",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = InvitationMade)))]
async fn invite(Path(_id): Path<Uuid>) -> Result<Json<InvitationMade>, Problem> {
    Err(Problem::not_signed_in())
}
