//! `countersign audit`: proves the record, and takes evidence away.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::Context;
use chrono::{DateTime, Utc};

use super::{Exit, house, say};
use crate::audit::{Judgement, Pack, Span, read_file};
use crate::clock::parse_start;
use crate::config::Config;
use crate::desk::NoticeRef;
use crate::notice::sight::Sight;
use crate::web::report;

/// Prove the record, or take evidence away.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Find any event, text or message that was edited, removed, reordered or cut off. Exits with 1 where there is one.
    #[command(after_help = "Examples:\n  countersign audit verify\n  countersign audit verify evidence.zip")]
    Verify {
        /// An evidence pack, verified without a database. Left out: the whole record of this installation.
        pack: Option<PathBuf>,
        /// The file of checkpoints kept apart from the database. Left out: checkpoints.jsonl in the data folder.
        #[arg(long, value_name = "FILE", conflicts_with = "pack")]
        checkpoints: Option<PathBuf>,
    },
    /// Write an evidence pack: the record, the raw messages, and a report of who knew and who signed.
    #[command(after_help = "Examples:\n  countersign audit export --out evidence.zip\n  \
                            countersign audit export --notice N-12 --out N-12.zip\n  \
                            countersign audit export --from 2024-07-01 --to 2024-10-01 --out quarter.zip")]
    Export {
        /// Where to write it. An existing file is not overwritten.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Only this notice; can be given more than once. Left out: all.
        #[arg(long, value_name = "NUMBER")]
        notice: Vec<NoticeRef>,
        /// Only notices to which something happened from this day or instant on, in UTC.
        #[arg(long, value_name = "DATE", value_parser = parse_start, conflicts_with = "notice")]
        from: Option<DateTime<Utc>>,
        /// Only notices to which something happened before this day or instant, in UTC.
        #[arg(long, value_name = "DATE", value_parser = parse_start, conflicts_with = "notice")]
        to: Option<DateTime<Utc>>,
    },
    /// Sign the ends of all streams now. `serve` does so every hour.
    #[command(after_help = "Example:\n  countersign audit checkpoint")]
    Checkpoint,
}

pub(super) async fn run(arguments: Arguments, config: Config) -> anyhow::Result<Exit> {
    match arguments.command {
        Command::Verify { pack: Some(path), .. } => verify_pack(&path),
        Command::Verify { pack: None, checkpoints } => {
            let file = read_file(&checkpoints.unwrap_or_else(|| config.checkpoints_file()))?;
            let desk = house::open(&config, house::Schema::MustBeCurrent, None).await?;
            Ok(tell(&desk.verify_record(&file).await?))
        }
        Command::Export { out, mut notice, from, to } => {
            let desk = house::open(&config, house::Schema::MustBeCurrent, None).await?;
            desk.checkpoint(&config.checkpoints_file()).await?;
            if from.is_some() || to.is_some() {
                notice = desk.notices_in(Sight::All, Span { from, to }).await?;
                if notice.is_empty() {
                    say("nothing happened to any notice in that time; no pack was written");
                    return Ok(Exit::No);
                }
            }
            let pack = desk.evidence(&notice).await?;
            let file = File::create_new(&out).with_context(|| format!("{} cannot be made", out.display()))?;
            pack.write(&desk, &report::html(&pack)?, file).await?;
            println!("{}: {} streams, {} messages", out.display(), pack.streams.len(), pack.messages.len());
            Ok(Exit::Fine)
        }
        Command::Checkpoint => {
            let desk = house::open(&config, house::Schema::MustBeCurrent, None).await?;
            match desk.checkpoint(&config.checkpoints_file()).await? {
                Some(signed) => println!("checkpoint {}: {}", signed.checkpoint.number, signed.checkpoint.digest()),
                None => println!("nothing has happened since the last checkpoint"),
            }
            Ok(Exit::Fine)
        }
    }
}

fn verify_pack(path: &std::path::Path) -> anyhow::Result<Exit> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let (pack, judgement) = Pack::verify(BufReader::new(file))?;
    println!("evidence of {}, made on {}", pack.installation, pack.made_at.format("%Y-%m-%d %H:%M:%S UTC"));
    println!("signed with {}", pack.public_keys.keys().cloned().collect::<Vec<_>>().join(", "));
    Ok(tell(&judgement))
}

fn tell(judgement: &Judgement) -> Exit {
    println!(
        "{} streams, {} events, {} texts, {} messages, {} files, {} checkpoints",
        judgement.streams,
        judgement.events,
        judgement.texts,
        judgement.messages,
        judgement.files,
        judgement.checkpoints
    );
    for erasure in &judgement.erased {
        println!("{}: {} was erased on {}", erasure.stream, erasure.what, erasure.at.format("%Y-%m-%d"));
    }
    for damage in &judgement.damage {
        println!("DAMAGED: {damage}");
    }
    if judgement.is_sound() {
        println!("the record is sound");
        Exit::Fine
    } else {
        println!("the record was tampered with, in {} ways", judgement.damage.len());
        Exit::No
    }
}
