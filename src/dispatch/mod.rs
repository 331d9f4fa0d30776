//! The way out: takes what the desk has planned, renders it, sends it, and marks it.
//!
//! Owns how a mail is put together, how it travels and when a failed one is tried again. It must not decide who is owed a mail:
//! that is the ladder's, and the desk has planned it in the transaction that made it due.

mod calendar;
pub mod clockwork;
pub mod compose;
pub mod dkim;
mod hook;
#[cfg(test)]
mod hostile_tests;
pub mod post;
mod retry;
pub mod sender;
mod smtp;
mod ways;

pub use post::Post;
pub use sender::Sender;
