//! What people decide about a notice besides signing: impact, plan, priority, dismissal, proposals, procedure.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::acting::{REASON, STATEMENT, act, optional, text, when};
use crate::desk::Asked;
use crate::notice::command::Command;
use crate::notice::event::Downgrade;
use crate::notice::ids::{Entry, ProcedureId};
use crate::notice::procedure::Size;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::seen::Seen;
use crate::web::show;
use crate::web::view::difference::hunks;
use crate::web::view::forms::{
    DecisionForm, DismissForm, PlanForm, PriorityForm, ProcedureForm, ProposalForm, ProposedChange, TextForm,
};
use crate::web::view::notice::Notice;
use crate::web::view::procedure::ProcedureMove;
use crate::web::who::{Eyes as _, Member, Reader};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(impact))
        .routes(routes!(plan))
        .routes(routes!(priority))
        .routes(routes!(dismiss))
        .routes(routes!(withdraw_dismissal))
        .routes(routes!(propose))
        .routes(routes!(decide))
        .routes(routes!(move_procedure))
        .routes(routes!(preview_move))
}

/// Writes the impact statement, which every signature covers.
#[utoipa::path(post, path = "/notices/{id}/impact", operation_id = "decisions_impact", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn impact(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<TextForm>,
) -> Result<Json<Notice>, Problem> {
    let statement = text(&app, "text", &form.text, STATEMENT)?;
    act(&app, &me, which, Asked::with(Command::StateImpact { text: statement.reference }, [statement])).await
}

/// Plans the window in which the work is done.
#[utoipa::path(post, path = "/notices/{id}/window", operation_id = "decisions_plan", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn plan(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<PlanForm>,
) -> Result<Json<Notice>, Problem> {
    let plan = text(&app, "text", &form.text, STATEMENT)?;
    let command = Command::PlanWindow { start: form.start, end: form.end, text: plan.reference };
    act(&app, &me, which, Asked::with(command, [plan])).await
}

/// Assigns a priority. Lowering it becomes a proposal that a second person countersigns.
#[utoipa::path(post, path = "/notices/{id}/priority", operation_id = "decisions_priority", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn priority(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<PriorityForm>,
) -> Result<Json<Notice>, Problem> {
    let to = form.priority;
    if to >= app.desk.case(which.0).await?.priority {
        let reason = optional(&app, "reason", form.reason.as_deref(), REASON)?;
        let command = Command::RaisePriority { to, reason: reason.as_ref().map(|draft| draft.reference) };
        return act(&app, &me, which, Asked::with(command, reason)).await;
    }
    let consequence = text(&app, "reason", form.reason.as_deref().unwrap_or_default(), REASON)?;
    let command = Command::Propose {
        downgrade: Downgrade::LowerPriority { to },
        consequence: consequence.reference,
        authenticated: me.authenticated(&app),
    };
    act(&app, &me, which, Asked::with(command, [consequence])).await
}

/// Asks to dismiss the notice, with the consequence in writing; the gate `dismiss` then takes its signatures.
#[utoipa::path(post, path = "/notices/{id}/dismiss", operation_id = "decisions_dismiss", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn dismiss(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<DismissForm>,
) -> Result<Json<Notice>, Problem> {
    let reason = text(&app, "reason", &form.reason, REASON)?;
    let consequence = text(&app, "consequence", &form.consequence, REASON)?;
    let command = Command::ProposeDismissal { reason: reason.reference, consequence: consequence.reference };
    act(&app, &me, which, Asked::with(command, [reason, consequence])).await
}

/// Withdraws the proposal to dismiss the notice.
#[utoipa::path(delete, path = "/notices/{id}/dismiss", operation_id = "decisions_withdraw_dismissal", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn withdraw_dismissal(State(app): State<App>, Seen(me, which): Seen<Member>) -> Result<Json<Notice>, Problem> {
    act(&app, &me, which, Command::WithdrawDismissal).await
}

/// Proposes a change for the worse; a second person countersigns it. Needs a fresh authentication.
#[utoipa::path(post, path = "/notices/{id}/proposals", operation_id = "decisions_propose", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn propose(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<ProposalForm>,
) -> Result<Json<Notice>, Problem> {
    let consequence = text(&app, "consequence", &form.consequence, REASON)?;
    let command = Command::Propose {
        downgrade: downgrade(&form, app.desk.case(which.0).await?.procedure.size)?,
        consequence: consequence.reference,
        authenticated: me.authenticated(&app),
    };
    act(&app, &me, which, Asked::with(command, [consequence])).await
}

fn downgrade(form: &ProposalForm, size: Size) -> Result<Downgrade, Problem> {
    let missing = |field: &str| Problem::field(field, format!("This proposal needs `{field}`."));
    let deadline = || {
        let written = form.deadline.as_deref().ok_or_else(|| missing("deadline"))?;
        written.parse().map_err(|e| Problem::field("deadline", format!("{e}.")))
    };
    Ok(match form.change {
        ProposedChange::LowerPriority => {
            Downgrade::LowerPriority { to: form.priority.ok_or_else(|| missing("priority"))? }
        }
        ProposedChange::MoveDeadline => Downgrade::MoveDeadline {
            deadline: deadline()?,
            when: when("when", form.when.as_ref().ok_or_else(|| missing("when"))?)?,
        },
        ProposedChange::DropDeadline => Downgrade::DropDeadline { deadline: deadline()? },
        ProposedChange::SetAside => {
            let written = form.resource.as_deref().ok_or_else(|| missing("resource"))?;
            let resource = written.parse().map_err(|e| Problem::field("resource", format!("{e}.")))?;
            Downgrade::SetAside { resource }
        }
        ProposedChange::Cancelled => Downgrade::Cancelled,
        ProposedChange::MoveProcedure => Downgrade::MoveProcedure {
            procedure: form.procedure.clone().map(ProcedureId).ok_or_else(|| missing("procedure"))?,
            version: form.version.ok_or_else(|| missing("version"))?,
            size: form.size.unwrap_or(size),
        },
        ProposedChange::ChangeKind => Downgrade::ChangeKind { kind: form.kind.ok_or_else(|| missing("kind"))? },
    })
}

/// Countersigns a proposal (needs a fresh authentication), or turns it down.
#[utoipa::path(post, path = "/notices/{id}/proposals/{entry}", operation_id = "decisions_decide", tag = "notices",
    params(("id" = String, Path), ("entry" = u64, Path)), responses((status = 200, body = Notice)))]
async fn decide(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Path((_notice, entry)): Path<(String, u64)>,
    Json(form): Json<DecisionForm>,
) -> Result<Json<Notice>, Problem> {
    let proposed = Entry(entry);
    if form.accept {
        return act(&app, &me, which, Command::Countersign { proposed, authenticated: me.authenticated(&app) }).await;
    }
    let reason = optional(&app, "reason", form.reason.as_deref(), REASON)?;
    let command = Command::RefuseProposal { proposed, reason: reason.as_ref().map(|draft| draft.reference) };
    act(&app, &me, which, Asked::with(command, reason)).await
}

/// Moves the notice to a newer version of its procedure. Signatures whose gate asks for something else then go stale.
#[utoipa::path(post, path = "/notices/{id}/procedure", operation_id = "decisions_move_procedure", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn move_procedure(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<ProcedureForm>,
) -> Result<Json<Notice>, Problem> {
    let pin = app.desk.case(which.0).await?.procedure;
    let command = Command::MoveProcedure { procedure: pin.id, version: form.version, size: pin.size };
    act(&app, &me, which, command).await
}

/// What moving the notice to another version of its procedure would do: what differs, and whose signatures would count no
/// longer.
#[utoipa::path(get, path = "/notices/{id}/procedure/{version}", operation_id = "decisions_preview_move", tag = "notices",
    params(("id" = String, Path), ("version" = u32, Path)), responses((status = 200, body = ProcedureMove)))]
async fn preview_move(
    State(app): State<App>,
    Seen(me, which): Seen<Reader>,
    Path((_notice, version)): Path<(String, u32)>,
) -> Result<Json<ProcedureMove>, Problem> {
    let detail = app.desk.notice(me.sight(), which.0).await?;
    let pin = &detail.case.procedure;
    let versions = app.desk.procedure_versions(pin.id.as_str()).await?;
    let find = |wanted: u32| versions.iter().find(|known| known.procedure.version == wanted);
    let to = find(version).ok_or_else(|| Problem::not_found("version of this procedure"))?;
    let from = find(pin.version);
    Ok(Json(ProcedureMove {
        version,
        changes: from.map(|from| hunks(&from.document, &to.document)).unwrap_or_default(),
        stale: show::stale_by_move(&detail, &to.procedure),
        asks_less: from.map(|from| to.procedure.asks_less_than(&from.procedure)).unwrap_or_default(),
    }))
}
