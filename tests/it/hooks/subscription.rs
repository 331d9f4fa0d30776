//! How a topic of ours comes to deliver here: the confirmation is carried out at Amazon's own address, by TLS, and nowhere else.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use chrono::TimeDelta;
use countersign::clock::machine_now;

use super::*;
use crate::harness::amazon::Amazon;

const HOST: &str = "sns.eu-central-1.amazonaws.com";
const SNS: &str =
    "[[inbound.hooks]]\nname = 'aws'\nadapter = 'sns'\ntopics = ['arn:aws:sns:eu-central-1:123456789012:notices']\n";

/// Where Amazon has a subscription confirmed.
pub fn confirming(host: &str, topic: &str) -> String {
    format!("https://{host}/?Action=ConfirmSubscription&TopicArn={topic}&Token=t0ken")
}

/// The wish to subscribe us, as Amazon sends and signs it, so long ago.
pub fn wish_of(topic: &str, url: &str, ago: TimeDelta) -> String {
    let stamp = (machine_now() - ago).format("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let message = "You have chosen to subscribe to the topic.";
    let lines = format!(
        "Message\n{message}\nMessageId\n1\nSubscribeURL\n{url}\nTimestamp\n{stamp}\nToken\nt0ken\nTopicArn\n{topic}\n\
         Type\nSubscriptionConfirmation\n"
    );
    json!({
        "Type": "SubscriptionConfirmation", "MessageId": "1", "TopicArn": topic, "Message": message, "Timestamp": stamp,
        "Token": "t0ken", "SubscribeURL": url, "SignatureVersion": "2", "Signature": base64(signed(&lines)),
        "SigningCertURL": CERTIFICATE_URL,
    })
    .to_string()
}

async fn root(uri: Uri) -> Response {
    match uri.query().unwrap_or_default() {
        asked if !asked.contains("Token=t0ken") => (StatusCode::BAD_REQUEST, "an invalid token").into_response(),
        asked if asked.contains("moved") => {
            (StatusCode::FOUND, [(header::LOCATION, "https://evil.example/")]).into_response()
        }
        _ => "<ConfirmSubscriptionResponse/>".into_response(),
    }
}

/// Amazon's SNS: it has the certificate that it signs with, and confirms.
async fn amazon() -> Amazon {
    let answers = Router::new()
        .route("/SimpleNotificationService-test.pem", get(|| async { CERTIFICATE.to_vec() }))
        .route("/", get(root));
    Amazon::start(&[HOST], answers).await
}

both!(a_topic_of_ours_is_subscribed_by_visiting_amazon_and_then_delivers, |house| async move {
    let amazon = amazon().await;
    let hooks = open_with(&house, SNS, amazon.http(), Certificates::default());
    let url = confirming(HOST, TOPIC);
    let (status, told) = call(&hooks, "/in/aws", &[], wish_of(TOPIC, &url, TimeDelta::zero())).await;
    assert_eq!((status, &told["kept"]), (200, &json!(false)), "{told}");
    let asked: Vec<(String, String)> = amazon.asked().into_iter().map(|asked| (asked.host, asked.path)).collect();
    let confirmed = url.trim_start_matches("https://").trim_start_matches(HOST).to_owned();
    assert_eq!(
        asked,
        [(HOST.to_owned(), "/SimpleNotificationService-test.pem".to_owned()), (HOST.to_owned(), confirmed)],
        "first Amazon's certificate is fetched, then the subscription is confirmed"
    );
    assert_eq!(kept(&house).await.len(), 0, "a confirmation is no notice");

    let stamp = machine_now().format("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let lines = format!("Message\nhello\nMessageId\n2\nTimestamp\n{stamp}\nTopicArn\n{TOPIC}\nType\nNotification\n");
    let body = json!({
        "Type": "Notification", "MessageId": "2", "TopicArn": TOPIC, "Message": "hello", "Timestamp": stamp,
        "SignatureVersion": "2", "Signature": base64(signed(&lines)), "SigningCertURL": CERTIFICATE_URL,
    });
    assert_eq!(call(&hooks, "/in/aws", &[], body.to_string()).await.0, 200);
    assert_eq!(kept(&house).await.len(), 1);
    assert_eq!(amazon.asked().len(), 0, "a certificate is fetched once and kept");
});

both!(a_strangers_topic_makes_us_ask_nobody_however_well_it_is_signed, |house| async move {
    let amazon = amazon().await;
    let hooks = open_with(&house, SNS, amazon.http(), Certificates::default());
    let theirs = "arn:aws:sns:eu-central-1:666666666666:notices";
    let told = call(&hooks, "/in/aws", &[], wish_of(theirs, &confirming(HOST, theirs), TimeDelta::zero())).await;
    refused(told, 401, "not among the topics");
    assert_eq!(amazon.asked().len(), 0, "a stranger made us ask Amazon");
});

both!(a_confirmation_is_carried_out_at_amazon_alone_and_only_while_it_is_fresh, |house| async move {
    let amazon = amazon().await;
    let hooks = open_with(&house, SNS, amazon.http(), Certificates::default());
    let visits = |amazon: &Amazon| amazon.asked().iter().filter(|asked| asked.path.contains("Confirm")).count();
    for elsewhere in [
        format!("http://{HOST}/?Action=ConfirmSubscription&Token=t0ken"),
        format!("https://{HOST}.evil.example/?Action=ConfirmSubscription&Token=t0ken"),
        format!("https://{HOST}@evil.example/?Action=ConfirmSubscription&Token=t0ken"),
        format!("https://{HOST}:8443/?Action=ConfirmSubscription&Token=t0ken"),
        "https://evil.example/?Action=ConfirmSubscription&Token=t0ken".to_owned(),
        "https://s3.eu-central-1.amazonaws.com/evil?Action=ConfirmSubscription&Token=t0ken".to_owned(),
    ] {
        let told = call(&hooks, "/in/aws", &[], wish_of(TOPIC, &elsewhere, TimeDelta::zero())).await;
        refused(told, 401, "SubscribeURL is not one of Amazon");
    }
    for ago in [TimeDelta::hours(2), -TimeDelta::hours(2)] {
        refused(call(&hooks, "/in/aws", &[], wish_of(TOPIC, &confirming(HOST, TOPIC), ago)).await, 401, "too old");
    }
    assert_eq!(visits(&amazon), 0);
    // Amazon does not send elsewhere; whoever does is not followed, and SNS tries again.
    let moved = format!("https://{HOST}/?Action=ConfirmSubscription&Token=t0ken&moved");
    refused(
        call(&hooks, "/in/aws", &[], wish_of(TOPIC, &moved, TimeDelta::zero())).await,
        503,
        "could not be confirmed",
    );
    let wrong = format!("https://{HOST}/?Action=ConfirmSubscription&Token=stale");
    refused(
        call(&hooks, "/in/aws", &[], wish_of(TOPIC, &wrong, TimeDelta::zero())).await,
        503,
        "could not be confirmed",
    );
    assert_eq!(visits(&amazon), 2);
});

both!(who_only_says_to_be_amazon_is_not_believed, |house| async move {
    let amazon = amazon().await;
    let hooks = open_with(&house, SNS, amazon.http_of_a_doubter(), Certificates::default());
    let told = call(&hooks, "/in/aws", &[], wish_of(TOPIC, &confirming(HOST, TOPIC), TimeDelta::zero())).await;
    // Whoever stands between us and Amazon must not make us lose a delivery either: it is tried again.
    refused(told, 503, "certificate could not be fetched");
    assert_eq!(amazon.asked().len(), 0, "something was asked of a server whose certificate nobody vouches for");
});
