//! The providers that are known.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::desk::providers::installed;
use crate::web::App;
use crate::web::extract::Json;
use crate::web::problem::Problem;
use crate::web::view::common::Page;
use crate::web::view::procedure::ProviderRow;
use crate::web::who::Reader;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// All provider profiles, by name, and those that wrote without having one.
#[utoipa::path(get, path = "/providers", operation_id = "providers_list", tag = "providers",
    responses((status = 200, body = Page<ProviderRow>)))]
async fn list(State(app): State<App>, _: Reader) -> Result<Json<Page<ProviderRow>>, Problem> {
    let mut counts = app.desk.notices_by_provider().await?;
    let mut rows: Vec<ProviderRow> = installed()
        .all()
        .iter()
        .map(|profile| ProviderRow {
            id: profile.id.clone(),
            name: profile.name.clone(),
            domains: profile.domains.clone(),
            notices: counts.remove(&profile.id).unwrap_or(0),
        })
        .collect();
    let unknown = counts.into_iter();
    rows.extend(unknown.map(|(id, notices)| ProviderRow { name: id.clone(), id, domains: Vec::new(), notices }));
    rows.sort_by_key(|row| row.name.to_lowercase());
    Ok(Json(Page::whole(rows)))
}
