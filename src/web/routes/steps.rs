//! Doing the steps of the procedure.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::acting::{REASON, STATEMENT, act, optional, text};
use crate::desk::{Asked, NoticeRef};
use crate::notice::command::Command;
use crate::notice::event::{Evidence, Place};
use crate::notice::ids::{Environment, StepId};
use crate::notice::procedure::Scope;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::seen::Seen;
use crate::web::view::forms::{StepDoneForm, StepUndoneForm};
use crate::web::view::notice::Notice;
use crate::web::who::Member;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(done)).routes(routes!(undone))
}

/// Marks a step as done, with what shows it.
#[utoipa::path(post, path = "/notices/{id}/steps/{step}/done", operation_id = "steps_done", tag = "notices",
    params(("id" = String, Path), ("step" = String, Path)), responses((status = 200, body = Notice)))]
async fn done(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Path((_notice, step)): Path<(String, String)>,
    Json(form): Json<StepDoneForm>,
) -> Result<Json<Notice>, Problem> {
    let step = StepId(step);
    let place = place(&app, which.0, &step, form.scope.as_deref()).await?;
    let note = optional(&app, "evidence_note", form.evidence_note.as_deref(), STATEMENT)?;
    let evidence = note.iter().map(|note| Evidence::Note { text: note.reference }).collect();
    act(&app, &me, which, Asked::with(Command::DoStep { step, place, evidence }, note)).await
}

/// Says that a step was not done after all.
#[utoipa::path(post, path = "/notices/{id}/steps/{step}/undone", operation_id = "steps_undone", tag = "notices",
    params(("id" = String, Path), ("step" = String, Path)), responses((status = 200, body = Notice)))]
async fn undone(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Path((_notice, step)): Path<(String, String)>,
    Json(form): Json<StepUndoneForm>,
) -> Result<Json<Notice>, Problem> {
    let step = StepId(step);
    let place = place(&app, which.0, &step, form.scope.as_deref()).await?;
    let reason = text(&app, "reason", &form.reason, REASON)?;
    act(&app, &me, which, Asked::with(Command::UndoStep { step, place, reason: reason.reference }, [reason])).await
}

/// Where a step was done. The step's own scope says how to read the word: an environment may be called `r1`.
pub(super) async fn place(app: &App, which: NoticeRef, step: &StepId, told: Option<&str>) -> Result<Place, Problem> {
    let Some(told) = told.map(str::trim).filter(|told| !told.is_empty()) else { return Ok(Place::Once) };
    let case = app.desk.case(which).await?;
    let context = app.desk.context(app.desk.store.reader()).await?;
    let scope = context.procedure(&case).and_then(|procedure| procedure.step(step)).map(|step| step.scope);
    match scope {
        None => Err(Problem::not_found("step")),
        Some(Scope::Once) => Err(Problem::field("scope", "This step is done once; leave `scope` out.")),
        Some(Scope::Environment) => Ok(Place::Environment(Environment(told.to_owned()))),
        Some(Scope::Resource) => {
            told.parse().map(Place::Resource).map_err(|e| Problem::field("scope", format!("{e}.")))
        }
    }
}
