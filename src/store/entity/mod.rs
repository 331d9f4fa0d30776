//! One module for each table, as sea-orm wants them. Plain rows: nothing here derives or decides.

mod accounts;
mod directory;
mod incoming;
mod outgoing;
mod persons;
mod projection;
mod record;

pub use accounts::*;
pub use directory::*;
pub use incoming::*;
pub use outgoing::*;
pub use persons::*;
pub use projection::*;
pub use record::*;
