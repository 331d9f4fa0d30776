//! Amazon EventBridge through an API destination, whose connection sends an API key in a header.
//! Source: EventBridge user guide, "API destinations", connections with API key authorization.
//!
//! Events come at least once; an event's `id` is the same each time.

use serde_json::Value;

use super::proof::same;
use super::{Delivery, Message, Refused, Taken};
use crate::config::Hook;
use crate::notice::fact::Authenticity;

pub fn take(hook: &Hook, delivery: &Delivery<'_>) -> Result<Taken, Refused> {
    let header = if hook.header.is_empty() { "x-api-key" } else { hook.header.as_str() };
    if !delivery.header(header).is_some_and(|given| same(given, hook.secret.expose())) {
        return Err(Refused::Unproven(format!("The key in the header {header} is missing or wrong.")));
    }
    let id = serde_json::from_slice::<Value>(delivery.body)
        .ok()
        .and_then(|event| event.get("id").and_then(Value::as_str).map(str::to_owned));
    Ok(Taken::Message(Message {
        raw: delivery.body.to_vec(),
        media: delivery.media(),
        key: id,
        authenticity: Authenticity::Verified,
        reason: "Came from our own EventBridge, with the key of its API destination.".to_owned(),
    }))
}
