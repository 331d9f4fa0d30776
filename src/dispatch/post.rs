//! How a mail leaves the house: by an SMTP server, or in local mode as a file in a folder.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::pki_types::ServerName;

use super::compose::Outgoing;
use super::smtp::{Login, Pool, Secrecy, Stage, Tls, Trouble};
use crate::config::{Config, Mail, MailAuth, MailTls, Secret};
use crate::reach::token::{Grant, Tokens};
use crate::reach::trust;

/// The way out.
#[derive(Debug, Clone)]
pub enum Post {
    Smtp(Arc<Smtp>),
    /// One file a mail, for local mode.
    Folder(PathBuf),
}

/// A server with its pool of connections.
#[derive(Debug)]
pub struct Smtp {
    mail: Mail,
    server: String,
    /// As it was made from the password file of that time. A token for XOAUTH2 lasts an hour, and whoever renews it writes
    /// it there.
    current: RwLock<(Option<SystemTime>, Arc<Pool>)>,
}

impl Smtp {
    fn pool(&self) -> Arc<Pool> {
        let written = written_at(&self.mail);
        {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            if written.is_none() || current.0 == written {
                return Arc::clone(&current.1);
            }
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        match pool(&self.mail) {
            Ok(made) => {
                tracing::info!("mail.password_file has changed and was read anew");
                *current = (written, Arc::new(made));
            }
            Err(error) => tracing::warn!(%error, "mail.password_file has changed and cannot be used; the old one is"),
        }
        Arc::clone(&current.1)
    }
}

/// When the password file was written last; none where there is none.
fn written_at(mail: &Mail) -> Option<SystemTime> {
    let named = !mail.password_file.as_os_str().is_empty();
    named.then(|| std::fs::metadata(&mail.password_file).and_then(|found| found.modified()).ok()).flatten()
}

/// Why a mail did not leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SendError {
    pub fault: Fault,
    pub message: String,
}

/// Whose fault it is that a mail did not leave, which decides when to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server has refused this mail for good (RFC 5321, 4.2.1): trying again would end the same way.
    Permanent,
    /// The server has put this mail off.
    Temporary,
    /// The way out itself is shut, for this mail as for any other.
    Unreachable,
    /// Nobody wants it there any more, and who must know of that has been told.
    Unwanted,
}

/// Settings that make no way out.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error("mail.password_file: {} cannot be read: {source}", path.display())]
    PasswordFile { path: PathBuf, source: std::io::Error },
    #[error("{0}")]
    Tls(String),
    #[error("mail.auth: {0}")]
    Auth(String),
}

impl Post {
    /// The way out that the configuration asks for: its server, or the outbox folder in local mode.
    ///
    /// # Errors
    /// Where a file it names cannot be read, or the server's name is none.
    pub fn from_config(config: &Config) -> Result<Self, PostError> {
        if config.mail.host.is_empty() {
            return Ok(Self::Folder(config.outbox_folder()));
        }
        let mail = config.mail.clone();
        let made = pool(&mail)?;
        let server = format!("{}:{}", made.host, made.port);
        let current = RwLock::new((written_at(&mail), Arc::new(made)));
        Ok(Self::Smtp(Arc::new(Smtp { mail, server, current })))
    }

    /// Hands a mail over. Once this returns, the server has taken responsibility for it.
    ///
    /// # Errors
    /// Where the server refuses it, cannot be reached, or the file cannot be written.
    pub async fn send(&self, mail: &Outgoing) -> Result<(), SendError> {
        match self {
            Self::Smtp(smtp) => {
                let sent = smtp.pool().send(&mail.envelope, &mail.bytes).await;
                sent.map_err(|trouble| explain(&smtp.server, &trouble))
            }
            Self::Folder(folder) => write(folder, mail).await,
        }
    }
}

/// The way to the server.
fn pool(mail: &Mail) -> Result<Pool, PostError> {
    let port = match (mail.port, mail.tls) {
        (0, MailTls::Implicit) => 465,
        (0, MailTls::None) => 25,
        (0, _) => 587,
        (port, _) => port,
    };
    let secrecy = match mail.tls {
        MailTls::None => Secrecy::None,
        MailTls::Implicit => Secrecy::Implicit(tls(mail)?),
        MailTls::Starttls => Secrecy::Required(tls(mail)?),
        MailTls::Opportunistic => Secrecy::Opportunistic(tls(mail)?),
    };
    Ok(Pool {
        host: mail.host.clone(),
        port,
        secrecy,
        hello: mail.hostname.clone(),
        login: login(mail)?,
        patience: Duration::from_secs(mail.timeout_seconds.max(1)),
        idle: Mutex::default(),
    })
}

fn tls(mail: &Mail) -> Result<Tls, PostError> {
    let host = ServerName::try_from(mail.host.clone());
    Ok(Tls {
        config: Arc::new(trust::tls(&mail.ca_file, "mail.ca_file").map_err(PostError::Tls)?),
        host: host
            .map_err(|error| PostError::Tls(format!("mail.host: “{}” has no certificate: {error}", mail.host)))?,
    })
}

fn login(mail: &Mail) -> Result<Option<Login>, PostError> {
    let user = mail.username.clone();
    if user.is_empty() {
        return Ok(None);
    }
    Ok(Some(match mail.auth {
        MailAuth::Password => Login::Password { user, password: password(mail)? },
        MailAuth::Xoauth2 if mail.token_url.is_empty() => Login::Token { user, token: password(mail)? },
        MailAuth::Xoauth2 => {
            let grant = Grant {
                url: mail.token_url.clone(),
                client_id: mail.client_id.clone(),
                client_secret: mail.client_secret.clone(),
                refresh_token: mail.refresh_token.clone(),
                scope: mail.scope.clone(),
            };
            Login::Tokens { user, tokens: Tokens::new(grant).map_err(PostError::Auth)? }
        }
    }))
}

fn password(mail: &Mail) -> Result<Secret, PostError> {
    if mail.password_file.as_os_str().is_empty() {
        return Ok(mail.password.clone());
    }
    std::fs::read_to_string(&mail.password_file)
        .map(|text| Secret::from(text.trim_end_matches(['\r', '\n']).to_owned()))
        .map_err(|source| PostError::PasswordFile { path: mail.password_file.clone(), source })
}

/// Says what happened, for what usually is a setting which, and whether it is about this mail or about us.
fn explain(server: &str, trouble: &Trouble) -> SendError {
    let (fault, hint) = match trouble {
        Trouble::Refused { at: Stage::Login, .. } => (Fault::Unreachable, LOGIN),
        // The server would say the same of any mail. With the right setting this one will go through.
        Trouble::Refused { reply, .. } if matches!(reply.code, 530 | 534 | 535 | 538) => (Fault::Unreachable, LOGIN),
        Trouble::Refused { at: Stage::Sender, .. } => {
            (Fault::Unreachable, " (mail.from or mail.reply_to is not who may send here)")
        }
        Trouble::Refused { at: Stage::Mail, reply } if reply.code == 421 => (Fault::Unreachable, ""),
        Trouble::Refused { at: Stage::Mail, reply } if reply.code >= 500 => (Fault::Permanent, ""),
        Trouble::Refused { at: Stage::Mail, .. } => (Fault::Temporary, ""),
        Trouble::Tls(what) if what.contains("certificate") => (Fault::Unreachable, ""),
        Trouble::Tls(_) | Trouble::Nonsense(_) => (
            Fault::Unreachable,
            " (usually mail.tls is not what this port speaks: 465 is \"implicit\", 587 is \"starttls\")",
        ),
        _ => (Fault::Unreachable, ""),
    };
    SendError { fault, message: format!("{server}: {trouble}{hint}") }
}

const LOGIN: &str = " (mail.username and mail.password are not what this server wants)";

async fn write(folder: &std::path::Path, mail: &Outgoing) -> Result<(), SendError> {
    let path = folder.join(format!("{}.eml", mail.delivery));
    let told = |error: std::io::Error| SendError {
        fault: Fault::Unreachable,
        message: format!("{} cannot be written: {error}", path.display()),
    };
    tokio::fs::create_dir_all(folder).await.map_err(told)?;
    tokio::fs::write(&path, &mail.bytes).await.map_err(told)
}

#[cfg(test)]
mod tests {
    use lettre::address::Envelope;
    use uuid::Uuid;

    use super::*;

    fn outgoing() -> Outgoing {
        let address = "a@example.com".parse().unwrap();
        Outgoing {
            delivery: Uuid::from_u128(1),
            envelope: Envelope::new(None, vec![address]).unwrap(),
            message_id: "<x@example.com>".to_owned(),
            bytes: b"Subject: x\r\n\r\ny\r\n".to_vec(),
        }
    }

    #[tokio::test]
    async fn local_mode_writes_one_file_a_mail_and_a_repeat_replaces_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().display();
        let config = Config::from_parts(&format!("[server]\nlocal_mode = true\ndata = \"{data}\"\n"), &[]).unwrap();
        let post = Post::from_config(&config).unwrap();
        for _ in 0..2 {
            post.send(&outgoing()).await.unwrap();
        }
        let files: Vec<_> = std::fs::read_dir(config.outbox_folder()).unwrap().collect();
        assert_eq!(files.len(), 1);
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_a_temporary_failure_that_names_it() {
        // A port that was free a moment ago: nobody listens.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = format!("[mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n");
        let post = Post::from_config(&Config::from_parts(&file, &[]).unwrap()).unwrap();
        let error = post.send(&outgoing()).await.unwrap_err();
        assert!(error.fault == Fault::Unreachable && error.message.contains(&port.to_string()), "{error:?}");
    }

    #[test]
    fn a_password_file_that_is_missing_stops_the_start() {
        let file = "[mail]\nhost = \"mail.example.com\"\nusername = \"u\"\npassword_file = \"no/such/file\"\n";
        let said = Post::from_config(&Config::from_parts(file, &[]).unwrap()).unwrap_err().to_string();
        assert!(said.contains("mail.password_file") && said.contains("no/such/file"), "{said}");
    }
}
