//! A status page's API, version 2: incidents and scheduled maintenances, each again whenever it was updated.
//! Source: Statuspage API v2 (`/api/v2/incidents.json`, `/api/v2/scheduled-maintenances.json`); Instatus and Better Stack
//! answer near it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Found, PollError, Round, by_https};

#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    incidents: Option<String>,
    maintenances: Option<String>,
}

pub async fn read(round: &Round<'_>) -> Result<Option<String>, PollError> {
    let base = round.source.url.trim_end_matches('/');
    if base.is_empty() {
        return Err(PollError::Setting(format!("“{}” lacks url", round.source.name)));
    }
    let mut cursor: Cursor =
        round.cursor.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let (incidents, maintenances) = ("incidents.json", "scheduled-maintenances.json");
    one(round, base, (incidents, "incidents"), &mut cursor.incidents).await?;
    one(round, base, (maintenances, "scheduled_maintenances"), &mut cursor.maintenances).await?;
    Ok(serde_json::to_string(&cursor).ok())
}

async fn one(
    round: &Round<'_>,
    base: &str,
    (file, list): (&str, &str),
    etag: &mut Option<String>,
) -> Result<(), PollError> {
    let url = format!("{base}/api/v2/{file}");
    let Some(fetched) = round.changed(&url, etag.as_deref()).await? else { return Ok(()) };
    let answer: Value = serde_json::from_slice(&fetched.body).map_err(|error| PollError::answer(&url, error))?;
    let page = answer.get("page").cloned().unwrap_or_default();
    let all =
        answer.get(list).and_then(Value::as_array).ok_or_else(|| PollError::answer(&url, format!("no {list}")))?;
    // Oldest first, so that what follows up on something finds it.
    for incident in all.iter().rev() {
        let text = |name: &str| incident.get(name).and_then(Value::as_str).unwrap_or_default();
        // As the page's own webhook would have told it, so that one reader understands both.
        let raw = json!({ "page": page, "incident": incident }).to_string().into_bytes();
        round
            .keep(Found {
                raw,
                media: "application/json",
                key: format!("{}/{}", text("id"), text("updated_at")),
                authenticity: by_https(base),
                reason: format!("Read from the page itself, {base}."),
            })
            .await?;
    }
    // Only now: had anything gone wrong before, the same answer would be wanted again.
    *etag = fetched.header("etag").map(str::to_owned);
    Ok(())
}
