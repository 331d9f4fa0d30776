//! One POST to somebody else's server, with care: the address that was checked is the one connected to, no redirect is
//! followed, and little of the answer is read.
//!
//! Owns which addresses may be reached. It must not know what is posted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

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

/// So much of an answer is read and kept.
const ANSWER: usize = 2_000;

/// Reaches other servers within the rules of this installation.
#[derive(Clone)]
pub struct Client {
    allowed: Arc<Allowed>,
    tls: Arc<rustls::ClientConfig>,
    timeout: Duration,
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

/// Addresses of one's own network that may be reached all the same.
#[derive(Debug, Default)]
struct Allowed {
    hosts: Vec<String>,
    networks: Vec<(IpAddr, u8)>,
}

impl Client {
    /// A client that trusts the system's authorities.
    ///
    /// # Errors
    /// Where an entry of `hooks.allow` is neither a host nor a network.
    pub fn new(hooks: &Hooks) -> Result<Self, String> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            allowed: Arc::new(Allowed::parse(&hooks.allow)?),
            tls: Arc::new(tls),
            timeout: Duration::from_secs(hooks.timeout_seconds.max(1)),
        })
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
        let stream = connector.connect(name, stream).await.map_err(|error| failed(&error))?;
        converse(stream, target, headers, body).await
    }

    /// One address of the host that may be reached. It is connected to as it was checked, so that a name that answers
    /// differently the next time gains nothing.
    async fn resolve(&self, target: &Target) -> Result<SocketAddr, HttpError> {
        let found = tokio::net::lookup_host((target.host.as_str(), target.port))
            .await
            .map_err(|error| HttpError::Failed(format!("{}: {error}", target.host)))?;
        let all: Vec<SocketAddr> = found.collect();
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
        let refused = |why: &str| HttpError::Refused(format!("“{url}” {why}"));
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

/// Whether a hook could be set up for this address: what can be told without asking the network.
///
/// # Errors
/// The reason, in words.
pub fn check(url: &str, hooks: &Hooks) -> Result<(), String> {
    let allowed = Allowed::parse(&hooks.allow)?;
    let target = Target::parse(url, &allowed).map_err(|error| error.to_string())?;
    match target.host.parse::<IpAddr>() {
        Ok(ip) if !allowed.may_reach(&target.host, ip) => Err(format!(
            "{ip} is an address of a private network, which hooks may not reach unless hooks.allow names it"
        )),
        _ => Ok(()),
    }
}

impl Allowed {
    fn parse(entries: &[String]) -> Result<Self, String> {
        let mut allowed = Self::default();
        for entry in entries {
            let (address, bits) = entry.split_once('/').map_or((entry.as_str(), None), |(a, b)| (a, Some(b)));
            match (address.parse::<IpAddr>(), bits.map(str::parse::<u8>)) {
                (Ok(ip), None) => allowed.networks.push((ip, if ip.is_ipv4() { 32 } else { 128 })),
                (Ok(ip), Some(Ok(bits))) if bits <= if ip.is_ipv4() { 32 } else { 128 } => {
                    allowed.networks.push((ip, bits));
                }
                (Err(_), None) if !entry.is_empty() => allowed.hosts.push(entry.to_ascii_lowercase()),
                _ => return Err(format!("hooks.allow: “{entry}” is neither a host nor a network such as 10.1.0.0/16")),
            }
        }
        Ok(allowed)
    }

    /// Whether the operator has named this host or address.
    fn knows(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known == host) || host.parse().is_ok_and(|ip| self.holds(ip))
    }

    fn holds(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|(network, bits)| within(ip, *network, *bits))
    }

    fn may_reach(&self, host: &str, ip: IpAddr) -> bool {
        is_public(ip) || self.hosts.iter().any(|known| known == host) || self.holds(ip)
    }
}

fn within(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    let as_bits = |ip: IpAddr| match ip {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let ((ip, width), (network, other)) = (as_bits(ip), as_bits(network));
    let mask = if bits == 0 { 0 } else { u128::MAX << (128 - u32::from(bits)) };
    width == other && ip & mask == network & mask
}

/// Whether an address belongs to the public Internet (IANA's special-purpose registries of IPv4 and IPv6).
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match inner(ip) {
            Some(v4) => is_public_v4(v4),
            // Only what is given out for the global Internet; documentation and benchmarks within it are not.
            None => {
                let first = ip.segments()[0];
                first & 0xe000 == 0x2000
                    && !(first == 0x2001 && matches!(ip.segments()[1], 0..0x0200 | 0x0db8))
                    && first != 0x3fff
            }
        },
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(a == 0
        || a >= 240
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || (a == 100 && b & 0xc0 == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && b & 0xfe == 18))
}

/// The IPv4 address within an IPv6 one that stands for it: mapped, compatible, NAT64, 6to4.
fn inner(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = ip.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match s {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => Some(of(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_reached() {
        for public in ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "198.18.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "2001:db8::1",
            "ff02::1",
            "2001::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private} passes for public");
        }
    }

    #[test]
    fn what_the_operator_names_is_reached_and_nothing_beside_it() {
        let allowed = Allowed::parse(&["hooks.internal".to_owned(), "10.1.0.0/16".to_owned()]).unwrap();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(allowed.may_reach("hooks.internal", ip("192.168.1.1")) && allowed.may_reach("x", ip("10.1.255.1")));
        assert!(!allowed.may_reach("x", ip("10.2.0.1")) && !allowed.may_reach("x", ip("192.168.1.1")));
        assert!(Allowed::parse(&["10.0.0.0/40".to_owned()]).is_err(), "a network that is none is taken");
    }

    #[test]
    fn an_address_without_tls_or_with_a_password_is_refused() {
        let hooks = crate::config::Config::defaults().hooks;
        for (url, why) in [
            ("http://example.com/", "https://"),
            ("ftp://example.com/", "https://"),
            ("https://me:secret@example.com/", "password"),
            ("https://127.0.0.1/", "private network"),
            ("https://[::1]:8443/x", "private network"),
            ("nonsense", "host"),
        ] {
            let told = check(url, &hooks).expect_err(url);
            assert!(told.contains(why), "{url}: {told}");
        }
        check("https://hooks.example.com/services/x?y=z", &hooks).expect("a public address");
    }
}
