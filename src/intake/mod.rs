//! The doors: SMTP and LMTP, hooks, mailboxes, pollers, upload, pipe. Each hands raw bytes to the desk and says "accepted" only after they are
//! committed.
//!
//! A door knows its protocol and who proved to have sent what; it must not understand a message, nor refuse one for not
//! being understood.

pub mod authenticity;
pub mod hooks;
pub mod http;
pub mod imap;
pub mod keeper;
pub mod names;
pub mod pipe;
pub mod pollers;
pub mod smtp;
pub mod worker;
