//! How a mail leaves the house: by an SMTP server, or in local mode as a file in a folder.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, TlsParameters};

use super::compose::Outgoing;
use super::smtp::{Pool, Secrecy, Trouble};
use crate::config::{Config, Mail, MailAuth, MailTls};

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
    #[error("mail.ca_file: {} holds no certificate that can be used: {what}", path.display())]
    Authority { path: PathBuf, what: String },
    #[error("mail.host: “{host}” cannot be spoken to by TLS: {source}")]
    Tls { host: String, source: lettre::transport::smtp::Error },
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
                sent.map_err(|trouble| match trouble {
                    Trouble::Smtp(error) => explain(&smtp.server, &error),
                    other => SendError { fault: Fault::Unreachable, message: format!("{}: {other}", smtp.server) },
                })
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
        MailTls::Implicit => Secrecy::Implicit(tls_parameters(mail)?),
        MailTls::Starttls => Secrecy::Required(tls_parameters(mail)?),
        MailTls::Opportunistic => Secrecy::Opportunistic(tls_parameters(mail)?),
    };
    let mechanisms = match mail.auth {
        MailAuth::Password => vec![Mechanism::Plain, Mechanism::Login],
        MailAuth::Xoauth2 => vec![Mechanism::Xoauth2],
    };
    let login = match mail.username.as_str() {
        "" => None,
        name => Some((mechanisms, Credentials::new(name.to_owned(), password(mail)?))),
    };
    Ok(Pool::new((mail.host.clone(), port), secrecy, login, Duration::from_secs(mail.timeout_seconds)))
}

fn tls_parameters(mail: &Mail) -> Result<TlsParameters, PostError> {
    let mut builder = TlsParameters::builder(mail.host.clone());
    if !mail.ca_file.as_os_str().is_empty() {
        let told = |what: String| PostError::Authority { path: mail.ca_file.clone(), what };
        let pem = std::fs::read(&mail.ca_file).map_err(|e| told(e.to_string()))?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|e| told(e.to_string()))?);
    }
    builder.build().map_err(|source| PostError::Tls { host: mail.host.clone(), source })
}

fn password(mail: &Mail) -> Result<String, PostError> {
    if mail.password_file.as_os_str().is_empty() {
        return Ok(mail.password.expose().to_owned());
    }
    std::fs::read_to_string(&mail.password_file)
        .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
        .map_err(|source| PostError::PasswordFile { path: mail.password_file.clone(), source })
}

/// Says what happened, and for what usually is a setting, which.
fn explain(server: &str, error: &lettre::transport::smtp::Error) -> SendError {
    let mut message = format!("{server}: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !message.contains(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        cause = inner.source();
    }
    // 530 and 535 are about us and not about the mail: with the right password it will go through.
    let about_us =
        error.status().is_some_and(|code| matches!(code.to_string().as_str(), "530" | "534" | "535" | "538"));
    if about_us {
        message.push_str(" (mail.username and mail.password are not what this server wants)");
    } else if error.is_tls() || (error.is_client() && message.contains("STARTTLS")) {
        message.push_str(" (usually mail.tls is not what this port speaks: 465 is \"implicit\", 587 is \"starttls\")");
    }
    let fault = match error.status() {
        Some(_) if about_us => Fault::Unreachable,
        Some(_) if error.is_permanent() => Fault::Permanent,
        Some(_) => Fault::Temporary,
        None => Fault::Unreachable,
    };
    SendError { fault, message }
}

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
