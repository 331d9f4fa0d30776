//! Countersign takes in infrastructure providers' notices, asks reviewers at several levels, and does not let a notice be
//! closed until every required sign-off is on record.
//!
//! Imports point one way: `cli, web, intake, dispatch → identity, desk → store → notice, reading`. `notice` and `reading`
//! are pure: no I/O, no clock, no async. `tests/architecture.rs` holds both.

pub use countersign_notice as notice;
pub use countersign_probe as probe;
pub use countersign_reading as reading;

pub mod audit;
pub mod cli;
pub mod clock;
pub mod config;
pub mod desk;
pub mod dispatch;
pub mod identity;
pub mod intake;
pub mod paper;
pub mod reach;
pub mod store;
pub mod telemetry;
pub mod web;
