//! AWS Health: events of an account, each with its description and what it touches. Needs a support plan that has the API.
//! Source: Health API reference, `DescribeEvents`, `DescribeEventDetails`, `DescribeAffectedEntities`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::aws::{Account, Call, accounts};
use super::{Found, PollError, Round};
use crate::notice::fact::Authenticity;

/// The API answers in one region for all (its active endpoint).
const REGION: &str = "us-east-1";
const MOST_PAGES: usize = 100;

pub async fn read(round: &mut Round<'_>) -> Result<(), PollError> {
    let mut told = Vec::new();
    for account in accounts(round.http, round.source) {
        // What has been closed is of no more concern, unless it was open when it came.
        let filter = json!({ "eventStatusCodes": ["open", "upcoming"] });
        let events = pages(&account, "DescribeEvents", json!({ "filter": filter }), "events").await?;
        told.extend(events.into_iter().map(|event| (at(&event), (account, event))));
    }
    for (account, event) in round.wanted(told).await? {
        one(round, &account, &event).await?;
    }
    Ok(())
}

/// When an event was told last: seconds since 1970, as JSON of this protocol writes times.
fn at(event: &Value) -> Option<DateTime<Utc>> {
    let seconds = ["lastUpdatedTime", "startTime"].iter().find_map(|name| event.get(*name)?.as_f64())?;
    let since = Duration::try_from_secs_f64(seconds).ok()?;
    DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::from_std(since).ok()?)
}

async fn one(round: &Round<'_>, account: &Account<'_>, event: &Value) -> Result<(), PollError> {
    let Some(arn) = event.get("arn").and_then(Value::as_str) else { return Ok(()) };
    let updated = event.get("lastUpdatedTime").map(Value::to_string).unwrap_or_default();
    let details = ask(account, "DescribeEventDetails", &json!({ "eventArns": [arn], "locale": "en" })).await?;
    let Some(detail) = details.pointer("/successfulSet/0") else {
        let why = details.pointer("/failedSet/0/errorMessage").and_then(Value::as_str).unwrap_or("nothing was told");
        return Err(PollError::answer("DescribeEventDetails", format!("{arn}: {why}")));
    };
    let wanted = json!({ "filter": { "eventArns": [arn] } });
    let entities = pages(account, "DescribeAffectedEntities", wanted, "entities").await?;
    let whole = json!({
        "event": detail.get("event").unwrap_or(event),
        "eventDescription": detail.get("eventDescription"),
        "eventMetadata": detail.get("eventMetadata"),
        "entities": entities,
    });
    round
        .keep(Found {
            raw: whole.to_string().into_bytes(),
            media: "application/json",
            key: format!("{arn}/{updated}/{}", entities.len()),
            authenticity: Authenticity::Verified,
            reason: "Read from the AWS Health API.".to_owned(),
        })
        .await?;
    Ok(())
}

async fn pages(account: &Account<'_>, action: &str, asked: Value, list: &str) -> Result<Vec<Value>, PollError> {
    let (mut found, mut asked) = (Vec::new(), asked);
    for _ in 0..MOST_PAGES {
        let answer = ask(account, action, &asked).await?;
        found.extend(answer.get(list).and_then(Value::as_array).into_iter().flatten().cloned());
        match answer.get("nextToken").filter(|token| token.is_string()) {
            Some(token) => asked["nextToken"] = token.clone(),
            None => return Ok(found),
        }
    }
    Err(PollError::answer(action, format!("it has more than {MOST_PAGES} pages")))
}

async fn ask(account: &Account<'_>, action: &str, asked: &Value) -> Result<Value, PollError> {
    let target = format!("AWSHealth_20160804.{action}");
    let headers = vec![("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
    let call = Call { service: "health", region: REGION, headers, body: asked.to_string() };
    let fetched = account.call(call).await?;
    serde_json::from_slice(&fetched.body).map_err(|error| PollError::answer(action, error))
}
