//! The sockets of the mail door: accepts connections, moves bytes to and from each [`Session`], and closes in order.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::peers::{Guest, Peers};
use super::session::{Action, Mail, Outcome, Rules, Session};
use crate::telemetry::names;

/// How long mails that are under way may take to end once the program is asked to stop. Orchestrators kill after 30 s.
const GRACE: Duration = Duration::from_secs(20);

/// Takes a mail over for good. Returning [`Outcome::Kept`] promises that it is durable.
pub trait Keeper: Send + Sync + 'static {
    /// Keeps `mail`, which came from `peer`.
    fn keep(&self, mail: Mail, peer: SocketAddr) -> impl Future<Output = Outcome> + Send;
}

/// What one door bears at one time.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub connections: usize,
    /// Of these, from one address.
    pub connections_per_peer: usize,
    /// Mails taken from one address in a minute; none: without end.
    pub mails_per_minute: Option<u32>,
    /// A connection that sends nothing, or takes nothing, for so long is closed.
    pub idle: Duration,
}

/// How a door keeps a conversation private.
#[derive(Clone)]
pub enum Security {
    Plain,
    /// TLS where the other side asks for it (RFC 3207).
    Starttls(TlsAcceptor),
    /// TLS from the first byte (RFC 8314, 3.3).
    Implicit(TlsAcceptor),
}

/// A listening door.
pub struct Door<K> {
    listener: TcpListener,
    rules: Arc<Rules>,
    keeper: Arc<K>,
    limits: Limits,
    security: Security,
}

impl<K: Keeper> Door<K> {
    /// Starts listening; nothing is accepted before [`Door::serve`].
    ///
    /// # Errors
    /// Where the address is taken, is not this machine's, or needs more rights.
    pub async fn bind(
        address: &str,
        rules: Rules,
        keeper: Arc<K>,
        limits: Limits,
        security: Security,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let rules = Arc::new(Rules { starttls: matches!(security, Security::Starttls(_)), ..rules });
        Ok(Self { listener, rules, keeper, limits, security })
    }

    /// The address that is listened on, with the port that was found for port 0.
    ///
    /// # Errors
    /// Where the socket has been closed by the system.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Accepts connections until `shutdown`, then lets mails that are under way end.
    pub async fn serve(self, shutdown: CancellationToken) {
        let (tracker, closing) = (TaskTracker::new(), CancellationToken::new());
        let places = Arc::new(Semaphore::new(self.limits.connections));
        let peers = Peers::new(self.limits.connections_per_peer, self.limits.mails_per_minute);
        let keeper = self.keeper;
        loop {
            let accepted = tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: going on at once would only spin.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let (Ok(place), Some(guest)) = (Arc::clone(&places).try_acquire_owned(), peers.enter(peer.ip())) else {
                tracker.spawn(turn_away(stream));
                continue;
            };
            let connection = Connection {
                rules: Arc::clone(&self.rules),
                keeper: Arc::clone(&keeper),
                security: self.security.clone(),
                idle: self.limits.idle,
                peer,
                guest,
                closing: closing.clone(),
            };
            tracker.spawn(async move {
                metrics::gauge!(names::SMTP_CONNECTIONS).increment(1.0);
                if let Err(error) = connection.run(stream).await {
                    tracing::debug!(%peer, %error, "a connection ended in mid-sentence");
                }
                metrics::gauge!(names::SMTP_CONNECTIONS).decrement(1.0);
                drop(place);
            });
        }
        // Closed before anybody is told to come back: who comes back at once must reach our successor and not us.
        drop(self.listener);
        closing.cancel();
        tracker.close();
        if timeout(GRACE, tracker.wait()).await.is_err() {
            tracing::warn!(left = tracker.len(), "mails under way were cut off; none of them had been acknowledged");
        }
    }
}

async fn turn_away(mut stream: TcpStream) {
    metrics::counter!(names::SMTP_REFUSED, "code" => "421").increment(1);
    let reply = b"421 4.3.2 too many connections; please try again later\r\n";
    // Whether the other side still hears it does not matter: it will try again either way.
    let _ = timeout(Duration::from_secs(2), stream.write_all(reply)).await;
}

struct Connection<K> {
    rules: Arc<Rules>,
    keeper: Arc<K>,
    security: Security,
    idle: Duration,
    peer: SocketAddr,
    guest: Guest,
    /// The door takes nobody in any more.
    closing: CancellationToken,
}

enum End {
    Closed,
    StartTls,
}

impl<K: Keeper> Connection<K> {
    async fn run(&self, mut stream: TcpStream) -> io::Result<()> {
        // Replies are small and waited for; Nagle's delay would be paid for each.
        stream.set_nodelay(true)?;
        let mut session = Session::new(Arc::clone(&self.rules));
        match &self.security {
            Security::Plain => self.converse(&mut stream, &mut session).await.map(drop),
            Security::Starttls(acceptor) => match self.converse(&mut stream, &mut session).await? {
                End::StartTls => self.secured(acceptor, stream, session).await,
                End::Closed => Ok(()),
            },
            Security::Implicit(acceptor) => self.secured(acceptor, stream, session).await,
        }
    }

    async fn secured(&self, acceptor: &TlsAcceptor, stream: TcpStream, mut session: Session) -> io::Result<()> {
        let mut secured = timeout(self.idle, acceptor.accept(stream)).await??;
        session.secured();
        self.converse(&mut secured, &mut session).await?;
        secured.shutdown().await
    }

    async fn converse<S>(&self, stream: &mut S, session: &mut Session) -> io::Result<End>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            self.flush(stream, session).await?;
            let Some(read) = self.read(stream, session, &mut buffer).await? else {
                self.flush(stream, session).await?;
                return Ok(End::Closed);
            };
            let mut input = &buffer[..read];
            loop {
                match session.advance(&mut input) {
                    Action::Read => break,
                    Action::Deliver(mail) => {
                        let outcome = if self.guest.may_deliver() {
                            self.keeper.keep(mail, self.peer).await
                        } else {
                            Outcome::TooOften
                        };
                        session.settled(&outcome);
                    }
                    Action::StartTls => {
                        self.flush(stream, session).await?;
                        return Ok(End::StartTls);
                    }
                    Action::Close => {
                        self.flush(stream, session).await?;
                        return Ok(End::Closed);
                    }
                }
            }
        }
    }

    /// Waits for bytes; none where the conversation is over: the other side is gone or silent, or we are stopping and no
    /// mail is under way.
    async fn read<S>(&self, stream: &mut S, session: &mut Session, buffer: &mut [u8]) -> io::Result<Option<usize>>
    where
        S: AsyncRead + Unpin + Send,
    {
        let stopping = async {
            self.closing.cancelled().await;
            if session.is_busy() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            read = timeout(self.idle, stream.read(buffer)) => match read {
                Ok(Ok(0)) => Ok(None),
                Ok(read) => read.map(Some),
                Err(_) => {
                    session.timed_out();
                    Ok(None)
                }
            },
            () = stopping => {
                session.shut_down();
                Ok(None)
            }
        }
    }

    async fn flush<S>(&self, stream: &mut S, session: &mut Session) -> io::Result<()>
    where
        S: AsyncWrite + Unpin + Send,
    {
        let replies = session.take_replies();
        if replies.is_empty() {
            return Ok(());
        }
        timeout(self.idle, async {
            stream.write_all(&replies).await?;
            stream.flush().await
        })
        .await?
    }
}

/// Reads a certificate chain and its key.
///
/// # Errors
/// Where a file cannot be read, holds no PEM of its kind, or the two do not belong together.
pub fn tls_acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let unusable = |path: &Path, what: String| TlsError { path: path.display().to_string(), what };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| unusable(certificate, e.to_string()))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|e| unusable(key, e.to_string()))?;
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|b| b.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|e| unusable(certificate, e.to_string()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("smtp.tls_certificate, smtp.tls_key: {path}: {what}")]
pub struct TlsError {
    path: String,
    what: String,
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
