//! `countersign-probe`: the one command that is run where the clients run, without the rest of the program.

use std::process::ExitCode;

use clap::Parser;
use countersign_probe::command::{self, Arguments};

#[derive(Parser)]
#[command(name = "countersign-probe", version, about)]
struct Program {
    #[command(flatten)]
    arguments: Arguments,
}

/// Ends with 0 where a client that checks would connect, with 1 where it would not, with 2 for wrong use.
fn main() -> ExitCode {
    match command::run(Program::parse().arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("countersign-probe: {error:#}");
            ExitCode::from(1)
        }
    }
}
