//! The CloudEvents envelope (1.0, structured mode), and the push envelope of Google's Pub/Sub, which is another name for
//! the same thing: data with an id, a time and attributes.
//!
//! It must not read the data: that is read again as a message of its own.

use base64::Engine as _;
use serde_json::Value;

use super::{Inner, Payload, Structured, time};
use crate::Original;
use crate::profile::Providers;

pub(super) fn read(payload: &Payload<'_>, _: &Providers) -> Option<Structured> {
    let json = payload.json.as_ref()?;
    cloud_event(json).or_else(|| pubsub_push(json))
}

fn cloud_event(json: &Value) -> Option<Structured> {
    let text = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
    let (_, kind, source) = (text("specversion")?, text("type")?, text("source")?);
    let bytes = match json.get("data") {
        Some(Value::String(words)) => words.as_bytes().to_vec(),
        Some(data @ (Value::Object(_) | Value::Array(_))) => serde_json::to_vec(data).ok()?,
        _ => decoded(json.get("data_base64")?.as_str()?)?,
    };
    Some(Structured {
        original: Some(Original {
            from: Some(source),
            subject: text("subject"),
            date: text("time"),
            message_id: text("id"),
        }),
        inner: Some(Inner {
            bytes,
            media: text("datacontenttype"),
            subject: text("subject").or(Some(kind)),
            received: json.get("time").and_then(time::instant),
        }),
        ..Structured::default()
    })
}

/// Source: Pub/Sub documentation, "Push subscriptions", wrapped messages.
fn pubsub_push(json: &Value) -> Option<Structured> {
    let message = json.get("message")?;
    let subscription = json.get("subscription")?.as_str()?;
    let text = |keys: &[&str]| keys.iter().find_map(|k| message.get(k)).and_then(Value::as_str).map(str::to_owned);
    let date = text(&["publishTime", "publish_time"]);
    Some(Structured {
        original: Some(Original {
            from: Some(subscription.to_owned()),
            subject: None,
            date: date.clone(),
            message_id: text(&["messageId", "message_id"]),
        }),
        inner: Some(Inner {
            bytes: decoded(message.get("data")?.as_str()?)?,
            media: None,
            subject: None,
            received: date.as_deref().and_then(time::instant_text),
        }),
        ..Structured::default()
    })
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
