//! Getting into a mailbox: the socket, TLS, and the password or token.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_imap::{Authenticator, Client, Session};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{MailboxError, Reader};
use crate::config::{ImapTls, Secret};

/// How long the server may take for one thing.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// What a connection runs over.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug> Wire for T {}

pub(super) type Connected = Session<Box<dyn Wire>>;

/// An authority that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("imap.mailboxes, ca_file: {path}: {what}")]
pub struct Authority {
    path: String,
    what: String,
}

/// TLS that trusts what the system trusts, and the authority in `ca_file` where there is one.
///
/// # Errors
/// Where the file holds no certificate.
pub fn tls_connector(ca_file: &str) -> Result<TlsConnector, Authority> {
    let told = |what: String| Authority { path: ca_file.to_owned(), what };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if !ca_file.is_empty() {
        let all = CertificateDer::pem_file_iter(Path::new(ca_file)).map_err(|error| told(error.to_string()))?;
        for certificate in all {
            let certificate = certificate.map_err(|error| told(error.to_string()))?;
            roots.add(certificate).map_err(|error| told(error.to_string()))?;
        }
    }
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| told(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl Reader {
    /// Connects, proves who we are, and opens the folder's session.
    pub(super) async fn connect(&self) -> Result<Connected, MailboxError> {
        let connected = timeout(PATIENCE, self.log_in()).await;
        connected.map_err(|_| MailboxError::Slow)?
    }

    async fn log_in(&self) -> Result<Connected, MailboxError> {
        let client = self.client().await?;
        let username = &self.mailbox.username;
        // A refusal is a NO; whatever else goes wrong is the connection's fault and heals by itself.
        let refused = |(error, _): (async_imap::error::Error, _)| match error {
            async_imap::error::Error::No(what) => MailboxError::Refused { username: username.clone(), what },
            other => MailboxError::Protocol(other),
        };
        if self.mailbox.token_url.is_empty() {
            return client.login(username, self.mailbox.password.expose()).await.map_err(refused);
        }
        let proof = |token: &Secret| Xoauth2(format!("user={username}\x01auth=Bearer {}\x01\x01", token.expose()));
        let (token, from_before) = self.token().await?;
        let client = match client.authenticate("XOAUTH2", proof(&token)).await {
            Ok(session) => return Ok(session),
            // It may have been withdrawn before its time: a new one tells whether it is we who are refused.
            Err((async_imap::error::Error::No(_), client)) if from_before => client,
            Err(failed) => {
                self.tokens.forget().await;
                return Err(refused(failed));
            }
        };
        self.tokens.forget().await;
        let (token, _) = self.token().await?;
        let again = client.authenticate("XOAUTH2", proof(&token)).await;
        if again.is_err() {
            self.tokens.forget().await;
        }
        again.map_err(refused)
    }

    async fn client(&self) -> Result<Client<Box<dyn Wire>>, MailboxError> {
        let mailbox = &self.mailbox;
        let port = match (mailbox.port, mailbox.tls) {
            (0, ImapTls::Implicit) => 993,
            (0, _) => 143,
            (port, _) => port,
        };
        let host = mailbox.host.clone();
        let away = |what: String| MailboxError::Unreachable { host: host.clone(), port, what };
        let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|error| away(error.to_string()))?;
        let greeted = async |mut client: Client<Box<dyn Wire>>| match client.read_response().await {
            Ok(Some(_)) => Ok(client),
            Ok(None) => Err(away("it hung up without a greeting".to_owned())),
            Err(error) => Err(away(error.to_string())),
        };
        let secured = async |stream: Box<dyn Wire>| {
            let connector = tls_connector(&mailbox.ca_file).map_err(|error| away(error.to_string()))?;
            let name = ServerName::try_from(host.clone()).map_err(|error| away(error.to_string()))?;
            let secured = connector.connect(name, stream).await.map_err(|error| away(error.to_string()))?;
            Ok::<Box<dyn Wire>, MailboxError>(Box::new(secured))
        };
        match mailbox.tls {
            ImapTls::None => greeted(Client::new(Box::new(stream))).await,
            ImapTls::Implicit => greeted(Client::new(secured(Box::new(stream)).await?)).await,
            ImapTls::Starttls => {
                let mut plain = greeted(Client::new(Box::new(stream))).await?;
                plain.run_command_and_check_ok("STARTTLS", None).await?;
                Ok(Client::new(secured(plain.into_inner()).await?))
            }
        }
    }
}

/// The token's form as servers take it. A refusal comes as a challenge, which is answered with nothing.
struct Xoauth2(String);

impl Authenticator for Xoauth2 {
    type Response = String;

    fn process(&mut self, _: &[u8]) -> String {
        std::mem::take(&mut self.0)
    }
}
