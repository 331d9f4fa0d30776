//! Verdicts at gates: signing, taking back, answering an objection, closing, bypassing in an emergency.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::acting::{self, REASON, act, optional, text};
use crate::desk::Asked;
use crate::notice::command::{Command, Sign};
use crate::notice::event::Bypass;
use crate::notice::ids::{Entry, LevelId, StepId};
use crate::notice::text::Digest;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::seen::Seen;
use crate::web::view::forms::DecisionForm;
use crate::web::view::gate::{BypassRule, OverrideForm, ReasonForm, SignOffForm, WithdrawalForm};
use crate::web::view::notice::Notice;
use crate::web::who::Member;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign))
        .routes(routes!(withdraw))
        .routes(routes!(answer))
        .routes(routes!(close))
        .routes(routes!(reopen))
        .routes(routes!(bypass))
        .routes(routes!(confirm_bypass))
}

/// Approves or objects at a gate, on exactly the subject that was shown. Needs a fresh authentication; a token cannot.
#[utoipa::path(post, path = "/notices/{id}/sign-offs", operation_id = "sign_offs_sign", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn sign(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<SignOffForm>,
) -> Result<Json<Notice>, Problem> {
    let subject: Digest = form.subject_digest.parse().map_err(|e| Problem::field("subject_digest", format!("{e}.")))?;
    let comment = optional(&app, "comment", form.comment.as_deref(), REASON)?;
    let command = Command::Sign(Sign {
        gate: form.gate,
        verdict: form.verdict,
        level: form.level.map(LevelId),
        subject,
        comment: comment.as_ref().map(|draft| draft.reference),
        authenticated: me.authenticated(&app),
    });
    acting::sign(&app, &me, which, Asked::with(command, comment), (form.gate, subject)).await
}

/// Takes one's own signature back.
#[utoipa::path(post, path = "/notices/{id}/sign-offs/{entry}/withdrawal", operation_id = "sign_offs_withdraw",
    tag = "notices", params(("id" = String, Path), ("entry" = u64, Path)),
    responses((status = 200, body = Notice)))]
async fn withdraw(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Path((_notice, entry)): Path<(String, u64)>,
    Json(form): Json<WithdrawalForm>,
) -> Result<Json<Notice>, Problem> {
    let reason = optional(&app, "reason", form.reason.as_deref(), REASON)?;
    let command =
        Command::WithdrawSignOff { sign_off: Entry(entry), reason: reason.as_ref().map(|draft| draft.reference) };
    act(&app, &me, which, Asked::with(command, reason)).await
}

/// Answers somebody's objection with a reason, from a higher level. Needs a fresh authentication.
#[utoipa::path(post, path = "/notices/{id}/sign-offs/{entry}/answer", operation_id = "sign_offs_answer", tag = "notices",
    params(("id" = String, Path), ("entry" = u64, Path)), responses((status = 200, body = Notice)))]
async fn answer(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Path((_notice, entry)): Path<(String, u64)>,
    Json(form): Json<ReasonForm>,
) -> Result<Json<Notice>, Problem> {
    let reason = text(&app, "reason", &form.reason, REASON)?;
    let command = Command::AnswerObjection {
        sign_off: Entry(entry),
        reason: reason.reference,
        authenticated: me.authenticated(&app),
    };
    act(&app, &me, which, Asked::with(command, [reason])).await
}

/// Closes a notice once nothing stands in the way; else 409 with the same blockers that the notice shows.
#[utoipa::path(post, path = "/notices/{id}/close", operation_id = "sign_offs_close", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn close(State(app): State<App>, Seen(me, which): Seen<Member>) -> Result<Json<Notice>, Problem> {
    act(&app, &me, which, Command::Close).await
}

/// Opens a closed or dismissed notice again, with a reason.
#[utoipa::path(post, path = "/notices/{id}/reopen", operation_id = "sign_offs_reopen", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn reopen(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<ReasonForm>,
) -> Result<Json<Notice>, Problem> {
    let reason = text(&app, "reason", &form.reason, REASON)?;
    act(&app, &me, which, Asked::with(Command::Reopen { reason: reason.reference }, [reason])).await
}

/// Asks to bypass one rule in an emergency; a second person confirms it. Needs a fresh authentication.
#[utoipa::path(post, path = "/notices/{id}/overrides", operation_id = "sign_offs_bypass", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn bypass(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<OverrideForm>,
) -> Result<Json<Notice>, Problem> {
    let reason = text(&app, "reason", &form.reason, REASON)?;
    let command =
        Command::AskOverride { bypass: rule(&form)?, reason: reason.reference, authenticated: me.authenticated(&app) };
    act(&app, &me, which, Asked::with(command, [reason])).await
}

fn rule(form: &OverrideForm) -> Result<Bypass, Problem> {
    let missing = |field: &str| Problem::field(field, format!("This override needs `{field}`."));
    Ok(match form.rule.unwrap_or(BypassRule::SignOff) {
        BypassRule::SignOff => Bypass::SignOff {
            gate: form.gate.ok_or_else(|| missing("gate"))?,
            level: form.level.clone().map(LevelId).ok_or_else(|| missing("level"))?,
        },
        BypassRule::Independence => Bypass::Independence,
        BypassRule::Window => Bypass::Window,
        BypassRule::Step => Bypass::Step { step: form.step.clone().map(StepId).ok_or_else(|| missing("step"))? },
    })
}

/// Confirms an override that somebody else asked for (needs a fresh authentication), or withdraws one.
#[utoipa::path(post, path = "/notices/{id}/overrides/{entry}", operation_id = "sign_offs_confirm_bypass",
    tag = "notices", params(("id" = String, Path), ("entry" = u64, Path)),
    responses((status = 200, body = Notice)))]
async fn confirm_bypass(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Path((_notice, entry)): Path<(String, u64)>,
    Json(form): Json<DecisionForm>,
) -> Result<Json<Notice>, Problem> {
    let asked = Entry(entry);
    let command = if form.accept {
        Command::ConfirmOverride { asked, authenticated: me.authenticated(&app) }
    } else {
        Command::WithdrawOverride { asked }
    };
    act(&app, &me, which, command).await
}
