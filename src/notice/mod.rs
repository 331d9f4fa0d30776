//! The heart: what a notice is, what may happen to it, and what still stands between it and closing.
//!
//! Pure. A notice is the fold of its record: nothing here reads a clock, a file or a database, and everything a decision
//! needs from outside comes in as one immutable [`Context`](self). It must not import a sibling, but for the plain types
//! of `reading`.

pub mod fact;
pub mod letter;
