//! What shows that a step was done: notes, files, and handing the files out again.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::acting::{STATEMENT, act, answered, text};
use super::steps::place;
use crate::desk::{Asked, Upload};
use crate::notice::command::Command;
use crate::notice::event::Evidence;
use crate::notice::ids::StepId;
use crate::notice::text::Digest;
use crate::web::App;
use crate::web::extract::{Json, Path, Query, too_large};
use crate::web::problem::Problem;
use crate::web::seen::Seen;
use crate::web::view::evidence::{AttachmentQuery, NoteForm};
use crate::web::view::notice::Notice;
use crate::web::who::{Administrator, Member, Reader};

/// No file is larger, whatever the configuration says: it is held whole while it is stored.
const MOST: usize = 64 * 1024 * 1024;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(attach))
        .layer(DefaultBodyLimit::max(MOST))
        .routes(routes!(note))
        .routes(routes!(download))
        .routes(routes!(erase))
}

/// Adds a note to a step, done or not.
#[utoipa::path(post, path = "/notices/{id}/steps/{step}/notes", operation_id = "steps_note", tag = "notices",
    params(("id" = String, Path), ("step" = String, Path)), responses((status = 200, body = Notice)))]
async fn note(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Path((_notice, step)): Path<(String, String)>,
    Json(form): Json<NoteForm>,
) -> Result<Json<Notice>, Problem> {
    let step = StepId(step);
    let place = place(&app, which.0, &step, form.scope.as_deref()).await?;
    let note = text(&app, "note", &form.note, STATEMENT)?;
    let evidence = Evidence::Note { text: note.reference };
    act(&app, &me, which, Asked::with(Command::AddEvidence { step, place, evidence }, [note])).await
}

/// Attaches a file to a step: the body is the file, `Content-Type` its type. Size and types are limited by configuration.
#[utoipa::path(post, path = "/notices/{id}/steps/{step}/attachments", operation_id = "steps_attach", tag = "notices",
    params(("id" = String, Path), ("step" = String, Path), AttachmentQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Notice)))]
async fn attach(
    State(app): State<App>,
    Seen(me, which): Seen<Member>,
    Path((_notice, step)): Path<(String, String)>,
    Query(query): Query<AttachmentQuery>,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<Notice>, Problem> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let bytes = Bytes::from_request(request, &app).await.map_err(too_large)?;
    let step = StepId(step);
    let place = place(&app, which.0, &step, query.scope.as_deref()).await?;
    let upload = Upload { name: query.name.trim().to_owned(), media, bytes: bytes.into() };
    answered(&app, &me, which, app.desk.attach(which.0, me.actor(), (step, place), upload).await).await
}

/// A file that was attached, or what a probe saw, to save. Never shown by a browser.
#[utoipa::path(get, path = "/notices/{id}/evidence/{digest}", operation_id = "evidence_download", tag = "notices",
    params(("id" = String, Path), ("digest" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn download(
    State(app): State<App>,
    Seen(_me, which): Seen<Reader>,
    Path((_notice, digest)): Path<(String, Digest)>,
) -> Result<Response, Problem> {
    let file = app.desk.evidence_file(which.0, digest).await?;
    let bytes = file.bytes.ok_or_else(|| {
        Problem::new(StatusCode::GONE, "erased", "The bytes of this file were erased; the record keeps their SHA-256.")
    })?;
    let head = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition(&file.name)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((head, bytes).into_response())
}

/// Forgets a file's bytes for good. That there was one stays on record.
#[utoipa::path(post, path = "/notices/{id}/evidence/{digest}/erasure", operation_id = "evidence_erase", tag = "notices",
    params(("id" = String, Path), ("digest" = String, Path)), responses((status = 204)))]
async fn erase(
    State(app): State<App>,
    Seen(me, which): Seen<Administrator>,
    Path((_notice, digest)): Path<(String, Digest)>,
) -> Result<StatusCode, Problem> {
    app.desk.erase_evidence(me.actor(), which.0, digest).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `attachment` with the name twice: in ASCII for old clients, and as it is (RFC 6266, RFC 8187).
fn disposition(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(
            disposition("psql \"ü\"\r\n.txt"),
            "attachment; filename=\"psql _____.txt\"; filename*=UTF-8''psql%20%22%C3%BC%22%0D%0A.txt"
        );
    }
}
