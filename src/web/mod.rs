//! The HTTP side: the API under `/api/v1`, the page, and what operators ask.
//!
//! Session → actor → desk → view. It decides nothing about notices, and knows no SQL.

pub mod extract;
pub mod openapi;
pub mod problem;
pub mod routes;
pub mod view;

/// What every handler reaches.
#[derive(Clone)]
pub struct App {}
