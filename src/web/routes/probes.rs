//! What probes saw: uploaded from where the clients run, or run from here for the hosts that an operator allowed.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::steps::place;
use crate::clock::machine_now;
use crate::desk::{DeskError, NoticeRef, Probed};
use crate::notice::case::Case;
use crate::notice::event::{Actor, Place};
use crate::notice::gate;
use crate::notice::ids::StepId;
use crate::probe::{Observation, Settings, Target, Trust, witnessed};
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::seen::Seen;
use crate::web::view::common::within;
use crate::web::view::evidence::{ProbeForm, ProbeRunForm, ProbeTaken, ProbesFromHere};
use crate::web::who::{Member, Prober, SignedIn};

/// For one probe from here.
const LIMIT: Duration = Duration::from_secs(10);
/// The longest description of a vantage.
const VANTAGE: usize = 200;
/// The largest bundle that may be sent along, in characters.
const BUNDLE: usize = 500_000;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(upload)).routes(routes!(run)).routes(routes!(from_here))
}

/// Puts on record what `countersign probe` saw. With a token, whose name then says from where; that is all that a token with
/// the scope `probe` can do.
#[utoipa::path(post, path = "/notices/{id}/steps/{step}/probes", operation_id = "probes_upload", tag = "probes",
    params(("id" = String, Path), ("step" = String, Path)), responses((status = 201, body = ProbeTaken)))]
async fn upload(
    State(app): State<App>,
    Seen(me, which): Seen<Prober>,
    Path((_notice, step)): Path<(String, String)>,
    Json(form): Json<ProbeForm>,
) -> Result<(StatusCode, Json<ProbeTaken>), Problem> {
    let vantage = me.vantage.clone().unwrap_or_else(|| form.seen.vantage.trim().to_owned());
    within("seen.vantage", &vantage, 1, VANTAGE)?;
    within("seen.target", &form.seen.target, 1, 500)?;
    let step = StepId(step);
    let place = place(&app, which.0, &step, form.scope.as_deref()).await?;
    taken(&app, which.0, me.actor(), (step, place), vantage, &form.seen).await
}

/// Runs a probe from here and puts it on record, also where the connection fails. Only for hosts that the configuration allows; none by default.
#[utoipa::path(post, path = "/notices/{id}/steps/{step}/probes/run", operation_id = "probes_run", tag = "probes",
    params(("id" = String, Path), ("step" = String, Path)), responses((status = 201, body = ProbeTaken)))]
async fn run(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Path((_notice, step)): Path<(String, String)>,
    Json(form): Json<ProbeRunForm>,
) -> Result<(StatusCode, Json<ProbeTaken>), Problem> {
    let target: Target = form.target.parse().map_err(|e| Problem::field("target", format!("{e}.")))?;
    let target = Target { expect_name: form.name.filter(|name| !name.is_empty()), ..target };
    let step = StepId(step);
    let place = place(&app, which.0, &step, form.scope.as_deref()).await?;
    let settings = Settings {
        trust: trust(form.bundle.as_deref())?,
        vantage: app.site.probes.vantage.clone(),
        now: app.desk.clock.now(),
        limit: LIMIT,
        allow: Some(app.site.probes.allow.clone()),
    };
    let seen = witnessed(&target, &settings).await.map_err(|e| {
        Problem::new(StatusCode::CONFLICT, "probe_failed", format!("Nothing was seen. {e}.")).at("target")
    })?;
    taken(&app, which.0, me.actor(), (step, place), seen.vantage.clone(), &seen).await
}

/// Whether probes can be run from here, and of which hosts.
#[utoipa::path(get, path = "/probes/from-here", operation_id = "probes_from_here", tag = "probes",
    responses((status = 200, body = ProbesFromHere)))]
async fn from_here(State(app): State<App>, _: SignedIn) -> Json<ProbesFromHere> {
    let probes = &app.site.probes;
    Json(ProbesFromHere { vantage: probes.vantage.clone(), hosts: probes.allow.entries() })
}

fn trust(bundle: Option<&str>) -> Result<Trust, Problem> {
    let Some(bundle) = bundle.map(str::trim).filter(|bundle| !bundle.is_empty()) else {
        return Trust::system().map_err(|e| Problem::field("bundle", format!("{e}.")));
    };
    within("bundle", bundle, 1, BUNDLE)?;
    Trust::pem(bundle.as_bytes()).ok_or_else(|| {
        Problem::field("bundle", "This holds no certificate; paste the bundle with its BEGIN CERTIFICATE lines.")
    })
}

async fn taken(
    app: &App,
    which: NoticeRef,
    actor: Actor,
    (step, place): (StepId, Place),
    vantage: String,
    seen: &Observation,
) -> Result<(StatusCode, Json<ProbeTaken>), Problem> {
    let clock = &app.desk.clock;
    // A house that plays another time (local mode) counts a probe's moment by its own.
    let at = if clock.is_set() { clock.now() - (machine_now() - seen.at) } else { seen.at };
    let probed = Probed {
        vantage,
        target: seen.target.clone(),
        success: seen.is_success(),
        at,
        seen: serde_json::to_vec(seen).map_err(|e| Problem::internal(&e))?,
    };
    let (case, digest) = match app.desk.add_probe(which, actor, (step.clone(), place.clone()), probed).await {
        Err(DeskError::Refused(refusal)) => return Err(Problem::refused(&refusal, Vec::new(), None)),
        other => other?,
    };
    let lacks = lacks(app, &case, &step, &place).await?;
    Ok((StatusCode::CREATED, Json(ProbeTaken { digest: digest.to_string(), success: seen.is_success(), lacks })))
}

/// What the step still lacks at this place; none where what is shown is enough.
async fn lacks(app: &App, case: &Case, step: &StepId, place: &Place) -> Result<Option<String>, Problem> {
    let context = app.desk.context(app.desk.store.reader()).await?;
    let step = context.procedure(case).and_then(|procedure| procedure.step(step));
    let shown = case.steps.iter().find(|((id, at), _)| Some(id) == step.map(|step| &step.id) && at == place);
    Ok(step.zip(shown).and_then(|(step, (_, done))| gate::lacks(case, step, place, done)))
}
