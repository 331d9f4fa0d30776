//! Statuspage's webhook, which nobody signs: it is only a hint, and the page itself is read again by its poller.
//! Where no poller is named, it is kept as what it is: unverified.
//! Source: Statuspage documentation, "Webhook notifications".

use super::proof::same;
use super::{Delivery, Message, Refused, Taken};
use crate::config::Hook;
use crate::notice::fact::Authenticity;

pub fn take(hook: &Hook, delivery: &Delivery<'_>) -> Result<Taken, Refused> {
    if !hook.secret.is_empty() {
        let given = form_urlencoded::parse(delivery.query.as_bytes()).find(|(name, _)| name == "key");
        if !given.is_some_and(|(_, key)| same(&key, hook.secret.expose())) {
            return Err(Refused::Unproven("The key in the address (?key=…) is missing or wrong.".to_owned()));
        }
    }
    if !hook.source.is_empty() {
        return Ok(Taken::Hint);
    }
    Ok(Taken::Message(Message {
        raw: delivery.body.to_vec(),
        media: delivery.media(),
        key: None,
        authenticity: Authenticity::Unverified,
        reason: "Statuspage does not sign its webhooks, and no poller of the page is set up to check it.".to_owned(),
    }))
}
