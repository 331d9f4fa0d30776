//! Mail that Amazon SES took in and hands over by an SNS topic, with the raw mail inside.
//! Source: SES developer guide, "Contents of notifications for Amazon SES email receiving".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::sns::{opened, subscription};
use super::{Delivery, Mail, Message, Refused, Shared, Taken};
use crate::config::Hook;
use crate::intake::authenticity::SpfTold;
use crate::notice::fact::Authenticity;

pub async fn take(shared: &Shared, hook: &Hook, delivery: &Delivery<'_>) -> Result<Taken, Refused> {
    let envelope = opened(shared, hook, delivery).await?;
    if let Some(nothing) = subscription(shared, &envelope).await? {
        return Ok(nothing);
    }
    let notification: Value = serde_json::from_str(&envelope.message).unwrap_or_default();
    let Some(raw) = content(&notification) else {
        // The rule leaves the mail in S3, or it is larger than SNS carries (150 KB): a person must see that something came.
        return Ok(Taken::Message(Message {
            raw: delivery.body.to_vec(),
            media: Some("application/json".to_owned()),
            key: Some(envelope.message_id),
            authenticity: Authenticity::Verified,
            reason: "Signed by Amazon SNS; the mail itself is not in it, so look where the SES rule put it.".to_owned(),
        }));
    };
    let text = |path: &str| notification.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let to = notification.pointer("/receipt/recipients").and_then(Value::as_array);
    Ok(Taken::Mail(Mail {
        raw,
        key: Some(envelope.message_id),
        from: text("/mail/source"),
        to: to.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        spf: SpfTold::by(text("/receipt/spfVerdict/status").as_deref() == Some("PASS")),
    }))
}

fn content(notification: &Value) -> Option<Vec<u8>> {
    let content = notification.get("content")?.as_str()?;
    let encoding = notification.pointer("/receipt/action/encoding").and_then(Value::as_str).unwrap_or("UTF8");
    if encoding.eq_ignore_ascii_case("base64") {
        return STANDARD.decode(content).ok();
    }
    Some(content.as_bytes().to_vec())
}
