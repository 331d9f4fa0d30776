//! Mail that Postmark took in. Its hook proves itself by a user and a password in the hook's address.
//! Source: Postmark developer documentation, "Inbound webhook" and "Protect your inbound webhook"; "Include raw email
//! content" must be on, so that what the sender signed can still be checked.

use serde_json::Value;

use super::proof::basic;
use super::{Delivery, Mail, Message, Refused, Taken};
use crate::config::Hook;
use crate::intake::authenticity::SpfTold;
use crate::notice::fact::Authenticity;

pub fn take(hook: &Hook, delivery: &Delivery<'_>) -> Result<Taken, Refused> {
    basic(hook, delivery)?;
    let json: Value = serde_json::from_slice(delivery.body)
        .map_err(|error| Refused::Malformed(format!("This is no JSON of Postmark: {error}.")))?;
    let text = |name: &str| json.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let key = text("MessageID");
    let Some(raw) = text("RawEmail") else {
        return Ok(Taken::Message(Message {
            raw: delivery.body.to_vec(),
            media: Some("application/json".to_owned()),
            key,
            authenticity: Authenticity::Unverified,
            reason: "Postmark handed over no raw mail: switch on “Include raw email content” for this stream."
                .to_owned(),
        }));
    };
    let to = json.get("ToFull").and_then(Value::as_array).into_iter().flatten();
    let original = text("OriginalRecipient").map(|one| vec![one]);
    Ok(Taken::Mail(Mail {
        raw: raw.into_bytes(),
        key,
        from: text("From"),
        to: original.unwrap_or_else(|| {
            to.filter_map(|one| one.get("Email").and_then(Value::as_str)).map(str::to_owned).collect()
        }),
        spf: SpfTold::by(spf_passed(&json)),
    }))
}

/// Postmark tells what it saw in a header of its own.
fn spf_passed(json: &Value) -> bool {
    let headers = json.get("Headers").and_then(Value::as_array).into_iter().flatten();
    let text = |header: &Value, name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    headers
        .filter(|header| text(header, "Name").eq_ignore_ascii_case("Received-SPF"))
        .any(|header| text(header, "Value").trim_start().to_ascii_lowercase().starts_with("pass"))
}
