//! Azure Service Health by an action group's webhook. The webhook does not sign; the secret stands in its address as
//! `?key=…`, which only the action group knows.
//! Source: Azure documentation, "service-health-alert-webhook-guide" and "Common alert schema".

use serde_json::Value;

use super::proof::same;
use super::{Delivery, Message, Refused, Taken};
use crate::config::Hook;
use crate::notice::fact::Authenticity;

pub fn take(hook: &Hook, delivery: &Delivery<'_>) -> Result<Taken, Refused> {
    let given = form_urlencoded::parse(delivery.query.as_bytes()).find(|(name, _)| name == "key");
    if !given.is_some_and(|(_, key)| same(&key, hook.secret.expose())) {
        return Err(Refused::Unproven("The key in the address (?key=…) is missing or wrong.".to_owned()));
    }
    let json = serde_json::from_slice::<Value>(delivery.body).unwrap_or_default();
    let text = |path: &str| json.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    let key = text("/data/context/activityLog/eventDataId").map(str::to_owned).or_else(|| {
        // One alert fires and is resolved later: two messages.
        let alert = text("/data/essentials/alertId")?;
        Some(format!("{alert}/{}", text("/data/essentials/monitorCondition").unwrap_or_default()))
    });
    Ok(Taken::Message(Message {
        raw: delivery.body.to_vec(),
        media: delivery.media(),
        key,
        authenticity: Authenticity::Vouched,
        reason: "Came with the key of our own action group; Azure does not sign it.".to_owned(),
    }))
}
