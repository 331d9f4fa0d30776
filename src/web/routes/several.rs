//! What concerns several notices: merging, splitting, what only looks alike, and signing many in one go.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::acting::{REASON, Which, act, optional, shown};
use crate::desk::{Asked, DeskError, NoticeRef};
use crate::notice::command::{Command, Sign, TOGETHER};
use crate::notice::fact::Kind;
use crate::notice::ids::{LevelId, NoticeId, ResourceId};
use crate::notice::procedure::Gate;
use crate::notice::text::Digest;
use crate::web::App;
use crate::web::extract::{Json, Query};
use crate::web::problem::Problem;
use crate::web::seen::Seen;
use crate::web::show;
use crate::web::view::common::Page;
use crate::web::view::notice::Notice;
use crate::web::view::several::{
    LikenessForm, MergeForm, SignTogetherForm, SignedTogether, SplitForm, TogetherItem, TogetherOutcome, TogetherQuery,
    Waiting,
};
use crate::web::who::{Eyes as _, Member};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(merge))
        .routes(routes!(split))
        .routes(routes!(set_likeness_aside))
        .routes(routes!(waiting, sign_together))
}

/// Merges this notice into another of the same announcement, which takes over resources, messages and the earlier date.
/// Answers with the other one.
#[utoipa::path(post, path = "/notices/{id}/merge", operation_id = "several_merge", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn merge(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<MergeForm>,
) -> Result<Json<Notice>, Problem> {
    let into = Which::named(&app, me.sight(), "into", &form.into).await?;
    let target = app.desk.merge(me.actor(), which.0, into.0).await?;
    Ok(Json(shown(&app, NoticeRef::Id(target.id), me.viewer()).await?))
}

/// Lets some resources go on in a notice of their own, which begins anew at `assess`. Answers with the new one.
#[utoipa::path(post, path = "/notices/{id}/split", operation_id = "several_split", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn split(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<SplitForm>,
) -> Result<Json<Notice>, Problem> {
    let read = |written: &String| written.parse().map_err(|e| Problem::field("resources", format!("{e}.")));
    let resources: Vec<ResourceId> = form.resources.iter().map(read).collect::<Result<_, _>>()?;
    let new = app.desk.split(me.actor(), which.0, resources).await?;
    Ok(Json(shown(&app, NoticeRef::Id(new.id), me.viewer()).await?))
}

/// Says that a notice which looks like this one is another announcement.
#[utoipa::path(post, path = "/notices/{id}/likeness", operation_id = "several_set_likeness_aside", tag = "notices",
    params(("id" = String, Path)), responses((status = 200, body = Notice)))]
async fn set_likeness_aside(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Json(form): Json<LikenessForm>,
) -> Result<Json<Notice>, Problem> {
    act(&app, &me, which, Command::SetLikenessAside { notice: NoticeId(form.notice) }).await
}

/// What waits for one's signature at one gate of notices of one kind, each with exactly what a signature would cover. At
/// most 50.
#[utoipa::path(get, path = "/sign-offs", operation_id = "several_waiting", tag = "notices", params(TogetherQuery),
    responses((status = 200, body = Page<Waiting>)))]
async fn waiting(
    State(app): State<App>,
    me: Member,
    Query(query): Query<TogetherQuery>,
) -> Result<Json<Page<Waiting>>, Problem> {
    let mut items = Vec::new();
    for (notice, level) in mine(&app, &me, query.gate, query.kind).await? {
        let notice = shown(&app, notice, me.viewer()).await?;
        let gate = notice.gates.into_iter().find(|view| view.gate == query.gate);
        items.extend(gate.map(|gate| Waiting { notice: notice.row, level, gate }));
    }
    Ok(Json(Page::whole(items)))
}

async fn mine(app: &App, me: &Member, gate: Gate, kind: Kind) -> Result<Vec<(NoticeRef, String)>, Problem> {
    let waits = app.desk.waiting_on(me.sight(), me.id()).await?.into_iter();
    let these = waits.filter(|waits| waits.gate == gate.word() && waits.notice.row.kind == kind.word());
    Ok(these.take(TOGETHER).map(|waits| (NoticeRef::Id(NoticeId(waits.notice.row.id)), waits.level)).collect())
}

/// Signs up to 50 notices of one kind, each signature bound to its own subject. What is refused for one keeps none of the
/// others from being signed. Needs a fresh authentication; a token cannot.
#[utoipa::path(post, path = "/sign-offs", operation_id = "several_sign_together", tag = "notices",
    responses((status = 200, body = SignedTogether)))]
async fn sign_together(
    State(app): State<App>,
    me: Member,
    Json(form): Json<SignTogetherForm>,
) -> Result<Json<SignedTogether>, Problem> {
    let mut signs = Vec::with_capacity(form.items.len());
    for (n, item) in form.items.iter().enumerate() {
        signs.push(one(&app, &me, &form, n, item).await?);
    }
    let subjects: Vec<Digest> = signs.iter().map(|(_, _, subject)| *subject).collect();
    let asked = signs.into_iter().map(|(notice, asked, _)| (notice, asked)).collect();
    let mut outcomes = Vec::new();
    for ((notice, done), subject) in app.desk.sign_together(me.actor(), asked).await?.into_iter().zip(subjects) {
        outcomes.push(outcome(&app, &me, (form.gate, subject), notice, done).await?);
    }
    Ok(Json(SignedTogether { items: outcomes }))
}

async fn one(
    app: &App,
    me: &Member,
    form: &SignTogetherForm,
    n: usize,
    item: &TogetherItem,
) -> Result<(NoticeRef, Asked, Digest), Problem> {
    let field = |name: &str| format!("items[{n}].{name}");
    let notice = Which::named(app, me.sight(), &field("notice"), &item.notice).await?.0;
    let subject = item.subject_digest.parse();
    let subject: Digest = subject.map_err(|e| Problem::field(&field("subject_digest"), format!("{e}.")))?;
    let comment = optional(app, "comment", form.comment.as_deref(), REASON)?;
    let command = Command::Sign(Sign {
        gate: form.gate,
        verdict: form.verdict,
        level: item.level.clone().map(LevelId),
        subject,
        comment: comment.as_ref().map(|draft| draft.reference),
        authenticated: me.authenticated(app),
    });
    Ok((notice, Asked::with(command, comment), subject))
}

/// What became of one signature. That nobody has authenticated lately holds for all of them and is told once.
async fn outcome(
    app: &App,
    me: &Member,
    shown_subject: (Gate, Digest),
    notice: NoticeRef,
    done: Result<crate::notice::Case, DeskError>,
) -> Result<TogetherOutcome, Problem> {
    let detail = app.desk.notice(me.sight(), notice).await?;
    let number = detail.case.number;
    match done {
        Ok(_) => Ok(TogetherOutcome { number, signed: true, code: None, detail: None, difference: Vec::new() }),
        Err(DeskError::Refused(refusal)) if refusal.code == "fresh_authentication_needed" => {
            Err(Problem::refused(&refusal, Vec::new(), None))
        }
        Err(DeskError::Refused(refusal)) => {
            let (gate, subject) = shown_subject;
            let changed = refusal.code == "subject_changed";
            let difference = if changed { show::since_shown(&detail, me.viewer(), gate, subject) } else { Vec::new() };
            let (code, detail) = (Some(refusal.code.to_owned()), Some(refusal.message));
            Ok(TogetherOutcome { number, signed: false, code, detail, difference })
        }
        Err(other) => Err(other.into()),
    }
}
