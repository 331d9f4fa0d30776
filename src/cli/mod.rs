//! The command line: one file a subcommand, each with an example in its help.
//!
//! Owns arguments, exit codes and what is printed; the work is done in the rooms. Exit codes: 0, 1 for "no" (a check
//! that fails, a server that cannot start), 2 for wrong use. `ingest` ends as a mail server expects of what it pipes to
//! (sysexits.h): 75 to try again later, 65 for a mail that cannot be one, 64 for wrong use.

mod admin;
mod audit;
mod doors;
mod erase;
mod house;
mod ingest;
mod migrate;
mod open;
mod openapi;
mod probe;
mod profiles;
mod read;
mod rehearse;
mod replay;
mod reread;
mod serve;

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{self, Config, ConfigError};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Fine,
    /// A check failed, or what was asked could not be done.
    No,
    /// Wrong use: an argument or the configuration.
    Wrong,
    /// EX_USAGE of sysexits.h: wrong use, told to a mail server.
    Usage,
    /// EX_DATAERR of sysexits.h: what was piped can never be kept; the sender shall be told.
    Data,
    /// EX_TEMPFAIL of sysexits.h: whoever piped the mail shall keep it and try again.
    TryAgain,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::No => 1,
            Exit::Wrong => 2,
            Exit::Usage => 64,
            Exit::Data => 65,
            Exit::TryAgain => 75,
        })
    }
}

#[derive(Parser)]
#[command(
    name = "countersign",
    version,
    about = "Takes in infrastructure providers' notices, asks the right people, and does not let a notice be closed until \
             every required sign-off is on record.",
    after_help = "Try it on this machine:\n  countersign serve --local\n\nExit codes: 0; 1 for \"no\", such as a check that \
                  fails; 2 for wrong use."
)]
struct Arguments {
    /// The configuration. Without it, countersign.toml in the working folder, if there is one.
    #[arg(long, global = true, env = config::FILE_VARIABLE, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Read(read::Arguments),
    Rehearse(rehearse::Arguments),
    Replay(replay::Arguments),
    Reread(reread::Arguments),
    Ingest(ingest::Arguments),
    Migrate(migrate::Arguments),
    Open(open::Arguments),
    Audit(audit::Arguments),
    Erase(erase::Arguments),
    Probe(Box<probe::Arguments>),
    Openapi(openapi::Arguments),
    Admin(admin::Arguments),
}

/// Runs the program with the process's own arguments.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => {
            // 2 for wrong use and 0 for --help.
            let exit = told.exit_code();
            let _ = told.print();
            let pipes = std::env::args_os().any(|argument| argument == "ingest");
            return if exit == 2 && pipes {
                Exit::Usage.into()
            } else {
                ExitCode::from(u8::try_from(exit).unwrap_or(2))
            };
        }
    };
    let file = arguments.config.as_deref();
    let exit = match arguments.command {
        Command::Openapi(it) => openapi::run(&it),
        Command::Probe(it) => probe::run(*it),
        Command::Erase(it) => with_config(file, |config| erase::run(it, config)),
        Command::Audit(it) => with_config(file, |config| audit::run(it, config)),
        Command::Read(it) => read::run(&it),
        Command::Replay(it) => replay::run(&it),
        Command::Reread(it) => with_config(file, |config| reread::run(it, config)),
        Command::Serve(it) => with_config(file, |config| serve::run(it, config)),
        Command::Rehearse(it) => with_config(file, |config| rehearse::run(it, config)),
        Command::Ingest(it) => ingest::exit(with_config(file, |config| ingest::run(it, config))),
        Command::Open(it) => with_config(file, |config| open::run(it, config)),
        Command::Migrate(it) => with_config(file, |config| migrate::run(it, config)),
        Command::Admin(it) => with_config(file, |config| admin::run(it, config)),
    };
    exit.into()
}

/// Loads the configuration and runs an asynchronous command with it.
fn with_config<F>(file: Option<&std::path::Path>, command: impl FnOnce(Config) -> F) -> Exit
where
    F: Future<Output = anyhow::Result<Exit>>,
{
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(error) => return wrong_config(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.into()),
    };
    runtime.block_on(command(config)).unwrap_or_else(|error| complain(&error))
}

fn wrong_config(error: &ConfigError) -> Exit {
    say(&error.to_string());
    Exit::Wrong
}

fn complain(error: &anyhow::Error) -> Exit {
    say(&format!("{error:#}"));
    Exit::No
}

/// One line for people on standard error; standard output belongs to what a command prints.
fn say(line: &str) {
    eprintln!("countersign: {line}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_subcommand_explains_itself_with_an_example() {
        let mut command = Arguments::command();
        command.build();
        let tops = command.get_subcommands().filter(|c| c.get_name() != "help");
        let commands = tops.flat_map(|top| {
            let below: Vec<clap::Command> = top.get_subcommands().filter(|c| c.get_name() != "help").cloned().collect();
            if below.is_empty() { vec![top.clone()] } else { below }
        });
        let commands: Vec<clap::Command> = commands.collect();
        assert!(commands.len() >= 5, "the test sees too few commands");
        for mut one in commands {
            let help = one.render_long_help().to_string();
            assert!(help.contains("Example"), "`countersign {}` --help has no example:\n{help}", one.get_name());
        }
    }

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
