//! What a person may do here at all. Levels are not roles: they say what one may sign, and no role implies one.

pub use crate::notice::directory::Right as Role;
use crate::notice::fact::words;

words! {
    /// What a token may be used for. Signing is none of them and never will be (design, decision 3).
    #[schema(as = TokenScope)]
    Scope {
        /// Reads whatever its person may read.
        Read = "read",
        /// Brings messages in.
        Ingest = "ingest",
        /// Uploads what a probe found.
        Probe = "probe",
        /// Keeps people and groups as a directory does, by SCIM, and can do nothing else.
        Scim = "scim",
    }
}
