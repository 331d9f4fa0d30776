//! endoflife.date: when the releases that run here reach the end of their support.
//! Source: endoflife.date API v1 (`/api/v1/products/{product}/releases/{release}`).
//!
//! It keeps the providers' dates and is none of them: what it says is vouched for by whoever set it up here.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::{Value, json};

use super::{Found, PollError, Round};
use crate::notice::fact::Authenticity;

const SERVER: &str = "https://endoflife.date";

/// The dates that it knows of a release, what they mean, and their names in our own format.
const DATES: &[(&str, &str)] = &[("eoasFrom", "recommended_by"), ("eolFrom", "hard_expiry")];

pub async fn read(round: &mut Round<'_>) -> Result<(), PollError> {
    let server = if round.source.url.is_empty() { SERVER } else { round.source.url.trim_end_matches('/') };
    let (mut told, mut taken) = (Vec::new(), Vec::new());
    for product in &round.source.products {
        let Some((name, cycle)) = product.split_once('/') else {
            return Err(PollError::Setting(format!("“{product}” is not product/cycle")));
        };
        let url = format!("{server}/api/v1/products/{name}/releases/{cycle}");
        let Some(fetched) = round.changed(&url).await? else { continue };
        let answer: Value = serde_json::from_slice(&fetched.body).map_err(|error| PollError::answer(&url, error))?;
        let release = answer.get("result").unwrap_or(&answer);
        let dates: Vec<(&str, &str)> =
            DATES.iter().filter_map(|(field, role)| Some((*role, release.get(field)?.as_str()?))).collect();
        if !dates.is_empty() {
            let label = release.get("label").and_then(Value::as_str).unwrap_or(cycle);
            told.push((last(&dates), notice(server, product, (name, label), &dates)));
        }
        taken.push((url, fetched));
    }
    for found in round.wanted(told).await? {
        round.keep(found).await?;
    }
    taken.iter().for_each(|(url, fetched)| round.cursor.note(url, fetched));
    Ok(())
}

/// A release is of the past once all that is known of it has passed.
fn last(dates: &[(&str, &str)]) -> Option<DateTime<Utc>> {
    let days = dates.iter().filter_map(|(_, at)| at.parse::<NaiveDate>().ok());
    days.max().map(|day| day.and_time(NaiveTime::MIN).and_utc())
}

fn notice(server: &str, product: &str, (name, label): (&str, &str), dates: &[(&str, &str)]) -> Found {
    let title = format!("{name} {label} reaches the end of its support");
    let deadlines: Vec<Value> = dates.iter().map(|(role, at)| json!({ "role": role, "at": at })).collect();
    let notice = json!({
        "provider": name,
        "id": product,
        "kind": "end_of_life",
        "title": title,
        "text": format!("{title}, as endoflife.date says."),
        "deadlines": deadlines,
        "resources": [{ "id": product, "type": "release" }],
        "links": [format!("{server}/{name}")],
    });
    Found {
        raw: notice.to_string().into_bytes(),
        media: "application/json",
        key: format!("{product}/{dates:?}"),
        authenticity: Authenticity::Vouched,
        reason: "Read from endoflife.date, which keeps the providers' dates; whoever set it up vouches for it."
            .to_owned(),
    }
}
