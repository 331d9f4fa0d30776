//! `countersign erase`: the right to be forgotten, at the machine itself.

use uuid::Uuid;

use super::{Exit, house, say};
use crate::config::Config;
use crate::desk::{DeskError, NoticeRef};
use crate::notice::event::Actor;
use crate::notice::text::Digest;

/// Forget something for good: a person, a message, what was written, a file. The record still verifies and says "erased on …".
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// A person's name, address and everything they wrote. Their account is closed; where they signed, an id stays.
    #[command(after_help = "Example:\n  countersign erase person grace@example.com")]
    Person {
        /// The person's mail address.
        address: String,
    },
    /// A message's bytes, what was read in it and who sent it. Its notices keep the facts that people work by.
    #[command(after_help = "Example:\n  countersign erase message 018fd118-97d2-7000-9164-af346c68194c")]
    Message {
        /// The message's id, as its page has it in the address.
        id: Uuid,
    },
    /// What was written in one entry of a notice's record: a comment, a reason, a statement.
    #[command(after_help = "Example:\n  countersign erase text N-12 17")]
    Text {
        /// The notice's number or id.
        notice: NoticeRef,
        /// The entry's number in the notice's record.
        entry: u64,
    },
    /// A file that was attached to a step, or what a probe saw.
    #[command(
        after_help = "Example:\n  countersign erase file N-12 9f2c4b1e77a0d3c58e6f1b2a4c9d0e7f9f2c4b1e77a0d3c58e6f1b2a4c9d0e7f"
    )]
    File {
        /// The notice's number or id.
        notice: NoticeRef,
        /// The file's digest, as the step shows it.
        digest: Digest,
    },
}

pub(super) async fn run(arguments: Arguments, config: Config) -> anyhow::Result<Exit> {
    let desk = house::open(&config, house::Schema::MustBeCurrent, None).await?;
    let erased = match arguments.command {
        Command::Person { address } => match desk.person_by_email(&address).await? {
            Some(person) => desk.erase_person(Actor::System, person.id).await,
            None => Err(DeskError::NotFound { what: "person", id: address }),
        },
        Command::Message { id } => desk.erase_message(Actor::System, id).await,
        Command::Text { notice, entry } => desk.erase_entry(Actor::System, notice, entry).await,
        Command::File { notice, digest } => desk.erase_evidence(Actor::System, notice, digest).await,
    };
    match erased {
        Ok(()) => {
            println!("Erased. Copies in backups and in mails that went out are yours to find.");
            Ok(Exit::Fine)
        }
        Err(DeskError::NotFound { what, id }) => {
            say(&format!("there is no {what} “{id}”"));
            Ok(Exit::No)
        }
        Err(error) => Err(error.into()),
    }
}
