//! What every decision about a notice shares: who acts, the command, and the notice as it is afterwards or the reasons why
//! not, with names.

use std::str::FromStr;

use crate::clock::machine_now;
use crate::desk::{Asked, DeskError, NoticeRef};
use crate::notice::case::Case;
use crate::notice::event::Authenticated;
use crate::notice::fact::{When, Zone};
use crate::notice::procedure::Gate;
use crate::notice::refusal::Refusal;
use crate::notice::text::Digest;
use crate::store::texts::Draft;
use crate::web::App;
use crate::web::extract::Json;
use crate::web::problem::Problem;
pub(super) use crate::web::seen::Which;
use crate::web::show::{self, Viewer};
use crate::web::view::common::within;
use crate::web::view::forms::WhenForm;
use crate::web::view::notice::Notice;
use crate::web::who::{Eyes as _, Member};

/// The longest reason, consequence or comment of a verdict.
pub(super) const REASON: usize = 10_000;
/// The longest statement, plan or comment.
pub(super) const STATEMENT: usize = 50_000;

/// Does what was asked and shows the notice as it is then.
pub(super) async fn act(
    app: &App,
    me: &Member,
    which: Which,
    asked: impl Into<Asked>,
) -> Result<Json<Notice>, Problem> {
    answered(app, me, which, app.desk.act(which.0, me.actor(), asked).await).await
}

/// The notice after something was done to it, or the reasons why it was not.
pub(super) async fn answered(
    app: &App,
    me: &Member,
    which: Which,
    done: Result<Case, DeskError>,
) -> Result<Json<Notice>, Problem> {
    match done {
        Ok(case) => Ok(Json(shown(app, NoticeRef::Id(case.id), me.viewer()).await?)),
        Err(DeskError::Refused(refusal)) => Err(refused(app, me, which, refusal, None).await?),
        Err(error) => Err(error.into()),
    }
}

/// As [`act`], for a signature: where the subject has changed since it was shown, the answer says what changed.
pub(super) async fn sign(
    app: &App,
    me: &Member,
    which: Which,
    asked: Asked,
    shown_subject: (Gate, Digest),
) -> Result<Json<Notice>, Problem> {
    match app.desk.act(which.0, me.actor(), asked).await {
        Ok(case) => Ok(Json(shown(app, NoticeRef::Id(case.id), me.viewer()).await?)),
        Err(DeskError::Refused(refusal)) => Err(refused(app, me, which, refusal, Some(shown_subject)).await?),
        Err(error) => Err(error.into()),
    }
}

/// The notice as this person sees it.
pub(super) async fn shown(app: &App, which: NoticeRef, viewer: Viewer) -> Result<Notice, Problem> {
    show::notice(&app.desk.notice(viewer.sight(), which).await?, viewer)
}

/// A refusal with names in its reasons.
async fn refused(
    app: &App,
    me: &Member,
    which: Which,
    refusal: Refusal,
    shown_subject: Option<(Gate, Digest)>,
) -> Result<Problem, Problem> {
    let detail = app.desk.notice(me.sight(), which.0).await?;
    let blockers = show::blockers(&detail, me.viewer(), refusal.blockers.clone());
    let difference = match shown_subject {
        Some((gate, digest)) if refusal.code == "subject_changed" => {
            Some(show::since_shown(&detail, me.viewer(), gate, digest))
        }
        _ => None,
    };
    Ok(Problem::refused(&refusal, blockers, difference))
}

impl Member {
    pub(super) fn viewer(&self) -> Viewer {
        Viewer { id: crate::notice::ids::PersonId(self.id()), role: self.0.role }
    }

    /// How and when this person proved who they are, for a signature: by the business clock, as everything in the record.
    pub(super) fn authenticated(&self, app: &App) -> Authenticated {
        let proof = self.0.authenticated;
        Authenticated { method: proof.method, at: app.desk.clock.now() - (machine_now() - proof.at) }
    }
}

/// A text that a person wrote, with its reference.
pub(super) fn text(app: &App, field: &str, written: &str, most: usize) -> Result<Draft, Problem> {
    within(field, written, 1, most)?;
    Ok(app.desk.draft(written.trim()))
}

/// A text that may be left out.
pub(super) fn optional(app: &App, field: &str, written: Option<&str>, most: usize) -> Result<Option<Draft>, Problem> {
    match written.map(str::trim) {
        None | Some("") => Ok(None),
        Some(words) => text(app, field, words, most).map(Some),
    }
}

/// A date as a person writes it: a calendar date stays one.
pub(super) fn when(field: &str, form: &WhenForm) -> Result<When, Problem> {
    let zone = form.zone.as_deref().map(Zone::from_str).transpose();
    let zone = zone.map_err(|message| Problem::field(&format!("{field}.zone"), message))?;
    if let Ok(date) = form.at.parse() {
        return Ok(When::Date { date, zone });
    }
    chrono::DateTime::parse_from_rfc3339(&form.at).map(|at| When::Instant(at.to_utc())).map_err(|_| {
        let told = format!("“{}” is no date; write 2024-08-22 or 2024-08-22T17:08:50Z.", form.at.escape_debug());
        Problem::field(&format!("{field}.at"), told)
    })
}
