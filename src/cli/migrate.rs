//! `countersign migrate`: brings the database up to date.

use anyhow::Context;

use super::{Exit, house};
use crate::config::Config;

/// Brings the database up to date. `serve` does so itself; this is for doing it beforehand, or for looking.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  countersign migrate\n  countersign migrate --pending && echo up to date\n  \
                        countersign migrate --rebuild-projections")]
pub(super) struct Arguments {
    /// Only say what is missing; exits with 1 where something is.
    #[arg(long)]
    pending: bool,
    /// Then drop the tables made for lists and search, and make them again from the record. Changes nothing else.
    #[arg(long, conflicts_with = "pending")]
    rebuild_projections: bool,
}

pub(super) async fn run(arguments: Arguments, config: Config) -> anyhow::Result<Exit> {
    let store = house::open_store(&config).await?;
    let pending = store.pending_migrations().await.context("what is missing cannot be told")?;
    for name in &pending {
        println!("{name}");
    }
    if arguments.pending {
        return Ok(if pending.is_empty() { Exit::Fine } else { Exit::No });
    }
    store.migrate().await.context("the database could not be brought up to date")?;
    println!("The database is up to date; {} migrations were run.", pending.len());
    store.close().await?;
    if arguments.rebuild_projections {
        let desk = house::open(&config, house::Schema::MustBeCurrent, None).await?;
        println!("The projections of {} notices were rebuilt.", desk.rebuild_projections().await?);
    }
    Ok(Exit::Fine)
}
