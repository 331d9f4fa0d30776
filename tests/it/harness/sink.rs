//! A mail server that takes everything it is sent and remembers it: the other end of our way out.
//!
//! Speaks just enough SMTP for a real client, which may say several things at once (RFC 2920). It can be told to refuse
//! recipients, to die after it has taken a mail, to be away for a while, and to let in only who has a token.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::MessageParser;
use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// One mail that the sink took.
#[derive(Debug, Clone)]
pub struct Taken {
    pub to: Vec<String>,
    pub raw: Vec<u8>,
}

impl Taken {
    /// A header's raw value, or an empty string.
    pub fn header(&self, name: &str) -> String {
        let mail = MessageParser::default().parse(&self.raw).expect("what we send is a mail");
        mail.header_raw(name).unwrap_or_default().trim().to_owned()
    }

    pub fn subject(&self) -> String {
        let mail = MessageParser::default().parse(&self.raw).expect("what we send is a mail");
        mail.subject().unwrap_or_default().to_owned()
    }

    pub fn text(&self) -> String {
        let mail = MessageParser::default().parse(&self.raw).expect("what we send is a mail");
        mail.body_text(0).unwrap_or_default().into_owned()
    }
}

#[derive(Default)]
struct State {
    taken: Vec<Taken>,
    /// Recipients to refuse, with the reply.
    refused: Vec<(String, String)>,
    /// So many times, the connection is cut after a mail was taken and before that is said.
    cut: usize,
    /// So many more mails are taken; then nobody is home. None: it stays.
    leaves_after: Option<usize>,
    /// What `AUTH XOAUTH2` must bring; none lets everybody send.
    token: Option<String>,
}

impl State {
    fn is_away(&self) -> bool {
        self.leaves_after == Some(0)
    }
}

/// The sink. Lives as long as the test's runtime.
#[derive(Clone)]
pub struct Sink {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    /// True while it takes mails without saying so.
    holds: Arc<watch::Sender<bool>>,
}

impl Sink {
    pub async fn open() -> Self {
        Self::speaking(Speech::Plain).await
    }

    /// One that talks as it is told about TLS.
    pub async fn speaking(speech: Speech) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let sink = Self { address, state: Arc::default(), holds: Arc::new(watch::Sender::new(false)) };
        let (state, holds) = (Arc::clone(&sink.state), sink.holds.subscribe());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, speech, holds) = (Arc::clone(&state), speech.clone(), holds.clone());
                // A client that hangs up in mid-sentence is the client's affair.
                tokio::spawn(async move { serve(stream, speech, (state, holds)).await.ok() });
            }
        });
        sink
    }

    /// Answers `reply` to each RCPT for this address from now on.
    pub fn refuses(&self, address: &str, reply: &str) {
        self.state.lock().unwrap().refused.push((address.to_owned(), reply.to_owned()));
    }

    /// Takes everybody's mail again.
    pub fn refuses_nobody(&self) {
        self.state.lock().unwrap().refused.clear();
    }

    /// Takes the next mail and dies before it can say so.
    pub fn dies_after_taking_one(&self) {
        self.state.lock().unwrap().cut += 1;
    }

    /// Takes so many more mails, and then hangs up on everybody until it comes back.
    pub fn leaves_after(&self, mails: usize) {
        self.state.lock().unwrap().leaves_after = Some(mails);
    }

    pub fn comes_back(&self) {
        self.state.lock().unwrap().leaves_after = None;
    }

    /// Takes mails from now on and says nothing of it until it is told to.
    pub fn holds(&self, holds: bool) {
        self.holds.send_replace(holds);
    }

    /// From now on lets in only who brings this token by XOAUTH2.
    pub fn wants_token(&self, token: &str) {
        self.state.lock().unwrap().token = Some(token.to_owned());
    }

    /// All mails so far, in the order in which they came.
    pub fn mails(&self) -> Vec<Taken> {
        self.state.lock().unwrap().taken.clone()
    }

    /// The mails to one address.
    pub fn mails_to(&self, address: &str) -> Vec<Taken> {
        self.mails().into_iter().filter(|mail| mail.to.iter().any(|to| to == address)).collect()
    }
}

/// Whether and when a sink speaks TLS.
#[derive(Clone)]
pub enum Speech {
    Plain,
    /// From the first byte on, as on port 465.
    Implicit(Arc<ServerConfig>),
    /// Once it is asked to (RFC 3207), and it takes nothing before.
    StartTls(Arc<ServerConfig>),
}

/// What one conversation goes by.
type Mood = (Arc<Mutex<State>>, watch::Receiver<bool>);

async fn serve(stream: TcpStream, speech: Speech, mood: Mood) -> std::io::Result<()> {
    match speech {
        Speech::Plain => converse(stream, mood).await,
        Speech::Implicit(config) => converse(TlsAcceptor::from(config).accept(stream).await?, mood).await,
        Speech::StartTls(config) => {
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 sink\r\n").await?;
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await? == 0 {
                    return Ok(());
                }
                let upper = line.to_uppercase();
                if upper.starts_with("STARTTLS") {
                    stream.write_all(b"220 go on\r\n").await?;
                    let secured = TlsAcceptor::from(config).accept(stream.into_inner()).await?;
                    return converse_on(BufReader::new(secured), mood).await;
                }
                let reply: &[u8] = match upper.starts_with("EHLO") {
                    true => b"250-sink\r\n250 STARTTLS\r\n",
                    false => b"530 5.7.0 STARTTLS first\r\n",
                };
                stream.write_all(reply).await?;
            }
        }
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, mood: Mood) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if mood.0.lock().unwrap().is_away() {
        return Ok(());
    }
    stream.write_all(b"220 sink\r\n").await?;
    converse_on(stream, mood).await
}

async fn converse_on(
    mut stream: BufReader<impl AsyncRead + AsyncWrite + Unpin>,
    (state, mut holds): Mood,
) -> std::io::Result<()> {
    let (mut to, mut known) = (Vec::new(), false);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || state.lock().unwrap().is_away() {
            return Ok(());
        }
        let upper = line.to_uppercase();
        let token = state.lock().unwrap().token.clone();
        let reply = if upper.starts_with("EHLO") {
            let auth = if token.is_some() { "250-AUTH XOAUTH2\r\n" } else { "" };
            format!("250-sink\r\n250-PIPELINING\r\n{auth}250 8BITMIME")
        } else if upper.starts_with("AUTH") {
            known = token.is_some_and(|token| brings(&line, &token));
            if known { "235 welcome" } else { "535 5.7.8 this token is not good" }.to_owned()
        } else if ["MAIL", "RCPT", "DATA"].iter().any(|it| upper.starts_with(it)) && token.is_some() && !known {
            "530 5.7.0 who are you".to_owned()
        } else if upper.starts_with("RCPT") {
            let address = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            let refused = state.lock().unwrap().refused.iter().find(|(who, _)| *who == address).map(|(_, r)| r.clone());
            if refused.is_none() {
                to.push(address);
            }
            refused.unwrap_or_else(|| "250 ok".to_owned())
        } else if upper.starts_with("DATA") && to.is_empty() {
            "554 5.5.1 no valid recipients".to_owned()
        } else if upper.starts_with("DATA") {
            stream.write_all(b"354 go on\r\n").await?;
            let raw = data(&mut stream).await?;
            if !keep(&state, Taken { to: std::mem::take(&mut to), raw }) {
                return Ok(());
            }
            // The sink that held is gone only when its test is over.
            holds.wait_for(|held| !held).await.ok();
            "250 taken".to_owned()
        } else if upper.starts_with("QUIT") {
            stream.write_all(b"221 bye\r\n").await?;
            return Ok(());
        } else {
            to.clear();
            "250 ok".to_owned()
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
}

/// Remembers a mail. False where that is not said any more.
fn keep(state: &Mutex<State>, mail: Taken) -> bool {
    let mut state = state.lock().unwrap();
    if state.is_away() {
        return false;
    }
    state.leaves_after = state.leaves_after.map(|left| left - 1);
    state.taken.push(mail);
    let cut = state.cut > 0;
    state.cut -= usize::from(cut);
    !cut
}

/// Whether this `AUTH XOAUTH2` brings the token (Google's "XOAUTH2 Mechanism": `user=…^Aauth=Bearer …^A^A` in base64).
fn brings(line: &str, token: &str) -> bool {
    let said = line.trim().rsplit(' ').next().and_then(|text| STANDARD.decode(text).ok());
    said.is_some_and(|said| String::from_utf8_lossy(&said).ends_with(&format!("\u{1}auth=Bearer {token}\u{1}\u{1}")))
}

async fn data(stream: &mut BufReader<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    loop {
        let start = raw.len();
        if stream.take(10_000_000).read_until(b'\n', &mut raw).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if &raw[start..] == b".\r\n" {
            raw.truncate(start);
            return Ok(raw);
        }
        if raw[start] == b'.' {
            raw.remove(start);
        }
    }
}
