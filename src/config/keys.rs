//! The declaration of every key: its type, its default as TOML, and the words that the example file shows.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::doors::{Address, Hook, Mailbox, Source};
use super::{Key, Providers, Scim};

/// One section as the example file shows it.
pub(super) struct Section {
    pub name: &'static str,
    pub about: &'static [&'static str],
    pub keys: &'static [Key],
}

/// Declares a section once: the struct, its documentation and its row in [`SECTIONS`] all come from here.
macro_rules! section {
    ($(#[doc = $about:literal])+ $name:ident [$section:literal] {
        $($(#[doc = $doc:literal])+ $field:ident: $ty:ty = $default:literal;)+
    }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[doc = $doc])+ #[doc = concat!("\n\nDefault: `", $default, "`.")] pub $field: $ty,)+
        }

        impl $name {
            const SECTION: Section = Section {
                name: $section,
                about: &[$($about),+],
                keys: &[$(Key {
                    section: $section,
                    name: stringify!($field),
                    default: $default,
                    doc: &[$($doc),+],
                }),+],
            };
        }
    };
}

/// A choice among words, spelled in lower case.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, clap::ValueEnum)]
        pub enum $name { $(#[serde(rename = $word)] #[value(name = $word)] $variant),+ }

        impl $name {
            #[must_use]
            pub const fn word(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
        }
    };
}
pub(super) use choice;

section! {
    /// The installation as a whole.
    Server ["server"] {
        /// Where the data lie: the SQLite database, the keyring, and in local mode the outbox.
        data: PathBuf = "'./data'";
        /// For trying it out on one machine: mails are written to a folder and shown on the Outbox page, and every page says so.
        local_mode: bool = "false";
        /// What this process does: "all", "web", "intake" or "worker". Splitting needs PostgreSQL.
        role: Role = "'all'";
        /// How people's browsers reach the page; links in mails begin with it.
        public_url: String = "'http://127.0.0.1:8080'";
        /// The installation's name, shown on the page and in mails.
        name: String = "'Countersign'";
    }
}

section! {
    /// The page and the HTTP API.
    Web ["web"] {
        /// Address and port. For the network, put a proxy with TLS in front.
        listen: SocketAddr = "'127.0.0.1:8080'";
        /// A proxy in front tells who asks, in the last entry of X-Forwarded-For. Never set it without one.
        behind_proxy: bool = "false";
        /// Serves the page from this folder instead of from the program; for working on the page. Empty: from the program.
        page: PathBuf = "''";
    }
}

section! {
    /// How people prove who they are.
    SignIn ["sign_in"] {
        /// People may have a password here. Without, they come by a provider, a passkey or a mail.
        passwords: bool = "true";
        /// A link by mail signs in, and a code by mail proves again who signs.
        mail: bool = "true";
        /// Passkeys (WebAuthn). They are bound to the host in server.public_url.
        passkeys: bool = "true";
        /// A session that nobody used for so many hours is over.
        idle_hours: u32 = "24";
        /// No session lasts longer than so many hours.
        absolute_hours: u32 = "336";
        /// For so many minutes after proving who one is, signing asks for nothing more.
        fresh_minutes: u32 = "15";
        /// A file with one hexadecimal SHA-1 of a password on each line, sorted; such passwords are refused. Empty: none.
        breached_passwords: PathBuf = "''";
        /// Providers to sign in with, each a table [sign_in.providers.NAME]; docs/SIGN-IN.md shows one of each sort.
        providers: Providers = "{}";
        /// A directory that keeps people and groups here by SCIM: what its groups give, each a table [sign_in.scim.groups.NAME].
        scim: Scim = "{}";
    }
}

section! {
    /// The database.
    Database ["database"] {
        /// postgres://user:password@host/name, or sqlite://path. Empty: SQLite in the data folder.
        url: Secret = "''";
    }
}

section! {
    /// The keys that sign checkpoints, cookies and tokens. The same on all replicas; back it up apart from the database.
    Keyring ["keyring"] {
        /// Empty: keyring.toml in the data folder, made at the first start.
        file: PathBuf = "''";
    }
}

section! {
    /// What messages are understood by.
    Reading ["reading"] {
        /// A folder with provider profiles of your own, one file <id>.toml each (docs/providers.md). Empty: the program's alone.
        providers: PathBuf = "''";
    }
}

section! {
    /// The door for mail.
    Smtp ["smtp"] {
        /// Address and port; empty closes this door.
        listen: String = "'127.0.0.1:2525'";
        /// The name in the greeting. Empty: "countersign".
        hostname: String = "''";
        /// Who may be written to: "*", "@example.com", or "notices@example.com" (with anything after a plus).
        recipients: Vec<String> = "['*']";
        /// Addresses with a channel of their own, so that each provider's silence is told apart: a list of
        /// { address = "notices@example.com", channel = "aws", secret = "7f3a9c" }. With a secret, only mail to
        /// notices+7f3a9c@example.com is taken; without, what follows the plus does not matter.
        addresses: Vec<Address> = "[]";
        /// The largest mail taken, in bytes. 35 MiB is what the large providers send at most.
        max_message_bytes: usize = "36700160";
        /// Recipients of one mail at most.
        max_recipients: usize = "100";
        /// Connections at one time; one more is told to come back.
        max_connections: usize = "200";
        /// Of these, from one address at most.
        max_connections_per_peer: usize = "100";
        /// Mails from one address in a minute at most; what is more is told to come back. 0: without end, as behind a relay.
        max_mails_per_minute: u32 = "0";
        /// A connection that sends nothing for so many seconds is closed.
        idle_seconds: u64 = "300";
        /// What all connections together may hold of unfinished mails, in bytes; beyond it a sender is told to come back.
        max_held_bytes: usize = "268435456";
        /// Address and port where TLS is spoken from the first byte (usually 465); empty: nowhere. Needs the certificate.
        tls_listen: String = "''";
        /// A PEM file with the certificate for TLS. Empty: STARTTLS is not offered.
        tls_certificate: PathBuf = "''";
        /// The private key of the certificate.
        tls_key: PathBuf = "''";
    }
}

section! {
    /// The same door as a mail server's local delivery speaks it (RFC 2033). Limits and recipients are those of [smtp].
    Lmtp ["lmtp"] {
        /// Address and port; empty closes this door.
        listen: String = "''";
    }
}

section! {
    /// Doors for webhooks, each at /in/<name> below server.public_url. How each adapter is set up: docs/intake.md.
    Inbound ["inbound"] {
        /// A list of [[inbound.hooks]] with name, adapter ("sns", "ses", "eventbridge", "azure", "pubsub", "statuspage",
        /// "generic", "postmark", "mailgun", "sendgrid") and what that adapter is proven by (secret, topics, ...).
        hooks: Vec<Hook> = "[]";
    }
}

section! {
    /// Mailboxes that are read by IMAP.
    Imap ["imap"] {
        /// A list of [[imap.mailboxes]] with name, host, username and password, or token_url, client_id, client_secret and
        /// refresh_token for XOAUTH2. See docs/intake.md.
        mailboxes: Vec<Mailbox> = "[]";
        /// After so many seconds another process may take over a mailbox whose reader has died.
        lease_seconds: u32 = "120";
    }
}

section! {
    /// What is read again and again: status pages, feeds, and the APIs of providers.
    Poll ["poll"] {
        /// A list of [[poll.sources]] with name, adapter ("statuspage", "feed", "endoflife", "rds", "health") and what that
        /// adapter reads. See docs/intake.md.
        sources: Vec<Source> = "[]";
        /// After so many seconds another process may take over a source whose reader has died.
        lease_seconds: u32 = "120";
    }
}

section! {
    /// Silence is an alarm.
    Silence ["silence"] {
        /// A channel counts as silent after so many times its longest silence lately, and never before a day.
        factor: u32 = "2";
        /// A canary that has not come back after so many minutes raises the alarm.
        canary_minutes: u32 = "60";
    }
}

section! {
    /// Who says so: SPF, DKIM and DMARC of what arrives.
    Authenticity ["authenticity"] {
        /// "on", "off", or "auto": on, but for local mode, which asks no name server.
        dns: Dns = "'auto'";
        /// Your own mail domains. A mail forwarded by a known person from one of these, when it authenticates, is vouched for.
        colleague_domains: Vec<String> = "[]";
        /// Whose word counts on what they saw of a mail before they altered it and passed it on (ARC): lists and gateways.
        /// Your own mail domains always do.
        trusted_sealers: Vec<String> = "['google.com', 'microsoft.com']";
        /// How long the name servers may take for one mail. A mail is never refused for want of an answer.
        timeout_seconds: u64 = "5";
    }
}

section! {
    /// How mail goes out.
    Mail ["mail"] {
        /// The server that takes our mails. Empty: none, which only local mode allows.
        host: String = "''";
        /// 0: 587 for starttls, 465 for implicit, 25 for none.
        port: u16 = "0";
        /// "starttls" (required), "implicit", "opportunistic", or "none" (only for a server on this machine).
        tls: MailTls = "'starttls'";
        /// A PEM file with the authority of your own mail server, where that is none of the public ones.
        ca_file: PathBuf = "''";
        /// Empty: no authentication.
        username: String = "''";
        /// Better as the variable COUNTERSIGN_MAIL__PASSWORD, or in a file.
        password: Secret = "''";
        /// A file that holds the password alone.
        password_file: PathBuf = "''";
        /// "password" (PLAIN, LOGIN or CRAM-MD5, as the server offers), or "xoauth2" (also OAUTHBEARER): with a token as the
        /// password, or with tokens fetched from token_url.
        auth: MailAuth = "'password'";
        /// Where tokens are had, such as "https://oauth2.googleapis.com/token" or
        /// "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token".
        token_url: String = "''";
        /// The application as which we ask for them.
        client_id: String = "''";
        /// Its secret, where it has one.
        client_secret: Secret = "''";
        /// What a person's consent gave. Empty: the application asks for itself (client credentials).
        refresh_token: Secret = "''";
        /// What the token is to be good for, where the provider wants to hear it: "https://outlook.office365.com/.default".
        scope: String = "''";
        /// What we call ourselves to the server (EHLO). Empty: the address that we connect from.
        hostname: String = "''";
        /// The sender of every mail.
        from: String = "'Countersign <countersign@localhost>'";
        /// Where answers and bounces go: an address whose mail comes in here. An answer becomes a comment, a bounce an alarm.
        /// Empty: the sender's.
        reply_to: String = "''";
        /// A PEM file with the private key (RSA or Ed25519) that signs what we send (DKIM). Empty: your mail server signs.
        /// `countersign admin dkim-record` prints the DNS record for it.
        dkim_key: PathBuf = "''";
        /// Under which name the public key stands in the DNS: SELECTOR._domainkey.DOMAIN.
        dkim_selector: String = "'countersign'";
        /// Connections kept open to the server at most.
        max_connections: u32 = "4";
        /// How long one command may take, in seconds.
        timeout_seconds: u64 = "30";
    }
}

section! {
    /// Reading what has arrived.
    Worker ["worker"] {
        /// Messages taken at one time.
        batch: u32 = "50";
        /// How often to look without having been woken, in seconds.
        poll_seconds: u64 = "5";
        /// After so many seconds another process may take over the messages of a worker that has died.
        lease_seconds: u32 = "300";
    }
}

section! {
    /// Reminding and sending.
    Dispatch ["dispatch"] {
        /// How often to look at what is due, in seconds.
        tick_seconds: u64 = "10";
        /// Deliveries taken at one time.
        batch: u32 = "200";
        /// After so many seconds another process may take over a delivery whose sender has died.
        lease_seconds: u32 = "120";
        /// A temporary failure is tried again for so many hours before it counts as final.
        give_up_after_hours: u32 = "120";
        /// Mails to one address in an hour at most; what is more waits. Alarms and invitations do not count. 0: no limit.
        per_recipient_an_hour: u32 = "60";
    }
}

section! {
    /// Hooks to other programs, to Slack and to Teams. People set them up on the Outbox page.
    Hooks ["hooks"] {
        /// Hosts and networks of your own that hooks may reach: "hooks.internal.example", "10.1.0.0/16". All other private
        /// addresses are refused, and so is HTTP without TLS.
        allow: Vec<String> = "[]";
        /// A PEM file with authorities of your own, for receivers whose certificates they issue.
        ca_file: PathBuf = "''";
        /// How long a receiver may take to answer, in seconds.
        timeout_seconds: u64 = "15";
    }
}

section! {
    /// What shows that the steps of a procedure were done.
    Evidence ["evidence"] {
        /// The largest file that may be attached to a step, in bytes.
        max_attachment_bytes: usize = "10485760";
        /// Media types that may be attached; "*" takes any. Files are only ever handed out as downloads.
        attachment_types: Vec<String> = "['application/pdf', 'application/json', 'image/jpeg', 'image/png', 'text/csv', 'text/plain']";
    }
}

section! {
    /// Probes of servers' certificates that Countersign itself runs. Those that are run where the clients are need nothing here.
    Probe ["probe"] {
        /// Hosts ("db.example.com", "*.example.com") and networks ("10.2.0.0/16") that may be probed. A private address needs its network.
        allow: Vec<String> = "[]";
        /// What the place of this server is called in evidence.
        vantage: String = "'server'";
    }
}

section! {
    /// What operators see.
    Telemetry ["telemetry"] {
        /// What to log, such as "info" or "countersign=debug,warn".
        log: String = "'info,sea_orm_migration=warn'";
        /// "text" for people, "json" for a log store.
        format: LogFormat = "'text'";
    }
}

/// All sections in the order of the example file.
pub(super) const SECTIONS: &[Section] = &[
    Server::SECTION,
    Web::SECTION,
    SignIn::SECTION,
    Database::SECTION,
    Keyring::SECTION,
    Reading::SECTION,
    Smtp::SECTION,
    Lmtp::SECTION,
    Inbound::SECTION,
    Imap::SECTION,
    Poll::SECTION,
    Silence::SECTION,
    Authenticity::SECTION,
    Mail::SECTION,
    Worker::SECTION,
    Dispatch::SECTION,
    Evidence::SECTION,
    Probe::SECTION,
    Hooks::SECTION,
    Telemetry::SECTION,
];

choice! {
    /// What one process of an installation does.
    Role { All = "all", Web = "web", Intake = "intake", Worker = "worker" }
}

choice! {
    /// Whether the doors ask name servers.
    Dns { Auto = "auto", On = "on", Off = "off" }
}

choice! {
    /// How the connection to the outgoing server is kept private.
    MailTls { Starttls = "starttls", Implicit = "implicit", Opportunistic = "opportunistic", None = "none" }
}

choice! {
    /// How we prove to the outgoing server who we are.
    MailAuth { Password = "password", Xoauth2 = "xoauth2" }
}

choice! {
    /// The form of log lines.
    LogFormat { Text = "text", Json = "json" }
}

/// A value that is never printed: not by `{:?}`, not in an error, not in a log.
#[derive(Clone, Default)]
pub struct Secret(SecretString);

impl Secret {
    /// The value itself. Keep it short-lived.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "(none)" } else { "(secret)" })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(Self::from)
    }
}
