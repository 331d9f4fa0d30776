//! `.msg` files as Outlook writes them: the same as the reader's own tests make.

#[path = "../../../reading/src/outlook/sample.rs"]
#[expect(dead_code, reason = "the reader's own tests make more sorts of files than the journeys bring in")]
mod sample;

pub use sample::{Made, notice};
