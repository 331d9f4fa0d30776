//! Setting right what the reader found.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::acting::{REASON, Which, act, text, when};
use crate::desk::Asked;
use crate::notice::case::Case;
use crate::notice::command::Command;
use crate::notice::event::Downgrade;
use crate::notice::facts::{AnnouncedResource, Mapping};
use crate::notice::ids::{DeadlineId, Environment, ProviderId, ResourceId, TeamId};
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::seen::Seen;
use crate::web::view::common::within;
use crate::web::view::forms::{DeadlineForm, FactForm, MappingForm, ResourceForm};
use crate::web::view::notice::Notice;
use crate::web::who::Member;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(correct))
        .routes(routes!(confirm))
        .routes(routes!(confirm_pages))
        .routes(routes!(add_deadline))
        .routes(routes!(add_resource))
        .routes(routes!(map))
}

/// Corrects a fact. A later date and another kind become proposals that a second person countersigns.
#[utoipa::path(post, path = "/notices/{id}/facts/{fact}", operation_id = "facts_correct", tag = "notices",
    params(("id" = String, Path), ("fact" = String, Path)), responses((status = 200, body = Notice)))]
async fn correct(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Path((_notice, fact)): Path<(String, String)>,
    Json(form): Json<FactForm>,
) -> Result<Json<Notice>, Problem> {
    let value = || form.value.clone().ok_or_else(|| Problem::field("value", "This correction needs `value`."));
    match fact.as_str() {
        "title" => {
            let title = text(&app, "value", &value()?, 300)?;
            act(&app, &me, which, Asked::with(Command::CorrectTitle { title: title.reference }, [title])).await
        }
        "provider" => {
            let provider = value()?;
            within("value", &provider, 1, 100)?;
            act(&app, &me, which, Command::CorrectProvider { provider: ProviderId(provider) }).await
        }
        "kind" => {
            let kind = value()?.parse().map_err(|e| Problem::field("value", format!("{e}.")))?;
            propose(&app, &me, which, &form, Downgrade::ChangeKind { kind }).await
        }
        deadline => {
            let id = deadline.parse().map_err(|_| Problem::not_found("fact"))?;
            deadline_to(&app, &me, which, &form, id).await
        }
    }
}

/// Earlier at once, later as a proposal (design, decisions 5 and 6).
async fn deadline_to(
    app: &App,
    me: &Member,
    which: Which,
    form: &FactForm,
    id: DeadlineId,
) -> Result<Json<Notice>, Problem> {
    let at = form.at.as_ref().ok_or_else(|| Problem::field("at", "This correction needs `at`."))?;
    let (case, when): (Case, _) = (app.desk.case(which.0).await?, when("at", at)?);
    let known = case.facts.deadline(id).ok_or_else(|| Problem::not_found("deadline"))?;
    if when.earliest() <= known.at() {
        let command = Command::SetDeadline { deadline: Some(id), role: known.role, when };
        return act(app, me, which, command).await;
    }
    propose(app, me, which, form, Downgrade::MoveDeadline { deadline: id, when }).await
}

async fn propose(
    app: &App,
    me: &Member,
    which: Which,
    form: &FactForm,
    downgrade: Downgrade,
) -> Result<Json<Notice>, Problem> {
    let consequence = text(app, "reason", form.reason.as_deref().unwrap_or_default(), REASON)?;
    let authenticated = me.authenticated(app);
    let command = Command::Propose { downgrade, consequence: consequence.reference, authenticated };
    act(app, me, which, Asked::with(command, [consequence])).await
}

/// Confirms a date that was not clear in the message.
#[utoipa::path(post, path = "/notices/{id}/facts/{fact}/confirmation", operation_id = "facts_confirm", tag = "notices",
    params(("id" = String, Path), ("fact" = String, Path)), responses((status = 200, body = Notice)))]
async fn confirm(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Path((_notice, fact)): Path<(String, String)>,
) -> Result<Json<Notice>, Problem> {
    let deadline = fact.parse().map_err(|_| Problem::not_found("deadline"))?;
    act(&app, &me, which, Command::ConfirmDeadline { deadline }).await
}

/// Confirms that the list of resources is complete although pages of the announcement never came.
#[utoipa::path(post, path = "/notices/{id}/pages/confirmation", operation_id = "facts_confirm_pages", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn confirm_pages(State(app): State<App>, Seen(me, which): Seen<Member>) -> Result<Json<Notice>, Problem> {
    act(&app, &me, which, Command::ConfirmPages).await
}

/// Adds a dated consequence that the message did not tell.
#[utoipa::path(post, path = "/notices/{id}/deadlines", operation_id = "facts_add_deadline", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn add_deadline(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<DeadlineForm>,
) -> Result<Json<Notice>, Problem> {
    let when = when("when", &form.when)?;
    act(&app, &me, which, Command::SetDeadline { deadline: None, role: form.role, when }).await
}

/// Adds a resource that the message did not name.
#[utoipa::path(post, path = "/notices/{id}/resources", operation_id = "facts_add_resource", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn add_resource(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<ResourceForm>,
) -> Result<Json<Notice>, Problem> {
    let resource = announced_resource("", form)?;
    act(&app, &me, which, Command::AddResource { resource, mapping: None }).await
}

/// A resource as a form names it. `path` is where the form stands in the body.
pub(super) fn announced_resource(path: &str, form: ResourceForm) -> Result<AnnouncedResource, Problem> {
    within(&format!("{path}key"), &form.key, 1, 500)?;
    Ok(AnnouncedResource {
        key: form.key.trim().to_owned(),
        sort: form.sort.unwrap_or_else(|| "resource".to_owned()),
        account: form.account,
        region: form.region,
    })
}

/// Says where a resource belongs, and so confirms it.
#[utoipa::path(put, path = "/notices/{id}/resources/{resource}", operation_id = "facts_map", tag = "notices",
    params(("id" = String, Path), ("resource" = String, Path)), responses((status = 200, body = Notice)))]
async fn map(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Path((_notice, resource)): Path<(String, String)>,
    Json(form): Json<MappingForm>,
) -> Result<Json<Notice>, Problem> {
    within("environment", &form.environment, 1, 80)?;
    let resource: ResourceId = resource.parse().map_err(|_| Problem::not_found("resource"))?;
    let team = TeamId(form.team);
    let mapping = Mapping { environment: Environment(form.environment.trim().to_owned()), team };
    act(&app, &me, which, Command::MapResource { resource, mapping }).await
}
