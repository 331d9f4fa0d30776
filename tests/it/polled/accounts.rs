//! Several accounts and regions, each by its role, against moto's STS and RDS under Amazon's own names.
//!
//! What moto's RDS lacks is said for it as the API reference writes it: `CertificateDetails`, from the authority that moto
//! does keep, and an empty list of pending maintenance.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use countersign::store::entity::notices;

use super::*;
use crate::harness::amazon::Amazon;
use crate::harness::moto::Moto;

const NAMES: [&str; 4] = [
    "sts.us-east-1.amazonaws.com",
    "sts.eu-central-1.amazonaws.com",
    "rds.us-east-1.amazonaws.com",
    "rds.eu-central-1.amazonaws.com",
];
const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];
const REGIONS: [&str; 2] = ["us-east-1", "eu-central-1"];

fn role(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/countersign")
}

/// Adds to moto's answers what they lack.
async fn completed(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let form: BTreeMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    match form.get("Action").map(String::as_str) {
        Some("DescribePendingMaintenanceActions") => no_actions().into_response(),
        Some("DescribeDBInstances") => {
            let (head, body) = next.run(Request::from_parts(head, Body::from(body))).await.into_parts();
            let mut said = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
            for (authority, till) in [OLD, NEW] {
                let named = format!("<CACertificateIdentifier>{authority}</CACertificateIdentifier>");
                let dated = format!(
                    "{named}<CertificateDetails><CAIdentifier>{authority}</CAIdentifier><ValidTill>{till}</ValidTill>\
                     </CertificateDetails>"
                );
                said = said.replace(&named, &dated);
            }
            Response::from_parts(head, Body::from(said))
        }
        _ => next.run(Request::from_parts(head, Body::from(body))).await,
    }
}

/// Changes something in an account's region.
async fn does(moto: &Moto, key: &str, region: &str, action: &str, more: &[(&str, &str)]) {
    let first = [("Action", action), ("Version", "2014-10-31"), ("DBInstanceIdentifier", "orders")];
    moto.asks(("rds", region, key), &[&first, more].concat()).await;
}

both!(each_account_and_region_is_read_by_its_own_role, |house| async move {
    house.founded().await;
    let moto = Moto::start().await;
    let made = [
        ("DBInstanceClass", "db.m5.large"),
        ("Engine", "postgres"),
        ("AllocatedStorage", "20"),
        ("MasterUsername", "root0"),
        ("MasterUserPassword", "a-long-password"),
        ("CACertificateIdentifier", OLD.0),
    ];
    let mut keys = Vec::new();
    for account in ACCOUNTS {
        let key = moto.key_of(&role(account)).await;
        for region in REGIONS {
            does(&moto, &key, region, "CreateDBInstance", &made).await;
        }
        keys.push(key);
    }
    let amazon = Amazon::start(&NAMES, moto.behind().layer(from_fn(completed))).await;
    let roles = ACCOUNTS.map(|account| format!("'{}'", role(account))).join(", ");
    let source = source(&format!(
        "name = 'rds'\nadapter = 'rds'\nregions = ['us-east-1', 'eu-central-1']\nroles = [{roles}]\nexternal_id = 'ours'\n\
         access_key = 'AKTEST'\nsecret_key = 's'"
    ));
    let reader = Poller { http: amazon.http(), ..poller(&house, "here") };
    let reads = async || {
        channels::due_now(house.store(), "poll/rds").await.unwrap();
        assert!(reader.look(&source).await.unwrap());
        assert_eq!(trouble(&house).await, None);
        house.reads().await;
    };
    reads().await;
    let asked = amazon.asked();
    let taken: Vec<&str> = asked.iter().filter_map(|asked| asked.form.get("RoleArn").map(String::as_str)).collect();
    for account in ACCOUNTS {
        assert!(taken.contains(&role(account).as_str()), "nobody took on the role of {account}: {taken:?}");
    }
    assert!(
        asked.iter().filter(|asked| asked.form.contains_key("RoleArn")).all(|asked| asked.form["ExternalId"] == "ours"),
        "the external id is left out"
    );
    // What is read with a role is signed with the role's key, for its service and region.
    for asked in asked.iter().filter(|asked| asked.host.starts_with("rds.")) {
        let region = asked.host.split('.').nth(1).unwrap();
        assert!(asked.authorization.contains(&format!("/{region}/rds/aws4_request")), "{}", asked.authorization);
        assert!(!asked.authorization.contains("AKTEST"), "read with our own key: {}", asked.authorization);
    }
    let mut found = Vec::new();
    for row in notices::Entity::find().all(house.store().reader()).await.unwrap() {
        let case = house.notice(u32::try_from(row.number).unwrap()).await;
        found.extend(case.facts.resources.iter().map(|resource| resource.key.clone()));
    }
    found.sort();
    let mut expected: Vec<String> = ACCOUNTS
        .iter()
        .flat_map(|account| {
            ["eu-central-1", "us-east-1"].map(|region| format!("arn:aws:rds:{region}:{account}:db:orders"))
        })
        .collect();
    expected.sort();
    assert_eq!(found, expected, "an instance of some account or region is missing");

    // One instance of one account is rotated; only there it is ticked off.
    does(
        &moto,
        &keys[1],
        "eu-central-1",
        "ModifyDBInstance",
        &[("CACertificateIdentifier", NEW.0), ("ApplyImmediately", "true")],
    )
    .await;
    reads().await;
    let mut ticked = Vec::new();
    for row in notices::Entity::find().all(house.store().reader()).await.unwrap() {
        let case = house.notice(u32::try_from(row.number).unwrap()).await;
        if done(&case) > 0 {
            ticked.push(case.facts.resources[0].key.clone());
        }
    }
    assert_eq!(ticked, ["arn:aws:rds:eu-central-1:222222222222:db:orders"]);
});
