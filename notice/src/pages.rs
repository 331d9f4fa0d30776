//! An announcement that comes in pages: the provider hands out the affected resources of one version of an event in several
//! messages, and only all of them together say what is affected.
//!
//! Owns which pages have come and which are missing. A page is known by the version of the announcement that it is of: a
//! newer version is a new set, and what of an older one never came no longer counts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The pages that one message brought. They count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pages {
    /// Which version of which announcement they are of, as the reader tells it apart.
    pub set: String,
    pub numbers: BTreeSet<u32>,
    pub of: u32,
}

/// The pages of one version of an announcement, as far as they have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageSet {
    pub set: String,
    pub of: u32,
    pub come: BTreeSet<u32>,
    /// A person said that the list of resources is complete without the missing ones.
    pub confirmed: bool,
}

/// Those that a provider sent at most: what a page claims beyond is not asked for.
const MOST: u32 = 1_000;

impl PageSet {
    #[must_use]
    pub fn missing(&self) -> Vec<u32> {
        if self.confirmed {
            return Vec::new();
        }
        (1..=self.of.min(MOST)).filter(|number| !self.come.contains(number)).collect()
    }
}

/// Every set of pages of a notice, in the order in which each began to come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageSets(Vec<PageSet>);

impl PageSets {
    /// The set whose completeness counts: that of the newest version.
    #[must_use]
    pub fn newest(&self) -> Option<&PageSet> {
        self.0.last()
    }

    /// What the newest version still lacks.
    #[must_use]
    pub fn missing(&self) -> Vec<u32> {
        self.newest().map(PageSet::missing).unwrap_or_default()
    }

    /// Whether these pages belong to a version of which others have come, and nobody has said that it was complete without
    /// them: then they tell nothing that people could have judged before.
    #[must_use]
    pub fn awaits(&self, pages: &Pages) -> bool {
        self.find(&pages.set).is_some_and(|set| !set.confirmed && !pages.numbers.is_subset(&set.come))
    }

    /// Whether anything of it is new.
    #[must_use]
    pub fn knows(&self, pages: &Pages) -> bool {
        self.find(&pages.set).is_some_and(|set| pages.numbers.is_subset(&set.come))
    }

    fn find(&self, set: &str) -> Option<&PageSet> {
        self.0.iter().find(|known| known.set == set)
    }

    pub(crate) fn add(&mut self, pages: &Pages) {
        if let Some(known) = self.0.iter_mut().find(|known| known.set == pages.set) {
            known.come.extend(&pages.numbers);
            known.of = known.of.max(pages.of);
            return;
        }
        let (set, of, come) = (pages.set.clone(), pages.of, pages.numbers.clone());
        self.0.push(PageSet { set, of, come, confirmed: false });
    }

    pub(crate) fn confirm(&mut self, set: &str) {
        self.0.iter_mut().filter(|known| known.set == set).for_each(|known| known.confirmed = true);
    }
}
