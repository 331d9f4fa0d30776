//! The heart's stories: what happens to notices in small houses with a clock that only moves when told to.

mod chained;
mod dates;
mod decisions;
mod evidence;
mod golden;
pub(crate) mod house;
mod ladder;
mod main_job;
mod merging;
mod moves;
mod procedures;
mod properties;
mod rehearsal;
mod second_person;
mod sight;
mod told;
mod ways_out;

use house::{House, announced, at, text};
