//! The established ways of handling: looking at them, editing them, and their versions.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::desk::house;
use crate::notice::ids::ProcedureId;
use crate::notice::procedure;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::common::{Page, PersonName, within};
use crate::web::view::difference::hunks;
use crate::web::view::procedure::{Procedure, ProcedureCheck, ProcedureDocument, ProcedureRow, ProcedureVersion};
use crate::web::who::{Administrator, Reader};

/// The longest document, in characters.
const DOCUMENT: usize = 200_000;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(one, edit))
        .routes(routes!(versions))
        .routes(routes!(check))
}

/// All procedures in their newest version.
#[utoipa::path(get, path = "/procedures", operation_id = "procedures_list", tag = "procedures",
    responses((status = 200, body = Page<ProcedureRow>)))]
async fn list(State(app): State<App>, _: Reader) -> Result<Json<Page<ProcedureRow>>, Problem> {
    let world = app.desk.world(app.desk.store.reader()).await?;
    Ok(Json(Page::whole(world.procedures.current().map(ProcedureRow::from).collect())))
}

/// One procedure in its newest version, with its gates, steps and reminder ladder.
#[utoipa::path(get, path = "/procedures/{id}", operation_id = "procedures_show", tag = "procedures",
    params(("id" = String, Path)), responses((status = 200, body = Procedure)))]
async fn one(State(app): State<App>, _: Reader, Path(id): Path<String>) -> Result<Json<Procedure>, Problem> {
    shown(&app, &ProcedureId(id)).await.map(Json)
}

async fn shown(app: &App, id: &ProcedureId) -> Result<Procedure, Problem> {
    let world = app.desk.world(app.desk.store.reader()).await?;
    let found = world.procedures.latest(id).ok_or_else(|| Problem::not_found("procedure"))?;
    Ok(Procedure::of(found, world.procedures.size, &world.directory))
}

/// Every version of a procedure with its document, its author and what it changed, the newest first.
#[utoipa::path(get, path = "/procedures/{id}/versions", operation_id = "procedures_versions", tag = "procedures",
    params(("id" = String, Path)), responses((status = 200, body = Page<ProcedureVersion>)))]
async fn versions(
    State(app): State<App>,
    _: Reader,
    Path(id): Path<String>,
) -> Result<Json<Page<ProcedureVersion>>, Problem> {
    let versions = app.desk.procedure_versions(&id).await?;
    let people = app.desk.people().await?;
    let named = |id| {
        let found = people.iter().find(|person| person.id == id);
        PersonName { id, name: found.map_or_else(|| "a former colleague".to_owned(), |person| person.name.clone()) }
    };
    let mut shown: Vec<ProcedureVersion> = Vec::with_capacity(versions.len());
    for version in versions {
        let house::ProcedureVersion { procedure, document, author, created_at } = version;
        let before = shown.last().map(|before| before.document.as_str());
        let changes = before.map(|before| hunks(before, &document)).unwrap_or_default();
        let (version, title, author) = (procedure.version, procedure.title, author.map(named));
        shown.push(ProcedureVersion { version, title, author, created_at, document, changes });
    }
    shown.reverse();
    Ok(Json(Page::whole(shown)))
}

/// Adds a procedure.
#[utoipa::path(post, path = "/procedures", operation_id = "procedures_add", tag = "procedures",
    responses((status = 201, body = Procedure)))]
async fn add(
    State(app): State<App>,
    me: Administrator,
    Json(form): Json<ProcedureDocument>,
) -> Result<(StatusCode, Json<Procedure>), Problem> {
    let parsed = parsed(&form.document)?;
    app.desk.save_procedure(me.actor(), &form.document, None).await?;
    Ok((StatusCode::CREATED, Json(shown(&app, &parsed.id).await?)))
}

/// Saves a new version of a procedure. Notices keep the version that they opened with until somebody moves them.
#[utoipa::path(put, path = "/procedures/{id}", operation_id = "procedures_edit", tag = "procedures",
    params(("id" = String, Path)), responses((status = 200, body = Procedure)))]
async fn edit(
    State(app): State<App>,
    me: Administrator,
    Path(id): Path<String>,
    Json(form): Json<ProcedureDocument>,
) -> Result<Json<Procedure>, Problem> {
    let parsed = parsed(&form.document)?;
    if parsed.id.as_str() != id {
        let told =
            format!("This is the procedure “{id}”; its id never changes, and the document says “{}”.", parsed.id);
        return Err(Problem::field("id", told));
    }
    let based_on = form.based_on.ok_or_else(|| Problem::field("based_on", "Say which version was edited."))?;
    app.desk.save_procedure(me.actor(), &form.document, Some(based_on)).await?;
    shown(&app, &parsed.id).await.map(Json)
}

/// Reads a document as if it were saved: what it changes, whom it lacks, what it asks less. Nothing is saved.
#[utoipa::path(post, path = "/procedures/check", operation_id = "procedures_check", tag = "procedures",
    responses((status = 200, body = ProcedureCheck)))]
async fn check(
    State(app): State<App>,
    _: Administrator,
    Json(form): Json<ProcedureDocument>,
) -> Result<Json<ProcedureCheck>, Problem> {
    let draft = parsed(&form.document)?;
    let world = app.desk.world(app.desk.store.reader()).await?;
    let size = world.procedures.size;
    let latest = world.procedures.latest(&draft.id);
    let before = match latest {
        Some(_) => app.desk.procedure_versions(draft.id.as_str()).await?.pop().map(|version| version.document),
        None => None,
    };
    let warnings = draft.unsatisfiable(size, &world.directory, app.desk.clock.now());
    Ok(Json(ProcedureCheck {
        version: latest.map_or(1, |known| known.version + 1),
        changes: before.map(|before| hunks(&before, &form.document)).unwrap_or_default(),
        warnings: warnings.iter().map(ToString::to_string).collect(),
        asks_less: latest.map(|known| draft.asks_less_than(known)).unwrap_or_default(),
        id: draft.id.to_string(),
    }))
}

/// A document read; the problem names the key that is wrong.
fn parsed(document: &str) -> Result<procedure::Procedure, Problem> {
    within("document", document, 1, DOCUMENT)?;
    procedure::Procedure::parse(document, 1).map_err(|problem| {
        let field = if problem.path.is_empty() { "document" } else { &problem.path };
        Problem::field(field, format!("{problem}."))
    })
}
