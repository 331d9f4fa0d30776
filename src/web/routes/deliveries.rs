//! The Outbox.

use crate::web::App;
use crate::web::extract::{Json, Path, Query};
use crate::web::problem::Problem;
use crate::web::view::{
    common::Page,
    delivery::{Delivery, DeliveryQuery, DeliveryRow},
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(html))
}

/// Every mail and hook, newest first.
#[utoipa::path(get, path = "/deliveries", operation_id = "deliveries_list", tag = "deliveries",
    params(DeliveryQuery),
    responses((status = 200, body = Page<DeliveryRow>)))]
async fn list(Query(_query): Query<DeliveryQuery>) -> Result<Json<Page<DeliveryRow>>, Problem> {
    Err(Problem::not_signed_in())
}

/// One mail as it was sent.
#[utoipa::path(get, path = "/deliveries/{id}", operation_id = "deliveries_show", tag = "deliveries",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = Delivery)))]
async fn show(Path(_id): Path<Uuid>) -> Result<Json<Delivery>, Problem> {
    Err(Problem::not_signed_in())
}

/// A mail's HTML, for a sandboxed frame.
#[utoipa::path(get, path = "/deliveries/{id}/html", operation_id = "deliveries_html", tag = "deliveries",
    params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "text/html", body = String)))]
async fn html(Path(_id): Path<Uuid>) -> Result<String, Problem> {
    Err(Problem::not_signed_in())
}
