//! The provider profiles that this process reads with: the program's own, and an installation's where it has some.
//!
//! Owns which they are, settled once at the start. Where the files lie and how they are read is the command line's.

use std::sync::OnceLock;

use crate::reading::profile::Providers;

static INSTALLED: OnceLock<Providers> = OnceLock::new();

/// Settles the profiles of this process. The first call counts; readings that were made under other profiles would not
/// compare with those made after.
pub fn install(providers: Providers) {
    let _ = INSTALLED.set(providers);
}

/// The profiles of this process: those settled at the start, else the program's own.
#[must_use]
pub fn installed() -> &'static Providers {
    INSTALLED.get().unwrap_or_else(|| Providers::embedded())
}

/// The provider's name for people; its id stands in where no profile is installed for it.
#[must_use]
pub fn name_of(id: &str) -> String {
    installed().get(id).map_or_else(|| id.to_owned(), |profile| profile.name.clone())
}
