//! The HTTP side: the API under `/api/v1`, the page, and what operators ask.
//!
//! Session → actor → desk → view. It decides nothing about notices, and knows no SQL.

#![expect(
    clippy::result_large_err,
    reason = "a problem is made once for a refused request; boxing it everywhere would cost the reader more than it saves"
)]

pub mod assets;
pub mod cookie;
pub mod extract;
pub mod guard;
pub mod health;
pub mod ics;
pub mod markup;
pub mod openapi;
pub mod problem;
pub mod report;
pub mod routes;
pub mod scim;
pub mod seen;
pub mod show;
pub mod stream;
pub mod unsubscribe;
pub mod view;
pub mod who;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use assets::Assets;
use problem::Problem;

use crate::audit::Verifier;
use crate::config::Config;
use crate::desk::Desk;
use crate::identity::{Identity, Ways};
use crate::probe::AllowList;
use crate::reach::Client;

/// How long a server that is asked to stop waits for answers under way.
const GRACE: Duration = Duration::from_secs(10);

/// What every handler reaches.
#[derive(Clone)]
pub struct App {
    pub desk: Desk,
    pub identity: Identity,
    pub site: Arc<Site>,
    /// Verifies the record when somebody asks.
    pub verifier: Verifier,
}

/// How this process is reached, and what it serves besides the API.
#[derive(Debug)]
pub struct Site {
    /// The page.
    pub page: Assets,
    /// Browsers reach us by HTTPS: cookies say so, and browsers are told to insist.
    pub secure: bool,
    /// A proxy in front tells who asks, in the last entry of `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// The largest message that may be uploaded, in bytes.
    pub upload_limit: usize,
    /// The file of checkpoints that is kept beside the database.
    pub checkpoints: PathBuf,
    /// What may be probed from here, and what that place is called.
    pub probes: Probes,
    /// Tells where hooks may point.
    pub hooks: Client,
    /// Routes beside the API and the page: the hooks that notices come in by.
    pub doors: Router,
    /// Ends what would never end by itself when the process is asked to stop.
    pub closing: CancellationToken,
}

/// Probes that are run by the server itself.
#[derive(Debug, Clone, Default)]
pub struct Probes {
    /// What stands on record as the place that such a probe was made from.
    pub vantage: String,
    pub allow: AllowList,
}

impl App {
    #[must_use]
    pub fn new(desk: Desk, site: Site) -> Self {
        let mut identity = Identity::new(desk.store.clone(), desk.ids.clone(), desk.entropy.clone());
        identity.terms.fresh = desk.settings.fresh_for;
        Self { desk, identity, site: Arc::new(site), verifier: Verifier::default() }
    }

    /// The same with the ways of signing in that the operator chose.
    #[must_use]
    pub fn with_ways(mut self, ways: Ways) -> Self {
        self.identity = self.identity.with_ways(ways);
        self
    }
}

impl Site {
    /// A site that browsers reach at this address, with the page that was built into the program.
    #[must_use]
    pub fn at(public_url: &str, upload_limit: usize) -> Self {
        Self {
            page: Assets::embedded(),
            secure: public_url.starts_with("https://"),
            behind_proxy: false,
            upload_limit,
            checkpoints: PathBuf::from("checkpoints.jsonl"),
            probes: Probes::default(),
            hooks: Client::new(&Config::defaults().hooks).expect("the defaults name no network and no file"),
            doors: Router::new(),
            closing: CancellationToken::new(),
        }
    }
}

/// Everything that answers HTTP.
pub fn router(app: App) -> Router {
    let (api, document) = openapi::described();
    let page_policy = app.site.page.policy();
    Router::new()
        .merge(api)
        .route("/api/v1/openapi.json", get(move || openapi::answer(document.clone())))
        .merge(health::router())
        .merge(unsubscribe::router())
        .merge(routes::feeds())
        .merge(scim::router())
        .merge(app.site.doors.clone().with_state(()))
        .fallback(otherwise)
        .method_not_allowed_fallback(wrong_method)
        .layer(guard::body_limit())
        .layer(guard::csrf())
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::time_limit))
        .layer(CompressionLayer::new())
        // Inside the headers, so that also the answer to a panic carries them.
        .layer(CatchPanicLayer::custom(guard::panicked))
        .layer(axum::middleware::from_fn_with_state((app.site.clone(), page_policy), guard::headers))
        .layer(axum::middleware::from_fn(guard::log))
        .with_state(app)
}

/// Answers on `listener` until `stop` is done, then lets answers under way finish for ten seconds.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let closing = app.site.closing.clone();
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let began = closing.clone();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        closing.cancel();
    });
    tokio::select! {
        ended = server.into_future() => ended,
        () = async { began.cancelled().await; tokio::time::sleep(GRACE).await } => {
            tracing::warn!("some answers did not finish in time and were cut off");
            Ok(())
        }
    }
}

/// What no route knows: under `/api`, `/in` and `/scim` a problem, elsewhere the page, which has routes of its own.
async fn otherwise(
    axum::extract::State(app): axum::extract::State<App>,
    method: Method,
    uri: Uri,
    headers: axum::http::HeaderMap,
) -> axum::response::Response {
    use axum::response::IntoResponse;
    let path = uri.path();
    if ["/api/", "/in/", "/scim/"].iter().any(|below| path.starts_with(below))
        || !matches!(method, Method::GET | Method::HEAD)
    {
        return Problem::new(StatusCode::NOT_FOUND, "no_such_address", format!("There is nothing at {path}."))
            .into_response();
    }
    app.site.page.answer(path, &headers)
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!(
            "{} does not take {method}; the OpenAPI document at /api/v1/openapi.json says what it takes.",
            uri.path()
        ),
    )
}
