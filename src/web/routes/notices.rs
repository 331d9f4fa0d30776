//! Notices: the list, one in full, and opening one by hand.

use crate::web::App;
use crate::web::extract::{Json, Path, Query};
use crate::web::problem::Problem;
use crate::web::view::notice::{Notice, NoticeList, NoticeQuery, OpenForm};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, open)).routes(routes!(show))
}

/// Notices, newest first, with filters and full text.
#[utoipa::path(get, path = "/notices", operation_id = "notices_list", tag = "notices",
    params(NoticeQuery),
    responses((status = 200, body = NoticeList)))]
async fn list(Query(_query): Query<NoticeQuery>) -> Result<Json<NoticeList>, Problem> {
    Err(Problem::not_signed_in())
}

/// Opens a notice by hand.
#[utoipa::path(post, path = "/notices", operation_id = "notices_open", tag = "notices",
    responses((status = 201, body = Notice)))]
async fn open(Json(_form): Json<OpenForm>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}

/// One notice in full, by id or number.
#[utoipa::path(get, path = "/notices/{id}", operation_id = "notices_show", tag = "notices",
    params(("id" = String, Path)),
    responses((status = 200, body = Notice)))]
async fn show(Path(_id): Path<String>) -> Result<Json<Notice>, Problem> {
    Err(Problem::not_signed_in())
}
