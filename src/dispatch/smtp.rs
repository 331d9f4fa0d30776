//! Connections to the mail server: made as the configuration says, kept while they are of use, and taken up again.
//!
//! Knows SMTP's session (by lettre) and nothing of what is sent. lettre's own pool leaves Nagle's algorithm on and writes a
//! mail's last line by itself, so that each mail waits for the other side's delayed acknowledgement: 40 ms, twenty-five mails a
//! second and connection, however fast the server is.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;

/// So long a connection lies idle before it is closed; servers hang up after five minutes (RFC 5321, 4.5.3.2.7).
const IDLE: Duration = Duration::from_secs(30);

/// When TLS begins.
pub(super) enum Secrecy {
    None,
    /// With the first byte.
    Implicit(TlsParameters),
    /// By STARTTLS, or not at all.
    Required(TlsParameters),
    /// By STARTTLS, where the server offers it.
    Opportunistic(TlsParameters),
}

/// How to reach a server, and the connections to it that nobody uses at the moment.
pub(super) struct Pool {
    pub host: String,
    pub port: u16,
    pub secrecy: Secrecy,
    pub login: Option<(Vec<Mechanism>, Credentials)>,
    pub timeout: Duration,
    idle: Mutex<Vec<(Instant, AsyncSmtpConnection)>>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// Why a mail was not handed over.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("{0}")]
    Connect(std::io::Error),
    #[error("it did not answer within {} seconds", .0.as_secs())]
    Slow(Duration),
    #[error(transparent)]
    Smtp(#[from] lettre::transport::smtp::Error),
}

impl Pool {
    pub fn new(
        (host, port): (String, u16),
        secrecy: Secrecy,
        login: Option<(Vec<Mechanism>, Credentials)>,
        timeout: Duration,
    ) -> Self {
        Self { host, port, secrecy, login, timeout, idle: Mutex::default() }
    }

    /// Hands a mail over; once this returns, the server has taken responsibility for it.
    pub async fn send(&self, envelope: &Envelope, bytes: &[u8]) -> Result<(), Trouble> {
        let mut connection = match self.take_up().await {
            Some(connection) => connection,
            None => {
                tokio::time::timeout(self.timeout, self.connect()).await.map_err(|_| Trouble::Slow(self.timeout))??
            }
        };
        // lettre ends a connection on which something went wrong; one that did not end takes the next mail.
        let sent = connection.send(envelope, bytes).await;
        if !connection.has_broken() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), connection));
        }
        sent?;
        Ok(())
    }

    /// An idle connection that still answers.
    async fn take_up(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (since, mut connection) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            // Asked each time: a mail that is lost on a dead connection waits for minutes.
            if since.elapsed() < IDLE && connection.test_connected().await {
                return Some(connection);
            }
            // Nobody waits for its goodbye.
            tokio::spawn(async move { connection.abort().await });
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let hello = ClientId::default();
        let server = (self.host.as_str(), self.port);
        let mut connection = if let Secrecy::Implicit(tls) = &self.secrecy {
            AsyncSmtpConnection::connect_tokio1(server, Some(self.timeout), &hello, Some(tls.clone()), None).await?
        } else {
            let stream = TcpStream::connect(server).await.map_err(Trouble::Connect)?;
            stream.set_nodelay(true).map_err(Trouble::Connect)?;
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await?
        };
        match &self.secrecy {
            Secrecy::Required(tls) => connection.starttls(tls.clone(), &hello).await?,
            Secrecy::Opportunistic(tls) if connection.can_starttls() => {
                connection.starttls(tls.clone(), &hello).await?
            }
            Secrecy::Opportunistic(_) | Secrecy::Implicit(_) | Secrecy::None => {}
        }
        if let Some((mechanisms, credentials)) = &self.login {
            connection.auth(mechanisms, credentials).await?;
        }
        Ok(connection)
    }
}
