//! The mail door of a house, open on a real socket, and a client that says over the wire what a test wants said.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use countersign::config::{Address, Config};
use countersign::desk::Desk;
use countersign::intake::keeper::{self, DeskKeeper};
use countersign::intake::smtp::data::Held;
use countersign::intake::smtp::listener::tls_acceptor;
use countersign::intake::smtp::{Door, Limits, Protocol, Recipients, Rules, Security};
use countersign::reading::profile::Providers;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// What one mail may have, as in production.
pub const MOST: usize = 35 * 1024 * 1024;

/// An open door. Closes with the test.
pub struct OpenDoor {
    pub address: SocketAddr,
    /// What unfinished mails hold of the memory.
    pub held: Held,
    shutdown: CancellationToken,
    served: tokio::task::JoinHandle<()>,
}

/// What a door should have beside the usual.
#[derive(Default)]
pub struct Wanted {
    pub lmtp: bool,
    /// Addresses with a channel of their own.
    pub addresses: Vec<Address>,
    pub secrecy: Secrecy,
}

/// How a door speaks TLS, with a certificate of its own.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Secrecy {
    #[default]
    None,
    Starttls,
    Implicit,
}

impl OpenDoor {
    /// Opens the door of a desk, asking no name server.
    pub async fn of(desk: &Desk, protocol: Protocol) -> Self {
        Self::as_wanted(desk, Wanted { lmtp: protocol == Protocol::Lmtp, ..Wanted::default() }).await
    }

    /// The same, as a test wants it.
    pub async fn as_wanted(desk: &Desk, wanted: Wanted) -> Self {
        Self::at(desk, 0, wanted).await
    }

    /// The same at a port that is known beforehand.
    pub async fn at(desk: &Desk, port: u16, wanted: Wanted) -> Self {
        let protocol = if wanted.lmtp { Protocol::Lmtp } else { Protocol::Smtp };
        let config = Config::from_parts("[server]\nlocal_mode = true\n", &[]).expect("a valid configuration");
        let judge = Arc::new(keeper::judge(&config, Providers::embedded()));
        let held = Held::new(256 * 1024 * 1024);
        let rules = Rules {
            protocol,
            hostname: "countersign".to_owned(),
            recipients: Recipients::parse(&["@house.example".to_owned()], &wanted.addresses).expect("a pattern"),
            max_message: MOST,
            max_recipients: 100,
            starttls: false,
            held: held.clone(),
        };
        let limits = Limits {
            connections: 100,
            connections_per_peer: 100,
            mails_per_minute: None,
            // Whoever waits for a slow machine's answer elsewhere is not silent.
            idle: Duration::from_secs(300),
        };
        let keeper = Arc::new(DeskKeeper::new(desk.clone(), judge, "smtp"));
        let door = Door::bind(&format!("127.0.0.1:{port}"), rules, keeper, limits, security(wanted.secrecy)).await;
        let door = door.expect("a free port");
        let (address, shutdown) = (door.address().expect("an address"), CancellationToken::new());
        let served = tokio::spawn(door.serve(shutdown.clone()));
        Self { address, held, shutdown, served }
    }

    /// Closes the door and waits until it has.
    pub async fn close(mut self) {
        self.shutdown.cancel();
        (&mut self.served).await.expect("a door closes without a panic");
    }

    pub async fn client(&self) -> Client {
        let stream = TcpStream::connect(self.address).await.expect("the door is open");
        let mut client = Client::on(stream);
        client.hears().await;
        client.says("EHLO client.example\r\n").await;
        client.hears().await;
        client
    }
}

impl Drop for OpenDoor {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

fn security(secrecy: Secrecy) -> Security {
    if secrecy == Secrecy::None {
        return Security::Plain;
    }
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate can be made");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    std::fs::write(&chain, cert.pem()).expect("a file can be written");
    std::fs::write(&key, signing_key.serialize_pem()).expect("a file can be written");
    let acceptor = tls_acceptor(&chain, &key).expect("the certificate and its key belong together");
    if secrecy == Secrecy::Implicit { Security::Implicit(acceptor) } else { Security::Starttls(acceptor) }
}

/// One connection to a door.
pub struct Client(BufReader<TcpStream>);

impl Client {
    pub fn on(stream: TcpStream) -> Self {
        Self(BufReader::new(stream))
    }

    pub async fn says(&mut self, wire: impl AsRef<[u8]>) {
        // A server that has hung up in the middle of what we say is heard, not failed over.
        let _ = self.0.get_mut().write_all(wire.as_ref()).await;
    }

    /// The last line of the next reply.
    pub async fn hears(&mut self) -> String {
        self.may_hear().await.expect("the server answers within 30 seconds and does not hang up")
    }

    /// The same; none where the server has hung up or says nothing.
    pub async fn may_hear(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            timeout(Duration::from_secs(120), self.0.read_line(&mut line)).await.ok()?.ok()?;
            if *line.as_bytes().get(3)? == b' ' {
                return Some(line.trim_end().to_owned());
            }
        }
    }

    /// Begins a mail up to the 354.
    pub async fn begins(&mut self) {
        for line in ["MAIL FROM:<no-reply@provider.example>\r\n", "RCPT TO:<notices@house.example>\r\n", "DATA\r\n"] {
            self.says(line).await;
            let reply = self.hears().await;
            assert!(reply.starts_with('2') || reply.starts_with("354"), "{line:?} was answered {reply:?}");
        }
    }

    /// Sends a whole mail, dots stuffed; gives the final answer.
    pub async fn sends(&mut self, mail: &[u8]) -> String {
        self.begins().await;
        self.says(stuffed(mail)).await;
        self.hears().await
    }
}

/// A mail as it stands between DATA and the end of it.
pub fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(mail.len() + 100);
    for (at, &byte) in mail.iter().enumerate() {
        if byte == b'.' && (at == 0 || mail[..at].ends_with(b"\r\n")) {
            wire.push(b'.');
        }
        wire.push(byte);
    }
    if !mail.ends_with(b"\r\n") {
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}
