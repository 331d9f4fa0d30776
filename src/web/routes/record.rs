//! The record across notices.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::desk::RecordPlace;
use crate::notice::chain::Stream;
use crate::store::At;
use crate::web::App;
use crate::web::extract::{Json, Query};
use crate::web::problem::Problem;
use crate::web::show::{self, Names};
use crate::web::view::common::{Page, limit};
use crate::web::view::record::{RecordEntry, RecordQuery};
use crate::web::who::Reader;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Events, newest first.
#[utoipa::path(get, path = "/record", operation_id = "record_list", tag = "record",
    params(RecordQuery), responses((status = 200, body = Page<RecordEntry>)))]
async fn list(
    State(app): State<App>,
    _: Reader,
    Query(query): Query<RecordQuery>,
) -> Result<Json<Page<RecordEntry>>, Problem> {
    let stream: Option<Stream> = query
        .stream
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|e: crate::notice::chain::BadStream| Problem::field("stream", format!("{e}.")))?;
    let (wanted, after) = (limit(query.limit), query.cursor.as_deref().map(place).transpose()?);
    let mut page = app.desk.record(stream, after.as_ref(), wanted + 1).await?;
    let more = u64::try_from(page.events.len()).unwrap_or(u64::MAX) > wanted;
    page.events.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
    let next = page
        .events
        .last()
        .filter(|_| more)
        .map(|last| format!("{} {} {}", At::from(last.at).0, last.stream, last.sequence));
    let names = Names { people: &page.names, teams: &page.teams, texts: &page.texts, case: None };
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
