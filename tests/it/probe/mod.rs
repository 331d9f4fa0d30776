//! What `countersign probe` sees: of servers of our own that begin TLS in each protocol's way, and of a real PostgreSQL
//! whose certificate is rotated from an old authority to a new one.
//!
//! The servers played here are for what real ones cannot be made to do; `postgres` and `servers` have the real ones.

pub mod authority;
mod postgres;
mod servers;
mod upload;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use countersign::probe::{AllowList, Observation, ProbeError, Settings, Target, Trust, probe};
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use authority::Authority;

/// What the server says before TLS.
#[derive(Clone, Copy)]
enum Greeting {
    AtOnce,
    Smtp,
    Mysql { ssl: bool },
}

impl Greeting {
    async fn play(self, stream: &mut TcpStream) -> std::io::Result<()> {
        match self {
            Self::AtOnce => Ok(()),
            Self::Smtp => {
                stream.write_all(b"220-mail.example.test\r\n220 ready\r\n").await?;
                line(stream, "EHLO").await?;
                stream.write_all(b"250-mail.example.test\r\n250-STARTTLS\r\n250 SIZE\r\n").await?;
                line(stream, "STARTTLS").await?;
                stream.write_all(b"220 go ahead\r\n").await
            }
            Self::Mysql { ssl } => {
                let flags: u16 = if ssl { 0xffff } else { 0xf7ff };
                let mut greeting = b"\x0a8.0.36\0\x01\0\0\0saltsalt\0".to_vec();
                greeting.extend(flags.to_le_bytes());
                greeting.extend([45, 2, 0, 0xff, 0xc1, 21]);
                greeting.extend([0; 10]);
                let mut packet = u32::try_from(greeting.len()).unwrap().to_le_bytes().to_vec();
                packet[3] = 0;
                packet.extend(greeting);
                stream.write_all(&packet).await?;
                let mut request = [0; 36];
                stream.read_exact(&mut request).await?;
                assert_eq!(&request[..4], &[32, 0, 0, 1], "an SSLRequest is 32 bytes, numbered after the greeting");
                assert_ne!(u32::from_le_bytes(request[4..8].try_into().unwrap()) & 0x0800, 0, "it asks for SSL");
                Ok(())
            }
        }
    }
}

async fn line(stream: &mut TcpStream, starts: &str) -> std::io::Result<()> {
    let mut said = Vec::new();
    while !said.ends_with(b"\r\n") {
        said.push(stream.read_u8().await?);
    }
    assert!(said.starts_with(starts.as_bytes()), "expected {starts}, got {}", String::from_utf8_lossy(&said));
    Ok(())
}

/// Serves one connection and gives its port.
async fn serve(config: ServerConfig, greeting: Greeting) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        if greeting.play(&mut stream).await.is_ok() {
            // The probe hangs up once it has seen the chain.
            let _ = TlsAcceptor::from(Arc::new(config)).accept(stream).await;
        }
    });
    port
}

fn before_expiry() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 6, 1, 12, 0, 0).unwrap()
}

async fn look(scheme: &str, port: u16, trust: Trust, now: DateTime<Utc>) -> Result<Observation, ProbeError> {
    let mut target: Target = format!("{scheme}://127.0.0.1:{port}").parse().unwrap();
    target.expect_name = Some("db.example.test".to_owned());
    let settings = Settings { trust, vantage: "test".to_owned(), now, limit: Duration::from_secs(10), allow: None };
    probe(&target, &settings).await
}

#[tokio::test]
async fn a_client_with_the_stale_bundle_is_told_from_one_with_the_new() {
    let (old, new) = (Authority::new("Old CA"), Authority::new("New CA"));
    for (trust, believed) in [(&old, false), (&new, true)] {
        let port = serve(new.server("db.example.test"), Greeting::AtOnce).await;
        let seen = look("tls", port, trust.trusted(), before_expiry()).await.unwrap();
        assert_eq!(seen.trusted, believed, "{:?}", seen.reason);
        assert!(seen.name_matches, "the name is right in both");
        assert_eq!(seen.is_success(), believed);
        assert_eq!(seen.chain[0].issuer, "CN=New CA");
        assert_eq!(seen.chain[0].names, ["db.example.test"]);
        assert_eq!(seen.chain[0].sha256.len(), 64);
        assert_eq!(seen.tls_version.as_deref(), Some("TLSv1_3"));
    }
}

#[tokio::test]
async fn a_wrong_name_is_not_mistaken_for_a_wrong_chain() {
    let ca = Authority::new("CA");
    let port = serve(ca.server("other.example.test"), Greeting::AtOnce).await;
    let seen = look("tls", port, ca.trusted(), before_expiry()).await.unwrap();
    assert!(seen.trusted && !seen.name_matches, "{seen:?}");
    assert!(!seen.is_success());
}

#[tokio::test]
async fn a_certificate_past_its_date_is_not_believed() {
    let ca = Authority::new("CA");
    let port = serve(ca.server("db.example.test"), Greeting::AtOnce).await;
    let after = Utc.with_ymd_and_hms(2024, 8, 22, 17, 8, 51).unwrap();
    let seen = look("tls", port, ca.trusted(), after).await.unwrap();
    assert!(!seen.trusted, "{seen:?}");
    assert!(seen.reason.unwrap().to_lowercase().contains("expired"));
}

#[tokio::test]
async fn each_protocol_begins_tls_in_its_own_way() {
    let ca = Authority::new("CA");
    for (scheme, greeting) in
        [("smtp", Greeting::Smtp), ("mysql", Greeting::Mysql { ssl: true }), ("https", Greeting::AtOnce)]
    {
        let port = serve(ca.server("db.example.test"), greeting).await;
        let seen = look(scheme, port, ca.trusted(), before_expiry()).await.unwrap_or_else(|e| panic!("{scheme}: {e}"));
        assert!(seen.is_success(), "{scheme}: {:?}", seen.reason);
    }
}

#[tokio::test]
async fn a_server_without_tls_is_an_error_that_says_so() {
    let ca = Authority::new("CA");
    let port = serve(ca.server("db.example.test"), Greeting::Mysql { ssl: false }).await;
    let error = look("mysql", port, ca.trusted(), before_expiry()).await.unwrap_err();
    assert!(matches!(error, ProbeError::NoTls { .. }), "{error}");
    assert!(error.to_string().contains("SSL capability"), "{error}");
}

#[tokio::test]
async fn the_server_probes_nothing_that_was_not_named() {
    let settings = Settings {
        trust: Authority::new("CA").trusted(),
        vantage: "server".to_owned(),
        now: before_expiry(),
        limit: Duration::from_secs(10),
        allow: Some(AllowList::default()),
    };
    let target = "tls://127.0.0.1:1".parse().unwrap();
    let error = probe(&target, &settings).await.unwrap_err();
    assert!(matches!(error, ProbeError::Refused(_)), "{error}");
}
