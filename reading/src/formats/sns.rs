//! The envelope in which Amazon SNS delivers a message by HTTP: opened here, verified at the door.
//! Source: SNS developer guide, "HTTP/HTTPS notification JSON format".
//!
//! It must not confirm a subscription: a valid Amazon signature does not prove that the topic is ours.

use serde_json::Value;

use super::{Inner, Payload, Structured, time};
use crate::profile::Providers;
use crate::{Original, Trouble};

pub(super) fn read(payload: &Payload<'_>, _: &Providers) -> Option<Structured> {
    let json = payload.json.as_ref()?;
    let text = |key: &str| json.get(key).and_then(Value::as_str);
    let topic = text("TopicArn")?;
    let mut found = Structured {
        original: Some(Original {
            from: Some(topic.to_owned()),
            subject: text("Subject").map(str::to_owned),
            date: text("Timestamp").map(str::to_owned),
            message_id: text("MessageId").map(str::to_owned),
        }),
        ..Structured::default()
    };
    match text("Type")? {
        "Notification" => {
            let message = text("Message")?;
            found.inner = Some(Inner {
                bytes: mail_of_ses(message).unwrap_or_else(|| message.as_bytes().to_vec()),
                media: None,
                subject: text("Subject").map(str::to_owned),
                received: json.get("Timestamp").and_then(time::instant),
            });
        }
        what @ ("SubscriptionConfirmation" | "UnsubscribeConfirmation") => found.trouble.push(Trouble {
            code: "sns_confirmation".into(),
            message: format!(
                "SNS sends a {what} for the topic {topic}. Nothing was confirmed: if the topic is yours, add it to the \
                 channel's allowed topics and have SNS send the confirmation again."
            ),
            span: None,
        }),
        _ => return None,
    }
    Some(found)
}

/// The raw mail that an SES receipt rule puts into the message.
fn mail_of_ses(message: &str) -> Option<Vec<u8>> {
    let receipt: Value = serde_json::from_str(message).ok()?;
    (receipt.get("notificationType")?.as_str()? == "Received").then_some(())?;
    let content = receipt.get("content")?.as_str()?;
    let is_base64 = receipt.pointer("/receipt/action/encoding").and_then(Value::as_str) == Some("BASE64");
    if is_base64 {
        use base64::Engine as _;
        return base64::engine::general_purpose::STANDARD.decode(content).ok();
    }
    Some(content.as_bytes().to_vec())
}
