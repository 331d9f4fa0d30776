//! What a person may do here at all. Levels are not roles: they say what one may sign, and no role implies one.

use crate::notice::fact::words;

words! {
    /// What a person may do. Reading is open to all three.
    #[schema(as = AccountRole)]
    Role {
        /// Changes people, levels and procedures as well. May sign only for levels held like anybody else.
        Administrator = "administrator",
        /// Works on notices.
        Member = "member",
        /// Reads everything, changes nothing.
        Auditor = "auditor",
    }
}

words! {
    /// What a token may be used for. Signing is none of them and never will be (design, decision 3).
    Scope {
        /// Reads whatever its person may read.
        Read = "read",
        /// Brings messages in.
        Ingest = "ingest",
        /// Uploads what a probe found.
        Probe = "probe",
    }
}

impl Role {
    /// Whether this role may work on notices.
    #[must_use]
    pub const fn may_change(self) -> bool {
        !matches!(self, Self::Auditor)
    }
}
