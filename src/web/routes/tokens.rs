//! Tokens for programs.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::identity::{Role, Scope};
use crate::web::App;
use crate::web::extract::{Json, Path};
use crate::web::problem::Problem;
use crate::web::view::common::{Page, within};
use crate::web::view::token::{NewToken, TokenForm, TokenView};
use crate::web::who::{Member, SignedIn, must_be_fresh};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(revoke))
}

/// One's own tokens, without their secrets.
#[utoipa::path(get, path = "/tokens", operation_id = "tokens_list", tag = "tokens",
    responses((status = 200, body = Page<TokenView>)))]
async fn list(State(app): State<App>, me: SignedIn) -> Result<Json<Page<TokenView>>, Problem> {
    let rows = app.identity.tokens(me.id()).await?;
    Ok(Json(Page::whole(rows.iter().map(TokenView::from).collect())))
}

/// Makes a token; its secret is shown this once. Needs a fresh authentication; one with the scope `scim` takes an
/// administrator too.
#[utoipa::path(post, path = "/tokens", operation_id = "tokens_make", tag = "tokens",
    responses((status = 201, body = NewToken)))]
async fn make(
    State(app): State<App>,
    me: Member,
    Json(form): Json<TokenForm>,
) -> Result<(StatusCode, Json<NewToken>), Problem> {
    within("name", &form.name, 1, 200)?;
    if form.scopes.is_empty() {
        return Err(Problem::field("scopes", "A token without a scope could do nothing. Name at least one."));
    }
    if form.scopes.contains(&Scope::Scim) {
        for_a_directory(&me, &form.scopes)?;
    }
    must_be_fresh(&me.0)?;
    let days = form.expires_in_days.unwrap_or(365);
    if !(1..=3650).contains(&days) {
        return Err(Problem::field("expires_in_days", "A token lasts from 1 to 3650 days."));
    }
    let lasts = TimeDelta::days(i64::from(days));
    let made = app.identity.make_token(me.id(), &form.name, &form.scopes, Some(lasts)).await?;
    let answer = NewToken { view: TokenView::from(&made.row), secret: made.secret.expose_secret().to_owned() };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// What keeps people and groups here is given out by an administrator, and does nothing else.
fn for_a_directory(me: &Member, scopes: &[Scope]) -> Result<(), Problem> {
    if me.0.role != Role::Administrator {
        return Err(Problem::forbidden("A token for a directory takes an administrator."));
    }
    if scopes != [Scope::Scim] {
        return Err(Problem::field(
            "scopes",
            "A token for a directory (`scim`) can do nothing else. Make another for the rest.",
        ));
    }
    Ok(())
}

/// Ends a token at once.
#[utoipa::path(delete, path = "/tokens/{id}", operation_id = "tokens_revoke", tag = "tokens",
    params(("id" = Uuid, Path)), responses((status = 204)))]
async fn revoke(State(app): State<App>, me: SignedIn, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    if app.identity.revoke_token(id, me.id()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("token of yours"))
    }
}
