//! `countersign openapi`: prints the document that describes the HTTP API.

use std::io::Write;

use super::Exit;

/// Prints the OpenAPI 3.1 document of the HTTP API.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  countersign openapi > openapi.json")]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments) -> Exit {
    // A reader that has seen enough and closed the pipe is no failure of ours.
    let _ = std::io::stdout().write_all(crate::web::openapi::document().as_bytes());
    Exit::Fine
}
