//! `countersign admin`: what an administrator does at the machine itself, where no page can be reached yet.

use clap::Subcommand;
use secrecy::ExposeSecret;

use super::{Exit, house, say};
use crate::config::Config;
use crate::identity::Identity;

/// What an administrator does at the machine itself.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prints a one-time link that makes the first administrator.
    #[command(after_help = "Example:\n  countersign admin setup-link")]
    SetupLink,
}

pub(super) async fn run(arguments: Arguments, config: Config) -> anyhow::Result<Exit> {
    let desk = house::open(&config, house::Schema::BringUpToDate, None).await?;
    match arguments.command {
        Command::SetupLink => {
            let identity = Identity::new(desk.store.clone(), desk.ids.clone(), desk.entropy.clone());
            let Some(link) = identity.setup_link().await? else {
                say("there is an administrator already; they invite others on the page People");
                return Ok(Exit::No);
            };
            println!("{}/setup/{}", desk.settings.public_url, link.secret.expose_secret());
            Ok(Exit::Fine)
        }
    }
}
