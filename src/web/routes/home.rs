//! The first page.

use crate::web::App;
use crate::web::extract::Json;
use crate::web::problem::Problem;
use crate::web::view::home::Home;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// What waits on the person who is signed in, what they follow, and the next 90 days.
#[utoipa::path(get, path = "/home", operation_id = "home_show", tag = "home",
    responses((status = 200, body = Home)))]
async fn show() -> Result<Json<Home>, Problem> {
    Err(Problem::not_signed_in())
}
