//! Who is away, and who signs meanwhile.

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::desk::house::AbsenceView;
use crate::identity::Role;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::common::Page;
use crate::web::view::people::{Absence, AbsenceForm};
use crate::web::who::{Member, Reader};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove))
}

/// Absences that have not ended.
#[utoipa::path(get, path = "/absences", operation_id = "absences_list", tag = "absences",
    responses((status = 200, body = Page<Absence>)))]
async fn list(State(app): State<App>, _: Reader) -> Result<Json<Page<Absence>>, Problem> {
    let absences = app.desk.absences().await?;
    Ok(Json(Page::whole(absences.into_iter().map(Absence::from).collect())))
}

/// Enters an absence: one's own, or as an administrator anybody's.
#[utoipa::path(post, path = "/absences", operation_id = "absences_add", tag = "absences",
    responses((status = 201, body = Absence)))]
async fn add(
    State(app): State<App>,
    me: Member,
    Json(form): Json<AbsenceForm>,
) -> Result<(StatusCode, Json<Absence>), Problem> {
    let person = form.person.unwrap_or_else(|| me.id());
    own_or_administrator(&me, person)?;
    let away = app.desk.person(person).await?;
    let id = app.desk.add_absence(me.actor(), form.days_of(&away)?).await?;
    Ok((StatusCode::CREATED, Json(one(&app, id).await?.into())))
}

/// Removes an absence: one's own, or as an administrator anybody's.
#[utoipa::path(delete, path = "/absences/{id}", operation_id = "absences_remove", tag = "absences",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn remove(State(app): State<App>, Own(me, absence): Own) -> Result<StatusCode, Problem> {
    app.desk.remove_absence(me.actor(), absence.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who asks, and the absence that the address names: one's own, or as an administrator anybody's.
struct Own(Member, AbsenceView);

impl FromRequestParts<App> for Own {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let me = Member::from_request_parts(parts, app).await?;
        let Path(id) = Path::<Uuid>::from_request_parts(parts, app).await?;
        let absence = one(app, id).await?;
        own_or_administrator(&me, absence.person.0)?;
        Ok(Self(me, absence))
    }
}

async fn one(app: &App, id: Uuid) -> Result<AbsenceView, Problem> {
    let absences = app.desk.absences().await?;
    absences.into_iter().find(|absence| absence.id == id).ok_or_else(|| Problem::not_found("absence"))
}

fn own_or_administrator(me: &Member, person: Uuid) -> Result<(), Problem> {
    if person == me.id() || me.0.role == Role::Administrator {
        Ok(())
    } else {
        Err(Problem::forbidden("Only an administrator enters or removes somebody else's absence."))
    }
}
