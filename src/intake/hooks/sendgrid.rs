//! Mail that SendGrid's Inbound Parse took in ("POST the raw, full MIME message" must be on), proven by the signature of
//! its security policy (ECDSA over P-256 and SHA-256), or by a user and a password in the hook's address.
//! Source: SendGrid documentation, "Inbound Email Parse Webhook" and "Securing your Parse Webhooks".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde_json::Value;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::form::Form;
use super::proof::{basic, fresh, seconds};
use super::{Delivery, Mail, Message, Refused, Taken};
use crate::config::Hook;
use crate::intake::authenticity::SpfTold;
use crate::notice::fact::Authenticity;

/// SendGrid goes on trying for three days, and signs each time anew.
const TOLERANCE: TimeDelta = TimeDelta::minutes(10);

pub async fn take(hook: &Hook, delivery: &Delivery<'_>) -> Result<Taken, Refused> {
    if hook.public_key.is_empty() {
        basic(hook, delivery)?
    } else {
        signed(hook, delivery)?
    }
    let form = Form::read(delivery).await?;
    let Some(raw) = form.bytes("email") else {
        return Ok(Taken::Message(Message {
            raw: delivery.body.to_vec(),
            media: delivery.media(),
            key: None,
            authenticity: Authenticity::Unverified,
            reason: "SendGrid handed over no raw mail: switch on “POST the raw, full MIME message”.".to_owned(),
        }));
    };
    let envelope: Value = form.text("envelope").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let to = envelope.get("to").and_then(Value::as_array).into_iter().flatten();
    Ok(Taken::Mail(Mail {
        raw,
        // A form's boundary differs each time that it is sent; its mail does not.
        key: form.digest("email"),
        from: envelope.get("from").and_then(Value::as_str).map(str::to_owned),
        to: to.filter_map(Value::as_str).map(str::to_owned).collect(),
        spf: SpfTold::by(form.text("SPF").is_some_and(|told| told.eq_ignore_ascii_case("pass"))),
    }))
}

fn signed(hook: &Hook, delivery: &Delivery<'_>) -> Result<(), Refused> {
    let unproven = |why: &str| Refused::Unproven(why.to_owned());
    let header = |name: &str| delivery.header(name).ok_or_else(|| Refused::Unproven(format!("{name} is missing.")));
    let signature = header("x-twilio-email-event-webhook-signature")?;
    let stamp = header("x-twilio-email-event-webhook-timestamp")?;
    let at = seconds(stamp).ok_or_else(|| unproven("Its timestamp is no number of seconds."))?;
    fresh(at, delivery, TOLERANCE)?;
    let der = STANDARD.decode(hook.public_key.trim()).map_err(|_| unproven("hooks: public_key is no base64."))?;
    let (_, key) = SubjectPublicKeyInfo::from_der(&der).map_err(|_| unproven("hooks: public_key is no key."))?;
    let tag = STANDARD.decode(signature).map_err(|_| unproven("Its signature is no base64."))?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &key.subject_public_key.data)
        .verify(&[stamp.as_bytes(), delivery.body].concat(), &tag)
        .map_err(|_| unproven("SendGrid's signature does not fit the public key of this hook."))
}
