//! Connections to the mail server: made as the configuration says, kept while they are of use, and taken up again.
//!
//! Knows SMTP's session and nothing of what is sent. Its own, and not lettre's, because that waits for each answer before it
//! says the next word, asks a kept connection each time whether it is there still, and leaves Nagle's algorithm on: each a
//! journey to the server and back for each mail.

mod connection;
mod login;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::address::Envelope;

pub(super) use connection::{Secrecy, Stage, Tls, Trouble};
pub(super) use login::Login;

use connection::Connection;

/// So long a connection lies idle before it is closed; servers hang up after five minutes (RFC 5321, 4.5.3.2.7).
const IDLE: Duration = Duration::from_secs(30);

/// How to reach a server, and the connections to it that nobody uses at the moment.
pub(super) struct Pool {
    pub host: String,
    pub port: u16,
    pub secrecy: Secrecy,
    /// What we call ourselves (RFC 5321, 4.1.1.1); empty: the address that we speak from.
    pub hello: String,
    pub login: Option<Login>,
    /// For each answer.
    pub patience: Duration,
    pub idle: Mutex<Vec<(Instant, Connection)>>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Pool {
    /// Hands a mail over; once this returns, the server has taken responsibility for it.
    pub async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<(), Trouble> {
        if let Some(mut connection) = self.take_up() {
            let done = connection.hand_over(envelope, mail).await;
            // It hung up while it lay idle: nothing of the mail has left, and nothing is wrong with the server.
            let stale = connection.is_broken() && !connection.has_begun();
            self.lay_down(connection);
            if !stale {
                return done;
            }
        }
        let mut connection = self.connect().await?;
        let done = connection.hand_over(envelope, mail).await;
        self.lay_down(connection);
        done
    }

    fn take_up(&self) -> Option<Connection> {
        let (since, connection) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        if since.elapsed() < IDLE {
            return Some(connection);
        }
        // The one used last has waited too long, and so have all below it. Nobody waits for their goodbyes.
        let all = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for old in all.into_iter().map(|(_, old)| old).chain([connection]) {
            tokio::spawn(old.quit());
        }
        None
    }

    fn lay_down(&self, connection: Connection) {
        if !connection.is_broken() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), connection));
        }
    }

    async fn connect(&self) -> Result<Connection, Trouble> {
        let server = (self.host.as_str(), self.port);
        let mut connection = Connection::open(server, &self.secrecy, &self.hello, self.patience).await?;
        if let Some(login) = &self.login {
            if matches!(self.secrecy, Secrecy::Opportunistic(_)) && !connection.is_private() {
                return Err(Trouble::Login("it offers no STARTTLS, and nothing secret is said in clear".to_owned()));
            }
            login.prove(&mut connection).await?;
        }
        Ok(connection)
    }
}
