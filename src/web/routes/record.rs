//! The record across notices.

use std::io::Cursor;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::acting::Which;
use crate::audit::Span;
use crate::clock::parse_start;
use crate::desk::{NoticeRef, RecordPlace};
use crate::notice::chain::Stream;
use crate::store::At;
use crate::web::App;
use crate::web::extract::{Json, Query};
use crate::web::problem::Problem;
use crate::web::report;
use crate::web::show::{self, Names};
use crate::web::view::common::{Page, limit};
use crate::web::view::record::{CheckpointQuery, CheckpointView, EvidenceForm, RecordEntry, RecordQuery, Verification};
use crate::web::who::{Eyes as _, Reader, SignedIn};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(verification, verify))
        .routes(routes!(checkpoints))
        .routes(routes!(evidence))
}

/// How long a request to verify waits for the end; a longer run goes on by itself.
const WAIT: Duration = Duration::from_secs(10);

/// What the last verification by this process found.
#[utoipa::path(get, path = "/record/verification", operation_id = "record_verification", tag = "record",
    responses((status = 200, body = Verification)))]
async fn verification(State(app): State<App>, _: Reader) -> Json<Verification> {
    Json(show::verification(app.verifier.last()))
}

/// Verifies the whole record: every chain, text, message and file, against the checkpoints in the database and in the file
/// beside it. A long run goes on after the answer; ask again for what it found.
#[utoipa::path(post, path = "/record/verification", operation_id = "record_verify", tag = "record",
    responses((status = 200, body = Verification)))]
async fn verify(State(app): State<App>, _: SignedIn) -> Json<Verification> {
    let run = app.verifier.run(&app.desk, app.site.checkpoints.clone(), WAIT).await;
    Json(show::verification(run))
}

/// The signed ends of the record's streams, newest first.
#[utoipa::path(get, path = "/record/checkpoints", operation_id = "record_checkpoints", tag = "record",
    params(CheckpointQuery), responses((status = 200, body = Page<CheckpointView>)))]
async fn checkpoints(
    State(app): State<App>,
    _: Reader,
    Query(query): Query<CheckpointQuery>,
) -> Result<Json<Page<CheckpointView>>, Problem> {
    let wanted = limit(query.limit);
    let before = query.cursor.as_deref().map(str::parse).transpose();
    let before = before.map_err(|_| Problem::field("cursor", "This cursor was not given out by this list."))?;
    let some = app.desk.checkpoints(before, wanted).await?;
    let full = u64::try_from(some.len()).unwrap_or(u64::MAX) == wanted;
    let next = some.last().map(|last| last.checkpoint.number).filter(|number| full && *number > 1);
    let items = some.iter().map(show::checkpoint).collect();
    Ok(Json(Page { items, next: next.map(|number| number.to_string()) }))
}

/// An evidence pack: the record of the notices asked for, their messages and files, and a report to read, as a ZIP that
/// `countersign audit verify` proves without the server. The ends of all streams are signed first.
#[utoipa::path(post, path = "/record/evidence", operation_id = "record_evidence", tag = "record",
    responses((status = 200, content_type = "application/zip", body = Vec<u8>)))]
async fn evidence(State(app): State<App>, me: SignedIn, Json(form): Json<EvidenceForm>) -> Result<Response, Problem> {
    let day = |field: &str, written: Option<String>| {
        written
            .map(|written| parse_start(&written))
            .transpose()
            .map_err(|told| Problem::field(field, format!("{told}.")))
    };
    let span = Span { from: day("from", form.from)?, to: day("to", form.to)? };
    let mut notices: Vec<NoticeRef> = Vec::new();
    for one in &form.notices {
        notices.push(Which::named(&app, me.sight(), "notices", one).await?.0);
    }
    if notices.is_empty() {
        notices = app.desk.notices_in(me.sight(), span).await?;
    }
    if notices.is_empty() {
        let told = "Nothing happened to any notice in that time, so there is nothing to prove.";
        return Err(Problem::new(StatusCode::CONFLICT, "no_evidence", told));
    }
    if let Err(error) = app.desk.checkpoint(&app.site.checkpoints).await {
        tracing::error!(%error, "the heads of the record could not be signed before an evidence pack");
    }
    let pack = app.desk.evidence(&notices).await?;
    let report = report::html(&pack).map_err(|e| Problem::internal(&e))?;
    let mut zip = Cursor::new(Vec::new());
    pack.write(&app.desk, &report, &mut zip).await.map_err(|e| Problem::internal(&e))?;
    let name = match form.notices.as_slice() {
        [one] => format!("evidence-{}", one.trim_start_matches("N-")),
        _ => "evidence".to_owned(),
    };
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let head = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{plain}.zip\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((head, zip.into_inner()).into_response())
}

/// Events, newest first.
#[utoipa::path(get, path = "/record", operation_id = "record_list", tag = "record",
    params(RecordQuery), responses((status = 200, body = Page<RecordEntry>)))]
async fn list(
    State(app): State<App>,
    me: Reader,
    Query(query): Query<RecordQuery>,
) -> Result<Json<Page<RecordEntry>>, Problem> {
    let stream: Option<Stream> = query
        .stream
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|e: crate::notice::chain::BadStream| Problem::field("stream", format!("{e}.")))?;
    let (wanted, after) = (limit(query.limit), query.cursor.as_deref().map(place).transpose()?);
    let mut page = app.desk.record(me.sight(), stream, after.as_ref(), wanted + 1).await?;
    let more = u64::try_from(page.events.len()).unwrap_or(u64::MAX) > wanted;
    page.events.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
    let next = page
        .events
        .last()
        .filter(|_| more)
        .map(|last| format!("{} {} {}", At::from(last.at).0, last.stream, last.sequence));
    let names =
        Names { people: &page.names, teams: &page.teams, texts: &page.texts, case: None, notices: Some(&page.notices) };
    let items = page.events.iter().map(|stored| {
        let notice = match stored.stream {
            Stream::Notice(id) => page.notices.get(&id.0),
            Stream::People | Stream::Installation | Stream::Procedures => None,
        };
        show::entry(stored, &names, notice.and_then(|row| u32::try_from(row.number).ok()))
    });
    Ok(Json(Page { items: items.collect(), next }))
}

/// Where a page goes on: time, stream and sequence of the last event seen.
fn place(cursor: &str) -> Result<RecordPlace, Problem> {
    let read = || {
        let mut parts = cursor.split(' ');
        let at = At(parts.next()?.parse().ok()?);
        let stream = parts.next()?.to_owned();
        let sequence = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some((at, stream, sequence))
    };
    read().ok_or_else(|| Problem::field("cursor", "This cursor was not given out by a page of the record."))
}
