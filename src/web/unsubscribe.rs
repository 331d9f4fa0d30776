//! The way out of voluntary mail: a page that asks, for whoever follows the link, and one POST for mail programs (RFC 8058).
//!
//! The GET changes nothing: scanners of mails follow links. Who holds the link needs no session, as the RFC asks.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use uuid::Uuid;

use super::App;
use super::problem::Problem;
use crate::desk::outward::choices::Voluntary;

/// A page of its own: no script, and its one form goes to where it came from.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub fn router() -> Router<App> {
    Router::new().route("/unsubscribe/{person}/{sort}/{tag}", get(ask).post(end))
}

async fn ask(Path((_, sort, _)): Path<(Uuid, String, String)>) -> Result<Response, Problem> {
    let what = words(read(&sort)?);
    Ok(page(&format!(
        "<h1>Do without {what}?</h1><p>What asks for your signature, and alarms, come all the same.</p>\
         <form method=\"post\"><button>Do without {what}</button></form>"
    )))
}

async fn end(
    State(app): State<App>,
    Path((person, sort, tag)): Path<(Uuid, String, String)>,
) -> Result<Response, Problem> {
    let sort = read(&sort)?;
    if !app.desk.unsubscribe(person, sort, &tag).await? {
        let told = "This link was not made here, or the keyring it was made with is gone.";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no_such_link", told));
    }
    Ok(page(&format!("<h1>Done</h1><p>You will do without {}. On the page you can have them again.</p>", words(sort))))
}

fn read(sort: &str) -> Result<Voluntary, Problem> {
    sort.parse().map_err(|_| Problem::not_found("sort of mail"))
}

const fn words(sort: Voluntary) -> &'static str {
    match sort {
        Voluntary::Digest => "the daily digest",
        Voluntary::Watching => "news of what you only watch",
        Voluntary::Calendar => "entries for your calendar",
        Voluntary::Report => "the weekly report",
    }
}

fn page(body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>Mails</title><style>:root{{color-scheme:light dark}}\
         body{{max-width:32rem;margin:15vh auto;padding:0 1.25rem;font:1rem/1.55 system-ui,sans-serif}}\
         h1{{font-size:1.45rem;line-height:1.25}}button{{font:inherit;font-weight:600;padding:.7rem 1.4rem;border:0;\
         border-radius:6px;background:#2446c8;color:#fff;cursor:pointer}}</style></head><body><main>{body}</main></body></html>"
    );
    let head = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (head, html).into_response()
}
