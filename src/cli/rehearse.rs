//! `countersign rehearse`: which mail would go to whom when, from now to the provider's date. Sends nothing.

use std::path::PathBuf;

use super::{Exit, house, say};
use crate::clock::parse_start;
use crate::config::Config;
use crate::desk::outward::rehearsal::{Rehearsal, Rehearsed, arrives};
use crate::desk::{DeskError, NoticeRef};
use crate::notice::context::Context;
use crate::notice::reminder::{Manner, Reminder};

/// Prints every mail that a notice would cause, to whom and when, until its dates have passed. Sends nothing.
///
/// Without --silence, as if each gate passed on the moment it is due; with it, as if nobody did anything at all. With
/// --procedure or --draft, as it would be under that procedure; and without a notice, on one made up for it, whose date is 90
/// days off.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  countersign rehearse N-12\n  countersign rehearse 12 --silence\n  countersign rehearse 12 \
                        --clock 2024-06-01\n  countersign rehearse --procedure certificate_rotation\n  countersign rehearse \
                        12 --draft procedures/ours.toml"
)]
pub(super) struct Arguments {
    /// The notice's number or id.
    #[arg(required_unless_present_any = ["procedure", "draft"])]
    notice: Option<NoticeRef>,
    /// As if nobody did anything at all.
    #[arg(long)]
    silence: bool,
    /// Under this procedure, by its id.
    #[arg(long, value_name = "ID", conflicts_with = "draft")]
    procedure: Option<String>,
    /// Under the procedure in this file.
    #[arg(long, value_name = "FILE")]
    draft: Option<PathBuf>,
    /// The time from which to look, instead of now.
    #[arg(long, value_name = "DATE", value_parser = parse_start)]
    clock: Option<chrono::DateTime<chrono::Utc>>,
}

pub(super) async fn run(arguments: Arguments, config: Config) -> anyhow::Result<Exit> {
    let document = match &arguments.draft {
        Some(path) => match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) => {
                say(&format!("{}: {error}", path.display()));
                return Ok(Exit::Wrong);
            }
        },
        None => None,
    };
    let desk = house::open(&config, house::Schema::MustBeCurrent, arguments.clock).await?;
    let of = Rehearsed { notice: arguments.notice, procedure: arguments.procedure, document, hard_deadline: None };
    let (played, context) = match desk.rehearsal(of).await {
        Err(DeskError::NotFound { what, id }) => {
            say(&format!("there is no {what} “{id}”"));
            return Ok(Exit::No);
        }
        Err(DeskError::Invalid { message, .. }) => {
            say(&message);
            return Ok(Exit::Wrong);
        }
        other => other?,
    };
    if arguments.silence {
        print(&played.silence, &played, &context);
    } else {
        for act in &played.in_time {
            println!("# {}: asked {}, due {}", act.gate, act.asked.format("%Y-%m-%d"), act.due.format("%Y-%m-%d"));
            print(&act.reminders, &played, &context);
        }
    }
    Ok(Exit::Fine)
}

fn print(reminders: &[Reminder], played: &Rehearsal, context: &Context) {
    let mut lines: Vec<_> = reminders.iter().map(|reminder| (arrives(reminder, context), reminder)).collect();
    lines.sort_by_key(|((at, _), reminder)| (*at, reminder.person));
    for ((at, manner), reminder) in lines {
        let name = played.names.get(&reminder.person.0).map_or("(unknown)", String::as_str);
        let level = reminder.level.as_ref().map(ToString::to_string).unwrap_or_default();
        let how = if manner == Manner::Digest { "digest" } else { reminder.template() };
        println!("{}Z  {how:<9}  {:<8}  {level:<9}  {name}", at.format("%Y-%m-%d %H:%M"), reminder.gate.to_string());
    }
}
