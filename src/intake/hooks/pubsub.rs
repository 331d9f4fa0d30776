//! Google Cloud Pub/Sub push with an OIDC token.
//! Source: Pub/Sub documentation, "Authentication for push subscriptions".
//!
//! The token must be signed by Google, be meant for this hook (`aud`), and be of our own service account (`email`):
//! anybody can have Google sign a token, and only ours carries our account.

use serde_json::Value;

use super::{Delivery, Message, Refused, Shared, Taken};
use crate::config::Hook;
use crate::notice::fact::Authenticity;

pub async fn take(shared: &Shared, hook: &Hook, delivery: &Delivery<'_>) -> Result<Taken, Refused> {
    let bearer = delivery.header("authorization").and_then(|value| value.split_once(' '));
    let token = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let token = token.ok_or_else(|| Refused::Unproven("The token of the push subscription is missing.".to_owned()))?;
    let claims = shared.tokens.claims(&shared.http, token, delivery.now).await?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_google = matches!(text("iss"), "https://accounts.google.com" | "accounts.google.com");
    let verified = claims.get("email_verified").and_then(Value::as_bool) == Some(true);
    if !is_google || text("aud") != hook.audience || text("email") != hook.email || !verified {
        return Err(Refused::Unproven(
            "The token is Google's, but not of the audience and service account that this hook expects.".to_owned(),
        ));
    }
    let body: Value = serde_json::from_slice(delivery.body).unwrap_or_default();
    let id = body.pointer("/message/messageId").or_else(|| body.pointer("/message/message_id"));
    Ok(Taken::Message(Message {
        raw: delivery.body.to_vec(),
        media: Some("application/json".to_owned()),
        key: id.and_then(Value::as_str).map(str::to_owned),
        authenticity: Authenticity::Verified,
        reason: format!("Pushed by Google Pub/Sub with the token of our account {}.", hook.email),
    }))
}
