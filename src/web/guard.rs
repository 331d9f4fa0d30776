//! What holds for every request: who may send it from where, how large and how long it may be, and what the browser is
//! told to refuse.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::problem::Problem;
use super::{App, Site};

/// What a request to the API may carry; uploads have their own limit.
const BODY: usize = 1024 * 1024;
/// What an answer may take; the stream of events is without end by nature.
const TIME: Duration = Duration::from_secs(30);

/// For what is shown in a frame of our own page and must do nothing there: no script, no form, no load from anywhere.
pub const FRAMED: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                          form-action 'none'; frame-ancestors 'self'";

/// Answers with HTML for a frame of our own page.
#[must_use]
pub fn framed(html: String) -> Response {
    let head = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, FRAMED),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (head, html).into_response()
}

/// For data: nothing in it may ever run, load or be framed.
const DATA: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

pub fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(BODY)
}

/// Refuses requests that change something and come from another site (by `Sec-Fetch-Site`, else by `Origin` and `Host`).
/// Programs send neither header; they carry a token or have no cookie to misuse.
pub fn csrf() -> CsrfLayer<impl Fn(ProtectionError) -> Response + Clone> {
    CsrfLayer::new().with_rejection_response(|error: ProtectionError| {
        tracing::warn!(%error, "refused a request from another site");
        Problem::new(
            StatusCode::FORBIDDEN,
            "cross_site",
            "This request comes from another site and was refused. A proxy in front must hand on Host and Origin as they are.",
        )
        .into_response()
    })
}

/// No answer is waited for without end, except that of the stream.
pub async fn time_limit(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.uri().path() == "/api/v1/events" {
        return next.run(request).await;
    }
    tokio::select! {
        answer = next.run(request) => answer,
        () = tokio::time::sleep(TIME) => {
            tracing::error!(seconds = TIME.as_secs(), closing = app.site.closing.is_cancelled(), "an answer took too long");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_slow", "This took too long. Try again in a moment.")
                .retry_after(5)
                .into_response()
        }
    }
}

/// Sets what browsers must refuse. An answer that set its own policy keeps it.
pub async fn headers(
    State((site, page_policy)): State<(Arc<Site>, HeaderValue)>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = if is_page { page_policy } else { HeaderValue::from_static(DATA) };
    let headers = response.headers_mut();
    let framed = headers.get(header::CONTENT_SECURITY_POLICY).is_some_and(|policy| policy == FRAMED);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    let frames = if framed { "SAMEORIGIN" } else { "DENY" };
    for (name, value) in [
        (header::X_FRAME_OPTIONS, frames),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if site.secure {
        headers
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    response
}

/// One line for each request that failed or was slow, by the route's pattern: a path may carry the secret of a link.
pub async fn log(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("(page)", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let start = std::time::Instant::now();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), start.elapsed());
    metrics::counter!("countersign_http_answers_total", "status" => format!("{}xx", status / 100)).increment(1);
    metrics::histogram!("countersign_http_seconds").record(took.as_secs_f64());
    tracing::debug!(%method, route, status, milliseconds = took.as_millis(), "answered");
    response
}

/// A handler that panics is our mistake: logged, and told as one.
#[expect(clippy::needless_pass_by_value, reason = "the signature that CatchPanicLayer asks for")]
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let told = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without words");
    Problem::internal(&format!("a handler panicked: {told}")).into_response()
}
