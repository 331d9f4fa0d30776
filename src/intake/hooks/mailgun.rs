//! Mail that Mailgun took in: a form with the raw mail (the route's address must end in `mime`), signed by HMAC over its
//! timestamp and token.
//! Source: Mailgun documentation, "Receiving messages via HTTP through a forward() action" and "Securing webhooks".

use chrono::TimeDelta;
use ring::hmac;

use super::form::Form;
use super::proof::{fresh, seconds};
use super::{Delivery, Mail, Message, Refused, Taken};
use crate::config::Hook;
use crate::intake::authenticity::SpfTold;
use crate::notice::fact::Authenticity;

/// Mailgun goes on trying for eight hours, with the stamp of the first time.
const WINDOW: TimeDelta = TimeDelta::hours(9);

pub async fn take(hook: &Hook, delivery: &Delivery<'_>) -> Result<Taken, Refused> {
    let form = Form::read(delivery).await?;
    let (Some(stamp), Some(token), Some(signature)) =
        (form.text("timestamp"), form.text("token"), form.text("signature"))
    else {
        return Err(Refused::Unproven("Mailgun's timestamp, token or signature is missing.".to_owned()));
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, hook.secret.expose().as_bytes());
    let tag = hex::decode(&signature).unwrap_or_default();
    hmac::verify(&key, format!("{stamp}{token}").as_bytes(), &tag)
        .map_err(|_| Refused::Unproven("Mailgun's signature does not fit the signing key of this hook.".to_owned()))?;
    let at = seconds(&stamp).ok_or_else(|| Refused::Malformed("Its timestamp is no number of seconds.".to_owned()))?;
    fresh(at, delivery, WINDOW)?;
    let Some(raw) = form.bytes("body-mime") else {
        return Ok(Taken::Message(Message {
            raw: delivery.body.to_vec(),
            media: delivery.media(),
            key: Some(token),
            authenticity: Authenticity::Unverified,
            reason: "Mailgun handed over no raw mail: let the route's address end in “mime”.".to_owned(),
        }));
    };
    Ok(Taken::Mail(Mail {
        raw,
        key: Some(token),
        from: form.text("sender"),
        to: form
            .text("recipient")
            .map(|to| to.split(',').map(|one| one.trim().to_owned()).collect())
            .unwrap_or_default(),
        spf: SpfTold::by(form.text("X-Mailgun-Spf").is_some_and(|told| told.eq_ignore_ascii_case("pass"))),
    }))
}
