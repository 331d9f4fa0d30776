//! The Outbox.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::TimeDelta;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::acting::Which;
use crate::identity::Role;
use crate::web::extract::{Json, Path, Query};
use crate::web::problem::Problem;
use crate::web::view::common::{Cursor, Page, limit};
use crate::web::view::delivery::{Delivery, DeliveryQuery, DeliveryRow, rendered_html};
use crate::web::view::mailing::OutboxTally;
use crate::web::who::{Administrator, Eyes as _, Reader};
use crate::web::{App, guard};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(tally))
        .routes(routes!(one))
        .routes(routes!(html))
        .routes(routes!(replay))
}

/// How far back the outbox's numbers look.
const COUNTED: TimeDelta = TimeDelta::days(7);

/// The outbox in numbers: due, sent, late, failed, over seven days.
#[utoipa::path(get, path = "/deliveries/tally", operation_id = "deliveries_tally", tag = "deliveries",
    responses((status = 200, body = OutboxTally)))]
async fn tally(State(app): State<App>, _: Reader) -> Result<Json<OutboxTally>, Problem> {
    let since = app.desk.clock.now() - COUNTED;
    let (counted, paused) = (app.desk.tally(since).await?, app.desk.is_paused().await?);
    Ok(Json(OutboxTally::of(&counted, since, paused)))
}

/// Sends once more: a mail that failed, or a hook. Whoever gets it twice can tell by its id.
#[utoipa::path(post, path = "/deliveries/{id}/replay", operation_id = "deliveries_replay", tag = "deliveries",
    params(("id" = Uuid, Path)), responses((status = 202)))]
async fn replay(State(app): State<App>, _: Administrator, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    app.desk.replay(id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Every mail and hook, newest first.
#[utoipa::path(get, path = "/deliveries", operation_id = "deliveries_list", tag = "deliveries",
    params(DeliveryQuery), responses((status = 200, body = Page<DeliveryRow>)))]
async fn list(
    State(app): State<App>,
    me: Reader,
    Query(query): Query<DeliveryQuery>,
) -> Result<Json<Page<DeliveryRow>>, Problem> {
    let (wanted, after) = (limit(query.limit), Cursor::read(query.cursor.as_deref())?);
    let notice = match query.notice.as_deref() {
        Some(written) => {
            let which = Which::named(&app, me.sight(), "notice", written).await?;
            Some(app.desk.case(which.0).await?.id.0)
        }
        None => None,
    };
    let state = query.state.map(|state| state.word());
    let mut page = app.desk.deliveries(me.sight(), (state, notice), after.map(Cursor::place), wanted + 1).await?;
    let next = Cursor::after(&mut page.rows, wanted, |row| (row.created_at, row.id));
    let items = page.rows.iter().map(|row| DeliveryRow::of(row, &page)).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next }))
}

/// One mail as it was sent.
#[utoipa::path(get, path = "/deliveries/{id}", operation_id = "deliveries_show", tag = "deliveries",
    params(("id" = Uuid, Path)), responses((status = 200, body = Delivery)))]
async fn one(State(app): State<App>, me: Reader, Path(id): Path<Uuid>) -> Result<Json<Delivery>, Problem> {
    let page = app.desk.delivery(me.sight(), id).await?;
    let row = page.rows.first().ok_or_else(|| Problem::not_found("delivery"))?;
    let attempts = app.desk.attempts(id).await?;
    Ok(Json(Delivery::of(row, &page, attempts, reads_all(&app, &me))?))
}

/// A mail's HTML, for a sandboxed frame.
#[utoipa::path(get, path = "/deliveries/{id}/html", operation_id = "deliveries_html", tag = "deliveries",
    params(("id" = Uuid, Path)), responses((status = 200, content_type = "text/html", body = String)))]
async fn html(State(app): State<App>, me: Reader, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let page = app.desk.delivery(me.sight(), id).await?;
    let row = page.rows.first().ok_or_else(|| Problem::not_found("delivery"))?;
    rendered_html(row, reads_all(&app, &me))
        .map(guard::framed)
        .ok_or_else(|| Problem::not_found("HTML of this delivery"))
}

/// In local mode the Outbox is everybody's mailbox, and the one who runs it reads what lets people in. Nowhere else does
/// anybody read that but the addressee.
fn reads_all(app: &App, me: &Reader) -> bool {
    app.desk.settings.local_mode && !me.by_token && me.person.role == Role::Administrator.word()
}
