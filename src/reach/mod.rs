//! One POST to somebody else's server, with care: the address that was checked is the one connected to, no redirect is
//! followed, and little of the answer is read.
//!
//! Owns which addresses may be reached and whose certificates are believed. It must not know what is posted. What it says
//! never holds a whole address: of a post to Slack that is the secret.

mod addresses;
pub mod token;
pub mod trust;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::http::uri::Scheme;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::config::Hooks;
use addresses::Allowed;
pub use addresses::is_public;

/// So much of an answer is read and kept.
const ANSWER: usize = 2_000;
/// Whoever sets a hook up waits no longer than this for its name to be looked up.
const LOOK_UP: Duration = Duration::from_secs(5);

/// How a name becomes addresses. A value, so that a test can answer as an attacker's name server would.
pub trait Resolve: Send + Sync {
    /// The addresses of a host, with the port that was asked for.
    ///
    /// # Errors
    /// Where nobody knows the name.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, std::io::Result<Vec<SocketAddr>>>;
}

/// The machine's own resolver.
struct System;

impl Resolve for System {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, std::io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// Reaches other servers within the rules of this installation.
#[derive(Clone)]
pub struct Client {
    allowed: Arc<Allowed>,
    tls: Arc<rustls::ClientConfig>,
    timeout: Duration,
    resolver: Arc<dyn Resolve>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("allowed", &self.allowed).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The beginning of its body.
    pub text: String,
}

/// Why nothing was answered.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// This address may not be reached, whatever is tried.
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Failed(String),
}

impl Client {
    /// A client that trusts the system's authorities, and those of `hooks.ca_file`.
    ///
    /// # Errors
    /// Where an entry of `hooks.allow` is neither a host nor a network, or `hooks.ca_file` holds no certificate.
    pub fn new(hooks: &Hooks) -> Result<Self, String> {
        Ok(Self {
            allowed: Arc::new(Allowed::parse(&hooks.allow)?),
            tls: Arc::new(trust::tls(&hooks.ca_file, "hooks.ca_file")?),
            timeout: Duration::from_secs(hooks.timeout_seconds.max(1)),
            resolver: Arc::new(System),
        })
    }

    /// The same with another resolver.
    #[must_use]
    pub fn resolving_by(self, resolver: Arc<dyn Resolve>) -> Self {
        Self { resolver, ..self }
    }

    /// Whether a hook could be set up for this address. A name that nobody knows at the moment passes: it is looked up, and
    /// judged, again at each delivery.
    ///
    /// # Errors
    /// The reason, in words.
    pub async fn check(&self, url: &str) -> Result<(), String> {
        let target = Target::parse(url, &self.allowed).map_err(|error| error.to_string())?;
        match tokio::time::timeout(LOOK_UP, self.resolve(&target)).await {
            Ok(Err(HttpError::Refused(why))) => Err(why),
            _ => Ok(()),
        }
    }

    /// Posts a body and gives back what was answered, whatever its status.
    ///
    /// # Errors
    /// Where the address may not be reached, or nobody answers in time.
    pub async fn post(&self, url: &str, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, HttpError> {
        let target = Target::parse(url, &self.allowed)?;
        match tokio::time::timeout(self.timeout, self.exchange(&target, headers, body)).await {
            Ok(answered) => answered,
            Err(_) => {
                let seconds = self.timeout.as_secs();
                Err(HttpError::Failed(format!("{} did not answer within {seconds} seconds", target.host)))
            }
        }
    }

    async fn exchange(&self, target: &Target, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, HttpError> {
        let failed = |error: &dyn std::fmt::Display| HttpError::Failed(format!("{}: {error}", target.host));
        let address = self.resolve(target).await?;
        let stream = TcpStream::connect(address).await.map_err(|error| failed(&error))?;
        if !target.tls {
            return converse(stream, target, headers, body).await;
        }
        let name = ServerName::try_from(target.host.clone()).map_err(|error| failed(&error))?;
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(&self.tls));
        let stream =
            connector.connect(name, stream).await.map_err(|error| failed(&trust::explain(&error, "hooks.ca_file")))?;
        converse(stream, target, headers, body).await
    }

    /// One address of the host that may be reached. It is connected to as it was checked, so that a name that answers
    /// differently the next time gains nothing.
    async fn resolve(&self, target: &Target) -> Result<SocketAddr, HttpError> {
        let found = match target.host.parse::<IpAddr>() {
            Ok(ip) => Ok(vec![SocketAddr::new(ip, target.port)]),
            Err(_) => self.resolver.resolve(&target.host, target.port).await,
        };
        let all = found.map_err(|error| HttpError::Failed(format!("{}: {error}", target.host)))?;
        all.iter().copied().find(|address| self.allowed.may_reach(&target.host, address.ip())).ok_or_else(|| {
            HttpError::Refused(format!(
                "{} is at an address of a private network, which hooks may not reach unless hooks.allow names it",
                target.host
            ))
        })
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    target: &Target,
    headers: HeaderMap,
    body: Vec<u8>,
) -> Result<Answer, HttpError> {
    let failed = |error: &dyn std::fmt::Display| HttpError::Failed(format!("{}: {error}", target.host));
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
    let driver = tokio::spawn(connection);
    let mut request = Request::post(target.path.as_str())
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| HttpError::Refused(error.to_string()))?;
    *request.headers_mut() = headers;
    request.headers_mut().insert(header::HOST, target.authority.clone());
    request.headers_mut().insert(header::USER_AGENT, HeaderValue::from_static("countersign"));
    let response = sender.send_request(request).await.map_err(|error| failed(&error))?;
    let status = response.status().as_u16();
    let mut text = Vec::new();
    let mut body = response.into_body();
    while text.len() < ANSWER {
        match body.frame().await {
            Some(Ok(frame)) => text.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
            // The status has come: what is cut off after it changes nothing.
            Some(Err(_)) | None => break,
        }
    }
    driver.abort();
    text.truncate(ANSWER);
    Ok(Answer { status, text: String::from_utf8_lossy(&text).into_owned() })
}

/// Where a URL points.
#[derive(Debug)]
struct Target {
    tls: bool,
    host: String,
    port: u16,
    authority: HeaderValue,
    path: String,
}

impl Target {
    fn parse(url: &str, allowed: &Allowed) -> Result<Self, HttpError> {
        let refused = |why: &str| HttpError::Refused(format!("the address {why}"));
        let uri: Uri = url.parse().map_err(|_| refused("is no web address"))?;
        let authority = uri.authority().ok_or_else(|| refused("names no host"))?;
        if authority.as_str().contains('@') {
            return Err(refused("holds a name or password before the host; use the hook's own secret"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP && allowed.knows(&host) => false,
            _ => return Err(refused("must begin with https:// (http:// only for hosts that hooks.allow names)")),
        };
        Ok(Self {
            tls,
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            authority: HeaderValue::from_str(authority.as_str()).map_err(|_| refused("is no web address"))?,
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            host,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_without_tls_or_with_a_password_is_refused_and_not_repeated() {
        let client = Client::new(&crate::config::Config::defaults().hooks).unwrap();
        for (url, why) in [
            ("http://example.com/", "https://"),
            ("ftp://example.com/", "https://"),
            ("https://me:hunter2@example.com/", "password"),
            ("https://127.0.0.1/", "private network"),
            ("https://[::1]:8443/x", "private network"),
            ("nonsense", "host"),
        ] {
            let told = client.check(url).await.expect_err(url);
            assert!(told.contains(why) && !told.contains("hunter2"), "{url}: {told}");
        }
    }

    /// A name server that has one answer for each time it is asked, and repeats the last.
    struct Fickle(std::sync::Mutex<Vec<&'static str>>);

    impl Resolve for Fickle {
        fn resolve<'a>(&'a self, _: &'a str, port: u16) -> BoxFuture<'a, std::io::Result<Vec<SocketAddr>>> {
            let mut left = self.0.lock().unwrap();
            let answer = if left.len() > 1 { left.remove(0) } else { left[0] };
            let addresses = answer.split(' ').map(|ip| SocketAddr::new(ip.parse().unwrap(), port)).collect();
            Box::pin(async move { Ok(addresses) })
        }
    }

    fn asking(answers: &[&'static str]) -> Client {
        let fickle = Fickle(std::sync::Mutex::new(answers.to_vec()));
        Client::new(&crate::config::Config::defaults().hooks).unwrap().resolving_by(Arc::new(fickle))
    }

    #[tokio::test]
    async fn a_name_that_turns_inwards_after_it_was_checked_is_not_followed() {
        let client = asking(&["93.184.215.14", "127.0.0.1"]);
        client.check("https://hooks.example.com/x").await.expect("the name is public when the hook is set up");
        let told = client.post("https://hooks.example.com/x", HeaderMap::new(), vec![]).await;
        assert!(matches!(&told, Err(HttpError::Refused(why)) if why.contains("private network")), "{told:?}");
        let inside = asking(&["10.0.0.8"]).check("https://hooks.example.com/x").await;
        assert!(inside.is_err_and(|why| why.contains("hooks.allow")), "a name of the inside can be set up");
    }

    #[tokio::test]
    async fn of_a_names_addresses_only_a_public_one_is_connected_to() {
        let client = asking(&["127.0.0.1 169.254.169.254 93.184.215.14"]);
        let target = Target::parse("https://hooks.example.com/x", &client.allowed).unwrap();
        let chosen = client.resolve(&target).await.unwrap();
        assert_eq!(chosen.to_string(), "93.184.215.14:443");
    }
}
