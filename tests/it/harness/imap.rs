//! A mailbox's server that misbehaves as it is told: what no real one can be made to do on demand.
//!
//! Speaks just enough IMAP for the reader of mailboxes, and offers no IDLE, so that the reader looks again by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What the server does with one mail.
#[derive(Clone)]
pub enum Mail {
    Good(String),
    /// Answers NO.
    Refused,
    /// Answers what is no IMAP.
    Garbled,
    /// Closes the connection in good order instead of an answer.
    HangsUp,
    /// The same once; then hands it out.
    HangsUpOnce(String),
    /// Says that it has so many bytes.
    Huge(u32),
    /// Hands it out when it is told to.
    Held(String, Arc<Notify>),
}

#[derive(Default)]
pub struct State {
    pub mails: BTreeMap<u32, Mail>,
    pub seen: BTreeSet<u32>,
    /// Access tokens that are taken.
    pub tokens: BTreeSet<String>,
    /// Bodies that were asked for.
    pub fetched: usize,
    pub connections: usize,
}

pub struct Server {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub async fn with(mails: impl IntoIterator<Item = (u32, Mail)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State { mails: mails.into_iter().collect(), ..State::default() }));
        let server = Self { port, state: Arc::clone(&state) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                state.lock().expect("no connection panics").connections += 1;
                tokio::spawn(Connection { stream: BufReader::new(stream), state: Arc::clone(&state) }.serve());
            }
        });
        server
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no connection panics")
    }
}

struct Connection {
    stream: BufReader<TcpStream>,
    state: Arc<Mutex<State>>,
}

impl Connection {
    /// Ends with the connection.
    async fn serve(mut self) -> Option<()> {
        self.says("* OK ready\r\n").await?;
        loop {
            let line = self.hears().await?;
            let (tag, command) = line.split_once(' ')?;
            if command.starts_with("LOGOUT") {
                return self.says(&format!("* BYE\r\n{tag} OK\r\n")).await;
            }
            if let Some(rest) = command.strip_prefix("UID FETCH ")
                && rest.contains("BODY")
            {
                let uid = rest.split(' ').next()?.parse().ok()?;
                self.hands_out(tag, uid).await?;
            } else if command.starts_with("AUTHENTICATE") {
                self.authenticates(tag).await?;
            } else {
                let answer = self.answer(command);
                self.says(&format!("{answer}{tag} OK done\r\n")).await?;
            }
        }
    }

    fn answer(&self, command: &str) -> String {
        let mut state = self.state.lock().expect("no connection panics");
        if command.starts_with("SELECT") {
            return format!("* {} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] valid\r\n", state.mails.len());
        }
        if command.starts_with("CAPABILITY") {
            return "* CAPABILITY IMAP4rev1\r\n".to_owned();
        }
        if command.starts_with("UID SEARCH") {
            // Nothing is old here, and of the rest whatever is beyond the cursor.
            let from = command.split("UID ").nth(2).and_then(|rest| rest.split(':').next()?.parse::<u32>().ok());
            let found = state.mails.keys().filter(|uid| from.is_some_and(|from| **uid >= from));
            return format!("* SEARCH{}\r\n", found.map(|uid| format!(" {uid}")).collect::<String>());
        }
        if let Some(rest) = command.strip_prefix("UID STORE ") {
            let set = rest.split(' ').next().unwrap_or_default();
            state.seen.extend(set.split(',').filter_map(|uid| uid.parse::<u32>().ok()));
        }
        if let Some(rest) = command.strip_prefix("UID FETCH ") {
            let set = rest.split(' ').next().unwrap_or_default();
            let asked: BTreeSet<u32> = set.split(',').filter_map(|uid| uid.parse().ok()).collect();
            let there = state.mails.iter().filter(|(uid, _)| asked.contains(uid));
            return there
                .map(|(uid, mail)| {
                    let size = match mail {
                        Mail::Huge(size) => *size,
                        _ => 500,
                    };
                    format!("* {uid} FETCH (UID {uid} RFC822.SIZE {size})\r\n")
                })
                .collect();
        }
        String::new()
    }

    async fn hands_out(&mut self, tag: &str, uid: u32) -> Option<()> {
        let mail = {
            let mut state = self.state.lock().expect("no connection panics");
            state.fetched += 1;
            let mail = state.mails.get(&uid).cloned();
            if let Some(Mail::HangsUpOnce(text)) = &mail {
                state.mails.insert(uid, Mail::Good(text.clone()));
            }
            mail
        };
        match mail {
            Some(Mail::Good(text)) => self.sends(tag, uid, &text).await,
            Some(Mail::Held(text, told)) => {
                told.notified().await;
                self.sends(tag, uid, &text).await
            }
            Some(Mail::Refused) => self.says(&format!("{tag} NO [SERVERBUG] cannot read this mail\r\n")).await,
            Some(Mail::Garbled) => self.says("* 1 FETCH (UID %%% (\r\n").await,
            Some(Mail::HangsUp | Mail::HangsUpOnce(_)) => None,
            Some(Mail::Huge(_)) => panic!("a mail was fetched although its size had been told"),
            None => self.says(&format!("{tag} OK done\r\n")).await,
        }
    }

    async fn sends(&mut self, tag: &str, uid: u32, text: &str) -> Option<()> {
        let length = text.len();
        self.says(&format!("* 1 FETCH (UID {uid} BODY[] {{{length}}}\r\n{text})\r\n{tag} OK done\r\n")).await
    }

    async fn authenticates(&mut self, tag: &str) -> Option<()> {
        self.says("+ \r\n").await?;
        let proof = STANDARD.decode(self.hears().await?).ok()?;
        let proof = String::from_utf8(proof).ok()?;
        let token = proof.split("auth=Bearer ").nth(1)?.trim_end_matches('\u{1}').to_owned();
        let taken = self.state.lock().expect("no connection panics").tokens.contains(&token);
        if taken {
            return self.says(&format!("{tag} OK come in\r\n")).await;
        }
        // As Google and Microsoft say it: the reason first, which is answered with nothing.
        self.says(&format!("+ {}\r\n", STANDARD.encode(r#"{"status":"401","schemes":"bearer"}"#))).await?;
        self.hears().await?;
        self.says(&format!("{tag} NO [AUTHENTICATIONFAILED] Invalid credentials\r\n")).await
    }

    async fn hears(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).await.ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }

    async fn says(&mut self, text: &str) -> Option<()> {
        self.stream.get_mut().write_all(text.as_bytes()).await.ok()
    }
}
