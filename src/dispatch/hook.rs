//! An event as a hook's receiver wants it: signed by Standard Webhooks 1.0.0, or as a post to Slack or Teams.
//!
//! Source: https://github.com/standard-webhooks/standard-webhooks, "Signature scheme".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use ring::hmac;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::outward::hooks::{HookEvent, Posted, Way};
use crate::paper::words::one_line;

/// A request ready to be posted.
#[derive(Debug, Clone)]
pub(super) struct Post {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Makes the request. `now` is the time of this attempt, which the signature covers, so that an old one cannot be replayed.
///
/// # Errors
/// Where the secret is none.
pub(super) fn post(
    posted: &Posted,
    delivery: Uuid,
    secret: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Post, &'static str> {
    let body = match posted.way {
        Way::Webhook => json!(posted.event),
        Way::Slack => slack(&posted.event),
        Way::Teams => teams(&posted.event),
    };
    let body = body.to_string().into_bytes();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if posted.way == Way::Webhook {
        let secret = secret.ok_or("the hook has no secret to sign with; set it up anew")?;
        let id = format!("msg_{}", delivery.simple());
        let signature = sign(secret, &id, now.timestamp(), &body).ok_or("the hook's secret is not base64")?;
        for (name, value) in
            [("webhook-id", id), ("webhook-timestamp", now.timestamp().to_string()), ("webhook-signature", signature)]
        {
            // Ids, digits and base64 are always fit for a header.
            headers.extend(HeaderValue::from_str(&value).ok().map(|value| (HeaderName::from_static(name), value)));
        }
    }
    Ok(Post { headers, body })
}

/// `v1,` and the HMAC-SHA-256 of `id.timestamp.body` in base64.
fn sign(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).ok()?;
    let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &signed);
    Some(format!("v1,{}", STANDARD.encode(tag)))
}

/// One line on what happened to what.
pub(super) fn summary(event: &HookEvent) -> String {
    let (title, what) = (title(event), text(&event.data, "what"));
    one_line(&format!("{title} {what}"), 200)
}

fn title(event: &HookEvent) -> String {
    let notice = &event.data["notice"];
    match notice["number"].as_u64() {
        Some(number) => {
            format!("[N-{number}] {}: {}.", text(notice, "provider_name"), one_line(text(notice, "title"), 120))
        }
        None => String::new(),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Slack's markup takes `&`, `<` and `>` for itself.
fn slack(event: &HookEvent) -> Value {
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (what, url) = (plain(text(&event.data, "what")), text(&event.data["notice"], "url"));
    let head = plain(title(event).trim_end_matches('.'));
    let line = if url.is_empty() { what } else { format!("*<{url}|{head}>*\n{what}") };
    let block = json!({ "type": "section", "text": { "type": "mrkdwn", "text": line } });
    json!({ "text": summary(event), "blocks": [block] })
}

fn teams(event: &HookEvent) -> Value {
    let line = |text: &str, bold: bool| json!({ "type": "TextBlock", "text": text, "wrap": true, "weight": if bold { "Bolder" } else { "Default" } });
    let url = text(&event.data["notice"], "url");
    let lines = [(title(event), true), (text(&event.data, "what").to_owned(), false)];
    let body: Vec<Value> =
        lines.iter().filter(|(text, _)| !text.is_empty()).map(|(text, bold)| line(text, *bold)).collect();
    let actions: Vec<Value> = (!url.is_empty())
        .then(|| json!({ "type": "Action.OpenUrl", "title": "Open the notice", "url": url }))
        .into_iter()
        .collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": body,
                "actions": actions,
            },
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::outward::hooks::EventSort;

    fn posted(way: Way) -> Posted {
        let data = json!({
            "what": "Ada <Lovelace> closed it.",
            "notice": { "number": 12, "title": "Rotate & restart", "provider_name": "AWS", "url": "https://c.example/notices/12" },
        });
        let timestamp = "2024-06-14T10:00:00Z".parse().unwrap();
        Posted { hook: Uuid::from_u128(1), way, event: HookEvent { sort: EventSort::Closed, timestamp, data } }
    }

    /// The example of the specification's own test suites: secret, id, time and body are given, and so is the signature.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let body = br#"{"test": 2432232314}"#;
        let made = sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(made.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn a_webhook_says_what_when_and_who_signed_it() {
        let now = "2024-06-14T10:00:05Z".parse().unwrap();
        let made = post(&posted(Way::Webhook), Uuid::from_u128(7), Some("whsec_AAAA"), now).unwrap();
        let body: Value = serde_json::from_slice(&made.body).unwrap();
        assert_eq!(
            (body["type"].as_str(), body["timestamp"].as_str()),
            (Some("notice.closed"), Some("2024-06-14T10:00:00Z"))
        );
        assert_eq!(made.headers["webhook-id"], format!("msg_{}", Uuid::from_u128(7).simple()).as_str());
        assert!(made.headers["webhook-signature"].to_str().unwrap().starts_with("v1,"));
        assert!(post(&posted(Way::Webhook), Uuid::nil(), None, now).is_err(), "an unsigned webhook would have left");
    }

    #[test]
    fn nothing_of_others_becomes_markup_in_slack() {
        let now = "2024-06-14T10:00:05Z".parse().unwrap();
        let made = post(&posted(Way::Slack), Uuid::nil(), None, now).unwrap();
        let text = String::from_utf8(made.body).unwrap();
        assert!(text.contains("Rotate &amp; restart") && text.contains("Ada &lt;Lovelace&gt;"), "{text}");
        let card = post(&posted(Way::Teams), Uuid::nil(), None, now).unwrap();
        assert!(String::from_utf8(card.body).unwrap().contains("AdaptiveCard"));
    }
}
