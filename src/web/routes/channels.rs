//! The ways in, and how each fares.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::desk::ChannelView;
use crate::desk::history::Choice;
use crate::store::At;
use crate::store::entity::passed_over::Model;
use crate::store::passed_over::state;
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::channel::{Canary, Channel, ChannelSource, PassedOver, SetCanary, SetExpectation, SetHistory};
use crate::web::view::common::Page;
use crate::web::who::{Administrator, Member, Reader};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(expect))
        .routes(routes!(canary))
        .routes(routes!(send))
        .routes(routes!(history))
        .routes(routes!(try_again))
}

/// Every way in, with when it last brought something, how long it may be silent, and its canary.
#[utoipa::path(get, path = "/channels", operation_id = "channels_list", tag = "channels",
    responses((status = 200, body = Page<Channel>)))]
async fn list(State(app): State<App>, _: Reader) -> Result<Json<Page<Channel>>, Problem> {
    let rows = app.desk.channels().await?.into_iter().map(shown).collect();
    Ok(Json(Page::whole(rows)))
}

/// Says how long a channel may be silent.
#[utoipa::path(put, path = "/channels/{id}/expectation", operation_id = "channels_expect", tag = "channels",
    params(("id" = String, Path)), request_body = SetExpectation, responses((status = 204)))]
async fn expect(
    State(app): State<App>,
    _: Administrator,
    Path(id): Path<String>,
    Json(form): Json<SetExpectation>,
) -> Result<StatusCode, Problem> {
    app.desk.expect_of_channel(&id, form.hours.map(hours)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says where a channel's canary is sent, and how often.
#[utoipa::path(put, path = "/channels/{id}/canary", operation_id = "channels_canary", tag = "channels",
    params(("id" = String, Path)), request_body = SetCanary, responses((status = 204)))]
async fn canary(
    State(app): State<App>,
    _: Administrator,
    Path(id): Path<String>,
    Json(form): Json<SetCanary>,
) -> Result<StatusCode, Problem> {
    app.desk.set_canary(&id, &form.address, form.every_hours.map(hours)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a channel's canary now.
#[utoipa::path(post, path = "/channels/{id}/canary", operation_id = "channels_send_canary", tag = "channels",
    params(("id" = String, Path)), responses((status = 202)))]
async fn send(State(app): State<App>, _: Member, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    app.desk.send_canary(&id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Says from which date the old mail of a mailbox is acted on, which its `history` counts. The rest stays where it lies.
#[utoipa::path(put, path = "/channels/{id}/history", operation_id = "channels_history", tag = "channels",
    params(("id" = String, Path)), request_body = SetHistory, responses((status = 204)))]
async fn history(
    State(app): State<App>,
    _: Administrator,
    Path(id): Path<String>,
    Json(form): Json<SetHistory>,
) -> Result<StatusCode, Problem> {
    app.desk.choose_history(&id, form.since.map_or(Choice::Nothing, Choice::Since)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has a mail fetched again that was passed over. The mailbox's reader does so within a minute; by itself, once a day.
#[utoipa::path(post, path = "/channels/{id}/passed-over/{mail}", operation_id = "channels_try_again", tag = "channels",
    params(("id" = String, Path), ("mail" = Uuid, Path)), responses((status = 202)))]
async fn try_again(
    State(app): State<App>,
    _: Member,
    Path((id, mail)): Path<(String, Uuid)>,
) -> Result<StatusCode, Problem> {
    app.desk.try_mail_again(&id, mail).await?;
    Ok(StatusCode::ACCEPTED)
}

fn hours(hours: u32) -> TimeDelta {
    TimeDelta::hours(hours.into())
}

fn in_hours(microseconds: i64) -> f64 {
    TimeDelta::microseconds(microseconds).as_seconds_f64() / 3600.0
}

fn passed_over(row: Model) -> PassedOver {
    PassedOver {
        id: row.id,
        uid: u32::try_from(row.uid).unwrap_or(0),
        again: row.state == state::AGAIN,
        reason: row.reason,
        since: row.since.utc(),
        tried_at: row.tried_at.utc(),
        attempts: u32::try_from(row.attempts).unwrap_or(0),
    }
}

fn shown(view: ChannelView) -> Channel {
    let row = view.row;
    Channel {
        messages: u64::try_from(row.messages).unwrap_or(0),
        last_seen_at: (row.messages > 0).then(|| row.last_seen_at.utc()),
        allowed_hours: view.allowed.and_then(|allowed| allowed.num_microseconds()).map(in_hours),
        by_person: row.expected_gap.is_some(),
        silent: view.silent,
        source: view.source.map(|source| ChannelSource {
            well_at: source.well_at.map(At::utc),
            trouble: source.trouble,
            trouble_since: source.trouble_since.map(At::utc),
            history: source.history.as_deref().and_then(|counts| serde_json::from_str(counts).ok()),
            history_chosen: source.history_since.is_some(),
        }),
        passed_over: view.passed_over.into_iter().map(passed_over).collect(),
        canary: Canary {
            address: row.canary_address,
            every_hours: row.canary_every.map(in_hours),
            sent_at: row.canary_sent_at.map(At::utc),
            seen_at: row.canary_seen_at.map(At::utc),
            waiting: row.canary_token.is_some(),
            lost: view.canary_lost,
        },
        id: row.id,
    }
}
