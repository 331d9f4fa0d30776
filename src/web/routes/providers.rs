//! The providers that are known.

use crate::web::App;
use crate::web::extract::Json;
use crate::web::problem::Problem;
use crate::web::view::{common::Page, procedure::ProviderRow};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// All provider profiles, by name.
#[utoipa::path(get, path = "/providers", operation_id = "providers_list", tag = "providers",
    responses((status = 200, body = Page<ProviderRow>)))]
async fn list() -> Result<Json<Page<ProviderRow>>, Problem> {
    Err(Problem::not_signed_in())
}
