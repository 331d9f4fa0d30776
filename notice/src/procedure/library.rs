//! The procedures an installation has: the built-in ones, embedded, and every edited version.

use std::collections::BTreeMap;

use super::{Matches, Procedure, ProcedurePin, Size};
use crate::fact::Kind;
use crate::facts::Priority;
use crate::ids::{ProcedureId, ProviderId};

/// The texts of the built-in procedures; a new one is one file and one line here.
const BUILT_IN: &[&str] = &[
    include_str!("../../../procedures/account_billing.toml"),
    include_str!("../../../procedures/certificate_rotation.toml"),
    include_str!("../../../procedures/deprecation.toml"),
    include_str!("../../../procedures/end_of_life.toml"),
    include_str!("../../../procedures/incident.toml"),
    include_str!("../../../procedures/informational.toml"),
    include_str!("../../../procedures/scheduled_maintenance.toml"),
    include_str!("../../../procedures/security.toml"),
];

/// Every version of every procedure, and the size of organisation that new notices are opened for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Procedures {
    pub size: Size,
    /// Versions of each, oldest first.
    versions: BTreeMap<ProcedureId, Vec<Procedure>>,
}

impl Procedures {
    /// The built-in ones, each as version 1.
    ///
    /// # Panics
    /// If an embedded file is wrong; a test reads each.
    #[must_use]
    pub fn built_in(size: Size) -> Self {
        let mut procedures = Self { size, versions: BTreeMap::new() };
        for text in BUILT_IN {
            procedures.add(Procedure::parse(text, 1).expect("the built-in procedures are tested"));
        }
        procedures
    }

    /// The TOML of each built-in procedure, for showing and for starting an edit.
    #[must_use]
    pub fn built_in_texts() -> &'static [&'static str] {
        BUILT_IN
    }

    /// Adds a version; one that is already there is replaced by the same.
    pub fn add(&mut self, procedure: Procedure) {
        let versions = self.versions.entry(procedure.id.clone()).or_default();
        versions.retain(|known| known.version != procedure.version);
        versions.push(procedure);
        versions.sort_by_key(|known| known.version);
    }

    #[must_use]
    pub fn pinned(&self, pin: &ProcedurePin) -> Option<&Procedure> {
        self.version(&pin.id, pin.version)
    }

    #[must_use]
    pub fn version(&self, id: &ProcedureId, version: u32) -> Option<&Procedure> {
        self.versions.get(id)?.iter().find(|p| p.version == version)
    }

    #[must_use]
    pub fn latest(&self, id: &ProcedureId) -> Option<&Procedure> {
        self.versions.get(id)?.last()
    }

    /// The newest version of each.
    pub fn current(&self) -> impl Iterator<Item = &Procedure> {
        self.versions.values().filter_map(|versions| versions.last())
    }

    /// The one for a notice: among those that match, the one that names most of provider, priority and kind; where none
    /// does, the one for what is informational, and failing that the first.
    #[must_use]
    pub fn choose(&self, kind: Kind, provider: &ProviderId, priority: Option<Priority>) -> Option<&Procedure> {
        self.current()
            .filter(|p| p.matches.fits(kind, provider, priority))
            .max_by_key(|p| p.matches.weight())
            .or_else(|| self.current().find(|p| p.matches.kinds.contains(&Kind::Informational)))
            .or_else(|| self.current().next())
    }
}

impl Matches {
    fn fits(&self, kind: Kind, provider: &ProviderId, priority: Option<Priority>) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.providers.is_empty() || self.providers.contains(provider))
            && (self.priorities.is_empty() || priority.is_some_and(|p| self.priorities.contains(&p)))
    }

    /// A procedure for one provider goes before one for a priority, and that before one for a kind.
    fn weight(&self) -> u8 {
        u8::from(!self.providers.is_empty()) * 4
            + u8::from(!self.priorities.is_empty()) * 2
            + u8::from(!self.kinds.is_empty())
    }
}
