//! The heart's stories: what happens to notices in small houses with a clock that only moves when told to.

mod house;
mod ladder;
mod main_job;

use house::{House, announced, at, text};
