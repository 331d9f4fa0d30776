//! The calendar: what is dated, the working week, holidays and freezes.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::desk::Whose;
use crate::web::App;
use crate::web::extract::{Json, Path, Query};
use crate::web::problem::Problem;
use crate::web::show;
use crate::web::view::agenda::{
    AgendaEntry, AgendaQuery, CalendarSettings, Freeze, FreezeForm, Holiday, HolidayForm, WorkingWeek, WorkingWeekForm,
};
use crate::web::view::common::Page;
use crate::web::who::{Administrator, Eyes as _, Reader};

/// Days that one answer may cover.
const MOST_DAYS: i64 = 400;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(agenda))
        .routes(routes!(settings))
        .routes(routes!(set_week))
        .routes(routes!(add_holiday))
        .routes(routes!(remove_holiday))
        .routes(routes!(add_freeze))
        .routes(routes!(remove_freeze))
}

/// Everything dated between two days: hard dates, act-by dates, gates, windows, freezes, holidays, turns on rotas.
#[utoipa::path(get, path = "/calendar", operation_id = "calendar_show", tag = "calendar", params(AgendaQuery),
    responses((status = 200, body = Page<AgendaEntry>)))]
async fn agenda(
    State(app): State<App>,
    me: Reader,
    Query(query): Query<AgendaQuery>,
) -> Result<Json<Page<AgendaEntry>>, Problem> {
    let days = (query.until - query.from).num_days();
    if !(0..=MOST_DAYS).contains(&days) {
        return Err(Problem::field("until", format!("Ask for 0 to {MOST_DAYS} days after `from`, not {days}.")));
    }
    let whose = match (query.mine, query.team) {
        (Some(true), _) => Whose::Person(me.id()),
        (_, Some(team)) => Whose::Team(team),
        _ => Whose::House,
    };
    // A day is longer than a day on the globe: what falls into it for anybody is in it.
    let first = query.from.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(14);
    let last = query.until.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(36);
    Ok(Json(Page::whole(show::agenda(app.desk.agenda((whose, me.sight()), (first, last)).await?, (first, last)))))
}

/// The working week, all holidays and all freezes.
#[utoipa::path(get, path = "/calendar/settings", operation_id = "calendar_settings", tag = "calendar",
    responses((status = 200, body = CalendarSettings)))]
async fn settings(State(app): State<App>, _: Reader) -> Result<Json<CalendarSettings>, Problem> {
    Ok(Json(CalendarSettings {
        week: app.desk.working_week().await?.into(),
        holidays: app.desk.holidays().await?.into_iter().map(Holiday::from).collect(),
        freezes: app.desk.freezes().await?.into_iter().map(Freeze::from).collect(),
    }))
}

/// Sets the working week. Due dates of all open notices are counted anew.
#[utoipa::path(put, path = "/calendar/week", operation_id = "calendar_set_week", tag = "calendar",
    responses((status = 200, body = WorkingWeek)))]
async fn set_week(
    State(app): State<App>,
    me: Administrator,
    Json(form): Json<WorkingWeekForm>,
) -> Result<Json<WorkingWeek>, Problem> {
    app.desk.set_working_week(me.actor(), form.week()?).await?;
    Ok(Json(app.desk.working_week().await?.into()))
}

/// Adds a holiday, for the house or for one team.
#[utoipa::path(post, path = "/holidays", operation_id = "calendar_add_holiday", tag = "calendar",
    responses((status = 201, body = Holiday)))]
async fn add_holiday(
    State(app): State<App>,
    me: Administrator,
    Json(form): Json<HolidayForm>,
) -> Result<(StatusCode, Json<Holiday>), Problem> {
    app.desk.add_holiday(me.actor(), form.team, form.day, &form.name).await?;
    let same = |view: &crate::desk::house::HolidayView| {
        view.day == form.day && view.team.as_ref().map(|team| team.0) == form.team
    };
    let added = app.desk.holidays().await?.into_iter().find(same).ok_or_else(|| Problem::not_found("holiday"))?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// Takes a holiday back.
#[utoipa::path(delete, path = "/holidays/{calendar}/{day}", operation_id = "calendar_remove_holiday", tag = "calendar",
    params(("calendar" = String, Path), ("day" = NaiveDate, Path)), responses((status = 204)))]
async fn remove_holiday(
    State(app): State<App>,
    me: Administrator,
    Path((calendar, day)): Path<(String, NaiveDate)>,
) -> Result<StatusCode, Problem> {
    let team = match calendar.as_str() {
        "house" => None,
        team => Some(team.parse().map_err(|_| Problem::not_found("calendar"))?),
    };
    app.desk.remove_holiday(me.actor(), team, day).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a time in which no change is planned, for the house or for one team.
#[utoipa::path(post, path = "/freezes", operation_id = "calendar_add_freeze", tag = "calendar",
    responses((status = 201, body = Freeze)))]
async fn add_freeze(
    State(app): State<App>,
    me: Administrator,
    Json(form): Json<FreezeForm>,
) -> Result<(StatusCode, Json<Freeze>), Problem> {
    let id = app.desk.add_freeze(me.actor(), form.team, (form.start, form.end), &form.reason).await?;
    let added = app.desk.freezes().await?.into_iter().find(|view| view.id == id);
    let added = added.ok_or_else(|| Problem::not_found("freeze"))?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// Takes a freeze back.
#[utoipa::path(delete, path = "/freezes/{id}", operation_id = "calendar_remove_freeze", tag = "calendar",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn remove_freeze(State(app): State<App>, me: Administrator, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    app.desk.remove_freeze(me.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
