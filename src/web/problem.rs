//! Errors as the API tells them: RFC 9457 problem documents with a stable `code` for programs and prose for people.
//!
//! Owns the one envelope. No handler invents another shape, and nothing in here says more than the caller may know: what
//! went wrong inside is logged with an id, and the answer carries the id.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::common::Change;
use super::view::gate::Blocker;
use crate::desk::DeskError;
use crate::identity::{IdentityError, JoinError};
use crate::notice::refusal::{Because, Refusal};

/// An answer that says no, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Names the sort of problem; always `urn:countersign:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(examples("urn:countersign:problem:subject_changed"))]
    pub sort: String,
    pub title: String,
    pub status: u16,
    /// Stable; programs branch on it.
    pub code: String,
    /// What happened, to what, and what to do next.
    pub detail: String,
    /// The field of the request that is wrong: a path such as `deadlines[0].when.at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blockers: Option<Vec<Blocker>>,
    /// What changed since it was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Vec<Change>>,
    /// Seconds to wait before trying again, also in the header `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl Problem {
    #[must_use]
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            sort: format!("urn:countersign:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Problem").to_owned(),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: detail.into(),
            field: None,
            blockers: None,
            difference: None,
            retry_after: None,
        }
    }

    /// A field of the request is wrong (422).
    #[must_use]
    pub fn field(field: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", detail).at(field)
    }

    #[must_use]
    pub fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", "Nobody is signed in. Sign in and try again.")
    }

    /// What is asked for is not there, or not for this person to see: the two are told alike (404).
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("There is no such {what}."))
    }

    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// Logs what went wrong inside and tells the caller only the id of the log line (500).
    #[must_use]
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        let id = uuid::Uuid::new_v4();
        tracing::error!(problem = %id, error = %error, "a request failed inside");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            format!("Something went wrong inside. The log says more under {id}."),
        )
    }

    /// A command that was not carried out, with names in its reasons.
    #[must_use]
    pub fn refused(refusal: &Refusal, blockers: Vec<Blocker>, difference: Option<Vec<Change>>) -> Self {
        let status = match refusal.because {
            Because::State => StatusCode::CONFLICT,
            Because::Right => StatusCode::FORBIDDEN,
            Because::Freshness => StatusCode::UNAUTHORIZED,
            Because::Request => StatusCode::UNPROCESSABLE_ENTITY,
            Because::Missing => StatusCode::NOT_FOUND,
        };
        Self {
            blockers: (!blockers.is_empty()).then_some(blockers),
            difference,
            ..Self::new(status, refusal.code, refusal.message.clone())
        }
    }

    #[must_use]
    pub fn at(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after;
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")], body)
                .into_response();
        if let Some(seconds) = retry {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        let told = error.to_string();
        match error {
            IdentityError::WrongPassword => Self::new(
                StatusCode::UNAUTHORIZED,
                "wrong_password",
                "Address and password do not fit together. An administrator can send a new invitation.",
            ),
            IdentityError::TooManyAttempts { wait } => {
                let seconds = u64::try_from(wait.num_seconds()).unwrap_or(1).max(1);
                Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_attempts",
                    format!("Too many failed attempts from here. Wait {seconds} seconds; nobody else is kept out."),
                )
                .retry_after(seconds)
            }
            IdentityError::LinkGone => Self::new(
                StatusCode::NOT_FOUND,
                "link_gone",
                "This link has been used, has run out, or was replaced by a newer one. Ask for a new one.",
            ),
            IdentityError::Weak(_) => Self::field("password", capitalised(&told)),
            IdentityError::SessionEnded => Self::not_signed_in(),
            IdentityError::WayClosed(_) => Self::new(StatusCode::CONFLICT, "way_closed", capitalised(&told)),
            IdentityError::NotBegun => Self::new(StatusCode::CONFLICT, "not_begun", capitalised(&told)),
            IdentityError::Unproven(_) => Self::new(StatusCode::UNAUTHORIZED, "unproven", capitalised(&told)),
            IdentityError::NotAdmitted { code, .. } => Self::new(StatusCode::FORBIDDEN, code, capitalised(&told)),
            IdentityError::Provider { provider, .. } => {
                tracing::warn!(error = told, "a provider to sign in with failed");
                let told = format!("{provider} did not answer as it should. Try again in a moment, or another way.");
                Self::new(StatusCode::FAILED_DEPENDENCY, "provider_failed", told)
            }
            IdentityError::Store(_) | IdentityError::Hashing(_) => Self::internal(&told),
        }
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let told = error.to_string();
        match error {
            DeskError::NotFound { what, .. } => Self::not_found(what),
            DeskError::Invalid { field, .. } => Self::field(field, told),
            DeskError::Conflict { code, .. } => Self::new(StatusCode::CONFLICT, code, told),
            DeskError::Refused(refusal) => Self::refused(&refusal, Vec::new(), None),
            DeskError::ReadOnly(_) => Self::new(StatusCode::CONFLICT, "read_only", told),
            DeskError::Unopened | DeskError::Damaged(_) | DeskError::Store(_) => Self::internal(&told),
        }
    }
}

impl From<JoinError> for Problem {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Identity(error) => error.into(),
            JoinError::Desk(error) => error.into(),
        }
    }
}

/// Errors inside begin in lower case, sentences do not.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
