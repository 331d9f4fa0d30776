//! Which mail would go to whom when.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::acting::{Which, when};
use crate::desk::outward::rehearsal::Rehearsed;
use crate::web::App;
use crate::web::extract::Json;
use crate::web::problem::Problem;
use crate::web::seen::Seen;
use crate::web::view::mailing::{Rehearsal, RehearsalForm};
use crate::web::who::{Eyes as _, Reader, SignedIn};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(of_notice)).routes(routes!(of_procedure))
}

/// Every mail that a notice would cause, from now to its date. Nothing is sent.
#[utoipa::path(get, path = "/notices/{id}/rehearsal", operation_id = "rehearsals_of_notice", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Rehearsal)))]
async fn of_notice(State(app): State<App>, Seen(_me, which): Seen<Reader>) -> Result<Json<Rehearsal>, Problem> {
    rehearse(&app, Rehearsed { notice: Some(which.0), ..Rehearsed::default() }).await
}

/// Every mail that a procedure, or a draft of one, would cause: on a notice that is there, or on one made up for it.
/// Nothing is sent and nothing is kept.
#[utoipa::path(post, path = "/rehearsals", operation_id = "rehearsals_of_procedure", tag = "procedures",
    responses((status = 200, body = Rehearsal)))]
async fn of_procedure(
    State(app): State<App>,
    me: SignedIn,
    Json(form): Json<RehearsalForm>,
) -> Result<Json<Rehearsal>, Problem> {
    let notice = match form.notice.as_deref() {
        Some(written) => Some(Which::named(&app, me.sight(), "notice", written).await?),
        None => None,
    };
    let hard_deadline = form.hard_deadline.as_ref().map(|form| when("hard_deadline", form)).transpose()?;
    let of = Rehearsed {
        notice: notice.map(|which| which.0),
        procedure: form.procedure,
        document: form.document,
        hard_deadline,
    };
    rehearse(&app, of).await
}

async fn rehearse(app: &App, of: Rehearsed) -> Result<Json<Rehearsal>, Problem> {
    let (played, context) = app.desk.rehearsal(of).await?;
    Ok(Json(Rehearsal::of(&played, &context)))
}
