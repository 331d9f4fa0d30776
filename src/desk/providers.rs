//! The provider profiles that this process reads with: the program's own, an installation's where it has some, and those that
//! people taught it since.
//!
//! Owns which they are. Where an installation's files lie is the command line's; what was taught is kept in the database, and
//! each process takes it in with the rest of the outside (`world`).

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use crate::reading::profile::Providers;

struct Installed {
    /// None until somebody asks: the program's own.
    all: Option<Arc<Providers>>,
    /// What was taught, by id.
    taught: BTreeMap<String, String>,
}

static INSTALLED: RwLock<Installed> = RwLock::new(Installed { all: None, taught: BTreeMap::new() });

fn lock() -> RwLockWriteGuard<'static, Installed> {
    INSTALLED.write().unwrap_or_else(PoisonError::into_inner)
}

/// Settles the profiles of this process at its start.
pub fn install(providers: Providers) {
    lock().all = Some(Arc::new(providers));
}

impl Installed {
    fn all(&mut self) -> Arc<Providers> {
        let own = || Arc::new(Providers::embedded().also([]).unwrap_or_default());
        Arc::clone(self.all.get_or_insert_with(own))
    }
}

/// The profiles of this process: those settled at the start, with what was taught since.
#[must_use]
pub fn installed() -> Arc<Providers> {
    let settled = INSTALLED.read().unwrap_or_else(PoisonError::into_inner).all.clone();
    settled.unwrap_or_else(|| lock().all())
}

/// Lays what people taught over the installed profiles, each where it is new. One that this program cannot read is told in the
/// log and left out.
pub fn teach(profiles: &BTreeMap<String, String>) {
    if profiles.is_empty() {
        return;
    }
    let mut installed = lock();
    for (id, text) in profiles {
        if installed.taught.get(id) == Some(text) {
            continue;
        }
        match installed.all().also([(id.as_str(), text.as_str())]) {
            Ok(more) => installed.all = Some(Arc::new(more)),
            Err(error) => {
                tracing::error!(provider = %id, %error, "a profile that was taught cannot be read; it is left out")
            }
        }
        installed.taught.insert(id.clone(), text.clone());
    }
}

/// The provider's name for people; its id stands in where no profile is installed for it.
#[must_use]
pub fn name_of(id: &str) -> String {
    installed().get(id).map_or_else(|| id.to_owned(), |profile| profile.name.clone())
}
