//! The heart: what a notice is, what may happen to it, and what still stands between it and closing.
//!
//! Pure. A notice is the fold of its record: nothing here reads a clock, a file or a database, and everything a decision
//! needs from outside comes in as one immutable [`Context`]. It must not import a sibling, but for the plain types of
//! `reading`.

pub mod calendar;
pub mod case;
pub mod chain;
pub mod checkpoint;
pub mod command;
pub mod context;
pub mod deadline;
pub mod directory;
pub mod event;
pub mod fact;
pub mod facts;
pub mod gate;
pub mod ids;
pub mod letter;
pub mod pages;
pub mod priority;
pub mod procedure;
pub mod refusal;
pub mod reminder;
pub mod sight;
pub mod stored;
pub mod subject;
pub mod text;
mod wording;

#[cfg(test)]
mod tests;

pub use case::{Case, Life};
pub use command::{Command, decide, open};
pub use context::Context;
pub use event::{Actor, Authenticated, Cause, Event, Recorded};
pub use gate::{GateState, RequirementState, Stage, blockers};
pub use refusal::{Because, Blocker, Refusal};
pub use reminder::{Reminder, due, schedule, thresholds};
