//! The doors of which an installation may have several: addresses, hooks, mailboxes, pollers. Each is one table of a list.

use serde::Deserialize;

use super::keys::{Secret, choice};

/// An address of the mail door with a channel of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    pub address: String,
    pub channel: String,
    #[serde(default)]
    pub secret: Secret,
}

choice! {
    /// Who calls a hook, which says how they prove it.
    Adapter {
        Sns = "sns", Ses = "ses", Eventbridge = "eventbridge", Azure = "azure", Pubsub = "pubsub",
        Statuspage = "statuspage", Generic = "generic", Postmark = "postmark", Mailgun = "mailgun",
        Sendgrid = "sendgrid",
    }
}

/// One hook, reached at `/in/<name>`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    pub name: String,
    pub adapter: Adapter,
    /// The key, password or signing secret that the sender was given.
    #[serde(default)]
    pub secret: Secret,
    /// `postmark`, `sendgrid`: the user that stands before the password.
    #[serde(default)]
    pub username: String,
    /// `eventbridge`: the header with the key. Empty: `x-api-key`.
    #[serde(default)]
    pub header: String,
    /// `sns`, `ses`: the ARNs of our own topics.
    #[serde(default)]
    pub topics: Vec<String>,
    /// `pubsub`: the audience of the push subscription's token.
    #[serde(default)]
    pub audience: String,
    /// `pubsub`: the service account of the push subscription.
    #[serde(default)]
    pub email: String,
    /// `sendgrid`: the verification key, base64 of its DER.
    #[serde(default)]
    pub public_key: String,
    /// `statuspage`: the poller that reads the page again.
    #[serde(default)]
    pub source: String,
}

choice! {
    /// How the connection to a mailbox is kept private.
    ImapTls { Implicit = "implicit", Starttls = "starttls", None = "none" }
}

/// One mailbox.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    pub name: String,
    pub host: String,
    /// 0: 993 for implicit TLS, else 143.
    #[serde(default)]
    pub port: u16,
    #[serde(default = "implicit")]
    pub tls: ImapTls,
    /// A PEM file with the authority of your own mail server.
    #[serde(default)]
    pub ca_file: String,
    pub username: String,
    #[serde(default)]
    pub password: Secret,
    /// XOAUTH2 instead of a password: where a refresh token becomes an access token, such as
    /// `https://oauth2.googleapis.com/token`.
    #[serde(default)]
    pub token_url: String,
    #[serde(default)]
    pub client_id: String,
    #[serde(default)]
    pub client_secret: Secret,
    #[serde(default)]
    pub refresh_token: Secret,
    #[serde(default)]
    pub scope: String,
    #[serde(default = "inbox")]
    pub folder: String,
    /// Where a mail goes once it is kept. Empty: it stays, marked as seen.
    #[serde(default)]
    pub move_to: String,
    /// How often to look where the server does not tell by itself, in seconds.
    #[serde(default = "minute")]
    pub every_seconds: u32,
}

fn implicit() -> ImapTls {
    ImapTls::Implicit
}

fn inbox() -> String {
    "INBOX".to_owned()
}

const fn minute() -> u32 {
    60
}

choice! {
    /// What a poller reads.
    Poll { Statuspage = "statuspage", Feed = "feed", Endoflife = "endoflife", Rds = "rds", Health = "health" }
}

/// One thing that is read again and again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub name: String,
    pub adapter: Poll,
    /// 0: 300 for statuspage, 900 for feed and health, 3600 for rds, 86400 for endoflife.
    #[serde(default)]
    pub every_seconds: u32,
    /// `statuspage`: the page's address. `feed`: the feed's. `endoflife`: another server than endoflife.date.
    #[serde(default)]
    pub url: String,
    /// `endoflife`: what runs here, each as product/cycle, such as "amazon-rds-postgresql/13".
    #[serde(default)]
    pub products: Vec<String>,
    /// `rds`: the regions to look at.
    #[serde(default)]
    pub regions: Vec<String>,
    /// `rds`, `health`: a role to take on for each account; empty: the credentials as they are.
    #[serde(default)]
    pub roles: Vec<String>,
    #[serde(default)]
    pub external_id: String,
    /// `rds`, `health`: empty: as the AWS tools find them (environment, profile, web identity, container, instance).
    #[serde(default)]
    pub access_key: String,
    #[serde(default)]
    pub secret_key: Secret,
    /// `rds`, `health`: another address than Amazon's, such as that of a VPC endpoint.
    #[serde(default)]
    pub endpoint: String,
    /// `rds`: an instance whose certificate runs out within so many days is announced. 0: 180.
    #[serde(default)]
    pub horizon_days: u32,
}

impl Source {
    /// Seconds from one reading to the next.
    #[must_use]
    pub const fn every(&self) -> u32 {
        match (self.every_seconds, self.adapter) {
            (0, Poll::Statuspage) => 300,
            (0, Poll::Feed | Poll::Health) => 900,
            (0, Poll::Rds) => 3600,
            (0, Poll::Endoflife) => 86_400,
            // Nobody's API is to be asked more often, whatever is set.
            (given, _) if given < 10 => 10,
            (given, _) => given,
        }
    }
}
