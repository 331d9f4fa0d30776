//! Services that take mail in for us. Each gives the same raw mail, as if it had come to our own door.

use countersign::clock::machine_now;
use countersign::store::intake;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;

use super::*;
use crate::harness::mails;

async fn only_mail(house: &House) -> (messages::Model, Vec<u8>) {
    let mut all = kept(house).await;
    assert_eq!(all.len(), 1, "one mail was handed over");
    let row = all.remove(0);
    let raw = intake::raw(house.store().reader(), row.blob).await.unwrap().expect("its bytes are kept");
    (row, raw)
}

async fn is_the_mail(house: &House) {
    let (row, raw) = only_mail(house).await;
    assert_eq!(raw, mails::original().as_bytes(), "the mail is not as it was sent");
    assert_eq!(row.media.as_deref(), Some("message/rfc822"));
    assert_eq!(serde_json::from_str::<Vec<String>>(&row.envelope_to).unwrap(), ["notices@house.example"]);
    house.founded().await;
    house.reads().await;
    assert_eq!(house.notice(1).await.facts.provider.as_str(), "aws");
}

both!(postmark_hands_over_the_raw_mail, |house| async move {
    let hooks =
        open(&house, "[[inbound.hooks]]\nname = 'pm'\nadapter = 'postmark'\nusername = 'postmark'\nsecret = 'pa55'\n");
    let body = json!({
        "MessageID": "pm-1", "From": "no-reply-aws@amazon.com", "OriginalRecipient": "notices@house.example",
        "RawEmail": mails::original(), "MailboxHash": "",
    })
    .to_string();
    let basic = |user: &str, password: &str| format!("Basic {}", base64(format!("{user}:{password}")));
    refused(call(&hooks, "/in/pm", &[], body.clone()).await, 401, "user or the password");
    let wrong = basic("postmark", "pa55word");
    refused(call(&hooks, "/in/pm", &[("authorization", &wrong)], body.clone()).await, 401, "user or the password");
    let right = basic("postmark", "pa55");
    assert_eq!(call(&hooks, "/in/pm", &[("authorization", &right)], body.clone()).await.0, 200);
    assert_eq!(call(&hooks, "/in/pm", &[("authorization", &right)], body).await.0, 200);
    is_the_mail(&house).await;
});

both!(postmark_without_the_raw_mail_is_kept_for_a_person, |house| async move {
    let hooks = open(&house, "[[inbound.hooks]]\nname = 'pm'\nadapter = 'postmark'\nusername = 'p'\nsecret = 's'\n");
    let right = format!("Basic {}", base64("p:s"));
    let body = json!({ "MessageID": "pm-2", "TextBody": "hello" }).to_string();
    assert_eq!(call(&hooks, "/in/pm", &[("authorization", &right)], body).await.0, 200);
    assert!(only_mail(&house).await.0.authenticity_reason.contains("Include raw email content"));
});

both!(mailgun_signs_a_form_with_the_raw_mail, |house| async move {
    let hooks = open(&house, "[[inbound.hooks]]\nname = 'mg'\nadapter = 'mailgun'\nsecret = 'key-1'\n");
    let form = |key: &str, stamp: i64| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        let tag = hex::encode(hmac::sign(&key, format!("{stamp}tok").as_bytes()));
        form_urlencoded::Serializer::new(String::new())
            .append_pair("timestamp", &stamp.to_string())
            .append_pair("token", "tok")
            .append_pair("signature", &tag)
            .append_pair("sender", "bounce@amazonses.example")
            .append_pair("recipient", "notices@house.example")
            .append_pair("body-mime", &mails::original())
            .finish()
    };
    let now = machine_now().timestamp();
    let encoded = [("content-type", "application/x-www-form-urlencoded")];
    refused(call(&hooks, "/in/mg", &encoded, form("key-2", now)).await, 401, "does not fit");
    refused(call(&hooks, "/in/mg", &encoded, form("key-1", now - 100_000)).await, 401, "too old");
    assert_eq!(call(&hooks, "/in/mg", &encoded, form("key-1", now)).await.0, 200);
    // The same delivery tried again, as after an answer that got lost.
    assert_eq!(call(&hooks, "/in/mg", &encoded, form("key-1", now)).await.0, 200);
    is_the_mail(&house).await;
});

fn multipart(boundary: &str) -> Vec<u8> {
    let field = |name: &str, value: &str| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let envelope = json!({ "to": ["notices@house.example"], "from": "bounce@amazonses.example" }).to_string();
    [
        field("envelope", &envelope),
        field("SPF", "pass"),
        field("email", &mails::original()),
        format!("--{boundary}--\r\n"),
    ]
    .concat()
    .into_bytes()
}

both!(sendgrid_signs_its_form_or_comes_with_a_password, |house| async move {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &SystemRandom::new()).unwrap();
    // The head of a SubjectPublicKeyInfo for a point on P-256 (RFC 5480).
    let head = hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
    let key = base64([head.as_slice(), pair.public_key().as_ref()].concat());
    let hooks = open(&house, &format!("[[inbound.hooks]]\nname = 'sg'\nadapter = 'sendgrid'\npublic_key = '{key}'\n"));
    let send = async |boundary: &str, signs: &[u8]| {
        let stamp = machine_now().timestamp().to_string();
        let tag = pair.sign(&SystemRandom::new(), &[stamp.as_bytes(), signs].concat()).unwrap();
        let headers = [
            ("content-type", format!("multipart/form-data; boundary={boundary}")),
            ("x-twilio-email-event-webhook-timestamp", stamp),
            ("x-twilio-email-event-webhook-signature", base64(tag)),
        ];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        call(&hooks, "/in/sg", &headers, multipart(boundary)).await
    };
    refused(send("one", b"another body").await, 401, "does not fit");
    assert_eq!(send("one", &multipart("one")).await.0, 200);
    // Tried again, the form has another boundary, and the mail is the same.
    assert_eq!(send("two", &multipart("two")).await.0, 200);
    is_the_mail(&house).await;
});

both!(ses_hands_the_mail_over_by_a_topic_of_ours, |house| async move {
    let hooks = open(&house, &format!("[[inbound.hooks]]\nname = 'ses'\nadapter = 'ses'\ntopics = ['{TOPIC}']\n"));
    let message = json!({
        "notificationType": "Received",
        "mail": { "source": "bounce@amazonses.example" },
        "receipt": { "recipients": ["notices@house.example"], "spfVerdict": { "status": "PASS" },
                     "action": { "type": "SNS", "encoding": "BASE64" } },
        "content": base64(mails::original()),
    })
    .to_string();
    let stamp = machine_now().format("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let lines =
        format!("Message\n{message}\nMessageId\nses-1\nTimestamp\n{stamp}\nTopicArn\n{TOPIC}\nType\nNotification\n");
    let body = json!({
        "Type": "Notification", "MessageId": "ses-1", "TopicArn": TOPIC, "Message": message, "Timestamp": stamp,
        "SignatureVersion": "2", "Signature": base64(signed(&lines)), "SigningCertURL": CERTIFICATE_URL,
    });
    assert_eq!(call(&hooks, "/in/ses", &[], body.to_string()).await.0, 200);
    is_the_mail(&house).await;
});
