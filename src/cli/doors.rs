//! What `serve` opens for notices to come in by: mail doors, hooks, mailboxes, pollers, and the watch over all of them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::desk::Desk;
use crate::desk::providers::installed;
use crate::intake::authenticity::Judge;
use crate::intake::hooks::{self, Certificates, Shared, TokenKeys};
use crate::intake::http::Http;
use crate::intake::imap::{self, Reader};
use crate::intake::keeper::{self, DeskKeeper};
use crate::intake::pollers::{self, Poller, Wake};
use crate::intake::smtp::data::Held;
use crate::intake::smtp::listener::tls_acceptor;
use crate::intake::smtp::{Door, Limits, Protocol, Recipients, Rules, Security};

/// How often channels are looked at: silences are days long, a canary an hour.
const WATCH: Duration = Duration::from_secs(60);

/// What the doors of this process share.
#[derive(Clone)]
pub(super) struct Doors {
    pub desk: Desk,
    judge: Arc<Judge>,
    http: Http,
    wake: Wake,
    holder: String,
}

impl Doors {
    pub(super) fn new(desk: Desk, config: &Config) -> anyhow::Result<Self> {
        let judge = Arc::new(keeper::judge(config, &installed()));
        let http = Http::new().context("no HTTP client can be made")?;
        let holder = desk.ids.id().to_string();
        Ok(Self { desk, judge, http, wake: Wake::default(), holder })
    }

    /// The routes of the hooks.
    pub(super) fn hooks(&self, config: &Config) -> anyhow::Result<axum::Router> {
        let shared = Shared {
            desk: self.desk.clone(),
            judge: Arc::clone(&self.judge),
            http: self.http.clone(),
            certificates: Certificates::default(),
            tokens: TokenKeys::default(),
            wake: Arc::clone(&self.wake),
            most: config.smtp.max_message_bytes,
        };
        hooks::router(shared, &config.inbound.hooks).map_err(|told| anyhow!(told))
    }

    /// The mail doors that the configuration opens, each with its channel's name.
    pub(super) async fn mail(&self, config: &Config) -> anyhow::Result<Vec<(Door<DeskKeeper>, &'static str)>> {
        let held = Held::new(config.smtp.max_held_bytes);
        let doors = [
            (config.smtp.listen.as_str(), Protocol::Smtp, false, "smtp", "smtp.listen"),
            (config.smtp.tls_listen.as_str(), Protocol::Smtp, true, "smtp", "smtp.tls_listen"),
            (config.lmtp.listen.as_str(), Protocol::Lmtp, false, "lmtp", "lmtp.listen"),
        ];
        let mut open = Vec::new();
        for (address, protocol, implicit, channel, key) in doors {
            if !address.is_empty() {
                let keeper = DeskKeeper::new(self.desk.clone(), Arc::clone(&self.judge), channel);
                let door = door(config, address, (protocol, implicit), held.clone(), keeper)
                    .await
                    .with_context(|| super::serve::taken(key, address))?;
                tracing::info!(address = %door.address()?, channel, "listening");
                open.push((door, channel));
            }
        }
        Ok(open)
    }

    /// A reader for each mailbox.
    pub(super) fn mailboxes(&self, config: &Config) -> anyhow::Result<Vec<Reader>> {
        let all = config.imap.mailboxes.iter().map(|mailbox| {
            imap::tls_connector(&mailbox.ca_file)?;
            Ok(Reader {
                desk: self.desk.clone(),
                judge: Arc::clone(&self.judge),
                http: self.http.clone(),
                mailbox: mailbox.clone(),
                holder: self.holder.clone(),
                lease: Duration::from_secs(config.imap.lease_seconds.max(2).into()),
                most: config.smtp.max_message_bytes,
                tokens: imap::Tokens::default(),
            })
        });
        all.collect()
    }

    /// Reads the sources that are polled, until `shutdown`.
    pub(super) async fn poll(self, config: Config, shutdown: CancellationToken) {
        let lease = Duration::from_secs(config.poll.lease_seconds.max(2).into());
        let poller = Poller { desk: self.desk, http: self.http, holder: self.holder, lease };
        poller.run(config.poll.sources, self.wake, shutdown).await;
    }

    /// Watches over all channels, until `shutdown`.
    pub(super) async fn watch(self, config: Config, shutdown: CancellationToken) {
        let expected = expected(&config);
        loop {
            let watched = match self.desk.know_channels(&expected).await {
                Ok(()) => self.desk.watch_channels().await,
                Err(error) => Err(error),
            };
            if let Err(error) = watched {
                tracing::error!(%error, "the channels could not be looked at; they will be in a minute");
            }
            if shutdown.run_until_cancelled(tokio::time::sleep(WATCH)).await.is_none() {
                return;
            }
        }
    }
}

/// The channels that the configuration names.
fn expected(config: &Config) -> Vec<String> {
    let addresses = config.smtp.addresses.iter().map(|address| format!("smtp/{}", address.channel));
    // A hint brings no message; its poller does.
    let hooks = config.inbound.hooks.iter().filter(|hook| hook.source.is_empty()).map(hooks::channel);
    let mailboxes = config.imap.mailboxes.iter().map(|mailbox| format!("imap/{}", mailbox.name));
    let sources = config.poll.sources.iter().map(pollers::channel);
    addresses.chain(hooks).chain(mailboxes).chain(sources).collect()
}

async fn door(
    config: &Config,
    address: &str,
    (protocol, implicit): (Protocol, bool),
    held: Held,
    keeper: DeskKeeper,
) -> anyhow::Result<Door<DeskKeeper>> {
    let smtp = &config.smtp;
    let rules = Rules {
        protocol,
        hostname: config.smtp_hostname(),
        recipients: Recipients::parse(&smtp.recipients, &smtp.addresses)?,
        max_message: smtp.max_message_bytes,
        max_recipients: smtp.max_recipients,
        starttls: false,
        held,
    };
    let limits = Limits {
        connections: smtp.max_connections,
        connections_per_peer: smtp.max_connections_per_peer,
        mails_per_minute: (smtp.max_mails_per_minute > 0).then_some(smtp.max_mails_per_minute),
        idle: Duration::from_secs(smtp.idle_seconds.max(1)),
    };
    let security = if smtp.tls_certificate.as_os_str().is_empty() {
        Security::Plain
    } else {
        let acceptor = tls_acceptor(&smtp.tls_certificate, &smtp.tls_key)?;
        if implicit { Security::Implicit(acceptor) } else { Security::Starttls(acceptor) }
    };
    Ok(Door::bind(address, rules, Arc::new(keeper), limits, security).await?)
}
