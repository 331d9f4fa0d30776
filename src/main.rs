//! The `countersign` program. Everything it does is in the library; here it only starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    countersign::cli::main()
}
