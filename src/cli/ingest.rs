//! `countersign ingest`: takes one mail from a pipe, as a mail server's delivery agent hands it over.

use std::io::stdin;

use super::{Exit, house, say};
use crate::config::Config;
use crate::intake::pipe;

/// Takes one mail from standard input and keeps it, as a mail server's delivery agent expects.
///
/// Ends with 0 once the mail is committed, and with 75 (EX_TEMPFAIL) where it cannot be kept at the moment, so that the
/// mail server keeps it and tries again.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  countersign ingest < notice.eml\n  # Postfix, in main.cf:\n  mailbox_command = \
                        /usr/local/bin/countersign --config /etc/countersign.toml ingest --from \"$SENDER\"")]
pub(super) struct Arguments {
    /// The sender of the envelope.
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// A recipient of the envelope; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    to: Vec<String>,
}

pub(super) async fn run(arguments: Arguments, config: Config) -> anyhow::Result<Exit> {
    let limit = config.smtp.max_message_bytes;
    let Some(raw) = pipe::read_limited(stdin().lock(), limit)? else {
        say(&format!("the mail is larger than the {limit} bytes of smtp.max_message_bytes"));
        return Ok(Exit::No);
    };
    let kept = async {
        let desk = house::open(&config, house::Schema::MustBeCurrent, None).await?;
        let received = pipe::keep(&desk, raw, arguments.from, arguments.to).await?;
        anyhow::Ok(received.message_id)
    };
    match kept.await {
        Ok(id) => {
            println!("{id}");
            Ok(Exit::Fine)
        }
        Err(error) => {
            say(&format!("the mail cannot be kept at the moment: {error:#}"));
            Ok(Exit::TryAgain)
        }
    }
}
