//! `countersign serve`: page, doors, worker and senders in one process, or some of them by `--role`.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::doors::Doors;
use super::{Exit, house, say};
use crate::clock::parse_start;
use crate::config::{Config, Role};
use crate::desk::Desk;
use crate::dispatch::{Post, Sender, clockwork};
use crate::identity::{Identity, Ways};
use crate::intake::worker;
use crate::probe::AllowList;
use crate::reach::Client;
use crate::telemetry;
use crate::web::assets::Assets;
use crate::web::{self, App, Probes, Site};

/// How often the heads of the record are signed, and expired sessions and links forgotten.
const HOUSEKEEPING: Duration = Duration::from_secs(3600);

/// How long the relay between processes rests after the database failed it.
const RELAY_REST: Duration = Duration::from_secs(5);

/// Runs the server: the page and its API, the doors for mail, the worker that reads, and the senders.
///
/// Refuses to start without a way to send mail (mail.host), except with --local.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  countersign serve --local\n  countersign serve --local --clock 2024-06-01\n  countersign \
                        --config /etc/countersign.toml serve --role worker"
)]
pub(super) struct Arguments {
    /// For one machine: mails go to a folder and the Outbox page. The same as server.local_mode = true.
    #[arg(long)]
    local: bool,
    /// What this process does. Splitting needs PostgreSQL.
    #[arg(long, value_enum)]
    role: Option<Role>,
    /// Starts the business clock at this date or time; it runs on at normal speed. Only in local mode.
    #[arg(long, value_name = "DATE", value_parser = parse_start)]
    clock: Option<chrono::DateTime<chrono::Utc>>,
}

pub(super) async fn run(arguments: Arguments, mut config: Config) -> anyhow::Result<Exit> {
    config.server.local_mode |= arguments.local;
    config.server.role = arguments.role.unwrap_or(config.server.role);
    let mut objections = config.objections();
    if arguments.clock.is_some() && !config.server.local_mode {
        objections.push("--clock is for local mode: real reminders count by the real time".to_owned());
    }
    if !objections.is_empty() {
        objections.iter().for_each(|objection| say(objection));
        return Ok(Exit::Wrong);
    }
    telemetry::start(&config.telemetry)?;
    // Whoever set one before us set the same; with none, rustls could not choose.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let desk = house::open(&config, house::Schema::BringUpToDate, arguments.clock).await?;
    Server::start(config, desk).await?.until_stopped().await
}

/// Everything that runs in this process.
struct Server {
    tasks: JoinSet<anyhow::Result<&'static str>>,
    shutdown: CancellationToken,
    desk: Desk,
}

impl Server {
    /// Opens every port before anything runs, so that a port that is taken is told at once.
    async fn start(config: Config, desk: Desk) -> anyhow::Result<Self> {
        let mut server = Self { tasks: JoinSet::new(), shutdown: CancellationToken::new(), desk };
        server.start_relay();
        let role = config.server.role;
        let does = |one: Role| role == Role::All || role == one;
        let doors = Doors::new(server.desk.clone(), &config)?;
        if does(Role::Web) {
            server.open_web(&config, &doors).await?;
        }
        if does(Role::Intake) {
            server.open_doors(&config, &doors).await?;
        }
        if does(Role::Worker) {
            server.start_worker(&config);
            server.start_watch(&config, &doors);
            server.start_sender(&config)?;
        }
        if does(Role::Web) {
            server.greet(&config).await?;
        }
        Ok(server)
    }

    async fn open_web(&mut self, config: &Config, doors: &Doors) -> anyhow::Result<()> {
        let address = config.web.listen;
        let listener = TcpListener::bind(address).await.with_context(|| taken("web.listen", &address.to_string()))?;
        let mut site = Site::at(&config.server.public_url, config.smtp.max_message_bytes);
        site.behind_proxy = config.web.behind_proxy;
        site.checkpoints = config.checkpoints_file();
        let allow = AllowList::parse(&config.probe.allow).context("probe.allow")?;
        site.probes = Probes { vantage: config.probe.vantage.clone(), allow };
        site.hooks = Client::new(&config.hooks).map_err(anyhow::Error::msg)?;
        site.doors = doors.hooks(config)?;
        if !config.web.page.as_os_str().is_empty() {
            site.page = Assets::folder(config.web.page.clone());
        }
        let ways = Ways::from_config(&config.sign_in, &config.server.public_url, &config.server.name);
        let app = App::new(self.desk.clone(), site).with_ways(ways.map_err(anyhow::Error::msg)?);
        let stop = self.shutdown.clone();
        self.tasks.spawn(async move {
            web::serve(listener, app, stop.cancelled_owned()).await.context("the page stopped")?;
            Ok("web")
        });
        Ok(())
    }

    async fn open_doors(&mut self, config: &Config, doors: &Doors) -> anyhow::Result<()> {
        for (door, channel) in doors.mail(config).await? {
            let shutdown = self.shutdown.clone();
            self.tasks.spawn(async move {
                door.serve(shutdown).await;
                Ok(channel)
            });
        }
        for reader in doors.mailboxes(config)? {
            let shutdown = self.shutdown.clone();
            self.tasks.spawn(async move {
                reader.run(shutdown).await;
                Ok("imap")
            });
        }
        if !config.poll.sources.is_empty() {
            let (doors, config, shutdown) = (doors.clone(), config.clone(), self.shutdown.clone());
            self.tasks.spawn(async move {
                doors.poll(config, shutdown).await;
                Ok("pollers")
            });
        }
        Ok(())
    }

    /// Watches over the channels where mails go out from: the alarm needs no channel in.
    fn start_watch(&mut self, config: &Config, doors: &Doors) {
        let (doors, config, shutdown) = (doors.clone(), config.clone(), self.shutdown.clone());
        self.tasks.spawn(async move {
            doors.watch(config, shutdown).await;
            Ok("watch")
        });
    }

    fn start_worker(&mut self, config: &Config) {
        let every = Duration::from_secs(config.worker.poll_seconds.max(1));
        let (desk, batch, shutdown) = (self.desk.clone(), config.worker.batch.max(1), self.shutdown.clone());
        self.tasks.spawn(async move {
            worker::run(desk, batch, every, shutdown).await;
            Ok("worker")
        });
        let (desk, identity, shutdown) = (self.desk.clone(), self.identity(), self.shutdown.clone());
        let checkpoints = config.checkpoints_file();
        self.tasks.spawn(async move {
            while shutdown.run_until_cancelled(tokio::time::sleep(HOUSEKEEPING)).await.is_some() {
                keep_house(&desk, &identity, &checkpoints).await;
            }
            Ok("housekeeping")
        });
    }

    /// Tells the installation's other processes what changes here, and hears them.
    fn start_relay(&mut self) {
        let (desk, shutdown) = (self.desk.clone(), self.shutdown.clone());
        self.tasks.spawn(async move {
            while let Some(Err(error)) = shutdown.run_until_cancelled(desk.relay()).await {
                tracing::warn!(%error, "other processes are not heard; trying again");
                shutdown.run_until_cancelled(tokio::time::sleep(RELAY_REST)).await;
            }
            shutdown.cancelled().await;
            Ok("relay")
        });
    }

    fn identity(&self) -> Identity {
        Identity::new(self.desk.store.clone(), self.desk.ids.clone(), self.desk.entropy.clone())
    }

    fn start_sender(&mut self, config: &Config) -> anyhow::Result<()> {
        let sender = Sender::new(self.desk.clone(), Post::from_config(config)?, config)?;
        let every = Duration::from_secs(config.dispatch.tick_seconds.max(1));
        let (desk, shutdown) = (self.desk.clone(), self.shutdown.clone());
        self.tasks.spawn(async move {
            clockwork::run(desk, sender, every, shutdown).await;
            Ok("dispatch")
        });
        Ok(())
    }

    /// Says on standard output where everything is. The link is a secret and goes to no log.
    async fn greet(&self, config: &Config) -> anyhow::Result<()> {
        let url = &self.desk.settings.public_url;
        println!("Countersign is at {url}");
        if !config.smtp.listen.is_empty() {
            println!("Mail is taken at {} (SMTP)", config.smtp.listen);
        }
        if config.server.local_mode {
            println!("Local mode: mails go to {} and to {url}/outbox", shown(&config.outbox_folder()));
        }
        if self.desk.clock.is_set() {
            println!("The clock began at {}", self.desk.clock.now().to_rfc3339());
        }
        if let Some(link) = self.identity().setup_link().await? {
            println!(
                "\nMake the first administrator here (the link works once):\n{url}/setup/{}",
                link.secret.expose_secret()
            );
        }
        if std::io::stdout().is_terminal() {
            println!("\nStop with Ctrl-C.");
        }
        Ok(())
    }

    /// Runs until a signal, or until one part fails; then stops the others in order.
    async fn until_stopped(mut self) -> anyhow::Result<Exit> {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let mut failure = tokio::select! {
            _ = interrupt.recv() => None,
            _ = terminate.recv() => None,
            ended = self.tasks.join_next() => ended.and_then(fault),
        };
        tracing::info!("stopping");
        self.shutdown.cancel();
        loop {
            tokio::select! {
                ended = self.tasks.join_next() => match ended {
                    Some(ended) => failure = failure.or(fault(ended)),
                    None => break,
                },
                // Whoever asks twice does not want to wait. What was acknowledged is on disk.
                _ = interrupt.recv() => return Ok(Exit::No),
            }
        }
        self.desk.store.clone().close().await?;
        failure.map_or(Ok(Exit::Fine), Err)
    }
}

/// What is due once an hour. What fails is told and comes again the next hour.
async fn keep_house(desk: &Desk, identity: &Identity, checkpoints: &Path) {
    match desk.checkpoint(checkpoints).await {
        Ok(Some(_)) => tracing::info!(file = %checkpoints.display(), "the heads of the record are signed"),
        Ok(None) => {}
        Err(error) => tracing::error!(%error, "the heads of the record could not be signed"),
    }
    if let Err(error) = identity.sweep().await {
        tracing::warn!(%error, "expired sessions and links could not be swept");
    }
}

fn fault(ended: Result<anyhow::Result<&'static str>, tokio::task::JoinError>) -> Option<anyhow::Error> {
    match ended {
        Ok(Ok(part)) => {
            tracing::debug!(part, "stopped");
            None
        }
        Ok(Err(error)) => Some(error),
        Err(error) => Some(error.into()),
    }
}

pub(super) fn taken(key: &str, address: &str) -> String {
    format!(
        "{key} = \"{address}\" cannot be listened on; another program may have it, or another countersign runs here"
    )
}

fn shown(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
