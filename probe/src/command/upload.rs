//! Hands what a probe saw to the installation that keeps the record.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{StatusCode, Url, redirect};
use serde_json::{Value, json};

use crate::Observation;

/// For the whole of handing it over.
const LIMIT: Duration = Duration::from_secs(30);

/// Where what was seen goes on record.
#[derive(clap::Args)]
#[group(id = "record")]
pub(super) struct Arguments {
    /// Put what was seen on record at this installation, such as https://countersign.example.com.
    #[arg(long, value_name = "URL", requires_all = ["token_file", "notice", "step"])]
    upload: Option<Url>,
    /// A file with a token that has the scope “probe” and nothing else. Its name says from where the probe comes.
    #[arg(long, value_name = "FILE", requires = "upload")]
    token_file: Option<PathBuf>,
    /// The notice's number or id.
    #[arg(long, value_name = "NUMBER", requires = "upload")]
    notice: Option<NoticeName>,
    /// The step of the notice's procedure that this shows, such as probe.
    #[arg(long, value_name = "STEP", requires = "upload")]
    step: Option<String>,
    /// Which environment or resource (r1) the step is done for, where it is done for each.
    #[arg(long, value_name = "PLACE", requires = "upload")]
    place: Option<String>,
}

/// A notice as people name it: `12`, `N-12`, or its id. Which one that is, the installation knows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NoticeName(String);

impl FromStr for NoticeName {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let number = written.strip_prefix(['N', 'n']).and_then(|rest| rest.strip_prefix('-')).unwrap_or(written);
        let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let is_id = written.len() == 36 && written.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        if is_number || is_id {
            return Ok(Self(written.to_owned()));
        }
        Err(format!("“{written}” is neither a notice's number (12 or N-12) nor its id"))
    }
}

/// A place on record for one result.
pub(super) struct Record {
    address: Url,
    token: String,
    place: Option<String>,
}

impl Arguments {
    /// Where to put it; none where nothing is to be uploaded.
    pub(super) fn wanted(self) -> anyhow::Result<Option<Record>> {
        let (Some(base), Some(file), Some(notice), Some(step)) = (self.upload, self.token_file, self.notice, self.step)
        else {
            return Ok(None);
        };
        let token = std::fs::read_to_string(&file)
            .with_context(|| format!("the token file {} cannot be read", file.display()))?;
        let address = address(base, &notice.0, &step)?;
        Ok(Some(Record { address, token: token.trim().to_owned(), place: self.place }))
    }
}

/// The address of a step's probes. A token must not cross a network in clear.
fn address(mut base: Url, notice: &str, step: &str) -> anyhow::Result<Url> {
    let here = matches!(base.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if base.scheme() != "https" && !here {
        bail!("{base} is not https: the token would cross the network in clear");
    }
    let Ok(mut path) = base.path_segments_mut() else { bail!("the address to upload to has no path") };
    path.pop_if_empty().extend(["api", "v1", "notices", notice, "steps", step, "probes"]);
    drop(path);
    Ok(base)
}

impl Record {
    /// Puts it on record, and says in one line what it was worth.
    pub(super) async fn put(self, seen: &Observation) -> anyhow::Result<String> {
        // Whoever set one before us set the same; with none, rustls could not choose.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A redirect would carry the token elsewhere.
        let client = reqwest::Client::builder().timeout(LIMIT).redirect(redirect::Policy::none()).build()?;
        let body = serde_json::to_vec(&json!({"seen": seen, "scope": self.place}))?;
        let asked = client
            .post(self.address.clone())
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .body(body);
        let answer = asked.send().await.with_context(|| format!("{} did not answer", self.address))?;
        let status = answer.status();
        let told: Value = serde_json::from_slice(&answer.bytes().await?).unwrap_or_default();
        if status == StatusCode::CREATED {
            let lacks = told["lacks"].as_str().map(|lacks| format!("; the step still lacks {lacks}"));
            return Ok(format!("  on record at {}{}", self.address, lacks.unwrap_or_default()));
        }
        let detail = told["detail"].as_str().unwrap_or("it is no address of Countersign");
        bail!("{} answered {status}: {detail}", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(base: &str) -> String {
        let made = address(base.parse().expect("an address"), "N-12", "probe/../x");
        made.map_or_else(|error| error.to_string(), |address| address.to_string())
    }

    #[test]
    fn a_notice_is_named_by_its_number_or_its_id() {
        for (written, right) in [
            ("12", true),
            ("N-12", true),
            ("0190a1b2-0000-7000-8000-000000000001", true),
            ("N-", false),
            ("../admin", false),
        ] {
            assert_eq!(written.parse::<NoticeName>().is_ok(), right, "{written}");
        }
    }

    #[test]
    fn a_token_leaves_the_machine_only_by_https_and_for_one_address() {
        let there = "https://countersign.example.com/api/v1/notices/N-12/steps/probe%2F..%2Fx/probes";
        assert_eq!(told("https://countersign.example.com"), there);
        assert_eq!(told("https://countersign.example.com/"), there);
        assert!(told("http://127.0.0.1:8080").starts_with("http://127.0.0.1:8080/api/v1/"));
        assert!(told("http://countersign.example.com").contains("in clear"));
    }
}
