//! What leaves the house besides the ladder's mails: digests, reports, entries for calendars, hooks; and what comes back:
//! bounces and answers.
//!
//! Owns what each holds and whom it goes to. How it looks and travels is `dispatch`'s.

pub mod answers;
pub mod appointments;
pub mod bounces;
pub mod choices;
mod digest;
pub mod hooks;
mod late;
pub mod rehearsal;
mod replay;
pub mod weekly;
