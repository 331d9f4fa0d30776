//! The door for mail: SMTP, and LMTP for a mail server's local delivery.
//!
//! `session` speaks the protocol and `data` takes a mail's bytes, both without I/O; `listener` moves bytes between them
//! and the sockets.

pub mod data;
pub mod listener;
pub mod peers;
pub mod recipients;
pub mod session;

pub use listener::{Door, Keeper, Limits, Security};
pub use recipients::{Addressed, Recipients};
pub use session::{Mail, Outcome, Protocol, Rules};
