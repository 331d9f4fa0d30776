//! The door for webhooks: `POST /in/<name>`, one file for each way that a sender proves itself.
//!
//! Authentication comes before parsing. What passes is kept as it came, and the answer is given as soon as it is
//! committed: whoever delivers waits for seconds only and then sends again, and the same delivery again is the same
//! message. An unknown shape is kept too, for a person.

mod azure;
mod eventbridge;
mod form;
mod generic;
pub mod keys;
mod mailgun;
mod postmark;
mod proof;
mod pubsub;
mod sendgrid;
mod ses;
mod sns;
mod statuspage;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::post};
use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use serde_json::json;

use super::authenticity::{Judge, Origin, SpfTold, sender};
use super::http::Http;
use super::keeper::is_colleague;
use super::pollers::Wake;
use crate::clock::machine_now;
use crate::config::{Adapter, Hook};
use crate::desk::{Desk, Incoming};
use crate::notice::fact::Authenticity;
use crate::store::channels;
use crate::telemetry::names;

pub use keys::{Certificates, TokenKeys};

/// What came, before anybody knows from whom.
pub(crate) struct Delivery<'a> {
    pub headers: &'a HeaderMap,
    pub query: &'a str,
    pub body: &'a [u8],
    /// Machine time: what a sender's clock is compared with.
    pub now: DateTime<Utc>,
}

impl Delivery<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn media(&self) -> Option<String> {
        let media = self.header(header::CONTENT_TYPE.as_str())?.split(';').next()?.trim().to_ascii_lowercase();
        (!media.is_empty()).then_some(media)
    }
}

/// What an adapter made of a delivery whose sender is proven.
pub(crate) enum Taken {
    Message(Message),
    /// A mail that a service took in for us.
    Mail(Mail),
    /// Only a sign that there is something new to be read elsewhere.
    Hint,
    /// Nothing to keep, such as a confirmation of the subscription.
    Nothing(&'static str),
}

pub(crate) struct Message {
    pub raw: Vec<u8>,
    pub media: Option<String>,
    /// What the sender calls this delivery; without one, its bytes say what is the same.
    pub key: Option<String>,
    pub authenticity: Authenticity,
    pub reason: String,
}

pub(crate) struct Mail {
    pub raw: Vec<u8>,
    pub key: Option<String>,
    pub from: Option<String>,
    pub to: Vec<String>,
    pub spf: SpfTold<'static>,
}

/// Why a delivery is not taken. Senders see the words: they say what to mend, and never how near a guess was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("{0}")]
    Unproven(String),
    #[error("{0}")]
    Malformed(String),
    /// Nothing is wrong with it; we could not check it now.
    #[error("{0}")]
    Later(String),
}

/// Everything that hooks share.
#[derive(Clone)]
pub struct Shared {
    pub desk: Desk,
    pub judge: Arc<Judge>,
    pub http: Http,
    pub certificates: Certificates,
    pub tokens: TokenKeys,
    pub wake: Wake,
    /// The largest delivery, in bytes.
    pub most: usize,
}

struct Hooks {
    shared: Shared,
    by_name: BTreeMap<String, Hook>,
}

/// The routes below `/in`.
///
/// # Errors
/// Where two hooks have one name, or one lacks what its sender is to be proven by.
pub fn router(shared: Shared, hooks: &[Hook]) -> Result<Router, String> {
    let by_name = check_all(hooks)?;
    let most = shared.most;
    Ok(Router::new()
        .route("/in/{name}", post(take))
        .layer(DefaultBodyLimit::max(most))
        .with_state(Arc::new(Hooks { shared, by_name })))
}

/// The hooks by name, where each is set up so that its sender can be proven.
///
/// # Errors
/// As [`router`].
pub fn check_all(hooks: &[Hook]) -> Result<BTreeMap<String, Hook>, String> {
    let mut by_name = BTreeMap::new();
    for hook in hooks {
        check(hook)?;
        if by_name.insert(hook.name.clone(), hook.clone()).is_some() {
            return Err(format!("inbound.hooks: two have the name “{}”; give each its own", hook.name));
        }
    }
    Ok(by_name)
}

/// The channel of a hook.
#[must_use]
pub fn channel(hook: &Hook) -> String {
    format!("webhook/{}", hook.name)
}

fn check(hook: &Hook) -> Result<(), String> {
    let named =
        !hook.name.is_empty() && hook.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !named {
        return Err(format!(
            "inbound.hooks: the name “{}” must have lower-case letters, digits and hyphens",
            hook.name
        ));
    }
    let lacks = match hook.adapter {
        Adapter::Sns | Adapter::Ses => hook.topics.is_empty().then_some("topics"),
        Adapter::Pubsub => (hook.audience.is_empty() || hook.email.is_empty()).then_some("audience and email"),
        Adapter::Sendgrid => (hook.public_key.is_empty() && hook.secret.is_empty()).then_some("public_key or secret"),
        Adapter::Statuspage => None,
        _ => hook.secret.is_empty().then_some("secret"),
    };
    match lacks {
        Some(what) => Err(format!(
            "inbound.hooks: “{}” ({}) lacks {what}, without which anybody could post to it",
            hook.name,
            hook.adapter.word()
        )),
        None => Ok(()),
    }
}

async fn take(
    State(hooks): State<Arc<Hooks>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(hook) = hooks.by_name.get(&name) else {
        return problem(StatusCode::NOT_FOUND, "no_such_hook", "No hook of this name is set up.");
    };
    let delivery =
        Delivery { headers: &headers, query: uri.query().unwrap_or_default(), body: &body, now: machine_now() };
    let shared = &hooks.shared;
    let taken = match hook.adapter {
        Adapter::Sns => sns::take(shared, hook, &delivery).await,
        Adapter::Ses => ses::take(shared, hook, &delivery).await,
        Adapter::Pubsub => pubsub::take(shared, hook, &delivery).await,
        Adapter::Eventbridge => eventbridge::take(hook, &delivery),
        Adapter::Azure => azure::take(hook, &delivery),
        Adapter::Statuspage => statuspage::take(hook, &delivery),
        Adapter::Generic => generic::take(hook, &delivery),
        Adapter::Postmark => postmark::take(hook, &delivery),
        Adapter::Mailgun => mailgun::take(hook, &delivery).await,
        Adapter::Sendgrid => sendgrid::take(hook, &delivery).await,
    };
    match taken {
        Ok(taken) => shared.settle(hook, taken, &body).await,
        Err(refused) => refuse(hook, &refused),
    }
}

impl Shared {
    async fn settle(&self, hook: &Hook, taken: Taken, body: &[u8]) -> Response {
        let (incoming, key) = match taken {
            Taken::Nothing(what) => {
                tracing::info!(hook = %hook.name, what, "a hook was called, and there was nothing to keep");
                return (StatusCode::OK, Json(json!({ "kept": false }))).into_response();
            }
            Taken::Hint => {
                let source = format!("poll/{}", hook.source);
                if let Err(error) = channels::due_now(&self.desk.store, &source).await {
                    tracing::error!(hook = %hook.name, %error, "a hint could not be followed");
                    return later("The database is away.");
                }
                self.wake.notify_waiters();
                return (StatusCode::ACCEPTED, Json(json!({ "kept": false }))).into_response();
            }
            Taken::Message(message) => self.message(hook, message),
            Taken::Mail(mail) => self.mail(hook, mail).await,
        };
        let key = key.unwrap_or_else(|| hex::encode(digest(&SHA256, body)));
        match self.desk.receive_once(incoming, &key).await {
            Ok(received) => {
                metrics::counter!(names::MESSAGES_RECEIVED, "channel" => channel(hook)).increment(1);
                tracing::info!(id = %received.message_id, hook = %hook.name, again = received.duplicate.is_some(), "kept");
                (StatusCode::OK, Json(json!({ "kept": true, "id": received.message_id }))).into_response()
            }
            Err(error) => {
                tracing::error!(hook = %hook.name, %error, "a delivery could not be kept; its sender will send it again");
                later("It cannot be kept at the moment.")
            }
        }
    }

    fn message(&self, hook: &Hook, message: Message) -> (Incoming, Option<String>) {
        let incoming = Incoming {
            channel: channel(hook),
            raw: message.raw,
            media: message.media,
            envelope_from: None,
            envelope_to: Vec::new(),
            authenticity: message.authenticity,
            authenticity_reason: message.reason,
            received_at: self.desk.clock.now(),
        };
        (incoming, message.key)
    }

    /// A mail that a service took in is judged as one that came to our own door.
    async fn mail(&self, hook: &Hook, mail: Mail) -> (Incoming, Option<String>) {
        let colleague = match sender(&mail.raw) {
            Some(_) => is_colleague(&self.desk, &mail.raw).await,
            None => false,
        };
        let from = mail.from.clone().unwrap_or_default();
        let origin = Origin { spf: mail.spf, from: &from, to: &mail.to, colleague };
        let verdict = self.judge.judge(&mail.raw, origin).await;
        let incoming = Incoming {
            channel: channel(hook),
            raw: mail.raw,
            media: Some("message/rfc822".to_owned()),
            envelope_from: mail.from,
            envelope_to: mail.to,
            authenticity: verdict.authenticity,
            authenticity_reason: verdict.reason,
            received_at: self.desk.clock.now(),
        };
        (incoming, mail.key)
    }
}

fn refuse(hook: &Hook, refused: &Refused) -> Response {
    let (status, code) = match refused {
        Refused::Unproven(_) => (StatusCode::UNAUTHORIZED, "not_proven"),
        Refused::Malformed(_) => (StatusCode::UNPROCESSABLE_ENTITY, "malformed"),
        Refused::Later(_) => (StatusCode::SERVICE_UNAVAILABLE, "try_again"),
    };
    metrics::counter!("countersign_hooks_refused_total", "channel" => channel(hook), "code" => code).increment(1);
    tracing::warn!(hook = %hook.name, code, reason = %refused, "a delivery was refused");
    problem(status, code, &refused.to_string())
}

fn later(detail: &str) -> Response {
    let mut response = problem(StatusCode::SERVICE_UNAVAILABLE, "try_again", detail);
    response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("30"));
    response
}

fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "code": code,
        "detail": detail,
    });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}
