//! moto's server: AWS as far as that program plays it. It signs what its SNS sends (version 2; wrongly where there is a
//! Subject, which it leaves out of what it signs), keeps accounts apart, and takes every signature of a caller for good.
//! It confirms subscriptions by itself, and of RDS knows neither certificates' dates nor pending maintenance.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpStream;

use super::postgres::free_port;

const PATIENCE: Duration = Duration::from_secs(300);

/// Ends with its standard input, which is when this process does.
const SCRIPT: &str = r#"
"$PROGRAM" -H 127.0.0.1 -p "$PORT" >/dev/null 2>&1 &
cat >/dev/null
kill -9 $!
"#;

/// A moto server of a test's own.
pub struct Moto {
    pub url: String,
    client: reqwest::Client,
    _process: Child,
}

fn program() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-services/bin/moto_server");
    assert!(here.exists(), "there is no {}: scripts/install-test-services.sh puts it there", here.display());
    here
}

impl Moto {
    pub async fn start() -> Self {
        let port = free_port();
        let process = Command::new("sh")
            .args(["-c", SCRIPT])
            .env("PROGRAM", program())
            .env("PORT", port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("a shell can be started");
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(since.elapsed() < PATIENCE, "moto's server does not listen after {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { url: format!("http://127.0.0.1:{port}"), client, _process: process }
    }

    /// Asks an action of a service in a region, as whoever has this access key, and gives the answer, which must be one of
    /// success.
    pub async fn asks(&self, (service, region, key): (&str, &str, &str), fields: &[(&str, &str)]) -> String {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .client
            .post(&self.url)
            .header("authorization", scope(service, region, key))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let response = request.send().await.expect("moto answers");
        let (status, text) = (response.status(), response.text().await.expect("an answer"));
        assert!(status.is_success(), "moto refuses {fields:?}: {status} {text}");
        text
    }

    /// The access key of a role in another account.
    pub async fn key_of(&self, role: &str) -> String {
        let fields =
            [("Action", "AssumeRole"), ("Version", "2011-06-15"), ("RoleArn", role), ("RoleSessionName", "a-test")];
        between(&self.asks(("sts", "us-east-1", "AKTEST"), &fields).await, "AccessKeyId")
    }

    /// Routes that hand everything on to moto, for a server that stands in front of it. What nobody signed (a certificate, the
    /// confirmation of a subscription) moto wants to be told the service of.
    pub fn behind(&self) -> Router {
        Router::new().fallback(hand_on).with_state((self.url.clone(), self.client.clone()))
    }
}

/// What an XML element of this name holds, the first of them.
pub fn between(xml: &str, name: &str) -> String {
    let rest = xml.split(&format!("<{name}>")).nth(1).unwrap_or_else(|| panic!("there is no {name} in {xml}"));
    rest.split('<').next().unwrap_or_default().to_owned()
}

fn scope(service: &str, region: &str, key: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20240601/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

async fn hand_on(
    State((url, client)): State<(String, reqwest::Client)>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    let host = headers.remove("host").and_then(|host| host.to_str().map(str::to_owned).ok()).unwrap_or_default();
    let mut labels = host.split('.');
    let (service, region) = (labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
    if !headers.contains_key("authorization") {
        let told = scope(service, region, "AKTEST").parse().expect("a header");
        headers.insert("authorization", told);
    }
    let url = format!("{url}{}", uri.path_and_query().map_or("/", |path| path.as_str()));
    match client.request(method, url).headers(headers).body(body).send().await {
        Ok(answer) => {
            let status = StatusCode::from_u16(answer.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, answer.bytes().await.unwrap_or_default()).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
