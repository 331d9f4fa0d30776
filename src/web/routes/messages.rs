//! What arrived.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::acting::Which;
use crate::desk::{Incoming, UPLOAD, profile_draft};
use crate::notice::fact::Authenticity;
use crate::notice::sight::Sight;
use crate::reading::outlook;
use crate::web::extract::{Json, Query, too_large};
use crate::web::problem::Problem;
use crate::web::seen::SeenMessage;
use crate::web::view::common::{Cursor, Page, limit};
use crate::web::view::message::{
    AttachForm, Comparison, Dismiss, Message, MessageQuery, MessageRow, ProfileForm, ProfileText, Tried, Uploaded,
};
use crate::web::who::{Eyes as _, Ingester, Member, Reader};
use crate::web::{App, guard, markup, show};

/// No upload is larger, whatever the configuration says: the whole message is held while it is stored.
const MOST: usize = 64 * 1024 * 1024;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(upload))
        .layer(DefaultBodyLimit::max(MOST))
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(raw))
        .routes(routes!(html))
        .routes(routes!(dismiss))
        .routes(routes!(attach))
        .routes(routes!(read_again))
        .routes(routes!(compare))
        .routes(routes!(profile))
        .routes(routes!(try_profile))
}

/// Every message that arrived and what became of it, newest first.
#[utoipa::path(get, path = "/messages", operation_id = "messages_list", tag = "messages",
    params(MessageQuery), responses((status = 200, body = Page<MessageRow>)))]
async fn list(
    State(app): State<App>,
    me: Reader,
    Query(query): Query<MessageQuery>,
) -> Result<Json<Page<MessageRow>>, Problem> {
    let (wanted, after) = (limit(query.limit), Cursor::read(query.cursor.as_deref())?);
    let (state, unproven) = (query.state.map(|state| state.word()), query.unverified.unwrap_or(false));
    let mut rows = app.desk.messages(me.sight(), (state, unproven), after.map(Cursor::place), wanted + 1).await?;
    let next = Cursor::after(&mut rows, wanted, |(row, _)| (row.received_at, row.id));
    let items = rows.iter().map(|(row, notices)| show::message_row(row, notices)).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next }))
}

/// One message with its text and what was read in it.
#[utoipa::path(get, path = "/messages/{id}", operation_id = "messages_show", tag = "messages",
    params(("id" = Uuid, Path)), responses((status = 200, body = Message)))]
async fn one(State(app): State<App>, SeenMessage(me, row): SeenMessage<Reader>) -> Result<Json<Message>, Problem> {
    shown(&app, me.sight(), row.id).await
}

/// The bytes as they arrived, to save. Never shown by a browser.
#[utoipa::path(get, path = "/messages/{id}/raw", operation_id = "messages_raw", tag = "messages",
    params(("id" = Uuid, Path)), responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn raw(State(app): State<App>, SeenMessage(_me, row): SeenMessage<Reader>) -> Result<Response, Problem> {
    let bytes = app.desk.raw(row.id).await?.ok_or_else(erased)?;
    let extension = if outlook::is_compound(&bytes) { "msg" } else { "eml" };
    let head = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.{extension}\"", row.id)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((head, bytes).into_response())
}

/// The original's HTML, sanitised, for a sandboxed frame.
#[utoipa::path(get, path = "/messages/{id}/html", operation_id = "messages_html", tag = "messages",
    params(("id" = Uuid, Path)), responses((status = 200, content_type = "text/html", body = String)))]
async fn html(State(app): State<App>, SeenMessage(_me, row): SeenMessage<Reader>) -> Result<Response, Problem> {
    let bytes = app.desk.raw(row.id).await?.ok_or_else(erased)?;
    let original = markup::html_of(&bytes).ok_or_else(|| Problem::not_found("HTML in this message"))?;
    Ok(guard::framed(markup::framed(&markup::original(&original))))
}

fn erased() -> Problem {
    Problem::new(StatusCode::GONE, "erased", "The bytes of this message were erased; its SHA-256 is kept.")
}

/// Brings a message in: a raw `.eml`, Outlook's `.msg`, or any other format that the reader knows, as the body or as the first file of a form.
#[utoipa::path(post, path = "/messages", operation_id = "messages_upload", tag = "messages",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Uploaded)))]
async fn upload(
    State(app): State<App>,
    me: Ingester,
    headers: HeaderMap,
    request: Request,
) -> Result<(StatusCode, Json<Uploaded>), Problem> {
    let (raw, media) = body(&app, &headers, request).await?;
    if raw.is_empty() {
        return Err(Problem::field("body", "The message is empty."));
    }
    outlook::check(&raw)
        .map_err(|bad| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_msg", bad.to_string()).at("body"))?;
    if raw.len() > app.site.upload_limit {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The message is larger than this door takes.",
        )
        .at("body"));
    }
    let received = app.desk.receive(incoming(&app, &me, raw, media)).await?;
    let answer = Uploaded { id: received.message_id, duplicate: received.duplicate.is_some() };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// What a colleague uploads, or a program of theirs, is vouched for by them; who wrote it, the upload does not prove. A token
/// that is bound to a channel brings into that one, whatever it sends.
fn incoming(app: &App, me: &Ingester, raw: Vec<u8>, media: Option<String>) -> Incoming {
    Incoming {
        channel: me.channel.clone().unwrap_or_else(|| UPLOAD.to_owned()),
        raw,
        media,
        envelope_from: Some(me.person.email.clone()),
        envelope_to: Vec::new(),
        authenticity: Authenticity::Vouched,
        authenticity_reason: format!("uploaded by {}", me.person.name),
        received_at: app.desk.clock.now(),
    }
}

/// The bytes and the media type that came with them, where that says anything.
async fn body(app: &App, headers: &HeaderMap, request: Request) -> Result<(Vec<u8>, Option<String>), Problem> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    if !media.starts_with("multipart/form-data") {
        let bytes = Bytes::from_request(request, app).await.map_err(too_large)?;
        return Ok((bytes.into(), telling(&media)));
    }
    let wrong = |told: String| Problem::new(StatusCode::BAD_REQUEST, "malformed_form", told).at("body");
    let mut form = Multipart::from_request(request, app).await.map_err(|e| wrong(e.body_text()))?;
    while let Some(field) = form.next_field().await.map_err(|e| wrong(e.body_text()))? {
        if field.file_name().is_some() {
            let media = field.content_type().and_then(telling);
            return Ok((field.bytes().await.map_err(|e| wrong(e.body_text()))?.into(), media));
        }
    }
    Err(wrong("The form holds no file.".to_owned()))
}

/// A media type that says what the bytes are; the general ones say nothing.
fn telling(media: &str) -> Option<String> {
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    (!matches!(media.as_str(), "" | "application/octet-stream" | "application/x-www-form-urlencoded")).then_some(media)
}

/// Puts a message aside that needs a person.
#[utoipa::path(post, path = "/messages/{id}/dismissal", operation_id = "messages_dismiss", tag = "messages",
    params(("id" = Uuid, Path)), request_body = Dismiss, responses((status = 200, body = Message)))]
async fn dismiss(
    State(app): State<App>,
    SeenMessage(me, row): SeenMessage<Member>,
    Json(form): Json<Dismiss>,
) -> Result<Json<Message>, Problem> {
    app.desk.dismiss_message(me.actor(), row.id, form.reason.as_deref()).await?;
    shown(&app, me.sight(), row.id).await
}

/// Puts a message to a notice by hand. It is not read for changes.
#[utoipa::path(post, path = "/messages/{id}/notice", operation_id = "messages_attach", tag = "messages",
    params(("id" = Uuid, Path)), responses((status = 200, body = Message)))]
async fn attach(
    State(app): State<App>,
    SeenMessage(me, row): SeenMessage<Member>,
    Json(form): Json<AttachForm>,
) -> Result<Json<Message>, Problem> {
    let notice = Which::named(&app, me.sight(), "notice", &form.notice).await?;
    app.desk.attach_message(me.actor(), row.id, notice.0).await?;
    shown(&app, me.sight(), row.id).await
}

/// Reads a filed message with today's reader and profiles, and tells what that would say differently. It only proposes: a
/// person takes over what is right by the notice's own `deadlines` and `resources`.
#[utoipa::path(post, path = "/messages/{id}/comparison", operation_id = "messages_compare", tag = "messages",
    params(("id" = Uuid, Path)), responses((status = 200, body = Comparison)))]
async fn compare(
    State(app): State<App>,
    SeenMessage(me, row): SeenMessage<Member>,
) -> Result<Json<Comparison>, Problem> {
    let told = app.desk.reread(row.id).await?;
    // Of a notice that is closed to who asks, nothing is told.
    let open: Vec<i64> = app.desk.message(me.sight(), row.id).await?.notices.iter().map(|row| row.number).collect();
    let seen = told.into_iter().filter(|reread| open.contains(&i64::from(reread.number)));
    let items = seen.flat_map(|reread| {
        let number = reread.number;
        reread.differences.into_iter().map(move |difference| show::read_differently(number, difference))
    });
    Ok(Json(Comparison { items: items.collect() }))
}

/// Has a message read again that waits for a person or was put aside, as after the reader improved. The reading follows in
/// a moment.
#[utoipa::path(post, path = "/messages/{id}/reading", operation_id = "messages_read_again", tag = "messages",
    params(("id" = Uuid, Path)), responses((status = 200, body = Message)))]
async fn read_again(
    State(app): State<App>,
    SeenMessage(me, row): SeenMessage<Member>,
) -> Result<Json<Message>, Problem> {
    app.desk.read_again(row.id).await?;
    shown(&app, me.sight(), row.id).await
}

/// A provider profile drafted from a message, to be completed by a person.
#[utoipa::path(get, path = "/messages/{id}/profile", operation_id = "messages_profile", tag = "messages",
    params(("id" = Uuid, Path)), responses((status = 200, body = ProfileText)))]
async fn profile(
    State(app): State<App>,
    SeenMessage(me, row): SeenMessage<Reader>,
) -> Result<Json<ProfileText>, Problem> {
    let detail = app.desk.message(me.sight(), row.id).await?;
    let draft = detail.reading.as_ref().and_then(profile_draft);
    let draft =
        draft.ok_or_else(|| Problem::not_found("sender in this message from whom a profile could be drafted"))?;
    Ok(Json(ProfileText { id: draft.id, toml: draft.toml }))
}

/// What a message would say if this profile were installed. Nothing is kept.
#[utoipa::path(post, path = "/messages/{id}/profile", operation_id = "messages_try_profile", tag = "messages",
    params(("id" = Uuid, Path)), request_body = ProfileForm, responses((status = 200, body = Tried)))]
async fn try_profile(
    State(app): State<App>,
    SeenMessage(_me, row): SeenMessage<Member>,
    Json(form): Json<ProfileForm>,
) -> Result<Json<Tried>, Problem> {
    let (reading, provider) = app.desk.try_profile(row.id, &form.toml).await?;
    Ok(Json(show::tried(&reading, &provider)))
}

async fn shown(app: &App, sight: Sight, id: Uuid) -> Result<Json<Message>, Problem> {
    let detail = app.desk.message(sight, id).await?;
    let raw = app.desk.raw(id).await?;
    show::message(&detail, raw.as_deref()).map(Json)
}
