//! Amazon RDS: pending maintenance, and the instances whose certificates run out.
//! Source: RDS API reference, `DescribePendingMaintenanceActions`, `DescribeDBInstances`.
//!
//! The API tells what is, and nothing of the past: there is no old mail to ask about at the first reading.
//!
//! What is new goes the way of every message. What is known already is reconciled at the desk: what the API shows as done
//! is ticked off there, with its answer as evidence.

use chrono::{DateTime, TimeDelta, Utc};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::aws::{Account, Call, FORM, accounts, form};
use super::{Found, PollError, Round};
use crate::desk::Instance;
use crate::notice::fact::Authenticity;
use crate::reading::formats::rds::xml;

/// Pages of one answer at most; one holds a hundred.
const MOST_PAGES: usize = 200;
/// Where nothing else is set, a certificate is announced so many days before it runs out.
const HORIZON: u32 = 180;

pub async fn read(round: &mut Round<'_>) -> Result<(), PollError> {
    if round.source.regions.is_empty() {
        return Err(PollError::Setting(format!("“{}” lacks regions", round.source.name)));
    }
    for account in accounts(round.http, round.source) {
        for region in &round.source.regions {
            actions(round, &account, region).await?;
            instances(round, &account, region).await?;
        }
    }
    Ok(())
}

async fn actions(round: &Round<'_>, account: &Account<'_>, region: &str) -> Result<(), PollError> {
    for (raw, answer) in pages(account, region, "DescribePendingMaintenanceActions").await? {
        let Some(list) = result(&answer, "PendingMaintenanceActions").filter(|list| list.is_object()) else { continue };
        // The answer as it came; only the id of the request differs each time, and is no part of what it says.
        let key = hex::encode(&digest(&SHA256, list.to_string().as_bytes()).as_ref()[..16]);
        let reason = format!("Read from the RDS API in {region}.");
        let key = format!("actions/{region}/{key}");
        let found = Found { raw, media: "application/xml", key, authenticity: Authenticity::Verified, reason };
        round.keep(found).await?;
    }
    Ok(())
}

async fn instances(round: &Round<'_>, account: &Account<'_>, region: &str) -> Result<(), PollError> {
    let mut all = Vec::new();
    for (_, answer) in pages(account, region, "DescribeDBInstances").await? {
        let list = result(&answer, "DBInstances").and_then(|list| list.get("DBInstance")).cloned().unwrap_or_default();
        match list {
            Value::Array(several) => all.extend(several),
            one @ Value::Object(_) => all.push(one),
            _ => {}
        }
    }
    let known: Vec<Instance> = all.iter().filter_map(instance).collect();
    let unheard = round.desk.reconcile_certificates(&known).await?;
    let days = if round.source.horizon_days == 0 { HORIZON } else { round.source.horizon_days };
    let horizon = round.desk.clock.now() + TimeDelta::days(days.into());
    let near: Vec<&Value> = all
        .iter()
        .filter(|row| {
            let one = instance(row);
            one.is_some_and(|one| unheard.contains(&one.arn) && one.valid_till.is_some_and(|till| till <= horizon))
        })
        .collect();
    if near.is_empty() {
        return Ok(());
    }
    let said: Vec<Value> = near.iter().map(|row| said(row)).collect();
    let body = json!({ "DBInstances": said }).to_string();
    let key = hex::encode(&digest(&SHA256, body.as_bytes()).as_ref()[..16]);
    round
        .keep(Found {
            raw: body.into_bytes(),
            media: "application/json",
            key: format!("certificates/{region}/{key}"),
            authenticity: Authenticity::Verified,
            reason: format!("Read from the RDS API in {region}."),
        })
        .await?;
    Ok(())
}

/// Of an instance what concerns its certificate, in the API's own words.
fn said(row: &Value) -> Value {
    const MEMBERS: [&str; 7] = [
        "DBInstanceIdentifier",
        "DBInstanceArn",
        "DBInstanceStatus",
        "Engine",
        "EngineVersion",
        "CACertificateIdentifier",
        "CertificateDetails",
    ];
    MEMBERS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), row.get(*name)?.clone())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn instance(row: &Value) -> Option<Instance> {
    let text = |path: &str| row.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    let till = text("/CertificateDetails/ValidTill").and_then(|at| DateTime::parse_from_rfc3339(at).ok());
    Some(Instance {
        arn: text("/DBInstanceArn")?.to_owned(),
        authority: text("/CertificateDetails/CAIdentifier").or_else(|| text("/CACertificateIdentifier"))?.to_owned(),
        valid_till: till.map(|at| at.with_timezone(&Utc)),
        said: said(row).to_string(),
    })
}

/// All pages of an action's answer, each as its bytes and as JSON.
async fn pages(account: &Account<'_>, region: &str, action: &str) -> Result<Vec<(Vec<u8>, Value)>, PollError> {
    let (mut found, mut marker) = (Vec::new(), String::new());
    for _ in 0..MOST_PAGES {
        let parameters: &[(&str, &str)] = if marker.is_empty() { &[] } else { &[("Marker", &marker)] };
        let call = Call { service: "rds", region, headers: vec![FORM], body: form(action, parameters) };
        let fetched = account.call(call).await?;
        let text = String::from_utf8_lossy(&fetched.body);
        let answer = xml(&text).ok_or_else(|| PollError::answer(action, "it is no XML of the RDS API"))?;
        marker = result(&answer, "Marker").and_then(Value::as_str).unwrap_or_default().to_owned();
        found.push((fetched.body.clone(), answer));
        if marker.is_empty() {
            return Ok(found);
        }
    }
    Err(PollError::answer(action, format!("it has more than {MOST_PAGES} pages")))
}

/// A member of `…Response`/`…Result`.
fn result<'a>(answer: &'a Value, name: &str) -> Option<&'a Value> {
    let response = answer.as_object()?.values().next()?;
    response.as_object()?.values().find_map(|result| result.get(name))
}
