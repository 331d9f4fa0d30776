//! SNS as another program plays it, from subscribing a topic to the notice that what it publishes opens.

use chrono::TimeDelta;

use super::subscription::{confirming, wish_of};
use super::*;
use crate::harness::amazon::Amazon;
use crate::harness::moto::{Moto, between};

const REGION: &str = "us-east-1";
const HOST: &str = "sns.us-east-1.amazonaws.com";

/// An AWS Health event as EventBridge hands it to a topic.
fn event() -> String {
    json!({
        "version": "0", "id": "e-1", "detail-type": "AWS Health Event", "source": "aws.health",
        "account": "123456789012", "time": "2024-06-01T07:00:00Z", "region": REGION, "resources": [],
        "detail": {
            "eventArn": "arn:aws:health:us-east-1::event/RDS/AWS_RDS_CA_ROTATION/AWS_RDS_CA_ROTATION_7",
            "service": "RDS", "eventTypeCode": "AWS_RDS_CA_CERTIFICATE_ROTATION", "eventTypeCategory": "scheduledChange",
            "startTime": "Thu, 22 Aug 2024 17:08:50 GMT", "statusCode": "upcoming", "eventRegion": REGION,
            "eventDescription": [{ "language": "en_US", "latestDescription":
                "Rotate your SSL/TLS certificates. The certificate authority rds-ca-2019 expires on August 22, 2024." }],
            "affectedEntities": [{ "entityValue": "arn:aws:rds:us-east-1:123456789012:db:orders", "status": "PENDING" }],
        },
    })
    .to_string()
}

both!(a_topic_is_subscribed_confirmed_and_what_it_publishes_opens_a_notice, |house| async move {
    house.founded().await;
    let moto = Moto::start().await;
    let as_us = ("sns", REGION, "AKTEST");
    let topic = moto.asks(as_us, &[("Action", "CreateTopic"), ("Version", "2010-03-31"), ("Name", "notices")]).await;
    let topic = between(&topic, "TopicArn");
    let pem = format!("/{}", CERTIFICATE_URL.rsplit('/').next().unwrap());
    let answers = moto.behind().route(&pem, axum::routing::get(|| async { CERTIFICATE.to_vec() }));
    let amazon = Amazon::start(&[HOST, "sns.eu-central-1.amazonaws.com"], answers).await;

    let tables = format!("[[inbound.hooks]]\nname = 'aws'\nadapter = 'sns'\ntopics = ['{topic}']\n");
    let hooks = open_with(&house, &tables, amazon.http(), Certificates::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}/in/aws", listener.local_addr().unwrap());
    let served = hooks.clone();
    tokio::spawn(async move { axum::serve(listener, served).await });
    let fields = [
        ("Action", "Subscribe"),
        ("Version", "2010-03-31"),
        ("TopicArn", topic.as_str()),
        ("Protocol", "http"),
        ("Endpoint", endpoint.as_str()),
    ];
    moto.asks(as_us, &fields).await;

    // moto sends no wish to subscribe; this one is the tests', and confirmed at moto.
    let url = confirming(HOST, &topic);
    let (status, told) = call(&hooks, "/in/aws", &[], wish_of(&topic, &url, TimeDelta::zero())).await;
    assert_eq!((status, &told["kept"]), (200, &json!(false)), "{told}");
    assert!(amazon.asked().iter().any(|asked| asked.path.contains("ConfirmSubscription")), "nobody confirmed");

    let said = event();
    let publish = async |more: &[(&str, &str)]| {
        let first = [("Action", "Publish"), ("Version", "2010-03-31"), ("TopicArn", topic.as_str())];
        moto.asks(as_us, &[&first, more].concat()).await
    };
    publish(&[("Message", &said)]).await;
    let all = kept(&house).await;
    assert_eq!(all.len(), 1, "moto has signed it, and it was not kept");
    assert_eq!(all[0].authenticity, "verified");
    house.reads().await;
    let case = house.notice(1).await;
    assert_eq!((case.facts.provider.as_str(), case.facts.resources.len()), ("aws", 1));

    // moto leaves the Subject out of what it signs, so its signature over such a message is wrong, and is told to be.
    publish(&[("Message", &said), ("Subject", "A subject")]).await;
    assert_eq!(kept(&house).await.len(), 1, "a message whose signature does not hold was kept");
});
