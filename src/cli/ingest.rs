//! `countersign ingest`: takes one mail from a pipe, as a mail server's delivery agent hands it over.

use std::io::stdin;

use super::{Exit, house, say};
use crate::config::Config;
use crate::intake::pipe;
use crate::reading::outlook;

/// Takes one mail from standard input and keeps it, as a mail server's delivery agent expects. Outlook's .msg files, calendars
/// and the JSON of each known format are taken too.
///
/// Ends with 0 once the mail is committed. With 75 (EX_TEMPFAIL) where it cannot be kept at the moment, such as when the
/// database is away or locked or the configuration cannot be read: the mail server keeps the mail and tries again. With 65
/// (EX_DATAERR) where it can never be kept: it is empty, larger than smtp.max_message_bytes, or a damaged .msg file. With 64
/// (EX_USAGE) for arguments that it does not know.
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
        return Ok(Exit::Data);
    };
    if raw.is_empty() {
        say("there is nothing on standard input");
        return Ok(Exit::Data);
    }
    if let Err(bad) = outlook::check(&raw) {
        say(&bad.to_string());
        return Ok(Exit::Data);
    }
    let desk = house::open(&config, house::Schema::MustBeCurrent, None).await?;
    let received = pipe::keep(&desk, raw, arguments.from, arguments.to).await?;
    println!("{}", received.message_id);
    Ok(Exit::Fine)
}

/// Whatever hinders us may be mended, a configuration with a slip in it included; a mail that bounces is gone.
pub(super) const fn exit(exit: Exit) -> Exit {
    match exit {
        Exit::No | Exit::Wrong => Exit::TryAgain,
        other => other,
    }
}
