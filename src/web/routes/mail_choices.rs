//! One's own mails: in which hours, and which of the voluntary ones.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::App;
use crate::web::extract::Json;
use crate::web::problem::Problem;
use crate::web::view::mailing::MailChoices;
use crate::web::who::SignedIn;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, choose))
}

/// What one wants of mails.
#[utoipa::path(get, path = "/mail-choices", operation_id = "mail_choices_show", tag = "deliveries",
    responses((status = 200, body = MailChoices)))]
async fn show(State(app): State<App>, me: SignedIn) -> Result<Json<MailChoices>, Problem> {
    Ok(Json(app.desk.choices(me.id()).await?.into()))
}

/// Says what one wants of mails. What asks for a signature, and alarms, always come.
#[utoipa::path(put, path = "/mail-choices", operation_id = "mail_choices_choose", tag = "deliveries",
    responses((status = 200, body = MailChoices)))]
async fn choose(
    State(app): State<App>,
    me: SignedIn,
    Json(form): Json<MailChoices>,
) -> Result<Json<MailChoices>, Problem> {
    Ok(Json(app.desk.choose(me.id(), form.into()).await?.into()))
}
