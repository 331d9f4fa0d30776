//! How a letter looks: subject, text and HTML, from what `notice::letter` says.
//!
//! Pure: the same letter at the same time gives the same mail, which is why the Outbox page can show one again that was sent
//! long ago. It must not know how a mail travels (that is `dispatch`'s) nor when one is owed.

mod kept;
mod render;
#[cfg(test)]
pub mod samples;
mod style;
pub mod words;

pub use kept::Kept;
pub use render::{RenderError, Rendered, Seal, render, render_sealed};
