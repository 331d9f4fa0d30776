//! The shapes that the API shows and takes: plain data with its OpenAPI schema, and the turning of domain values into it.
//!
//! A type that is only answered always writes every field (`null` where there is nothing), so that the page's types have
//! no holes; a type that is taken refuses unknown fields. Nothing here decides anything or reads a database.

pub mod account;
pub mod agenda;
pub mod channel;
pub mod common;
pub mod delivery;
pub mod difference;
pub mod evidence;
pub mod forms;
pub mod gate;
pub mod home;
pub mod mailing;
pub mod message;
pub mod notice;
pub mod people;
pub mod person;
pub mod procedure;
pub mod proving;
pub mod record;
pub mod session;
pub mod several;
pub mod token;
