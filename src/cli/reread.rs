//! `countersign reread`: what filed messages say to today's reader that they did not say when they came. Changes nothing.

use super::{Exit, house};
use crate::config::Config;
use crate::web::show::difference_sentence;

/// Read every filed message again, and print what reads differently. Notices stay as they are: people take over what is right.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  countersign reread          # after an upgrade, or with a new profile in reading.providers\n\nExits with 1 where \
                  anything reads differently."
)]
pub(super) struct Arguments {}

pub(super) async fn run(_: Arguments, config: Config) -> anyhow::Result<Exit> {
    let desk = house::open(&config, house::Schema::MustBeCurrent, None).await?;
    let messages = desk.filed_messages().await?;
    let (read, mut found) = (messages.len(), 0_usize);
    for message in messages {
        match desk.reread(message).await {
            Ok(told) => {
                for reread in told {
                    for difference in reread.differences {
                        found += 1;
                        println!("N-{}  message {message}: {}", reread.number, difference_sentence(&difference));
                    }
                }
            }
            Err(error) => eprintln!("message {message}: {error}"),
        }
    }
    println!("{read} messages read again, {found} things differ");
    Ok(if found == 0 { Exit::Fine } else { Exit::No })
}
