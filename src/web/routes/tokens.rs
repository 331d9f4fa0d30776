//! Tokens for programs.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::desk::UPLOAD;
use crate::identity::{Role, Scope, TokenTerms};
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
/// administrator too. One that is bound to a channel makes that channel known, so that its silence is an alarm.
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
    let channel = form.channel.as_deref().map(|name| for_a_channel(name, &form.scopes)).transpose()?;
    must_be_fresh(&me.0)?;
    let days = form.expires_in_days.unwrap_or(365);
    if !(1..=3650).contains(&days) {
        return Err(Problem::field("expires_in_days", "A token lasts from 1 to 3650 days."));
    }
    let lasts = TimeDelta::days(i64::from(days));
    if let Some(channel) = &channel {
        app.desk.know_channels(std::slice::from_ref(channel)).await?;
    }
    let terms = TokenTerms { name: form.name, scopes: form.scopes, channel };
    let made = app.identity.make_token(me.id(), &terms, Some(lasts)).await?;
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

/// The channel that a token is bound to: below `upload`, so that it can pass for no other door.
fn for_a_channel(name: &str, scopes: &[Scope]) -> Result<String, Problem> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(1..=40).contains(&name.len()) || !name.bytes().all(plain) {
        let told = "A channel's name is 1 to 40 lower-case letters, digits and hyphens.";
        return Err(Problem::field("channel", told));
    }
    if scopes != [Scope::Ingest] {
        let told =
            "A token of a channel brings messages in (`ingest`) and can do nothing else. Make another for the rest.";
        return Err(Problem::field("scopes", told));
    }
    Ok(format!("{UPLOAD}/{name}"))
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
