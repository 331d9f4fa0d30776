//! The providers that are known, and teaching one.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::desk::providers::installed;
use crate::reading::profile::Profile;
use crate::web::App;
use crate::web::extract::Json;
use crate::web::problem::Problem;
use crate::web::view::common::Page;
use crate::web::view::message::ProfileForm;
use crate::web::view::procedure::ProviderRow;
use crate::web::who::{Administrator, Eyes as _, Reader};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, teach))
}

/// All provider profiles, by name, and those that wrote without having one.
#[utoipa::path(get, path = "/providers", operation_id = "providers_list", tag = "providers",
    responses((status = 200, body = Page<ProviderRow>)))]
async fn list(State(app): State<App>, me: Reader) -> Result<Json<Page<ProviderRow>>, Problem> {
    let mut counts = app.desk.notices_by_provider(me.sight()).await?;
    let profiles = installed();
    let mut rows: Vec<ProviderRow> =
        profiles.all().iter().map(|profile| row(profile, counts.remove(&profile.id).unwrap_or(0))).collect();
    let unknown = counts.into_iter();
    rows.extend(unknown.map(|(id, notices)| ProviderRow { name: id.clone(), id, domains: Vec::new(), notices }));
    rows.sort_by_key(|row| row.name.to_lowercase());
    Ok(Json(Page::whole(rows)))
}

/// Teaches a provider's profile: it is installed at once, in the place of the one with its id where there is one, and read with
/// from then on; its domains count for who says so.
#[utoipa::path(post, path = "/providers", operation_id = "providers_teach", tag = "providers",
    request_body = ProfileForm, responses((status = 200, body = ProviderRow)))]
async fn teach(
    State(app): State<App>,
    me: Administrator,
    Json(form): Json<ProfileForm>,
) -> Result<Json<ProviderRow>, Problem> {
    let id = app.desk.save_profile(me.actor(), &form.toml).await?;
    let notices = app.desk.notices_by_provider(me.sight()).await?.remove(&id).unwrap_or(0);
    let profiles = installed();
    let profile = profiles.get(&id).ok_or_else(|| Problem::not_found("profile of this provider"))?;
    Ok(Json(row(profile, notices)))
}

fn row(profile: &Profile, notices: u64) -> ProviderRow {
    let (id, name, domains) = (profile.id.clone(), profile.name.clone(), profile.domains.clone());
    ProviderRow { id, name, domains, notices }
}
