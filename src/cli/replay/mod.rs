//! `countersign replay`: the story that this product exists for, on a clock of its own, with the shipped procedures, through
//! the real desk. Needs no configuration, touches no data and sends nothing.

mod acts;
mod stage;
mod stories;
mod tell;

use clap::ValueEnum;

use super::{Exit, complain};
use tell::Teller;

/// Replay the outage of 22 August 2024: first as it went, with nobody acting, then as it goes when they act.
///
/// Coveralls was down for 2 h 17 min that day. The certificate authority rds-ca-2019 had expired at 17:08:50 UTC, and AWS had
/// announced it for months. Plays on a database of its own that goes away with the story.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  countersign replay\n  countersign replay --story silence --every\n  countersign replay | less -R"
)]
pub(super) struct Arguments {
    /// Only one of the two.
    #[arg(long, value_enum)]
    story: Option<Story>,
    /// Tell every morning's mails by themselves; else mornings that are alike are told as one line.
    #[arg(long)]
    every: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Story {
    /// The mails come, and nobody acts.
    Silence,
    /// The mails come, and they act.
    Acting,
}

pub(super) fn run(arguments: &Arguments) -> Exit {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.into()),
    };
    match runtime.block_on(play(arguments)) {
        Ok(()) => Exit::Fine,
        Err(error) => complain(&error),
    }
}

async fn play(arguments: &Arguments) -> anyhow::Result<()> {
    let tell = Teller::to_stdout();
    tell.paragraph(
        "On 22 August 2024 Coveralls was down for 2 h 17 min: the certificate authority rds-ca-2019 had expired at 17:08:50 \
         UTC. AWS had written in September 2023, in January and in June 2024; it was taken for housekeeping. This is that \
         year again, in a house with two engineers (Ines, Jonas), a lead (Mara) and an executive (Theo). All times are UTC.",
    );
    if arguments.story != Some(Story::Acting) {
        stories::silence(arguments.every).await?;
    }
    if arguments.story != Some(Story::Silence) {
        stories::acting(arguments.every).await?;
    }
    Ok(())
}
