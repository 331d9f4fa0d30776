//! A status page's API, version 2: incidents and scheduled maintenances, each again whenever it was updated.
//! Source: Statuspage API v2 (`/api/v2/incidents.json`, `/api/v2/scheduled-maintenances.json`); Instatus and Better Stack
//! answer near it.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Found, PollError, Round, by_https};

/// The files of the API, and the list in each.
const FILES: [(&str, &str); 2] =
    [("incidents.json", "incidents"), ("scheduled-maintenances.json", "scheduled_maintenances")];

pub async fn read(round: &mut Round<'_>) -> Result<(), PollError> {
    let base = round.source.url.trim_end_matches('/');
    if base.is_empty() {
        return Err(PollError::Setting(format!("“{}” lacks url", round.source.name)));
    }
    let (mut told, mut taken) = (Vec::new(), Vec::new());
    for (file, list) in FILES {
        let url = format!("{base}/api/v2/{file}");
        let Some(fetched) = round.changed(&url).await? else { continue };
        let answer: Value = serde_json::from_slice(&fetched.body).map_err(|error| PollError::answer(&url, error))?;
        let page = answer.get("page").cloned().unwrap_or_default();
        let all =
            answer.get(list).and_then(Value::as_array).ok_or_else(|| PollError::answer(&url, format!("no {list}")))?;
        // Oldest first, so that what follows up on something finds it.
        told.extend(all.iter().rev().map(|incident| (at(incident), json!({ "page": page, "incident": incident }))));
        taken.push((url, fetched));
    }
    for incident in round.wanted(told).await? {
        let text = |name: &str| incident.pointer(name).and_then(Value::as_str).unwrap_or_default();
        let found = Found {
            key: format!("{}/{}", text("/incident/id"), text("/incident/updated_at")),
            // As the page's own webhook would have told it, so that one reader understands both.
            raw: incident.to_string().into_bytes(),
            media: "application/json",
            authenticity: by_https(base),
            reason: format!("Read from the page itself, {base}."),
        };
        round.keep(found).await?;
    }
    taken.iter().for_each(|(url, fetched)| round.cursor.note(url, fetched));
    Ok(())
}

/// When an incident was told last.
fn at(incident: &Value) -> Option<DateTime<Utc>> {
    let written = ["updated_at", "created_at"].iter().find_map(|name| incident.get(*name)?.as_str())?;
    DateTime::parse_from_rfc3339(written).ok().map(|at| at.with_timezone(&Utc))
}
