//! `countersign probe`: the same command as the small program `countersign-probe`, for machines that have this one.

use super::{Exit, complain};
use crate::probe::command;

pub(super) use command::Arguments;

pub(super) fn run(arguments: Arguments) -> Exit {
    match command::run(arguments) {
        Ok(true) => Exit::Fine,
        Ok(false) => Exit::No,
        Err(error) => complain(&error),
    }
}
