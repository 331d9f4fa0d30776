//! Scripts and providers without a format of their own, signed as Standard Webhooks says.
//! Source: the Standard Webhooks specification, "Verifying webhook authenticity".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use ring::hmac;

use super::proof::{fresh, seconds};
use super::{Delivery, Message, Refused, Taken};
use crate::config::Hook;
use crate::notice::fact::Authenticity;

/// How far the sender's clock may be from ours.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

pub fn take(hook: &Hook, delivery: &Delivery<'_>) -> Result<Taken, Refused> {
    let missing =
        |name: &str| Refused::Unproven(format!("The header {name} is missing; sign as Standard Webhooks says."));
    let id = delivery.header("webhook-id").ok_or_else(|| missing("webhook-id"))?;
    let stamp = delivery.header("webhook-timestamp").ok_or_else(|| missing("webhook-timestamp"))?;
    let signatures = delivery.header("webhook-signature").ok_or_else(|| missing("webhook-signature"))?;
    let at =
        seconds(stamp).ok_or_else(|| Refused::Unproven("webhook-timestamp is no number of seconds.".to_owned()))?;
    fresh(at, delivery, TOLERANCE)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret(hook));
    let signed = [id.as_bytes(), b".", stamp.as_bytes(), b".", delivery.body].concat();
    // Several stand there while a secret is being changed.
    let holds = signatures
        .split(' ')
        .filter_map(|one| one.strip_prefix("v1,"))
        .filter_map(|one| STANDARD.decode(one).ok())
        .any(|tag| hmac::verify(&key, &signed, &tag).is_ok());
    if !holds {
        return Err(Refused::Unproven("No signature in webhook-signature fits this secret and body.".to_owned()));
    }
    Ok(Taken::Message(Message {
        raw: delivery.body.to_vec(),
        media: delivery.media(),
        key: Some(id.to_owned()),
        authenticity: Authenticity::Vouched,
        reason: "Signed with the secret of this hook, by one of our own programs.".to_owned(),
    }))
}

/// `whsec_` and base64, or any other text as it is.
fn secret(hook: &Hook) -> Vec<u8> {
    let text = hook.secret.expose();
    text.strip_prefix("whsec_")
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .unwrap_or_else(|| text.as_bytes().to_vec())
}
