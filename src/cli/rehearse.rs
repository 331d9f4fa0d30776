//! `countersign rehearse`: which mail would go to whom when, from now to the provider's date. Sends nothing.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Exit, house, say};
use crate::clock::parse_start;
use crate::config::Config;
use crate::desk::{DeskError, NoticeRef};
use crate::notice::reminder::{self, Reminder};

/// Prints every mail that a notice would cause, to whom and when, until its dates have passed. Sends nothing.
///
/// Without --silence, as if each gate passed on the moment it is due; with it, as if nobody did anything at all.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  countersign rehearse N-12\n  countersign rehearse 12 --silence\n  countersign rehearse 12 \
                        --clock 2024-06-01"
)]
pub(super) struct Arguments {
    /// The notice's number or id.
    notice: NoticeRef,
    /// As if nobody did anything at all.
    #[arg(long)]
    silence: bool,
    /// The time from which to look, instead of now.
    #[arg(long, value_name = "DATE", value_parser = parse_start)]
    clock: Option<chrono::DateTime<chrono::Utc>>,
}

pub(super) async fn run(arguments: Arguments, config: Config) -> anyhow::Result<Exit> {
    let desk = house::open(&config, house::Schema::MustBeCurrent, arguments.clock).await?;
    let case = match desk.case(arguments.notice).await {
        Err(DeskError::NotFound { what, id }) => {
            say(&format!("there is no {what} “{id}”"));
            return Ok(Exit::No);
        }
        other => other?,
    };
    let context = desk.context(desk.store.reader()).await?;
    let names: BTreeMap<Uuid, String> = desk.people().await?.into_iter().map(|p| (p.id, p.name)).collect();
    let print = |reminder: &Reminder| {
        let name = names.get(&reminder.person.0).map_or("(unknown)", String::as_str);
        let level = reminder.level.as_ref().map(ToString::to_string).unwrap_or_default();
        let at = reminder.at.format("%Y-%m-%d %H:%M");
        println!("{at}Z  {:<9}  {:<8}  {level:<9}  {name}", reminder.template(), reminder.gate.to_string());
    };
    if arguments.silence {
        reminder::schedule(&case, &context).iter().filter(|reminder| reminder.at >= context.now).for_each(print);
    } else {
        for act in reminder::rehearse(&case, &context) {
            println!("# {}: asked {}, due {}", act.gate, act.asked.format("%Y-%m-%d"), act.due.format("%Y-%m-%d"));
            act.reminders.iter().for_each(print);
        }
    }
    Ok(Exit::Fine)
}
