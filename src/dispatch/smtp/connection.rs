//! One connection to a mail server and what is said on it: RFC 5321, with STARTTLS (RFC 3207) and PIPELINING (RFC 2920).
//!
//! Owns commands, answers and how long an answer may take. It must not know who proves what (`login`), nor what an answer
//! means for the mail (`post`).

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use lettre::address::Envelope;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::reach::trust;

/// An answer of more lines or longer ones is none (RFC 5321, 4.5.3.1.5 asks for 512 bytes a line).
const MOST: u64 = 16 * 1024;

/// When TLS begins.
pub enum Secrecy {
    None,
    /// With the first byte.
    Implicit(Tls),
    /// By STARTTLS, or not at all.
    Required(Tls),
    /// By STARTTLS, where the server offers it.
    Opportunistic(Tls),
}

/// Whose certificates are believed, and for which name.
pub struct Tls {
    pub config: Arc<ClientConfig>,
    pub host: ServerName<'static>,
}

/// Where in a session a server refused something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It does not want to speak with us at all.
    Hello,
    Login,
    /// It does not take mails from this sender.
    Sender,
    /// The mail itself: its recipient or its content.
    Mail,
}

/// A server's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    /// Its lines without their codes.
    pub lines: Vec<String>,
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.lines.join(" "))
    }
}

/// Why a mail was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("it hung up")]
    HungUp,
    #[error("it did not answer within {} seconds", .0.as_secs())]
    Slow(Duration),
    #[error("it said “{0}”, which no mail server does")]
    Nonsense(String),
    #[error("{0}")]
    Tls(String),
    #[error("{0}")]
    Login(String),
    #[error("{reply}")]
    Refused { at: Stage, reply: Reply },
}

/// What a server says it can do.
#[derive(Debug, Default)]
struct Offers {
    starttls: bool,
    pipelining: bool,
    /// Ways to prove who we are, in capitals.
    auth: Vec<String>,
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// An open connection on which the server has been greeted.
pub struct Connection {
    stream: BufReader<Box<dyn Wire>>,
    patience: Duration,
    offers: Offers,
    /// By TLS.
    private: bool,
    /// Nothing more can be said on it.
    broken: bool,
    /// The content of the last mail has begun to leave: the server may have taken it, whatever came after.
    begun: bool,
}

impl Connection {
    /// Connects, greets, and makes the connection private as is asked.
    pub async fn open(
        server: (&str, u16),
        secrecy: &Secrecy,
        hello: &str,
        patience: Duration,
    ) -> Result<Self, Trouble> {
        let stream = within(patience, TcpStream::connect(server)).await??;
        stream.set_nodelay(true)?;
        let hello = if hello.is_empty() { literal(stream.local_addr()?.ip()) } else { hello.to_owned() };
        let mut connection = match secrecy {
            Secrecy::Implicit(tls) => Self::over(secured(tls, Box::new(stream), patience).await?, true, patience),
            _ => Self::over(Box::new(stream), false, patience),
        };
        connection.answer(Stage::Hello, 220).await?;
        connection.greet(&hello).await?;
        match secrecy {
            Secrecy::Required(tls) => connection.start_tls(tls, &hello).await,
            Secrecy::Opportunistic(tls) if connection.offers.starttls => connection.start_tls(tls, &hello).await,
            Secrecy::Opportunistic(_) | Secrecy::Implicit(_) | Secrecy::None => Ok(connection),
        }
    }

    fn over(stream: Box<dyn Wire>, private: bool, patience: Duration) -> Self {
        let (stream, offers) = (BufReader::new(stream), Offers::default());
        Self { stream, patience, offers, private, broken: false, begun: false }
    }

    async fn greet(&mut self, hello: &str) -> Result<(), Trouble> {
        let reply = self.say(Stage::Hello, &format!("EHLO {hello}"), 250).await?;
        self.offers = offers(&reply);
        Ok(())
    }

    async fn start_tls(mut self, tls: &Tls, hello: &str) -> Result<Self, Trouble> {
        if !self.offers.starttls {
            return Err(Trouble::Tls("it offers no STARTTLS, without which nothing is sent".to_owned()));
        }
        self.say(Stage::Hello, "STARTTLS", 220).await?;
        // What came in clear behind the answer is not the server's word (CVE-2011-0411).
        if !self.stream.buffer().is_empty() {
            return Err(Trouble::Tls("it said more in clear than it was asked".to_owned()));
        }
        let stream = secured(tls, self.stream.into_inner(), self.patience).await?;
        let mut connection = Self::over(stream, true, self.patience);
        connection.greet(hello).await?;
        Ok(connection)
    }

    /// The server's ways to prove who we are.
    pub fn ways(&self) -> &[String] {
        &self.offers.auth
    }

    pub const fn is_private(&self) -> bool {
        self.private
    }

    pub const fn is_broken(&self) -> bool {
        self.broken
    }

    pub const fn has_begun(&self) -> bool {
        self.begun
    }

    /// Hands a mail over. Where the server can take several commands at once it gets them at once.
    pub async fn hand_over(&mut self, envelope: &Envelope, mail: &[u8]) -> Result<(), Trouble> {
        self.begun = false;
        let from = envelope.from().map(AsRef::<str>::as_ref).unwrap_or_default();
        let mut commands = vec![(format!("MAIL FROM:<{from}>"), Stage::Sender, 250)];
        commands.extend(envelope.to().iter().map(|to| (format!("RCPT TO:<{to}>"), Stage::Mail, 250)));
        commands.push(("DATA".to_owned(), Stage::Mail, 354));
        let asked =
            if self.offers.pipelining { self.all_at_once(&commands).await } else { self.in_turn(&commands).await };
        match asked {
            Ok(()) => {
                self.begun = true;
                self.write(&framed(mail)).await?;
                self.answer(Stage::Mail, 250).await.map(drop)
            }
            Err(refused) => {
                if !self.broken {
                    // What follows is only for the next mail: the refusal is what is told.
                    self.say(Stage::Mail, "RSET", 250).await.ok();
                }
                Err(refused)
            }
        }
    }

    async fn in_turn(&mut self, commands: &[(String, Stage, u16)]) -> Result<(), Trouble> {
        for (command, stage, wanted) in commands {
            self.say(*stage, command, *wanted).await?;
        }
        Ok(())
    }

    async fn all_at_once(&mut self, commands: &[(String, Stage, u16)]) -> Result<(), Trouble> {
        let whole: String = commands.iter().flat_map(|(command, ..)| [command.as_str(), "\r\n"]).collect();
        self.write(whole.as_bytes()).await?;
        let (mut refused, mut waits) = (None, false);
        for (_, stage, wanted) in commands {
            match self.answer(*stage, *wanted).await {
                Ok(reply) => waits = reply.code == 354,
                Err(trouble) if self.broken => return Err(refused.unwrap_or(trouble)),
                Err(trouble) => refused = refused.or(Some(trouble)),
            }
        }
        let Some(refused) = refused else { return Ok(()) };
        if waits {
            // It waits for a mail to nobody (RFC 2920, 3.1): an empty one, which it refuses.
            self.write(b".\r\n").await?;
            self.read().await?;
        }
        Err(refused)
    }

    /// Says something and takes the answer, which must begin with this code's first digit, and be 3xx where that is asked.
    pub async fn say(&mut self, stage: Stage, command: &str, wanted: u16) -> Result<Reply, Trouble> {
        self.write(format!("{command}\r\n").as_bytes()).await?;
        self.answer(stage, wanted).await
    }

    async fn answer(&mut self, at: Stage, wanted: u16) -> Result<Reply, Trouble> {
        let reply = self.read().await?;
        if reply.code / 100 == wanted / 100 {
            return Ok(reply);
        }
        // 421 is its goodbye, whatever it was asked (RFC 5321, 3.8).
        self.broken |= reply.code == 421;
        Err(Trouble::Refused { at, reply })
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let stream = &mut self.stream;
        let written = within(self.patience, async {
            stream.write_all(bytes).await?;
            stream.flush().await
        });
        let written = written.await.and_then(|done| done.map_err(Trouble::from));
        self.broken |= written.is_err();
        written
    }

    /// The next answer, whatever it says.
    pub async fn read(&mut self) -> Result<Reply, Trouble> {
        let stream = &mut self.stream;
        let read = within(self.patience, reply(stream)).await.and_then(|read| read);
        self.broken |= read.is_err();
        read
    }

    /// Says goodbye; nobody needs the answer.
    pub async fn quit(mut self) {
        self.write(b"QUIT\r\n").await.ok();
    }
}

async fn within<T>(patience: Duration, what: impl Future<Output = T>) -> Result<T, Trouble> {
    tokio::time::timeout(patience, what).await.map_err(|_| Trouble::Slow(patience))
}

async fn secured(tls: &Tls, stream: Box<dyn Wire>, patience: Duration) -> Result<Box<dyn Wire>, Trouble> {
    let connector = TlsConnector::from(Arc::clone(&tls.config));
    let stream = within(patience, connector.connect(tls.host.clone(), stream)).await?;
    stream
        .map(|stream| Box::new(stream) as Box<dyn Wire>)
        .map_err(|error| Trouble::Tls(trust::explain(&error, "mail.ca_file")))
}

/// One answer: lines of which all but the last have a dash behind the code (RFC 5321, 4.2.1).
async fn reply(stream: &mut (impl tokio::io::AsyncBufRead + Unpin)) -> Result<Reply, Trouble> {
    let (mut lines, mut limited) = (Vec::new(), stream.take(MOST));
    loop {
        let mut line = Vec::new();
        if limited.read_until(b'\n', &mut line).await? == 0 {
            return Err(Trouble::HungUp);
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let code = line.get(..3).and_then(|code| code.parse::<u16>().ok()).filter(|code| (200..600).contains(code));
        let Some(code) = code else {
            return Err(Trouble::Nonsense(line.chars().filter(|c| !c.is_control()).take(60).collect()));
        };
        lines.push(line.get(4..).unwrap_or_default().to_owned());
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(Reply { code, lines });
        }
    }
}

fn offers(reply: &Reply) -> Offers {
    let mut offers = Offers::default();
    for line in reply.lines.iter().skip(1).map(|line| line.to_ascii_uppercase()) {
        let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
        match words.next() {
            Some("STARTTLS") => offers.starttls = true,
            Some("PIPELINING") => offers.pipelining = true,
            Some("AUTH") => offers.auth.extend(words.map(str::to_owned)),
            _ => {}
        }
    }
    offers
}

/// A mail as it travels behind DATA: a dot that begins a line is doubled (RFC 5321, 4.5.2), and a dot alone ends it.
fn framed(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len() + 64);
    let mut rest = mail;
    if rest.first() == Some(&b'.') {
        out.push(b'.');
    }
    while let Some(at) = memchr::memmem::find(rest, b"\n.") {
        out.extend_from_slice(&rest[..=at]);
        out.push(b'.');
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(if mail.ends_with(b"\r\n") { b".\r\n" } else { b"\r\n.\r\n" });
    out
}

/// An address as a name (RFC 5321, 4.1.3).
fn literal(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => format!("[{ip}]"),
        IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
