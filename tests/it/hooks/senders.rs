//! Providers' own hooks and our own programs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::clock::machine_now;
use ring::hmac;
use serde_json::{Value, json};

use super::*;

const SNS: &str =
    "[[inbound.hooks]]\nname = 'aws'\nadapter = 'sns'\ntopics = ['arn:aws:sns:eu-central-1:123456789012:notices']\n";

/// An SNS notification of now, signed by the tests' Amazon (version 2).
fn notification(message: &str, topic: &str, id: &str) -> Value {
    let stamp = machine_now().format("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let lines =
        format!("Message\n{message}\nMessageId\n{id}\nTimestamp\n{stamp}\nTopicArn\n{topic}\nType\nNotification\n");
    json!({
        "Type": "Notification", "MessageId": id, "TopicArn": topic, "Message": message, "Timestamp": stamp,
        "SignatureVersion": "2", "Signature": base64(signed(&lines)), "SigningCertURL": CERTIFICATE_URL,
    })
}

both!(a_notification_of_our_topic_is_kept_once_and_as_verified, |house| async move {
    let hooks = open(&house, SNS);
    let body = notification("{\"source\":\"aws.health\"}", TOPIC, "1").to_string();
    let (status, first) = call(&hooks, "/in/aws", &[], body.clone()).await;
    assert_eq!((status, &first["kept"]), (200, &json!(true)), "{first}");
    let (_, again) = call(&hooks, "/in/aws", &[], body).await;
    assert_eq!(again["id"], first["id"], "the same delivery again is another message");
    let all = kept(&house).await;
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].channel.as_str(), all[0].authenticity.as_str()), ("webhook/aws", "verified"));
});

both!(what_amazon_has_not_signed_or_not_for_us_is_refused, |house| async move {
    let hooks = open(&house, SNS);
    let mut altered = notification("rotate tomorrow", TOPIC, "2");
    altered["Message"] = json!("rotate next year");
    refused(call(&hooks, "/in/aws", &[], altered.to_string()).await, 401, "has not signed");
    let strange = notification("x", "arn:aws:sns:eu-central-1:666666666666:mine", "3");
    refused(call(&hooks, "/in/aws", &[], strange.to_string()).await, 401, "not among the topics");
    let mut elsewhere = notification("x", TOPIC, "4");
    elsewhere["SigningCertURL"] = json!("https://sns.eu-central-1.amazonaws.com.evil.example/a.pem");
    refused(call(&hooks, "/in/aws", &[], elsewhere.to_string()).await, 401, "not from Amazon");
    refused(call(&hooks, "/in/aws", &[], "no json").await, 422, "no message of SNS");
    refused(call(&hooks, "/in/other", &[], "{}").await, 404, "No hook of this name");
    assert_eq!(kept(&house).await.len(), 0);
});

// The signature is the first version's (SHA-1), made once; it holds, and what it signs was overheard long ago.
both!(an_old_notification_is_no_news_however_well_it_is_signed, |house| async move {
    let hooks = open(&house, SNS);
    let mut old = json!({
        "Type": "Notification", "MessageId": "0d1e1f00-0000-4000-8000-000000000001", "TopicArn": TOPIC,
        "Subject": "A subject", "Message": "an old message", "Timestamp": "2024-06-01T08:00:00.000Z",
        "SignatureVersion": "1", "Signature": include_str!("signature-version-1.txt"),
        "SigningCertURL": CERTIFICATE_URL,
    });
    refused(call(&hooks, "/in/aws", &[], old.to_string()).await, 401, "too old");
    old["Subject"] = json!("Another subject");
    refused(call(&hooks, "/in/aws", &[], old.to_string()).await, 401, "has not signed");
});

both!(a_subscription_is_confirmed_only_at_amazon, |house| async move {
    let hooks = open(&house, SNS);
    let stamp = machine_now().format("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let url = "https://evil.example/?Action=ConfirmSubscription";
    let lines = format!(
        "Message\nm\nMessageId\n5\nSubscribeURL\n{url}\nTimestamp\n{stamp}\nToken\nt\nTopicArn\n{TOPIC}\nType\nSubscriptionConfirmation\n"
    );
    let asked = json!({
        "Type": "SubscriptionConfirmation", "MessageId": "5", "TopicArn": TOPIC, "Message": "m", "Timestamp": stamp,
        "Token": "t", "SubscribeURL": url, "SignatureVersion": "2", "Signature": base64(signed(&lines)),
        "SigningCertURL": CERTIFICATE_URL,
    });
    refused(call(&hooks, "/in/aws", &[], asked.to_string()).await, 401, "SubscribeURL is not one of Amazon");
});

both!(eventbridge_and_azure_come_with_their_keys, |house| async move {
    let hooks = open(
        &house,
        "[[inbound.hooks]]\nname = 'bus'\nadapter = 'eventbridge'\nsecret = 's3cret'\n\
         [[inbound.hooks]]\nname = 'azure'\nadapter = 'azure'\nsecret = 'k3y'\n",
    );
    let event = json!({ "id": "e-1", "source": "aws.health", "detail": {} }).to_string();
    refused(call(&hooks, "/in/bus", &[("x-api-key", "s3crets")], event.clone()).await, 401, "x-api-key");
    let (status, first) = call(&hooks, "/in/bus", &[("x-api-key", "s3cret")], event.clone()).await;
    assert_eq!(status, 200);
    // At least once: the same event with other white space is the same event.
    let (_, again) = call(&hooks, "/in/bus", &[("x-api-key", "s3cret")], format!("{event} ")).await;
    assert_eq!(again["id"], first["id"]);

    let alert = json!({ "data": { "context": { "activityLog": { "eventDataId": "a-1" } } } }).to_string();
    refused(call(&hooks, "/in/azure", &[], alert.clone()).await, 401, "?key=");
    refused(call(&hooks, "/in/azure?key=wrong", &[], alert.clone()).await, 401, "?key=");
    assert_eq!(call(&hooks, "/in/azure?key=k3y", &[], alert).await.0, 200);
    let words: Vec<_> = kept(&house).await.into_iter().map(|message| message.authenticity).collect();
    assert_eq!(words, ["verified", "vouched"]);
});

fn token(claims: &Value, head: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let text = format!("{}.{}", part(head), part(claims));
    format!("Bearer {text}.{}", URL_SAFE_NO_PAD.encode(signed(&text)))
}

both!(a_push_of_pubsub_needs_googles_token_of_our_account, |house| async move {
    let hooks = open(
        &house,
        "[[inbound.hooks]]\nname = 'gcp'\nadapter = 'pubsub'\naudience = 'https://cs.example/in/gcp'\n\
         email = 'push@house.iam.gserviceaccount.com'\n",
    );
    let now = machine_now().timestamp();
    let ours = json!({
        "iss": "https://accounts.google.com", "aud": "https://cs.example/in/gcp", "iat": now, "exp": now + 3600,
        "email": "push@house.iam.gserviceaccount.com", "email_verified": true,
    });
    let head = json!({ "alg": "RS256", "kid": "test" });
    let push = json!({ "message": { "data": base64("{}"), "messageId": "42" }, "subscription": "s" }).to_string();
    let with = |name: &str, value: Value| {
        let mut claims = ours.clone();
        claims[name] = value;
        token(&claims, &head)
    };
    for (wrong, says) in [
        (with("aud", json!("https://cs.example/in/other")), "audience"),
        (with("email", json!("mallory@evil.iam.gserviceaccount.com")), "audience and service account"),
        (with("email_verified", json!(false)), "service account"),
        (with("iss", json!("https://evil.example")), "service account"),
        (with("exp", json!(now - 3600)), "expired"),
        (token(&ours, &json!({ "alg": "none", "kid": "test" })), "RS256"),
        (token(&ours, &json!({ "alg": "RS256", "kid": "unknown" })), "no such key"),
        (format!("{}x", token(&ours, &head)), "does not hold"),
    ] {
        refused(call(&hooks, "/in/gcp", &[("authorization", &wrong)], push.clone()).await, 401, says);
    }
    refused(call(&hooks, "/in/gcp", &[], push.clone()).await, 401, "missing");
    let right = token(&ours, &head);
    let (status, first) = call(&hooks, "/in/gcp", &[("authorization", &right)], push.clone()).await;
    assert_eq!(status, 200, "{first}");
    assert_eq!(call(&hooks, "/in/gcp", &[("authorization", &right)], push).await.1["id"], first["id"]);
    assert_eq!(kept(&house).await.len(), 1);
});

both!(our_own_programs_sign_as_standard_webhooks_says, |house| async move {
    let secret = format!("whsec_{}", base64("a secret of the house"));
    let hooks = open(&house, &format!("[[inbound.hooks]]\nname = 'own'\nadapter = 'generic'\nsecret = '{secret}'\n"));
    let body = json!({ "provider": "atlas", "title": "Atlas 4.4 ends", "kind": "end_of_life",
                       "deadlines": [{ "role": "forced", "at": "2024-09-30" }] })
    .to_string();
    let sign = |stamp: i64, body: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"a secret of the house");
        format!("v1,{}", base64(hmac::sign(&key, format!("msg_1.{stamp}.{body}").as_bytes())))
    };
    let now = machine_now().timestamp();
    let call = async |stamp: i64, signature: &str| {
        let stamp = stamp.to_string();
        let headers =
            [("webhook-id", "msg_1"), ("webhook-timestamp", stamp.as_str()), ("webhook-signature", signature)];
        call(&hooks, "/in/own", &headers, body.clone()).await
    };
    refused(call(now, &sign(now, "another body")).await, 401, "No signature");
    refused(call(now - 3600, &sign(now - 3600, &body)).await, 401, "too old");
    // Two signatures stand there while a secret is being changed.
    let both = format!("v1,{} {}", base64("of the secret before"), sign(now, &body));
    let (status, first) = call(now, &both).await;
    assert_eq!(status, 200, "{first}");
    assert_eq!(call(now, &both).await.1["id"], first["id"]);
    assert_eq!(kept(&house).await.len(), 1);
    house.founded().await;
    house.reads().await;
    assert_eq!(house.notice(1).await.facts.provider.as_str(), "mongodb_atlas", "the reader took it for something else");
});

both!(a_status_page_only_hints_where_its_poller_is_named, |house| async move {
    let hooks = open(
        &house,
        "[[inbound.hooks]]\nname = 'page'\nadapter = 'statuspage'\nsource = 'page'\n\
         [[inbound.hooks]]\nname = 'alone'\nadapter = 'statuspage'\n",
    );
    let body = json!({ "incident": { "id": "i-1", "name": "Down" }, "page": { "id": "p" } }).to_string();
    assert_eq!(call(&hooks, "/in/page", &[], body.clone()).await, (202, json!({ "kept": false })));
    assert_eq!(kept(&house).await.len(), 0, "a hint that nobody signed was taken for a message");
    assert_eq!(call(&hooks, "/in/alone", &[], body).await.0, 200);
    assert_eq!(kept(&house).await[0].authenticity, "unverified");
});

#[test]
fn a_hook_without_a_proof_stops_the_start() {
    let hook = |text: &str| {
        let config = countersign::config::Config::from_parts(text, &[]).unwrap();
        config.inbound.hooks
    };
    for (text, lacks) in [
        ("[[inbound.hooks]]\nname = 'a'\nadapter = 'sns'\n", "topics"),
        ("[[inbound.hooks]]\nname = 'a'\nadapter = 'generic'\n", "secret"),
        ("[[inbound.hooks]]\nname = 'a'\nadapter = 'pubsub'\n", "audience"),
        ("[[inbound.hooks]]\nname = 'A/B'\nadapter = 'azure'\nsecret = 'x'\n", "lower-case"),
    ] {
        let said = countersign::intake::hooks::check_all(&hook(text)).unwrap_err();
        assert!(said.contains(lacks), "{said}");
    }
}
