//! One SMTP or LMTP conversation as a state machine over bytes: what came in goes in, what is to be said comes out.
//!
//! Pure: no socket, no clock, no database, so that whole conversations are tested as text. It must never say 250 for a
//! mail by itself: it hands the mail out as [`Action::Deliver`] and waits to be told how that went.
//!
//! RFC 5321 (SMTP), 2033 (LMTP), 1870 (SIZE), 2920 (PIPELINING), 3207 (STARTTLS), 6152 (8BITMIME), 6531 (SMTPUTF8),
//! 2034 (enhanced status codes).

use std::sync::Arc;

use smtp_proto::{MailFrom, RcptTo, Request};

use super::data::{Held, Progress, Raw, Receiver, Spoiled};
use super::recipients::{Addressed, Recipients};

/// RFC 5321 asks for 512 bytes; extensions and long addresses need more, and nothing honest needs this much.
const MAX_LINE: usize = 4096;
/// So many mistakes in one mail are no mail program's; a browser made to talk to this port is cut off before it says
/// anything.
const MAX_MISTAKES: u32 = 10;
/// A relay may hand over a mail with some recipients whom we do not know; whoever names so many is guessing addresses.
const MAX_UNKNOWN: u32 = 100;

/// Which of the two dialects is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Smtp,
    Lmtp,
}

/// What holds for every conversation at one door.
#[derive(Debug)]
pub struct Rules {
    pub protocol: Protocol,
    /// The name in the greeting.
    pub hostname: String,
    pub recipients: Recipients,
    /// Bytes of one mail at most.
    pub max_message: usize,
    pub max_recipients: usize,
    pub starttls: bool,
    pub held: Held,
}

/// A mail that has come in whole and is not yet acknowledged.
#[derive(Debug)]
pub struct Mail {
    /// How the sender named itself in EHLO.
    pub helo: String,
    /// Empty for the null sender of bounces.
    pub from: String,
    pub to: Vec<String>,
    /// The channel of the address that it was written to, where that has one of its own.
    pub channel: Option<String>,
    pub raw: Raw,
    pub tls: bool,
}

/// What became of a mail that was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Committed; the id under which it is kept.
    Kept(String),
    /// Not kept: the sender shall try again later.
    Later,
    /// Not kept: more came from this address than one may send in a minute.
    TooOften,
}

/// What the conversation needs next. Whatever it says has to be sent first, see [`Session::take_replies`].
#[derive(Debug)]
pub enum Action {
    /// More bytes from the other side.
    Read,
    /// Keep this, then call [`Session::settled`].
    Deliver(Mail),
    /// Start TLS, then call [`Session::secured`]. Bytes that came before it must be thrown away.
    StartTls,
    /// Say what is to be said and hang up.
    Close,
}

#[derive(Debug, Default)]
struct Envelope {
    from: String,
    to: Vec<String>,
    channel: Option<String>,
}

#[derive(Debug)]
enum State {
    Commands,
    Data(Box<Receiver>),
    /// A mail has been handed out: the recipients who wait for its outcome.
    Settling(usize),
    Closed,
}

/// One conversation.
#[derive(Debug)]
pub struct Session {
    rules: Arc<Rules>,
    state: State,
    line: Vec<u8>,
    line_too_long: bool,
    helo: Option<String>,
    envelope: Option<Envelope>,
    tls: bool,
    mistakes: u32,
    unknown: u32,
    replies: Vec<u8>,
}

impl Session {
    /// A conversation that has just begun; its greeting is the first reply.
    #[must_use]
    pub fn new(rules: Arc<Rules>) -> Self {
        let mut session = Self {
            state: State::Commands,
            line: Vec::new(),
            line_too_long: false,
            helo: None,
            envelope: None,
            tls: false,
            mistakes: 0,
            unknown: 0,
            replies: Vec::new(),
            rules,
        };
        let dialect = if session.rules.protocol == Protocol::Smtp { "ESMTP" } else { "LMTP" };
        let greeting = format!("220 {} {dialect} Countersign", session.rules.hostname);
        session.say(&greeting);
        session
    }

    /// What is to be sent before anything else happens.
    pub fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// Whether a mail is under way, so that hanging up now would make the sender send it again.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self.state, State::Data(_) | State::Settling(_))
    }

    /// Reads from the front of `input` until something has to be done by the caller.
    pub fn advance(&mut self, input: &mut &[u8]) -> Action {
        loop {
            match &mut self.state {
                State::Closed => return Action::Close,
                State::Settling(_) => return Action::Read,
                State::Data(receiver) => match receiver.take(input) {
                    Progress::More => return Action::Read,
                    Progress::Hopeless => self.hang_up("552 5.3.4 the mail is far larger than this server takes"),
                    Progress::Done(Ok(raw)) => return self.hand_out(raw),
                    Progress::Done(Err(why)) => self.refuse_data(why),
                },
                State::Commands => {
                    if !self.read_line(input) {
                        return Action::Read;
                    }
                    if let Some(action) = self.command(input) {
                        return action;
                    }
                }
            }
        }
    }

    /// Tells how a mail that was handed out fared. LMTP answers once for each recipient (RFC 2033, 4.2).
    pub fn settled(&mut self, outcome: &Outcome) {
        let State::Settling(recipients) = self.state else { return };
        self.state = State::Commands;
        self.mistakes = 0;
        let times = if self.rules.protocol == Protocol::Lmtp { recipients } else { 1 };
        for _ in 0..times {
            match outcome {
                Outcome::Kept(id) => self.say(&format!("250 2.0.0 kept as {id}")),
                Outcome::TooOften => {
                    self.say("451 4.7.1 too many mails in a minute from your address; try again later")
                }
                Outcome::Later => self.say("451 4.3.0 cannot be kept at the moment; please try again later"),
            }
        }
    }

    /// TLS has been established: everything known about the other side is forgotten (RFC 3207, 4.2).
    pub fn secured(&mut self) {
        self.tls = true;
        self.helo = None;
        self.envelope = None;
        self.line.clear();
    }

    /// Ends the conversation from our side, unless a mail is just being kept.
    pub fn shut_down(&mut self) {
        self.hang_up("421 4.3.2 shutting down; please try again later");
    }

    /// Ends the conversation for want of anything said.
    pub fn timed_out(&mut self) {
        self.hang_up("421 4.4.2 nothing came for too long");
    }

    /// Moves bytes of the current line over; true once it is whole.
    fn read_line(&mut self, input: &mut &[u8]) -> bool {
        let (chunk, whole) = match memchr::memchr(b'\n', input) {
            Some(at) => (&input[..=at], true),
            None => (*input, false),
        };
        *input = &input[chunk.len()..];
        if self.line.len() + chunk.len() > MAX_LINE {
            self.line_too_long = true;
            self.line.clear();
        } else if !self.line_too_long {
            self.line.extend_from_slice(chunk);
        }
        whole
    }

    fn command(&mut self, rest: &[u8]) -> Option<Action> {
        if std::mem::take(&mut self.line_too_long) {
            self.mistake("500 5.5.2 the line is too long");
            return None;
        }
        let line = std::mem::take(&mut self.line);
        // Which of two readings the sender meant is not ours to guess (CVE-2023-51764).
        if !line.ends_with(b"\r\n") {
            self.hang_up("500 5.5.2 lines must end with CR LF");
            return None;
        }
        if line[..line.len() - 2].iter().any(|b| matches!(b, b'\r' | 0)) {
            self.mistake("500 5.5.2 CR and NUL have no place within a line");
            return None;
        }
        let parsed = Request::parse(&mut line.iter()).map(Request::into_owned);
        match parsed {
            Ok(request) => return self.obey(request, rest),
            Err(error) => self.explain(&error),
        }
        None
    }

    fn obey(&mut self, request: Request<String>, rest: &[u8]) -> Option<Action> {
        match request {
            Request::Ehlo { host } if self.rules.protocol == Protocol::Smtp => self.greet(host, true),
            Request::Helo { host } if self.rules.protocol == Protocol::Smtp => self.greet(host, false),
            Request::Lhlo { host } if self.rules.protocol == Protocol::Lmtp => self.greet(host, true),
            Request::Ehlo { .. } | Request::Helo { .. } => self.mistake("500 5.5.1 this is LMTP: say LHLO"),
            Request::Lhlo { .. } => self.mistake("500 5.5.1 this is SMTP: say EHLO"),
            Request::Mail { from } => self.mail(from),
            Request::Rcpt { to } => self.recipient(&to),
            Request::Data => self.data(rest),
            Request::Rset => {
                self.envelope = None;
                self.say("250 2.0.0 forgotten");
            }
            Request::Noop { .. } => self.say("250 2.0.0 nothing done"),
            Request::Help { .. } => self.say("214 2.0.0 RFC 5321; forward a provider's notice to this server"),
            Request::Vrfy { .. } => self.say("252 2.5.2 send it, and see"),
            Request::Quit => self.hang_up("221 2.0.0 goodbye"),
            Request::StartTls => return self.start_tls(),
            // Its bytes follow without waiting for an answer, and must not be taken for commands.
            Request::Bdat { .. } | Request::Burl { .. } => self.hang_up("502 5.5.1 CHUNKING is not offered here"),
            Request::Auth { .. } => self.mistake("502 5.5.1 nobody needs to sign in here"),
            Request::Expn { .. } | Request::Etrn { .. } | Request::Atrn { .. } => {
                self.mistake("502 5.5.1 this command is not offered here");
            }
        }
        None
    }

    fn greet(&mut self, host: String, extended: bool) {
        self.envelope = None;
        self.helo = Some(host);
        let name = self.rules.hostname.clone();
        if !extended {
            self.say(&format!("250 {name}"));
            return;
        }
        let size = self.rules.max_message;
        let tls = if self.rules.starttls && !self.tls { "250-STARTTLS\r\n" } else { "" };
        self.say(&format!(
            "250-{name}\r\n250-PIPELINING\r\n250-SIZE {size}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n{tls}250 ENHANCEDSTATUSCODES"
        ));
    }

    fn mail(&mut self, from: MailFrom<String>) {
        if self.helo.is_none() {
            self.mistake("503 5.5.1 say EHLO first");
        } else if self.envelope.is_some() {
            self.mistake("503 5.5.1 one mail at a time: finish it, or say RSET");
        } else if from.size > self.rules.max_message {
            let limit = self.rules.max_message;
            self.say(&format!("552 5.3.4 {} bytes are more than the {limit} that this server takes", from.size));
        } else {
            self.envelope = Some(Envelope { from: from.address, ..Envelope::default() });
            self.say("250 2.1.0 ok");
        }
    }

    fn recipient(&mut self, to: &RcptTo<String>) {
        let Some(envelope) = &mut self.envelope else {
            return self.mistake("503 5.5.1 say MAIL FROM first");
        };
        if envelope.to.len() >= self.rules.max_recipients {
            self.say("452 4.5.3 too many recipients; send the rest as another mail");
        } else if let Some(addressed) = self.rules.recipients.takes(&to.address) {
            envelope.to.push(to.address.clone());
            if let Addressed::Channel(channel) = addressed {
                envelope.channel.get_or_insert_with(|| channel.to_owned());
            }
            self.say("250 2.1.5 ok");
        } else {
            metrics::counter!(crate::telemetry::names::SMTP_REFUSED, "code" => "550").increment(1);
            self.unknown += 1;
            self.say("550 5.1.1 there is no such address here");
            if self.unknown >= MAX_UNKNOWN {
                self.hang_up("421 4.7.0 too many unknown addresses");
            }
        }
    }

    fn data(&mut self, rest: &[u8]) {
        match &self.envelope {
            None => self.mistake("503 5.5.1 say MAIL FROM and RCPT TO first"),
            Some(envelope) if envelope.to.is_empty() => self.mistake("554 5.5.1 no recipient was accepted"),
            // DATA ends a pipelined group (RFC 2920, 3.1): what comes before our 354 was not meant as this mail's text.
            Some(_) if !rest.is_empty() => self.hang_up("503 5.5.0 wait for the answer to DATA"),
            Some(_) => {
                let receiver = Receiver::new(self.rules.max_message, self.rules.held.clone());
                self.state = State::Data(Box::new(receiver));
                self.say("354 go ahead; end with a lone dot");
            }
        }
    }

    fn hand_out(&mut self, raw: Raw) -> Action {
        let envelope = self.envelope.take().unwrap_or_default();
        self.state = State::Settling(envelope.to.len());
        let helo = self.helo.clone().unwrap_or_default();
        Action::Deliver(Mail {
            helo,
            from: envelope.from,
            to: envelope.to,
            channel: envelope.channel,
            raw,
            tls: self.tls,
        })
    }

    fn refuse_data(&mut self, why: Spoiled) {
        let recipients = self.envelope.take().map_or(1, |e| e.to.len());
        self.state = State::Commands;
        let (code, reply) = match why {
            Spoiled::TooLarge => (
                "552",
                format!(
                    "552 5.3.4 the mail is larger than the {} bytes that this server takes",
                    self.rules.max_message
                ),
            ),
            Spoiled::TooBusy => ("451", "451 4.3.1 too many large mails at once; please try again later".to_owned()),
        };
        metrics::counter!(crate::telemetry::names::SMTP_REFUSED, "code" => code).increment(1);
        let times = if self.rules.protocol == Protocol::Lmtp { recipients } else { 1 };
        for _ in 0..times {
            self.say(&reply);
        }
    }

    fn start_tls(&mut self) -> Option<Action> {
        if !self.rules.starttls {
            self.mistake("502 5.5.1 STARTTLS is not offered here");
        } else if self.tls {
            self.mistake("503 5.5.1 TLS is already on");
        } else {
            self.say("220 2.0.0 ready");
            return Some(Action::StartTls);
        }
        None
    }

    fn explain(&mut self, error: &smtp_proto::Error) {
        match error {
            smtp_proto::Error::UnknownCommand => self.mistake("500 5.5.1 unknown command"),
            smtp_proto::Error::InvalidSenderAddress => self.mistake("501 5.1.7 this is no sender's address"),
            smtp_proto::Error::InvalidRecipientAddress => self.mistake("501 5.1.3 this is no recipient's address"),
            smtp_proto::Error::SyntaxError { syntax } => self.mistake(&format!("501 5.5.2 the form is: {syntax}")),
            smtp_proto::Error::UnsupportedParameter { param } => {
                // What the other side wrote is not echoed beyond what can stand in a reply.
                let param: String = param.chars().filter(char::is_ascii_graphic).take(40).collect();
                self.mistake(&format!("555 5.5.4 the parameter {param} is not known here"));
            }
            _ => self.mistake("501 5.5.4 a parameter cannot be understood"),
        }
    }

    fn mistake(&mut self, reply: &str) {
        self.mistakes += 1;
        if self.mistakes >= MAX_MISTAKES {
            self.say(reply);
            self.hang_up("421 4.7.0 too many mistakes");
        } else {
            self.say(reply);
        }
    }

    fn hang_up(&mut self, reply: &str) {
        self.say(reply);
        self.state = State::Closed;
    }

    fn say(&mut self, reply: &str) {
        self.replies.extend_from_slice(reply.as_bytes());
        self.replies.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
