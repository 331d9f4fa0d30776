//! Amazon SNS over HTTPS: the signature of both versions, and the topic, which must be one of ours.
//! Source: SNS developer guide, "Verifying the signatures of Amazon SNS messages".
//!
//! A valid signature proves that Amazon sent it, and not that the topic is ours: anybody may subscribe us to a topic of
//! their own. So a topic that is not listed is neither confirmed nor taken.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;

use super::proof::fresh;
use super::{Delivery, Message, Refused, Shared, Taken};
use crate::config::Hook;
use crate::notice::fact::Authenticity;

/// SNS goes on trying for up to an hour where a topic's policy does not say otherwise.
const WINDOW: TimeDelta = TimeDelta::minutes(75);

/// The envelope, as far as it is signed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Envelope {
    #[serde(rename = "Type")]
    pub kind: String,
    pub message_id: String,
    pub topic_arn: String,
    pub message: String,
    pub timestamp: String,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL", alias = "SigningCertUrl")]
    signing_cert_url: String,
    subject: Option<String>,
    token: Option<String>,
    #[serde(rename = "SubscribeURL", alias = "SubscribeUrl")]
    subscribe_url: Option<String>,
}

pub async fn take(shared: &Shared, hook: &Hook, delivery: &Delivery<'_>) -> Result<Taken, Refused> {
    let envelope = opened(shared, hook, delivery).await?;
    if let Some(nothing) = subscription(shared, &envelope).await? {
        return Ok(nothing);
    }
    Ok(Taken::Message(Message {
        raw: delivery.body.to_vec(),
        media: Some("application/json".to_owned()),
        key: Some(envelope.message_id),
        authenticity: Authenticity::Verified,
        reason: format!("Signed by Amazon SNS, for our topic {}.", envelope.topic_arn),
    }))
}

/// The envelope of a delivery that Amazon has signed, for a topic of ours, lately.
pub async fn opened(shared: &Shared, hook: &Hook, delivery: &Delivery<'_>) -> Result<Envelope, Refused> {
    let envelope: Envelope = serde_json::from_slice(delivery.body)
        .map_err(|error| Refused::Malformed(format!("This is no message of SNS: {error}.")))?;
    // Before anything is fetched: a stranger's topic must not make us ask anybody anything.
    if !hook.topics.contains(&envelope.topic_arn) {
        return Err(Refused::Unproven(format!(
            "The topic {} is not among the topics of this hook; add it there if it is yours.",
            envelope.topic_arn
        )));
    }
    let stamped = DateTime::parse_from_rfc3339(&envelope.timestamp)
        .map_err(|_| Refused::Malformed("Its Timestamp is no time.".to_owned()))?;
    let url = certificate_url(&envelope.signing_cert_url)?;
    let key = shared.certificates.key(&shared.http, url).await.map_err(Refused::Later)?;
    let signature = STANDARD
        .decode(&envelope.signature)
        .map_err(|_| Refused::Unproven("Its signature is no base64.".to_owned()))?;
    let holds = match envelope.signature_version.as_str() {
        "1" => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, key)
            .verify(signed(&envelope).as_bytes(), &signature),
        "2" => {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(signed(&envelope).as_bytes(), &signature)
        }
        other => return Err(Refused::Unproven(format!("The signature version {other} is not known here."))),
    };
    holds.map_err(|_| Refused::Unproven("Amazon has not signed this: the signature does not hold.".to_owned()))?;
    fresh(stamped.with_timezone(&Utc), delivery, WINDOW)?;
    Ok(envelope)
}

/// Confirms the subscription of a topic of ours, and takes note of an end of it.
pub async fn subscription(shared: &Shared, envelope: &Envelope) -> Result<Option<Taken>, Refused> {
    match envelope.kind.as_str() {
        "Notification" => Ok(None),
        "SubscriptionConfirmation" => {
            let url = envelope.subscribe_url.as_deref().unwrap_or_default();
            if amazon(url).is_none() {
                return Err(Refused::Unproven("Its SubscribeURL is not one of Amazon SNS.".to_owned()));
            }
            let confirmed = shared.http.get(url).await;
            confirmed.map_err(|error| Refused::Later(format!("The subscription could not be confirmed: {error}.")))?;
            Ok(Some(Taken::Nothing("the subscription was confirmed")))
        }
        "UnsubscribeConfirmation" => {
            tracing::error!(topic = %envelope.topic_arn, "this topic does not deliver here any more; subscribe it again");
            Ok(Some(Taken::Nothing("the subscription has ended")))
        }
        other => Err(Refused::Malformed(format!("The type {other} is not one of SNS."))),
    }
}

/// The lines that are signed: names and values of these members in this order, each ended by a line feed.
fn signed(envelope: &Envelope) -> String {
    let mut lines = vec![("Message", envelope.message.as_str()), ("MessageId", &envelope.message_id)];
    if envelope.kind == "Notification" {
        lines.extend(envelope.subject.as_deref().map(|subject| ("Subject", subject)));
    } else {
        lines.extend(envelope.subscribe_url.as_deref().map(|url| ("SubscribeURL", url)));
    }
    lines.push(("Timestamp", &envelope.timestamp));
    if envelope.kind != "Notification" {
        lines.extend(envelope.token.as_deref().map(|token| ("Token", token)));
    }
    lines.push(("TopicArn", &envelope.topic_arn));
    lines.push(("Type", &envelope.kind));
    lines.iter().map(|(name, value)| format!("{name}\n{value}\n")).collect()
}

/// Where Amazon keeps the certificates that it signs with; from nowhere else is one taken.
fn certificate_url(url: &str) -> Result<&str, Refused> {
    let path = amazon(url).filter(|path| path.ends_with(".pem") && !path.contains(".."));
    path.map(|_| url).ok_or_else(|| Refused::Unproven("Its certificate is not from Amazon SNS.".to_owned()))
}

/// What follows the host, where that is SNS of a region, by HTTPS and the usual port.
fn amazon(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://sns.")?;
    let (host, path) = rest.split_once('/')?;
    let region = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    let plain = !region.is_empty() && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    plain.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::{amazon, certificate_url};

    #[test]
    fn a_certificate_is_taken_from_amazon_alone() {
        for ours in [
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem",
            "https://sns.cn-north-1.amazonaws.com.cn/a.pem",
        ] {
            assert!(certificate_url(ours).is_ok(), "{ours} is Amazon's");
        }
        for foreign in [
            "http://sns.us-east-1.amazonaws.com/a.pem",
            "https://sns.us-east-1.amazonaws.com.evil.example/a.pem",
            "https://sns.evil.example/.amazonaws.com/a.pem",
            "https://sns.us-east-1@evil.example/a.pem",
            "https://sns.x.s3.amazonaws.com/a.pem",
            "https://sns.us-east-1.amazonaws.com:8443/a.pem",
            "https://sns..amazonaws.com/a.pem",
            "https://127.0.0.1/a.pem",
            "https://[::ffff:127.0.0.1]/a.pem",
            "https://[64:ff9b::7f00:1]/a.pem",
            "https://2130706433/a.pem",
            "https://0177.0.0.1/a.pem",
            "https://localhost/sns.us-east-1.amazonaws.com/a.pem",
            "https://sns.us-east-1.amazonaws.com%00.evil.example/a.pem",
            "https://sns.us-east-1.amazonaws.com\\@127.0.0.1/a.pem",
            "https://sns.us-east-1.amazonaws.com#@127.0.0.1/a.pem",
            "https://sns.us-east-1.amazonaws.com?@127.0.0.1/a.pem",
            "https://sns.us-east-1.amazonaws.com/../a.pem",
            "https://sns.us-east-1.amazonaws.com/a.txt",
        ] {
            assert!(certificate_url(foreign).is_err(), "{foreign} was believed");
        }
        assert_eq!(
            amazon("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"),
            Some("?Action=ConfirmSubscription")
        );
    }
}
