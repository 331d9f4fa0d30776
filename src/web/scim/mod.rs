//! SCIM 2.0 (RFC 7643, RFC 7644) under `/scim/v2`: a directory elsewhere keeps people and groups here.
//!
//! Owns the wire: schemas, filters, patches, lists and errors as SCIM has them. What a directory's word does is the desk's
//! (`desk::house`). Who asks has a token with the scope `scim`, made by somebody who administers, and nothing else opens it.

mod filter;
mod groups;
mod meta;
mod patch;
mod resource;
mod users;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::extract::{Query, too_large};
use super::problem::Problem;
use super::who::Directory;
use crate::desk::DeskError;
use filter::Filter;

/// Where it stands.
const BASE: &str = "/scim/v2";

/// The most that one answer lists. A directory asks for the next page.
const MOST: usize = 200;

/// What answers a directory.
pub fn router() -> Router<App> {
    Router::new().nest(BASE, meta::router().merge(users::router()).merge(groups::router()))
}

/// An answer that says no, as RFC 7644 section 3.12 shapes it.
#[derive(Debug)]
pub struct ScimError {
    status: StatusCode,
    sort: Option<&'static str>,
    detail: String,
}

impl ScimError {
    fn wrong(sort: &'static str, detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, sort: Some(sort), detail: detail.into() }
    }
}

impl From<Problem> for ScimError {
    fn from(problem: Problem) -> Self {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, sort: None, detail: problem.detail }
    }
}

impl From<DeskError> for ScimError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Invalid { field: "emails", message } => Self::wrong("mutability", message),
            DeskError::Invalid { message, .. } => Self::wrong("invalidValue", message),
            DeskError::Conflict { code: "address_taken" | "name_taken", message } => {
                Self { status: StatusCode::CONFLICT, sort: Some("uniqueness"), detail: message }
            }
            other => Problem::from(other).into(),
        }
    }
}

impl IntoResponse for ScimError {
    fn into_response(self) -> Response {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.as_str(),
            "detail": self.detail,
        });
        if let Some(sort) = self.sort {
            body["scimType"] = json!(sort);
        }
        (self.status, Scim(body)).into_response()
    }
}

/// A body in SCIM's own media type.
struct Scim(Value);

impl IntoResponse for Scim {
    fn into_response(self) -> Response {
        let head = [(header::CONTENT_TYPE, "application/scim+json"), (header::CACHE_CONTROL, "no-store")];
        (head, self.0.to_string()).into_response()
    }
}

impl<S: Send + Sync> FromRequest<S> for Scim {
    type Rejection = ScimError;

    /// Directories send `application/scim+json` or plain JSON. A form of another site's page can send neither, and could
    /// not carry the token.
    async fn from_request(request: Request, state: &S) -> Result<Self, ScimError> {
        let media =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_lowercase();
        if !matches!(media.as_str(), "application/scim+json" | "application/json") {
            let detail = "send the body as `application/scim+json`".to_owned();
            return Err(ScimError { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, sort: None, detail });
        }
        let bytes = Bytes::from_request(request, state).await.map_err(too_large)?;
        let body = serde_json::from_slice(&bytes)
            .map_err(|e| ScimError::wrong("invalidSyntax", format!("the body is not JSON: {e}")))?;
        Ok(Self(body))
    }
}

/// Which of them, and how many, as RFC 7644 section 3.4.2 asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    filter: Option<String>,
    #[serde(rename = "startIndex")]
    start: Option<i64>,
    count: Option<i64>,
    #[serde(rename = "excludedAttributes")]
    excluded: Option<String>,
}

impl Asked {
    /// Whether a list leaves this attribute out: a directory that looks for a group does not want its thousand members.
    fn leaves_out(&self, attribute: &str) -> bool {
        let excluded = self.excluded.as_deref().unwrap_or_default();
        excluded.split(',').any(|name| name.trim().eq_ignore_ascii_case(attribute))
    }

    /// The page of these resources that was asked for.
    fn page(&self, all: Vec<Value>) -> Result<Scim, ScimError> {
        let filter = self.filter.as_deref().map(Filter::parse).transpose()?;
        let fits: Vec<Value> = all.into_iter().filter(|one| filter.as_ref().is_none_or(|f| f.fits(one))).collect();
        let start = usize::try_from(self.start.unwrap_or(1)).unwrap_or(0).max(1);
        let count = self.count.map_or(MOST, |count| usize::try_from(count).unwrap_or(0).min(MOST));
        let total = fits.len();
        let page: Vec<Value> = fits.into_iter().skip(start - 1).take(count).collect();
        Ok(Scim(json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": page.len(),
            "Resources": page,
        })))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ScimError> {
        Ok(Query::<Self>::from_request_parts(parts, state).await.map_err(ScimError::from)?.0)
    }
}

impl FromRequestParts<App> for Directory {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ScimError> {
        Ok(Self::of(parts, app).await?)
    }
}

/// Where a resource of this sort stands for whoever asks.
fn location(app: &App, sort: &str, id: uuid::Uuid) -> String {
    format!("{}{BASE}/{sort}/{id}", app.desk.settings.public_url)
}

/// An id as the path carries it. One that is no id is the id of nothing.
fn id(written: &str) -> Result<uuid::Uuid, ScimError> {
    written.parse().map_err(|_| Problem::not_found("resource").into())
}
