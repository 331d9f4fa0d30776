//! The first page.

use axum::extract::State;
use chrono::TimeDelta;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::App;
use crate::web::extract::Json;
use crate::web::problem::Problem;
use crate::web::show;
use crate::web::view::home::Home;
use crate::web::who::{Eyes as _, SignedIn};

/// How far the strip of dates reaches.
const HORIZON: TimeDelta = TimeDelta::days(90);

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(page))
}

/// What waits on the person who is signed in, what they follow, and the next 90 days.
#[utoipa::path(get, path = "/home", operation_id = "home_show", tag = "home",
    responses((status = 200, body = Home)))]
async fn page(State(app): State<App>, me: SignedIn) -> Result<Json<Home>, Problem> {
    let now = app.desk.clock.now();
    let until = now + HORIZON;
    let waiting = app.desk.waiting_on(me.sight(), me.id()).await?;
    let following = app.desk.following(me.id()).await?;
    let horizon = app.desk.horizon(me.sight(), until).await?;
    let counts = app.desk.counts(me.sight()).await?;
    show::home(waiting, following, &horizon, counts, (now, until)).map(Json)
}
