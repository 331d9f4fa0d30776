//! What a request carries, taken apart so that a wrong one gets a problem that names the field.
//!
//! The names are those of axum's own extractors, so that the OpenAPI document finds the types by itself.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, MatchedPath, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The body as JSON, and an answer as JSON.
pub struct Json<T>(pub T);

/// Parts of the path.
pub struct Path<T>(pub T);

/// The query of the URL.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(req: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(&req) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                "Send the body as JSON, with `Content-Type: application/json`.",
            )
            .at("content-type"));
        }
        let bytes = Bytes::from_request(req, state).await.map_err(too_large)?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|e| wrong_json(&e))?;
        json.end().map_err(|e| Problem::new(StatusCode::BAD_REQUEST, "malformed_json", e.to_string()).at("body"))?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    /// Answers are about now and about this person: no cache keeps them.
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body)
                .into_response(),
            Err(error) => Problem::internal(&error).into_response(),
        }
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let pattern = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|path| Self(path.0))
            .map_err(|rejection| wrong_path(&rejection, &pattern))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let form = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(form).map(Self).map_err(|e| {
            let field = field_of(&e.path().to_string(), &e.inner().to_string());
            Problem::new(StatusCode::BAD_REQUEST, "invalid_query", format!("The query is wrong: {}.", e.inner()))
                .at(&field)
        })
    }
}

fn is_json(req: &Request) -> bool {
    req.headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split(';').next())
        .is_some_and(|v| v.trim().eq_ignore_ascii_case("application/json"))
}

/// A body that could not be taken in: over the limit, or cut off on its way.
pub fn too_large(rejection: BytesRejection) -> Problem {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is larger than this address takes.")
        }
        other => Problem::new(StatusCode::BAD_REQUEST, "unreadable_body", other.body_text()),
    }
    .at("body")
}

fn wrong_json(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if inner.is_syntax() || inner.is_eof() {
        return Problem::new(StatusCode::BAD_REQUEST, "malformed_json", format!("The body is not JSON: {inner}."))
            .at("body");
    }
    let field = field_of(&error.path().to_string(), &inner.to_string());
    Problem::field(&field, format!("`{field}` is wrong: {inner}."))
}

/// Where a value is wrong: serde gives the place of a wrong type as path, and names a missing or an unknown field only in
/// its message.
fn field_of(path: &str, message: &str) -> String {
    let named = ["unknown field `", "missing field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.split_once(start))
        .and_then(|(_, rest)| rest.split_once('`'))
        .map(|(name, _)| name);
    match (path, named) {
        ("." | "", None) => "body".to_owned(),
        ("." | "", Some(name)) => name.to_owned(),
        (path, Some(name)) if !path.rsplit('.').any(|last| last == name) => format!("{path}.{name}"),
        (path, _) => path.to_owned(),
    }
}

/// The name of the wrong part: as axum tells it, else by its place in the route's pattern.
fn wrong_path(rejection: &PathRejection, pattern: &str) -> Problem {
    use axum::extract::path::ErrorKind;
    let PathRejection::FailedToDeserializePathParams(failed) = rejection else {
        return Problem::internal(rejection);
    };
    let names: Vec<&str> = pattern.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
    let field = match failed.kind() {
        ErrorKind::ParseErrorAtKey { key, .. }
        | ErrorKind::InvalidUtf8InPathParam { key }
        | ErrorKind::DeserializeError { key, .. } => key.as_str(),
        ErrorKind::ParseErrorAtIndex { index, .. } => names.get(*index).copied().unwrap_or("path"),
        _ => names.first().copied().unwrap_or("path"),
    };
    let told = failed.body_text();
    Problem::new(StatusCode::BAD_REQUEST, "invalid_id", format!("`{field}` in the address is wrong: {told}.")).at(field)
}
