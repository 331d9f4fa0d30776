//! Asking a provider over HTTP, as the two protocol libraries want it done.

use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse};

/// The longest that a provider may take for one answer.
const TIME: Duration = Duration::from_secs(10);
/// The largest answer taken, in bytes. Discovery documents and key sets are a few kilobytes.
const MOST: usize = 1 << 20;

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    #[error("no answer: {0}")]
    Http(#[from] reqwest::Error),
    #[error("an answer of more than {MOST} bytes")]
    TooLarge,
    #[error("an answer that is none: {0}")]
    Malformed(#[from] axum::http::Error),
}

/// A client that follows no redirect: a provider's answer must not choose whom we ask next.
pub(super) fn client() -> Result<reqwest::Client, reqwest::Error> {
    // Whoever set one before us set the same; with none, rustls could not choose.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIME)
        .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Sends one request of a protocol library.
pub(super) async fn call(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, Failed> {
    let mut answer = http.execute(request.try_into()?).await?;
    let mut response = axum::http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        if body.len() + piece.len() > MOST {
            return Err(Failed::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(response.body(body)?)
}
