//! Who somebody is: sessions, passwords, one-time links, tokens, roles.
//!
//! Every way of signing in ends in one place, [`Authenticated`], which says how and when a person proved who they are and
//! becomes part of each of their signatures. Only hashes of secrets are kept. It must not know a gate, a level or a route.

mod role;

pub use role::{Role, Scope};
